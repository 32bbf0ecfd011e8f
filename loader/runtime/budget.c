// SPDX-License-Identifier: GPL-2.0-only
/* Budgets one limit at a time. */
#include "loader/runtime/budget.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/config.h"

#define WEIGHT 100 /* where none is given */

enum unit { CPU, NUMBER, RATE, SIZE };

static const struct {
	const char *name;
	enum unit unit;
} limits[SL_BUDGET_N] = {
	[SL_BUDGET_CPU] = {"cpu", CPU},
	[SL_BUDGET_CPU_MIN] = {"cpu_min", CPU},
	[SL_BUDGET_WEIGHT] = {"weight", NUMBER},
	[SL_BUDGET_NS_PER_PACKET] = {"ns_per_packet", NUMBER},
	[SL_BUDGET_RX] = {"rx", RATE},
	[SL_BUDGET_TX] = {"tx", RATE},
	[SL_BUDGET_PPS] = {"pps", NUMBER},
	[SL_BUDGET_MEMORY] = {"memory", SIZE},
	[SL_BUDGET_MAP_ENTRIES] = {"map_entries", NUMBER},
};

const char *sl_budget_key_name(enum sl_budget_key key)
{
	return limits[key].name;
}

enum sl_budget_key sl_budget_key_of(const char *name)
{
	unsigned int k = 0;

	while (k < SL_BUDGET_N && strcmp(limits[k].name, name) != 0)
		k++;
	return (enum sl_budget_key)k;
}

static uint64_t value_of(const struct sl_budget *b, enum sl_budget_key key)
{
	const uint64_t values[SL_BUDGET_N] = {
		[SL_BUDGET_CPU] = b->cpu_max_milli,
		[SL_BUDGET_CPU_MIN] = b->cpu_min_milli,
		[SL_BUDGET_WEIGHT] = b->weight,
		[SL_BUDGET_NS_PER_PACKET] = b->ns_per_packet,
		[SL_BUDGET_RX] = b->rx_bps,
		[SL_BUDGET_TX] = b->tx_bps,
		[SL_BUDGET_PPS] = b->pps,
		[SL_BUDGET_MEMORY] = b->memory_bytes,
		[SL_BUDGET_MAP_ENTRIES] = b->map_entries,
	};

	return values[key];
}

/* ---- As text ---------------------------------------------------------------------------------*/

/* The largest unit that leaves the number whole. */
static void put_scaled(char *buf, uint64_t v, uint64_t step, const char *const *units)
{
	while (units[1] && v && v % step == 0) {
		v /= step;
		units++;
	}
	snprintf(buf, SL_BUDGET_TEXT, "%" PRIu64 "%s", v, *units);
}

const char *sl_budget_text(const struct sl_budget *b, enum sl_budget_key key,
			   char buf[SL_BUDGET_TEXT])
{
	static const char *const rates[] = {"bit", "kbit", "Mbit", "Gbit", "Tbit", NULL};
	static const char *const sizes[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
	uint64_t v = value_of(b, key);

	if (!v) {
		snprintf(buf, SL_BUDGET_TEXT, "none");
		return buf;
	}
	switch (limits[key].unit) {
	case CPU:
		snprintf(buf, SL_BUDGET_TEXT, "%g%%", (double)v / 10);
		break;
	case RATE:
		put_scaled(buf, v, 1000, rates);
		break;
	case SIZE:
		put_scaled(buf, v, 1024, sizes);
		break;
	case NUMBER:
		snprintf(buf, SL_BUDGET_TEXT, "%" PRIu64, v);
		break;
	}
	return buf;
}

bool sl_budget_is_set(const struct sl_budget *b, enum sl_budget_key key)
{
	return value_of(b, key) != (key == SL_BUDGET_WEIGHT ? WEIGHT : 0);
}

uint32_t sl_budget_differ(const struct sl_budget *a, const struct sl_budget *b)
{
	uint32_t keys = 0;

	for (unsigned int k = 0; k < SL_BUDGET_N; k++)
		if (value_of(a, (enum sl_budget_key)k) != value_of(b, (enum sl_budget_key)k))
			keys |= 1u << k;
	return keys;
}

char *sl_budget_changes(const struct sl_budget *from, const struct sl_budget *to, uint32_t keys,
			uint32_t set)
{
	char *text = NULL, was[SL_BUDGET_TEXT], is[SL_BUDGET_TEXT];
	const char *sep = "";
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (unsigned int k = 0; k < SL_BUDGET_N; k++) {
		enum sl_budget_key key = (enum sl_budget_key)k;

		if (!(keys & 1u << k))
			continue;
		fprintf(f, "%s%s %s%s -> %s", sep, limits[k].name, sl_budget_text(from, key, was),
			set & 1u << k ? " (set at run time)" : "", sl_budget_text(to, key, is));
		sep = ", ";
	}
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

struct json_object *sl_budget_keys_json(uint32_t keys)
{
	struct json_object *a = json_object_new_array();

	for (unsigned int k = 0; a && k < SL_BUDGET_N; k++)
		if (keys & 1u << k)
			json_object_array_add(a, json_object_new_string(limits[k].name));
	return a;
}

uint32_t sl_budget_keys_from_json(struct json_object *list)
{
	uint32_t keys = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(list, i));
		enum sl_budget_key key = name ? sl_budget_key_of(name) : SL_BUDGET_N;

		keys |= key < SL_BUDGET_N ? 1u << key : 0;
	}
	return keys;
}

