// SPDX-License-Identifier: GPL-2.0-only
/* The node file's schema, and loading by it through libcyaml. The check is in config_verify.c. */
#include <errno.h>
#include <string.h>

#include "loader/runtime/config_rules.h"
#include "loader/runtime/config_schema.h"

#define OPT CYAML_FLAG_OPTIONAL
#define REQ CYAML_FLAG_DEFAULT

#define TEXT(flag, type, member)                                                                   \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (flag), struct type, member, 0,       \
			       CYAML_UNLIMITED)
#define UINT(flag, type, member) CYAML_FIELD_UINT(#member, flag, struct type, member)
#define BOOL(flag, type, member) CYAML_FIELD_BOOL(#member, flag, struct type, member)
#define WORD(flag, type, member, words)                                                            \
	CYAML_FIELD_ENUM(#member, (flag) | CYAML_FLAG_STRICT, struct type, member, words,          \
			 CYAML_ARRAY_LEN(words))
#define LIST(flag, type, member, entry, min, max)                                                  \
	CYAML_FIELD_SEQUENCE_COUNT(#member, CYAML_FLAG_POINTER | (flag), struct type, member,      \
				   n_##member, entry, min, max)

static const cyaml_schema_value_t text_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_strval_t modes[] = {{"native", SL_PORT_NATIVE}, {"generic", SL_PORT_GENERIC}};
static const cyaml_strval_t kinds[] = {{"gre", SL_RAW_GRE}, {"direct", SL_RAW_DIRECT}};
static const cyaml_strval_t classes[] = {
	{"auto", SL_CLASS_NONE}, {"inline", SL_CLASS_INLINE}, {"thread", SL_CLASS_THREAD}};
static const cyaml_strval_t payloads[] = {{"ip", SL_PAYLOAD_IP}, {"ether", SL_PAYLOAD_ETHER}};

static const cyaml_schema_field_t port_fields[] = {
	TEXT(REQ, sl_raw_port, name),
	TEXT(REQ, sl_raw_port, interface),
	WORD(OPT, sl_raw_port, mode, modes),
	UINT(OPT, sl_raw_port, mtu),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t link_fields[] = {
	TEXT(REQ, sl_raw_link, device),
	WORD(OPT, sl_raw_link, kind, kinds),
	WORD(OPT, sl_raw_link, payload, payloads),
	TEXT(OPT, sl_raw_link, local),
	TEXT(OPT, sl_raw_link, remote),
	TEXT(OPT, sl_raw_link, key),
	BOOL(OPT, sl_raw_link, csum),
	BOOL(OPT, sl_raw_link, seq),
	UINT(OPT, sl_raw_link, ttl),
	UINT(OPT, sl_raw_link, tos),
	TEXT(OPT, sl_raw_link, next_hop_mac),
	TEXT(OPT, sl_raw_link, port),
	UINT(OPT, sl_raw_link, vlan),
	UINT(OPT, sl_raw_link, inner_vlan),
	TEXT(OPT, sl_raw_link, address),
	TEXT(OPT, sl_raw_link, address6),
	TEXT(OPT, sl_raw_link, mac),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t budget_fields[] = {
	TEXT(OPT, sl_raw_budget, cpu),	       TEXT(OPT, sl_raw_budget, cpu_min),
	UINT(OPT, sl_raw_budget, weight),      UINT(OPT, sl_raw_budget, ns_per_packet),
	TEXT(OPT, sl_raw_budget, rx),	       TEXT(OPT, sl_raw_budget, tx),
	TEXT(OPT, sl_raw_budget, pps),	       TEXT(OPT, sl_raw_budget, memory),
	TEXT(OPT, sl_raw_budget, map_entries), CYAML_FIELD_END,
};

static const cyaml_schema_value_t link_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sl_raw_link, link_fields),
};

static const cyaml_schema_field_t tenant_fields[] = {
	TEXT(REQ, sl_raw_tenant, name),
	TEXT(OPT, sl_raw_tenant, owner),
	LIST(OPT, sl_raw_tenant, links, &link_entry, 0, SL_MAX_DEVS),
	CYAML_FIELD_MAPPING("budget", OPT, struct sl_raw_tenant, budget, budget_fields),
	WORD(OPT, sl_raw_tenant, class, classes),
	TEXT(OPT, sl_raw_tenant, on_cpu),
	TEXT(OPT, sl_raw_tenant, graph),
	LIST(OPT, sl_raw_tenant, vars, &text_entry, 0, 1024),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t node_fields[] = {
	BOOL(OPT, sl_raw_node, frags),
	UINT(OPT, sl_raw_node, max_delay_us),
	UINT(OPT, sl_raw_node, optimize_s),
	UINT(OPT, sl_raw_node, unknown_keys),
	TEXT(OPT, sl_raw_node, reserve),
	LIST(OPT, sl_raw_node, experiments, &text_entry, 0, 64),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t port_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sl_raw_port, port_fields),
};

static const cyaml_schema_value_t tenant_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct sl_raw_tenant, tenant_fields),
};

