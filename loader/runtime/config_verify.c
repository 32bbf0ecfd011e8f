// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the tree of a node file against the schema. Walks both together and goes on after a
 * mistake, so that one reading shows them all.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/runtime/config_rules.h"
#include "loader/runtime/config_schema.h"
#include "loader/runtime/config_value.h"

struct walk {
	const char *file;
	struct sl_diags *d;
	unsigned int errors;
};

#define complain(w, node, code, ...)                                                               \
	((w)->errors++, sl_error((w)->d, sl_yaml_pos(node, (w)->file), code, __VA_ARGS__))

/* ---- Nearest word ---------------------------------------------------------------------------- */

#define NEAREST_MAX 32

/* Edits (a letter more, less or other, two neighbours exchanged) from one word to the other. */
static unsigned int edits(const char *a, const char *b)
{
	unsigned int rows[3][NEAREST_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > NEAREST_MAX || lb > NEAREST_MAX)
		return NEAREST_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned int *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int least = above[j - 1] + (a[i - 1] != b[j - 1]);

			least = above[j] + 1 < least ? above[j] + 1 : least;
			least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1 < least)
				least = two_above[j - 2] + 1;
			row[j] = least;
		}
	}
	return rows[la % 3][lb];
}

struct nearest {
	const char *word;
	const char *best;
	unsigned int least;
};

static void consider(struct nearest *n, const char *candidate)
{
	unsigned int e = edits(n->word, candidate);

	if (e < n->least) {
		n->least = e;
		n->best = candidate;
	}
}

static struct nearest nearest_to(const char *word)
{
	/* Further than a third of its letters is another word. */
	unsigned int limit = strlen(word) / 3;

	return (struct nearest){word, NULL, (limit ? limit : 1) + 1};
}

/* ---- Single values --------------------------------------------------------------------------- */

/* What a value of a rule looks like, and an example. */
static const struct {
	const char *what, *example;
} forms[] = {
	[SL_RULE_NAME] = {"a name (a-z, then a-z, 0-9, '_', '-', up to 31 characters)", "red"},
	[SL_RULE_TENANT] = {"a name for a tenant (as other names, but not platform, platform-new, "
			    "ports or copies)",
			    "red"},
	[SL_RULE_INTERFACE] = {"the name of a network interface", "enp1s0"},
	[SL_RULE_DEVICE] = {"a device name from eth0 to eth63", "eth0"},
	[SL_RULE_OWNER] = {"a user name or a uid", "alice"},
	[SL_RULE_ADDR] = {"the IPv4 or IPv6 address of one host", "192.0.2.1"},
	[SL_RULE_KEY] = {"a GRE key (0 to 4294967295, or four bytes as in 10.0.0.1)", "7"},
	[SL_RULE_UINT] = {"a number", ""},
	[SL_RULE_PREFIX] = {"an IPv4 host address with its prefix length", "10.0.0.1/24"},
	[SL_RULE_PREFIX6] = {"an IPv6 host address with its prefix length, not a link-local one",
			     "2001:db8::1/64"},
	[SL_RULE_MAC] = {"the Ethernet address of one host", "02:00:00:00:00:01"},
	[SL_RULE_PATH] = {"a file name", "red.click"},
	[SL_RULE_VAR] = {"a variable as NAME=value", "MTU=1400"},
	[SL_RULE_CPU] = {"a percentage of one CPU", "50%"},
	[SL_RULE_RATE] = {"a rate in bits a second", "100Mbit/s"},
	[SL_RULE_COUNT] = {"a count", "10k"},
	[SL_RULE_SIZE] = {"a size in bytes", "64MiB"},
};

