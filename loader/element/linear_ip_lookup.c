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
		"prefix the first counts. A table holds at most 1024 routes, which are compiled "
		"into the "
		"program as a search tree; a change compiles it anew. As in Click, there is no "
		"handler to remove all routes at once.",
	.flags = SL_C_STILL | SL_C_PLAIN,
	.params = sl_routes_params,
	.handlers = handlers,
	.configure = sl_routes_configure,
	.emit = sl_decider_emit,
	.release = sl_decider_release,
	.weight = 100,
};
