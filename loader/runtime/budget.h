/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budgets one limit at a time: as text, compared, and changed by `key=value` in the node file's own
 * words. Sets of limits are bits 1 << enum sl_budget_key.
 */
#ifndef SL_RUNTIME_BUDGET_H
#define SL_RUNTIME_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "loader/diag.h"

struct sl_budget;

/* In the order of the node file's page. */
enum sl_budget_key {
	SL_BUDGET_CPU,
	SL_BUDGET_CPU_MIN,
	SL_BUDGET_WEIGHT,
	SL_BUDGET_NS_PER_PACKET,
	SL_BUDGET_RX,
	SL_BUDGET_TX,
	SL_BUDGET_PPS,
	SL_BUDGET_MEMORY,
	SL_BUDGET_MAP_ENTRIES,
	SL_BUDGET_N
};

/* "cpu_min". */
const char *sl_budget_key_name(enum sl_budget_key key);
/* The key of that name, or SL_BUDGET_N. */
enum sl_budget_key sl_budget_key_of(const char *name);

/* A limit's value as the node file takes it ("15%", "1Gbit", "64MiB"), "none" for none. */
#define SL_BUDGET_TEXT 32
const char *sl_budget_text(const struct sl_budget *b, enum sl_budget_key key,
			   char buf[SL_BUDGET_TEXT]);
/* Whether there is one, or a weight that is not the default. */
bool sl_budget_is_set(const struct sl_budget *b, enum sl_budget_key key);
/* The limits in which two budgets differ. */
uint32_t sl_budget_differ(const struct sl_budget *a, const struct sl_budget *b);
/* "cpu 15% -> 20%, rx none -> 1Gbit", malloc'ed: the limits of `keys`; those of `set` are said to
 * be overridden, as they were set at run time. NULL when out of memory. */
char *sl_budget_changes(const struct sl_budget *from, const struct sl_budget *to, uint32_t keys,
			uint32_t set);
/*
 * Into *out: `now` with limits as `values` has them, texts as "cpu=15%"; "none" takes a limit away,
 * or puts the default back. Their set into *keys. 0; -EINVAL with a message for each mistake.
 */
int sl_budget_change(const struct sl_budget *now, const char *const *values, size_t n,
		     struct sl_diags *d, struct sl_budget *out, uint32_t *keys);

/* A set of limits as a list of names, and back. */
struct json_object *sl_budget_keys_json(uint32_t keys);
uint32_t sl_budget_keys_from_json(struct json_object *list);

#endif