/* 0, -EINVAL (form), -ERANGE (range), -ENOENT (no such user). */
static int try_value(const struct sl_schema_rule *rule, const char *text)
{
	struct sl_addr addr;
	uint8_t bytes[16], len;
	__be32 be;
	uint32_t key;
	uint64_t n = rule->min;
	uid_t uid;
	int ret;

	switch (rule->kind) {
	case SL_RULE_NAME:
		return sl_name_valid(text) ? 0 : -EINVAL;
	case SL_RULE_TENANT:
		return sl_tenant_name_valid(text) ? 0 : -EINVAL;
	case SL_RULE_INTERFACE:
		return sl_value_is_interface(text) ? 0 : -EINVAL;
	case SL_RULE_DEVICE:
		return sl_value_device(text, bytes);
	case SL_RULE_OWNER:
		return sl_value_owner(text, &uid);
	case SL_RULE_ADDR:
		ret = sl_addr_parse(text, &addr);
		return ret ? ret : sl_addr_is_unicast(&addr) ? 0 : -EINVAL;
	case SL_RULE_KEY:
		return sl_value_key(text, &key);
	case SL_RULE_PREFIX:
		return sl_value_prefix(text, &be, bytes);
	case SL_RULE_PREFIX6:
		return sl_value_prefix6(text, bytes, &len);
	case SL_RULE_MAC:
		ret = sl_mac_parse(text, bytes);
		return ret ? ret : sl_mac_is_unicast(bytes) ? 0 : -EINVAL;
	case SL_RULE_PATH:
		return *text ? 0 : -EINVAL;
	case SL_RULE_VAR:
		return sl_value_is_var(text) ? 0 : -EINVAL;
	case SL_RULE_UINT:
		ret = sl_value_uint(text, &n);
		break;
	case SL_RULE_CPU:
		ret = sl_value_cpu(text, &n);
		break;
	case SL_RULE_RATE:
		ret = sl_value_rate(text, &n);
		break;
	case SL_RULE_COUNT:
		ret = sl_value_count(text, &n);
		break;
	case SL_RULE_SIZE:
		ret = sl_value_size(text, &n);
		break;
	default:
		return -EINVAL;
	}
	if (!ret && (n < rule->min || n > rule->max))
		ret = -ERANGE;
	return ret;
}

static void out_of_range(struct walk *w, const struct sl_yaml *node, const char *key,
			 const struct sl_schema_rule *rule)
{
	struct sl_diag *diag;

	diag = complain(w, node, "out-of-range", "'%s' is out of range: %s", key, node->text);
	if (rule->kind == SL_RULE_CPU)
		sl_diag_hint(diag, "from %g%% to %g%% of one CPU", rule->min / 10.0,
			     rule->max / 10.0);
	else if (rule->max)
		sl_diag_hint(diag, "from %" PRIu64 " to %" PRIu64, rule->min, rule->max);
	else
		sl_diag_hint(diag, "give %s", forms[rule->kind].what);
}

static void check_text(struct walk *w, const struct sl_yaml *node, const char *key,
		       const struct sl_schema_rule *rule)
{
	struct sl_diag *diag;

	if (!rule)
		return;
	switch (try_value(rule, node->text)) {
	case 0:
		return;
	case -ERANGE:
		out_of_range(w, node, key, rule);
		return;
	case -ENOENT:
		diag = complain(w, node, "unknown-user", "this host has no user '%s'", node->text);
		sl_diag_hint(diag, "create the user first, or give a uid");
		return;
	default:
		break;
	}
	diag = complain(w, node, "bad-value", "'%s' is not %s: '%s'", key, forms[rule->kind].what,
			node->text);
	if (rule->kind == SL_RULE_UINT)
		sl_diag_hint(diag, "give a number from %" PRIu64 " to %" PRIu64, rule->min,
			     rule->max);
	else
		sl_diag_hint(diag, "for example: %s", forms[rule->kind].example);
}

static void check_word(struct walk *w, const struct sl_yaml *node, const char *key,
		       const cyaml_schema_value_t *schema)
{
	struct nearest n = nearest_to(node->text);
	struct sl_diag *diag;

	for (uint32_t i = 0; i < schema->enumeration.count; i++) {
		if (!strcmp(schema->enumeration.strings[i].str, node->text))
			return;
		consider(&n, schema->enumeration.strings[i].str);
	}
	diag = complain(w, node, "bad-value", "'%s' cannot be '%s'", key, node->text);
	if (n.best)
		sl_diag_hint(diag, "did you mean '%s'?", n.best);
	else
		sl_diag_hint(diag, "it is '%s' or '%s'", schema->enumeration.strings[0].str,
			     schema->enumeration.strings[1].str);
}

static void check_bool(struct walk *w, const struct sl_yaml *node, const char *key)
{
	bool value;

	if (sl_value_bool(node->text, &value) < 0)
		sl_diag_hint(complain(w, node, "bad-value", "'%s' is true or false, not '%s'", key,
				      node->text),
			     "write true or false");
}

/* ---- The walk -------------------------------------------------------------------------------- */

static enum sl_yaml_kind wanted(const cyaml_schema_value_t *schema)
{
	switch (schema->type) {
	case CYAML_MAPPING:
		return SL_YAML_MAP;
	case CYAML_SEQUENCE:
		return SL_YAML_SEQ;
	default:
		return SL_YAML_SCALAR;
	}
}

