// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns of IPFilter and Classifier: the input's lines up to a NUL are rules, the bytes behind it
 * packets. What the reduced decision graph decides must be what evaluating the rules one by one
 * gives, and the graph must never look past a packet's end; writing it as C and as text must work.
 *
 * The first byte of a packet chunk says how long it is cut, the second where its headers are.
 */
#include <stdlib.h>

#include "loader/config/pattern.h"
#include "loader/mem.h"
#include "tests/config/filter_oracle.h"

#define MAX_RULES 24
#define CHUNK 80

struct rules {
	struct sl_filter_expr *expr[MAX_RULES];
	struct sl_pattern pattern[MAX_RULES];
	bool classifier; /* the patterns count */
	unsigned int n;
};

static void rules_free(struct rules *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		sl_filter_free(r->expr[i]);
		sl_pattern_free(&r->pattern[i]);
	}
}

/* Reads one line as a rule; lines with mistakes are left out, after they were reported. */
static void read_rule(struct sl_conf *cf, char *line, struct rules *r)
{
	struct sl_arg arg = {.text = line, .pos = {"f", 1, 1}};
	struct sl_filter_text t = {0};
	int ret;

	if (r->classifier) {
		ret = sl_pattern_parse(cf, &arg, &r->pattern[r->n]);
		if (ret)
			sl_pattern_free(&r->pattern[r->n]);
	} else {
		ret = sl_filter_split(cf, &arg, &t);
		if (!ret)
			ret = sl_filter_parse(&t, 0, &r->expr[r->n]);
		sl_filter_text_free(&t);
	}
	if (ret && !cf->diags->errors)
		abort(); /* refused without a word */
	if (!ret)
		r->n++;
}

static bool clause_holds(const struct view *v, const struct sl_clause *c)
{
	size_t have = view_len(v, SL_DB_WINDOW);

	for (uint32_t i = 0; i < c->n; i++) {
		if (!c->mask[i])
			continue;
		if (c->off + i >= have ||
		    ((v->bytes[v->at[SL_DB_WINDOW] + c->off + i] ^ c->value[i]) & c->mask[i]))
			return c->negated;
	}
	return !c->negated;
}

static bool rule_holds(const struct rules *r, unsigned int i, const struct view *v)
{
	if (!r->classifier)
		return expr_holds(v, r->expr[i]);
	for (size_t k = 0; k < r->pattern[i].n; k++)
		if (!clause_holds(v, &r->pattern[i].clauses[k]))
			return false;
	return true;
}

static void print_action(FILE *out, uint32_t action, void *arg)
{
	(void)arg;
	fprintf(out, "[%u]", action);
}

static void write_out(const struct sl_dec *d)
{
	struct sl_dec_action actions[MAX_RULES + 1] = {{.port = 1}};
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	if (sl_dec_emit(d, actions, NULL, "e", f) || sl_dec_print(d, print_action, NULL, f))
		abort();
	fclose(f);
}

static void try_packet(const struct rules *r, const struct sl_dec *d, const uint8_t *bytes,
		       size_t n)
{
	struct view v = {.bytes = bytes + 2, .len = n - 2};
	unsigned int want = 0, steps;
	bool fault = false;

	if (bytes[0] & 0x80)
		v.len = (bytes[0] & 0x7f) < v.len ? bytes[0] & 0x7f : v.len;
	v.at[SL_DB_WINDOW] = bytes[1] & 1 ? 14 : 0;
	v.at[SL_DB_MAC] = bytes[1] & 2 ? NO_HEADER : 0;
	v.at[SL_DB_NET] = bytes[1] & 4 ? NO_HEADER : 14;
	v.at[SL_DB_TRANSPORT] = bytes[1] & 8 ? NO_HEADER : bytes[1] & 16 ? 38 : 34;
	while (want < r->n && !rule_holds(r, want, &v))
		want++;
	if (walk_graph(d, &v, &steps, &fault) != want || fault)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	struct sl_elem elem = {.name = "f"};
	struct sl_inst inst = {.elem = &elem};
	struct sl_diags diags = {0};
	struct sl_conf cf = {.inst = &inst, .diags = &diags};
	_free_ char *text = strndup((const char *)data, size);
	size_t at = text ? strlen(text) + 1 : size;
	SL_CLEANUP(rules_free) struct rules r = {0};
	sl_dec_ref root;
	char *rest = text, *line;

	if (!text || !size)
		return 0;
	r.classifier = *rest == '#';
	rest += r.classifier;
	while (r.n < MAX_RULES && (line = strsep(&rest, "\n")))
		read_rule(&cf, line, &r);
	sl_diags_free(&diags);
	root = SL_DEC_END | r.n;
	for (unsigned int i = r.n; i-- > 0;)
		root = r.classifier ? sl_pattern_compile(&d, &r.pattern[i], SL_DEC_END | i, root)
				    : sl_filter_compile(&d, r.expr[i], SL_DEC_END | i, root);
	if (sl_dec_reduce(&d, root))
		return 0;
	write_out(&d);
	for (; at + 2 < size; at += CHUNK)
		try_packet(&r, &d, data + at, size - at < CHUNK ? size - at : CHUNK);
	return 0;
}