/* ---- Changing --------------------------------------------------------------------------------*/

static void list_keys(struct sl_diag *diag)
{
	for (unsigned int k = 0; k < SL_BUDGET_N; k++)
		sl_diag_detail(diag, "%s", limits[k].name);
}

/* One "key=value" into the budget as JSON. 0 or -EINVAL with a message. */
static int take(const char *text, struct json_object *budget, struct sl_diags *d, uint32_t *keys)
{
	const char *eq = strchr(text, '=');
	_free_ char *name = eq ? strndup(text, (size_t)(eq - text)) : strdup(text);
	enum sl_budget_key key;

	if (!name)
		return -ENOMEM;
	key = sl_budget_key_of(name);
	if (key == SL_BUDGET_N) {
		struct sl_diag *diag =
			sl_error(d, SL_NOPOS, "unknown-key", "no budget has a limit '%s'", name);

		sl_diag_hint(diag, "the limits are listed below");
		list_keys(diag);
		return -EINVAL;
	}
	if (!eq || !eq[1]) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-value", "'%s' has no value", name),
			     "give one as %s=VALUE; %s=none takes the limit away", name, name);
		return -EINVAL;
	}
	if (*keys & 1u << key) {
		sl_error(d, SL_NOPOS, "duplicate-name", "'%s' is given twice", name);
		return -EINVAL;
	}
	*keys |= 1u << key;
	if (strcmp(eq + 1, "none") != 0)
		return json_object_object_add(budget, name, json_object_new_string(eq + 1));
	json_object_object_del(budget, name);
	return 0;
}

/* What the node file's reader says of the budget, without places in a text nobody wrote. */
static void move_messages(struct sl_diags *from, struct sl_diags *d)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct sl_diag *m = &from->list[i];
		struct sl_diag *to =
			sl_diag_add(d, m->level, SL_NOPOS, m->code ? m->code : "budget", "%s",
				    m->message ? m->message : "");

		if (m->hint)
			sl_diag_hint(to, "%s", m->hint);
	}
}

/* The budget is read by the node file's own reader: one syntax, one set of bounds. */
static int read_back(struct json_object *budget, struct sl_diags *d, struct sl_budget *out)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	struct json_object *tenant = json_object_new_object();
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	struct sl_diags mine = {0};
	const char *text;
	size_t len = 0;
	int ret;

	json_object_object_add(tenant, "name", json_object_new_string("t"));
	json_object_object_add(tenant, "budget", json_object_get(budget));
	json_object_array_add(list, tenant);
	json_object_object_add(root, "tenants", list);
	text = json_object_to_json_string_length(
		root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	ret = text ? sl_node_config_parse(text, len, "budget", "", &mine, &c) : -ENOMEM;
	if (!ret)
		*out = c->tenants[0].budget;
	move_messages(&mine, d);
	sl_diags_free(&mine);
	json_object_put(root);
	return ret;
}

int sl_budget_change(const struct sl_budget *now, const char *const *values, size_t n,
		     struct sl_diags *d, struct sl_budget *out, uint32_t *keys)
{
	struct json_object *budget = sl_node_budget_json(now);
	uint32_t taken = 0;
	int ret = budget ? 0 : -ENOMEM;

	for (size_t i = 0; budget && i < n; i++) {
		int err = take(values[i], budget, d, &taken);

		ret = ret ? ret : err;
	}
	ret = ret ? ret : read_back(budget, d, out);
	json_object_put(budget);
	if (!ret)
		*keys = taken;
	return ret;
}
