// SPDX-License-Identifier: GPL-2.0-only
/* Who uses what, a screenful at a time: the daemon sends counters with rates, sorted and shown
 * here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/keys.h"
#include "ctl/render.h"
#include "ctl/run.h"

#define COLUMNS                                                                                    \
	"tenant class cpu_percent in_pps out_pps in_bps out_bps drops_pps reason debt_ms p50_ns "  \
	"p99_ns p999_ns compile_percent weight state"
#define REASON_COLUMNS "tenant reason drops_pps drops"

struct top {
	unsigned long long left; /* screenfuls; 0: any number */
	const char *sort;	 /* member that decides the order */
	bool keys;		 /* are listened to */
	bool reasons;		 /* are shown, each of them */
	bool ended;		 /* by a key */
};

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &v);
	return v;
}

static double number(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return v ? json_object_get_double(v) : 0;
}

/* What --sort may be, the key that asks for it, and the member it means. */
static const struct {
	const char *name;
	char key;
	const char *member;
} orders[] = {
	{"cpu", 'c', "cpu_percent"}, {"pps", 'p', "in_pps"},
	{"bps", 'b', "in_bps"},	     {"out-pps", 'o', "out_pps"},
	{"out-bps", 'O', "out_bps"}, {"drops", 'd', "drops_pps"},
	{"reason", 'r', "reason"},   {"debt", 'e', "debt_ms"},
	{"weight", 'w', "weight"},   {"state", 's', "state"},
	{"tenant", 't', "tenant"},   {"class", 'k', "class"},
	{"p50", '5', "p50_ns"},	     {"p99", '9', "p99_ns"},
	{"p999", '0', "p999_ns"},    {"compile", 'm', "compile_percent"},
};
#define N_ORDERS (sizeof(orders) / sizeof(orders[0]))

static const char *order_of(const char *name)
{
	for (size_t i = 0; name && i < N_ORDERS; i++)
		if (!strcmp(orders[i].name, name))
			return orders[i].member;
	return orders[0].member;
}

static const char *name_of(const char *member)
{
	for (size_t i = 0; i < N_ORDERS; i++)
		if (!strcmp(orders[i].member, member))
			return orders[i].name;
	return "";
}

/* What was pressed since the last screenful. False: to end. */
static bool follow_keys(struct top *top)
{
	for (int key = ctl_keys_next(); key; key = ctl_keys_next()) {
		if (key == 'q')
			return false;
		if (key == 'v')
			top->reasons = !top->reasons;
		for (size_t i = 0; i < N_ORDERS; i++)
			if (orders[i].key == key)
				top->sort = orders[i].member;
	}
	return true;
}

/* ---- Rows ------------------------------------------------------------------------------------*/

static void copy(struct json_object *to, const char *as, struct json_object *from, const char *key)
{
	struct json_object *v = member(from, key);

	json_object_object_add(to, as, v ? json_object_get(v) : json_object_new_int(0));
}

/* qsort() has no argument for it; one command runs in a process. */
static const char *sort_by;

static int by_most(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a;
	struct json_object *y = *(struct json_object *const *)b;
	double dx = number(x, sort_by), dy = number(y, sort_by);

	/* Numbers by most, words by the alphabet. */
	if (json_object_is_type(member(x, sort_by), json_type_string) &&
	    json_object_is_type(member(y, sort_by), json_type_string)) {
		int cmp = strcmp(json_object_get_string(member(x, sort_by)),
				 json_object_get_string(member(y, sort_by)));

		if (cmp)
			return cmp;
	} else if (dx != dy) {
		return dx < dy ? 1 : -1;
	}
	return strcmp(json_object_get_string(member(x, "tenant")),
		      json_object_get_string(member(y, "tenant")));
}

/* What is not there is not known. */
static void copy_known(struct json_object *to, const char *as, struct json_object *from,
		       const char *key)
{
	if (member(from, key))
		copy(to, as, from, key);
}

