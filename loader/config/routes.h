/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Route tables, IPv4 or IPv6, in Click's syntax, ADDR/MASK [GATEWAY] OUTPUT: what the lookup
 * elements are configured with, what their handlers change, and the decision graph for a table.
 */
#ifndef SL_ROUTES_H
#define SL_ROUTES_H

#include "loader/config/decide.h"

/* Most routes of a table that is compiled into the program: larger ones are in maps. */
#define SL_ROUTES_CODE_MAX 1024

/* Output of a route to be removed wherever it leads. */
#define SL_ROUTE_ANY UINT32_MAX

struct sl_routes {
	struct sl_lpm_route *v;
	size_t n, cap;
};

void sl_routes_free(struct sl_routes *t);

/* `priv` of a lookup element. */
struct sl_routes_inst {
	struct sl_decider *code; /* NULL: the routes are in a map */
	struct sl_routes t;	 /* as configured */
};

/*
 * Reads one route; with `removing`, gateway and output may be left out. 0, -EINVAL with *why a
 * static sentence and *word the number of the word it is about (-1: the whole), -ENOMEM.
 */
int sl_route_parse(enum sl_lpm_family family, const char *text, bool removing,
		   const struct sl_program *p, const struct sl_elem *where,
		   struct sl_lpm_route *out, const char **why, int *word);

/* The route for exactly this prefix, or NULL. */
struct sl_lpm_route *sl_routes_find(const struct sl_routes *t, const struct sl_lpm_route *prefix);
/* The longest prefix that holds `addr` (as sent, zeroes behind an IPv4 address), or NULL. */
const struct sl_lpm_route *sl_routes_lookup(const struct sl_routes *t, const uint8_t addr[16]);
/* The family of an element's routes. */
enum sl_lpm_family sl_routes_family(const struct sl_inst *in);

/* What descriptors of lookup elements have in common (routes_code.c, routes_handler.c). */
extern const struct sl_param sl_routes_params[], sl_static_routes_params[], sl_routes6_params[];
extern const struct sl_table sl_routes_tables[], sl_routes6_tables[];
int sl_routes_configure(struct sl_conf *cf);
int sl_routes_emit(const struct sl_inst *in, FILE *out);
int sl_routes_begin(const struct sl_inst *in, struct sl_lpm_route **routes, uint32_t *n);
void sl_routes_release(struct sl_inst *in);
/* Whether a route leads to output `out`, of a table that never changes. */
bool sl_routes_reaches(const struct sl_inst *in, uint32_t out);
sl_read_fn sl_h_routes_table, sl_h_routes_lookup;
sl_write_fn sl_h_routes_add, sl_h_routes_set, sl_h_routes_remove, sl_h_routes_ctrl,
	sl_h_routes_flush;

#define SL_HANDLER_ROUTES(hname, fn, text)                                                         \
	{                                                                                          \
		.name = hname, .flags = SL_H_WRITE, .help = text, .write = fn                      \
	}
#define SL_HANDLERS_ROUTES_READ                                                                    \
	{.name = "table",                                                                          \
	 .flags = SL_H_READ,                                                                       \
	 .help = "the routes, a line each: prefix, gateway or '-', output",                        \
	 .read = sl_h_routes_table},                                                               \
	{                                                                                          \
		.name = "lookup", .flags = SL_H_READ | SL_H_ARGS,                                  \
		.help = "output and gateway for an address, or -1", .read = sl_h_routes_lookup     \
	}
#define SL_HANDLERS_ROUTES_WRITE                                                                   \
	SL_HANDLER_ROUTES(                                                                         \
		"add", sl_h_routes_add,                                                            \
		"adds ADDR/MASK [GATEWAY] OUTPUT; there must be no route for the prefix"),         \
		SL_HANDLER_ROUTES("set", sl_h_routes_set,                                          \
				  "as add, but takes the place of a route for the prefix"),        \
		SL_HANDLER_ROUTES("remove", sl_h_routes_remove,                                    \
				  "removes ADDR/MASK [GATEWAY OUTPUT]"),                           \
		SL_HANDLER_ROUTES(                                                                 \
			"ctrl", sl_h_routes_ctrl,                                                  \
			"lines of add, set and remove with their arguments: all or none")
#define SL_HANDLER_ROUTES_FLUSH                                                                    \
	{                                                                                          \
		.name = "flush", .flags = SL_H_WRITE | SL_H_BUTTON, .help = "removes all routes",  \
		.write = sl_h_routes_flush                                                         \
	}

#endif
