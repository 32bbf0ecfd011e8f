// SPDX-License-Identifier: GPL-2.0-only
/* Counters: whose they are, and what came since the last time. */
#include <stdlib.h>
#include <string.h>

#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "ctl/server.h"
#include "ctl/stats.h"

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (o)
		json_object_object_get_ex(o, key, &v);
	return v;
}

static uint64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return v ? json_object_get_uint64(v) : 0;
}

/* ---- Rates -----------------------------------------------------------------------------------*/

static bool same_text(struct json_object *a, struct json_object *b, const char *key)
{
	const char *x = ctl_arg_text(a, key), *y = ctl_arg_text(b, key);

	return x == y || (x && y && !strcmp(x, y));
}

static struct json_object *same_row(struct json_object *rows, struct json_object *row)
{
	size_t n = rows ? json_object_array_length(rows) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(rows, i);

		if (same_text(o, row, "tenant") && same_text(o, row, "device") &&
		    same_text(o, row, "name"))
			return o;
	}
	return NULL;
}

/* Counters that went back (another graph, a reset) count from zero. */
static double rate(struct json_object *now, struct json_object *then, const char *key, double s)
{
	uint64_t a = number(then, key), b = number(now, key);

	return (double)(b >= a ? b - a : b) / s;
}

static void add_rate(struct json_object *row, const char *key, double v)
{
	json_object_object_add(row, key, json_object_new_double(v));
}

static void add_rates(struct json_object *row, struct json_object *then, double s)
{
	if (!then)
		return;
	if (member(row, "packets"))
		add_rate(row, "pps", rate(row, then, "packets", s));
	if (member(row, "bytes"))
		add_rate(row, "in_bps", 8 * rate(row, then, "bytes", s));
	if (member(row, "rx_packets")) {
		add_rate(row, "rx_pps", rate(row, then, "rx_packets", s));
		add_rate(row, "tx_pps", rate(row, then, "tx_packets", s));
	}
	if (member(row, "rx_bytes")) {
		add_rate(row, "rx_bps", 8 * rate(row, then, "rx_bytes", s));
		add_rate(row, "tx_bps", 8 * rate(row, then, "tx_bytes", s));
	}
}

/* Of those reasons that there are. */
static void add_drop_rates(struct json_object *row, struct json_object *then, double s)
{
	struct json_object *now = member(row, "drops"), *drops = json_object_new_object();

	if (now && drops) {
		json_object_object_foreach (now, key, v) {
			double r = rate(now, member(then, "drops"), key, s);

			(void)v;
			if (r > 0)
				add_rate(drops, key, r);
		}
	}
	json_object_object_add(row, "drops_pps", drops);
}

/* Of what only tenants have. */
static void add_tenant_rates(struct json_object *row, struct json_object *then, double s)
{
	if (!then || !member(row, "cpu_ns"))
		return;
	add_rate(row, "cpu_percent", rate(row, then, "cpu_ns", s) / 1e7);
	add_rate(row, "compile_percent", rate(row, then, "compile_ns", s) / 1e7);
	add_rate(row, "out_pps", rate(row, then, "out", s));
	add_rate(row, "out_bps", 8 * rate(row, then, "out_bytes", s));
	add_drop_rates(row, then, s);
}

static void add_all_rates(struct json_object *o, struct json_object *before)
{
	static const char *const lists[] = {"tenants", "elements", "links"};
	double s = (double)(number(o, "time_ns") - number(before, "time_ns")) / 1e9;

	if (!before || s <= 0)
		return;
	add_rate(o, "span_s", s);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct json_object *rows = member(o, lists[i]);
		size_t n = rows ? json_object_array_length(rows) : 0;

		for (size_t k = 0; k < n; k++) {
			struct json_object *row = json_object_array_get_idx(rows, k);

			add_rates(row, same_row(member(before, lists[i]), row), s);
			if (!i)
				add_tenant_rates(row, same_row(member(before, lists[i]), row), s);
		}
	}
	if (member(o, "node") && member(before, "node"))
		add_drop_rates(member(o, "node"), member(before, "node"), s);
	if (member(o, "tenant")) {
		add_rates(member(o, "tenant"), member(before, "tenant"), s);
		add_tenant_rates(member(o, "tenant"), member(before, "tenant"), s);
	}
}

/* ---- Whose -----------------------------------------------------------------------------------*/

static struct json_object *visible(struct ctl_server *s, uid_t uid, struct json_object *rows,
				   const char *key)
{
	struct json_object *out = json_object_new_array();
	size_t n = rows ? json_object_array_length(rows) : 0;

	for (size_t i = 0; out && i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (ctl_serve_sees(s, uid, ctl_arg_text(row, key)))
			json_object_array_add(out, json_object_get(row));
	}
	return out;
}

static void move(struct json_object *to, const char *as, struct json_object *from, const char *key)
{
	struct json_object *v = member(from, key);

	if (!v)
		return;
	json_object_object_add(to, as, json_object_get(v));
	json_object_object_del(from, key);
}

/* Counters and whether it is up; `link list` says the rest. */
static void shorten_links(struct json_object *rows)
{
	size_t n = rows ? json_object_array_length(rows) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct json_object *o = json_object_new_object();

		move(o, "tenant", row, "tenant");
		move(o, "device", row, "device");
		if (member(row, "path"))
			move(o, "state", member(row, "path"), "state");
		move(o, "rx_packets", row, "rx_packets");
		move(o, "rx_bytes", row, "rx_bytes");
		move(o, "tx_packets", row, "tx_packets");
		move(o, "tx_bytes", row, "tx_bytes");
		move(o, "drops", row, "drops");
		json_object_array_put_idx(rows, i, o);
	}
}

/* One tenant's: its own counters, then its elements and links as tables. */
static void one_tenant(struct json_object *o, struct json_object *all)
{
	struct json_object *rows = member(all, "tenants");
	struct json_object *t = rows ? json_object_array_get_idx(rows, 0) : NULL;

	if (!t)
		return;
	json_object_object_add(o, "tenant", json_object_get(t));
	move(o, "elements", t, "elements");
	move(o, "links", all, "links");
}

/* CPU time of compiling its graphs, and of having the kernel check them. */
static void add_worked(const struct ctl_server *s, struct json_object *row)
{
	const char *name = ctl_arg_text(row, "name");

	if (name)
		json_object_object_add(row, "compile_ns",
				       json_object_new_uint64(ctl_queue_worked_ns(s, name)));
}

struct json_object *ctl_stats_get(struct ctl_server *s, uid_t uid, const char *tenant,
				  struct json_object *before)
{
	struct json_object *all = s->ops->stats(s->node, tenant, tenant != NULL);
	struct json_object *o = json_object_new_object();

	if (!all || !o) {
		json_object_put(all);
		json_object_put(o);
		return NULL;
	}
	move(o, "time_ns", all, "time_ns");
	shorten_links(member(all, "links"));
	if (tenant) {
		one_tenant(o, all);
	} else {
		if (!uid)
			move(o, "node", all, "node");
		json_object_object_add(o, "tenants",
				       visible(s, uid, member(all, "tenants"), "name"));
		json_object_object_add(o, "links", visible(s, uid, member(all, "links"), "tenant"));
	}
	if (member(o, "tenant"))
		add_worked(s, member(o, "tenant"));
	for (size_t i = 0;
	     member(o, "tenants") && i < json_object_array_length(member(o, "tenants")); i++)
		add_worked(s, json_object_array_get_idx(member(o, "tenants"), i));
	add_all_rates(o, before);
	json_object_put(all);
	return o;
}