static const cyaml_schema_field_t config_fields[] = {
	CYAML_FIELD_MAPPING("node", OPT, struct sl_raw_config, node, node_fields),
	LIST(OPT, sl_raw_config, ports, &port_entry, 0, SL_MAX_PORTS),
	LIST(OPT, sl_raw_config, tenants, &tenant_entry, 0, SL_MAX_TENANTS / 2),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t sl_schema_root = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sl_raw_config, config_fields),
};

/* Rules for single values, by mapping and key. Words and booleans need none. */
static const struct sl_schema_rule rules[] = {
	{port_fields, "name", SL_RULE_NAME, 0, 0},
	{port_fields, "interface", SL_RULE_INTERFACE, 0, 0},
	{port_fields, "mtu", SL_RULE_UINT, 128, 65535},
	{link_fields, "device", SL_RULE_DEVICE, 0, 0},
	{link_fields, "local", SL_RULE_ADDR, 0, 0},
	{link_fields, "remote", SL_RULE_ADDR, 0, 0},
	{link_fields, "key", SL_RULE_KEY, 0, 0},
	{link_fields, "ttl", SL_RULE_UINT, 1, 255},
	{link_fields, "tos", SL_RULE_UINT, 0, 255},
	{link_fields, "next_hop_mac", SL_RULE_MAC, 0, 0},
	{link_fields, "port", SL_RULE_NAME, 0, 0},
	{link_fields, "vlan", SL_RULE_UINT, 1, 4094},
	{link_fields, "inner_vlan", SL_RULE_UINT, 1, 4094},
	{link_fields, "address", SL_RULE_PREFIX, 0, 0},
	{link_fields, "address6", SL_RULE_PREFIX6, 0, 0},
	{link_fields, "mac", SL_RULE_MAC, 0, 0},
	{budget_fields, "cpu", SL_RULE_CPU, 1, 1024 * 1000},
	{budget_fields, "cpu_min", SL_RULE_CPU, 1, 1024 * 1000},
	{budget_fields, "weight", SL_RULE_UINT, 1, 10000},
	{budget_fields, "ns_per_packet", SL_RULE_UINT, 1, 1000000000},
	{budget_fields, "rx", SL_RULE_RATE, 1000, 10000000000000},
	{budget_fields, "tx", SL_RULE_RATE, 1000, 10000000000000},
	{budget_fields, "pps", SL_RULE_COUNT, 1, 10000000000},
	{budget_fields, "memory", SL_RULE_SIZE, 4096, 1ULL << 44},
	{budget_fields, "map_entries", SL_RULE_COUNT, 1, 4294967295},
	{tenant_fields, "name", SL_RULE_TENANT, 0, 0},
	{tenant_fields, "owner", SL_RULE_OWNER, 0, 0},
	{tenant_fields, "on_cpu", SL_RULE_UINT, 0, SL_MOVE_CPUS - 1},
	{tenant_fields, "graph", SL_RULE_PATH, 0, 0},
	{tenant_fields, "vars", SL_RULE_VAR, 0, 0},
	{node_fields, "max_delay_us", SL_RULE_UINT, 1, 1000000},
	{node_fields, "optimize_s", SL_RULE_UINT, 20, 604800},
	{node_fields, "unknown_keys", SL_RULE_UINT, 0, 100000000},
	{node_fields, "reserve", SL_RULE_CPU, 0, 1024 * 1000},
	{node_fields, "experiments", SL_RULE_NAME, 0, 0},
};

const struct sl_schema_rule *sl_schema_rule(const cyaml_schema_field_t *fields, const char *key)
{
	for (size_t i = 0; i < CYAML_ARRAY_LEN(rules); i++)
		if (rules[i].fields == fields && !strcmp(rules[i].key, key))
			return &rules[i];
	return NULL;
}

/* Messages are the check's job, so libcyaml's own log is left alone. */
static void quiet(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	(void)level;
	(void)ctx;
	(void)fmt;
	(void)args;
}

static const cyaml_config_t cyaml = {
	.log_fn = quiet,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS,
};

int sl_schema_load(const char *text, size_t len, const char *file, struct sl_diags *d,
		   struct sl_raw_config **out)
{
	cyaml_data_t *data = NULL;
	cyaml_err_t err;

	err = cyaml_load_data((const uint8_t *)text, len, &cyaml, &sl_schema_root, &data, NULL);
	if (err == CYAML_ERR_OOM)
		return -ENOMEM;
	if (err) {
		sl_error(d, ((struct sl_pos){file, 1, 1}), "schema",
			 "the node file does not load: %s", cyaml_strerror(err));
		return -EINVAL;
	}
	*out = data;
	return 0;
}

void sl_schema_free(struct sl_raw_config *raw)
{
	if (raw)
		cyaml_free(&cyaml, &sl_schema_root, raw, 0);
}