static bool kind_fits(struct walk *w, const struct sl_yaml *node, const char *key,
		      const cyaml_schema_value_t *schema)
{
	enum sl_yaml_kind want = wanted(schema);
	struct sl_diag *diag;

	if (node->kind == SL_YAML_SCALAR && !node->quoted && !*node->text) {
		diag = complain(w, node, "no-value", "'%s' has no value", key);
		sl_diag_hint(diag,
			     want == SL_YAML_SEQ ? "write '%s: []' for none"
						 : "give one, or leave '%s' out",
			     key);
		return false;
	}
	if (node->kind == want)
		return true;
	diag = complain(w, node, "wrong-type", "'%s' must be %s, and is %s", key,
			sl_yaml_kind_name(want), sl_yaml_kind_name(node->kind));
	if (want == SL_YAML_SEQ)
		sl_diag_hint(diag, "begin each entry with '- ' on a line of its own");
	else if (want == SL_YAML_MAP)
		sl_diag_hint(diag, "write 'key: value' lines, indented below it");
	else
		sl_diag_hint(diag, "write 'key: value' on one line");
	return false;
}

static void check_value(struct walk *w, const struct sl_yaml *node, const char *key,
			const cyaml_schema_value_t *schema, const struct sl_schema_rule *rule);

static void check_list(struct walk *w, const struct sl_yaml *node, const char *key,
		       const cyaml_schema_value_t *schema, const struct sl_schema_rule *rule)
{
	if (node->n_kids > schema->sequence.max)
		sl_diag_hint(
			complain(w, node, "too-many", "'%s' has %zu entries", key, node->n_kids),
			"%u are possible", schema->sequence.max);
	for (size_t i = 0; i < node->n_kids; i++)
		check_value(w, node->kids[i], key, schema->sequence.entry, rule);
}

static void check_map(struct walk *w, const struct sl_yaml *node,
		      const cyaml_schema_field_t *fields)
{
	const cyaml_schema_field_t *f;

	for (size_t i = 0; i + 1 < node->n_kids; i += 2) {
		const struct sl_yaml *key = node->kids[i];
		struct nearest n = nearest_to(key->text);
		struct sl_diag *diag;

		for (f = fields; f->key && strcmp(f->key, key->text); f++)
			consider(&n, f->key);
		if (f->key) {
			check_value(w, node->kids[i + 1], key->text, &f->value,
				    sl_schema_rule(fields, key->text));
			continue;
		}
		diag = complain(w, key, "unknown-key", "unknown key '%s'", key->text);
		if (n.best) {
			sl_diag_hint(diag, "did you mean '%s'?", n.best);
			continue;
		}
		sl_diag_hint(diag, "the keys that can stand here are listed below");
		for (f = fields; f->key; f++)
			sl_diag_detail(diag, "%s", f->key);
	}
	for (f = fields; f->key; f++)
		if (!(f->value.flags & CYAML_FLAG_OPTIONAL) && !sl_yaml_get(node, f->key))
			sl_diag_hint(
				complain(w, node, "missing-key", "'%s' is missing here", f->key),
				"add a line '%s: ...'", f->key);
}

static void check_value(struct walk *w, const struct sl_yaml *node, const char *key,
			const cyaml_schema_value_t *schema, const struct sl_schema_rule *rule)
{
	if (!kind_fits(w, node, key, schema))
		return;
	switch (schema->type) {
	case CYAML_MAPPING:
		check_map(w, node, schema->mapping.fields);
		break;
	case CYAML_SEQUENCE:
		check_list(w, node, key, schema, rule);
		break;
	case CYAML_ENUM:
		check_word(w, node, key, schema);
		break;
	case CYAML_BOOL:
		check_bool(w, node, key);
		break;
	default:
		check_text(w, node, key, rule);
		break;
	}
}

unsigned int sl_schema_check(const struct sl_yaml *root, const char *file, struct sl_diags *d)
{
	struct walk w = {.file = file, .d = d};

	check_value(&w, root, "the node file", &sl_schema_root, NULL);
	return w.errors;
}

static void list_keys(const cyaml_schema_value_t *schema, const char *prefix,
		      void (*fn)(void *arg, const char *path), void *arg)
{
	if (schema->type == CYAML_SEQUENCE)
		schema = schema->sequence.entry;
	if (schema->type != CYAML_MAPPING)
		return;
	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
		char path[128];

		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", f->key);
		fn(arg, path);
		list_keys(&f->value, path, fn, arg);
	}
}

void sl_schema_keys(void (*fn)(void *arg, const char *path), void *arg)
{
	list_keys(&sl_schema_root, "", fn, arg);
}