/* All reasons, each with its packets a second and in all: those with most first. */
static struct json_object *reasons_of(struct json_object *t, const char *whose)
{
	struct json_object *list = json_object_new_array(), *drops = member(t, "drops");
	struct json_object *rates = member(t, "drops_pps");

	if (!json_object_is_type(drops, json_type_object))
		return list;
	json_object_object_foreach (drops, key, v) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "tenant", json_object_new_string(whose));
		json_object_object_add(o, "reason", json_object_new_string(key));
		json_object_object_add(o, "drops_pps", json_object_new_double(number(rates, key)));
		json_object_object_add(o, "drops", json_object_get(v));
		json_object_array_add(list, o);
	}
	sort_by = "drops_pps";
	json_object_array_sort(list, by_most);
	return list;
}

/* Packets dropped a second, and the reason of most of them. */
static void add_drops(struct json_object *row, struct json_object *rates)
{
	const char *reason = "-";
	double all = 0, most = 0;

	if (rates) {
		json_object_object_foreach (rates, key, v) {
			double r = json_object_get_double(v);

			all += r;
			if (r > most) {
				most = r;
				reason = key;
			}
		}
	}
	json_object_object_add(row, "drops_pps", json_object_new_double(all));
	json_object_object_add(row, "reason", json_object_new_string(reason));
}

static struct json_object *row_of(struct json_object *t)
{
	struct json_object *row = json_object_new_object();
	bool held = json_object_get_boolean(member(t, "quarantined"));

	copy(row, "tenant", t, "name");
	copy_known(row, "class", t, "class");
	copy(row, "cpu_percent", t, "cpu_percent");
	copy(row, "in_pps", t, "pps");
	copy(row, "out_pps", t, "out_pps");
	copy(row, "in_bps", t, "in_bps");
	copy(row, "out_bps", t, "out_bps");
	add_drops(row, member(t, "drops_pps"));
	json_object_object_add(row, "reasons",
			       reasons_of(t, json_object_get_string(member(t, "name"))));
	copy(row, "debt_ms", t, "debt_ms");
	copy_known(row, "p50_ns", t, "delay_p50_ns");
	copy_known(row, "p99_ns", t, "delay_p99_ns");
	copy_known(row, "p999_ns", t, "delay_p999_ns");
	copy(row, "samples", t, "delay_samples");
	copy(row, "compile_percent", t, "compile_percent");
	copy(row, "weight", t, "weight");
	json_object_object_add(row, "state", json_object_new_string(held ? "quarantined" : "-"));
	return row;
}

static struct json_object *screen_of(const struct top *top, struct json_object *part)
{
	struct json_object *o = json_object_new_object(), *rows = json_object_new_array();
	struct json_object *tenants = member(part, "tenants");
	double cpu = 0, in = 0, drops = 0;

	for (size_t i = 0; tenants && i < json_object_array_length(tenants); i++) {
		struct json_object *row = row_of(json_object_array_get_idx(tenants, i));

		cpu += number(row, "cpu_percent");
		in += number(row, "in_pps");
		drops += number(row, "drops_pps");
		json_object_array_add(rows, row);
	}
	sort_by = top->sort;
	json_object_array_sort(rows, by_most);
	json_object_object_add(o, "cpu_percent", json_object_new_double(cpu));
	json_object_object_add(o, "in_pps", json_object_new_double(in));
	json_object_object_add(o, "drops_pps", json_object_new_double(drops));
	json_object_object_add(o, "tenants", rows);
	/* What was no tenant's; only root is told. */
	if (member(part, "node"))
		json_object_object_add(o, "node", reasons_of(member(part, "node"), "-"));
	return o;
}

/* ---- Screens ---------------------------------------------------------------------------------*/

static void round_rate(struct json_object *o, const char *key)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)(number(o, key) + .5)));
}

