/* SPDX-License-Identifier: GPL-2.0-only */
/* What the schema's table and the check of a tree against it share. */
#ifndef SL_CONFIG_RULES_H
#define SL_CONFIG_RULES_H

#include <cyaml/cyaml.h>

#include "loader/runtime/config.h"

enum sl_rule_kind {
	SL_RULE_NAME,
	SL_RULE_TENANT,
	SL_RULE_INTERFACE,
	SL_RULE_DEVICE,
	SL_RULE_OWNER,
	SL_RULE_ADDR,
	SL_RULE_KEY,
	SL_RULE_UINT,
	SL_RULE_PREFIX,
	SL_RULE_PREFIX6,
	SL_RULE_MAC,
	SL_RULE_PATH,
	SL_RULE_VAR,
	SL_RULE_CPU,
	SL_RULE_RATE,
	SL_RULE_COUNT,
	SL_RULE_SIZE,
};

/* A single value's form and range. For a list, of each entry. */
struct sl_schema_rule {
	const cyaml_schema_field_t *fields; /* the mapping's table */
	const char *key;
	enum sl_rule_kind kind;
	uint64_t min, max; /* of what the text comes to, for numbers */
};

extern const cyaml_schema_value_t sl_schema_root;
const struct sl_schema_rule *sl_schema_rule(const cyaml_schema_field_t *fields, const char *key);

#endif
