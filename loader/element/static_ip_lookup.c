// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StaticIPLookup, LookupIPRoute. */
#include "loader/config/routes.h"

static const char *const aliases[] = {"LookupIPRoute", NULL};

static const struct sl_handler handlers[] = {
	SL_HANDLERS_ROUTES_READ,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_static_ip_lookup = {
	.spec = {.name = "StaticIPLookup", .ports = "1/-", .processing = "h/h"},
	.base = "static_ip_lookup",
	.aliases = aliases,
	.summary = "IPv4 route lookup without changes at run time: longest prefix",
	.help = "Looks up the destination annotation (set by CheckIPHeader or GetIPAddress) and "
		"takes the longest "
		"prefix that holds it: the packet leaves by the route's output, and the annotation "
		"becomes the "
		"gateway if the route has one. Without a route the packet is dropped. Of two "
		"routes for one "
		"prefix the first counts. Up to 1024 routes are compiled into the "
		"program as a search tree; larger tables are in a map.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = sl_static_routes_params,
	.handlers = handlers,
	.configure = sl_routes_configure,
	.tables = sl_routes_tables,
	.emit = sl_routes_emit,
	.routes = sl_routes_begin,
	.release = sl_routes_release,
	.weight = 100,
};
