// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of LinearIPLookup, SortedIPLookup. */
#include "loader/config/routes.h"

static const char *const aliases[] = {"SortedIPLookup", NULL};

static const struct sl_handler handlers[] = {
	SL_HANDLERS_ROUTES_READ,
	SL_HANDLERS_ROUTES_WRITE,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_linear_ip_lookup = {
	.spec = {.name = "LinearIPLookup", .ports = "1/-", .processing = "h/h"},
	.base = "linear_ip_lookup",
	.aliases = aliases,
	.summary = "IPv4 route lookup for small tables: longest prefix",
	.help = "Looks up the destination annotation (set by CheckIPHeader or GetIPAddress) and "
		"takes the longest "
		"prefix that holds it: the packet leaves by the route's output, and the annotation "
		"becomes the "
		"gateway if the route has one. Without a route the packet is dropped. Of two "
		"routes for one "
		"prefix the first counts. Up to 1024 routes are compiled into the "
		"program as a search tree, unless MAP says otherwise; more are kept in a map. The "
		"first change of routes that are code moves them into a map (MAP is added to the "
		"configuration); from then on changes act at once, and no lookup sees half of one. "
		"They stay when the daemon restarts and when a graph follows in which the element "
		"is "
		"configured the same; a reboot brings back the configuration. As in Click, there "
		"is no "
		"handler to remove all routes at once.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = sl_routes_params,
	.handlers = handlers,
	.configure = sl_routes_configure,
	.tables = sl_routes_tables,
	.emit = sl_routes_emit,
	.routes = sl_routes_begin,
	.release = sl_routes_release,
	.weight = 100,
};
