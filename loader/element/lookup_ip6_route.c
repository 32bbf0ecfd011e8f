// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of LookupIP6Route. */
#include "loader/config/routes.h"

static const struct sl_handler handlers[] = {
	SL_HANDLERS_ROUTES_READ,
	SL_HANDLERS_ROUTES_WRITE,
	SL_HANDLER_ROUTES_FLUSH,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_lookup_ip6_route = {
	.spec = {.name = "LookupIP6Route", .ports = "1/-", .processing = "h/h"},
	.base = "lookup_ip6_route",
	.summary = "IPv6 route lookup: longest prefix",
	.help = "Looks up the IPv6 destination address annotation (set by GetIP6Address) and takes "
		"the longest prefix that holds it: the packet leaves by the route's output, and "
		"the annotation becomes the gateway if the route has one. Without a route the "
		"packet is dropped. Of two routes for one prefix the last counts: in the "
		"configuration with a warning, and 'add' replaces as 'set' does. The routes are "
		"kept in a map: changes act at once, and no lookup sees half of one. They stay "
		"when "
		"the daemon restarts and when a graph follows in which the element is configured "
		"the same; a reboot brings back the configuration. The handlers 'lookup', 'set' "
		"and 'flush', several lines for 'ctrl', and '-' for no gateway are as with "
		"RadixIPLookup; Click's element has none of them; nor "
		"does it say that a route to be removed is not there, or notice that a route has "
		"changed for the address it looked up last.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = sl_routes6_params,
	.handlers = handlers,
	.configure = sl_routes_configure,
	.tables = sl_routes6_tables,
	.emit = sl_routes_emit,
	.routes = sl_routes_begin,
	.release = sl_routes_release,
	.weight = 150,
};