/* Rates are whole numbers here: more digits only flicker. */
static void round_rates(struct json_object *o)
{
	static const char *const rates[] = {"in_pps", "out_pps", "drops_pps"};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		round_rate(o, rates[i]);
	json_object_object_add(
		o, "cpu_percent",
		json_object_new_double((double)(int64_t)(number(o, "cpu_percent") * 10 + .5) / 10));
	if (member(o, "compile_percent"))
		round_rate(o, "compile_percent");
	if (member(o, "debt_ms"))
		json_object_object_add(
			o, "debt_ms",
			json_object_new_double((double)(int64_t)(number(o, "debt_ms") * 1000 + .5) /
					       1000));
}

static void gather(struct json_object *all, struct json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		round_rate(o, "drops_pps");
		json_object_array_add(all, json_object_get(o));
	}
}

static void put_reasons(struct json_object *screen)
{
	struct json_object *all = json_object_new_array(), *rows = member(screen, "tenants");

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		gather(all, member(json_object_array_get_idx(rows, i), "reasons"));
	gather(all, member(screen, "node"));
	putchar('\n');
	if (json_object_array_length(all))
		ctl_render_table(all, REASON_COLUMNS, "", stdout);
	else
		puts("Nothing was dropped.");
	json_object_put(all);
}

/* The keys there are, by what they sort. */
static void put_keys(const struct top *top)
{
	printf("by %s;", name_of(top->sort));
	for (size_t i = 0; i < N_ORDERS; i++)
		printf(" %c %s", orders[i].key, orders[i].name);
	puts(" v all reasons q end");
}

static void put_text(struct ctl_call *call, const struct top *top, struct json_object *screen)
{
	struct json_object *rows = member(screen, "tenants");
	bool batch = ctl_get(call, "batch") || !isatty(STDOUT_FILENO);
	size_t n = json_object_array_length(rows);

	round_rates(screen);
	for (size_t i = 0; i < n; i++)
		round_rates(json_object_array_get_idx(rows, i));
	if (!batch)
		fputs("\033[H\033[2J", stdout);
	printf("%zu tenant%s, CPU %.1f%%, %lld packets/s in, %lld dropped/s\n", n,
	       n == 1 ? "" : "s", number(screen, "cpu_percent"),
	       (long long)number(screen, "in_pps"), (long long)number(screen, "drops_pps"));
	if (top->keys)
		put_keys(top);
	if (n)
		ctl_render_table(rows, COLUMNS, "", stdout);
	if (top->reasons)
		put_reasons(screen);
	if (batch)
		putchar('\n');
}

static int show_part(struct ctl_call *call, struct json_object *part)
{
	struct top *top = call->state;
	struct json_object *screen;
	int ret;

	/* The first counters have nothing to be compared with. */
	if (!member(part, "span_s"))
		return 0;
	if (!follow_keys(top)) {
		top->ended = true;
		return -ECANCELED;
	}
	screen = screen_of(top, part);
	if (call->json)
		printf("%s\n",
		       json_object_to_json_string_ext(
			       screen, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		put_text(call, top, screen);
	json_object_put(screen);
	ret = fflush(stdout) || ferror(stdout) ? -EIO : 0;
	if (!ret && top->left && !--top->left)
		ret = -ECANCELED;
	call->shown = true;
	return ret;
}

int ctl_run_top(struct ctl_call *call)
{
	const char *n = ctl_get(call, "count"), *interval = ctl_get(call, "interval");
	struct top top = {.left = n ? strtoull(n, NULL, 10) : 0,
			  .sort = order_of(ctl_get(call, "sort")),
			  .reasons = ctl_get(call, "reasons")};
	struct json_object *args = json_object_new_object();
	bool counted = top.left;
	bool live = !call->json && !ctl_get(call, "batch") && isatty(STDOUT_FILENO);
	enum ctl_exit status;

	if (!args)
		return CTL_SYSTEM;
	if (interval)
		json_object_object_add(args, "interval", json_object_new_string(interval));
	call->state = &top;
	top.keys = live && ctl_keys_begin();
	status = ctl_ask(call, "top", args, show_part, &call->result);
	call->state = NULL;
	ctl_keys_end();
	json_object_put(args);
	return (counted && !top.left) || top.ended ? CTL_DONE : (int)status;
}
