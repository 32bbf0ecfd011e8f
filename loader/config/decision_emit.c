// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs as C.
 *
 * What is written, for PREFIX e5:
 *   sl_inline __u32 e5_run(struct sl_pkt *p): one label nK a node, one label aK an action at the
 *   end. A node about a length asks for the longest stretch of bytes first; where it is there, all
 *   words that nodes below look at are loaded into variables named after their place (ip8: bytes 8
 *   to 11 of the IP header, host order), so each word is loaded once behind one bounds check. A
 *   node about bits is a balanced tree of comparisons of x.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision_emit.h"
#include "loader/mem.h"

static const char *const base_name[SL_DB_MAX] = {
	[SL_DB_WINDOW] = "win",	  [SL_DB_MAC] = "mac", [SL_DB_NET] = "ip",
	[SL_DB_TRANSPORT] = "th", [SL_DB_DST] = "dst",
};
static const char *const base_func[SL_DB_MAX] = {
	[SL_DB_WINDOW] = "sl_at",
	[SL_DB_MAC] = "sl_mac",
	[SL_DB_NET] = "sl_net",
	[SL_DB_TRANSPORT] = "sl_transport",
};

static void indent(const struct sl_dec_emitter *e, unsigned int depth)
{
	while (depth--)
		fputc('\t', e->out);
}

static void jump(const struct sl_dec_emitter *e, sl_dec_ref to)
{
	fprintf(e->out, "goto %c%" PRIu32 ";\n", to & SL_DEC_END ? 'a' : 'n', to & ~SL_DEC_END);
}

/* ---- Loads -----------------------------------------------------------------------------------*/

/* Loads bytes [a, b) of `word` into its variable, as they would stand in the whole word. */
static void emit_load(struct sl_dec_emitter *e, const struct sl_dec_field *f, uint32_t a,
		      uint32_t b, uint32_t available)
{
	uint32_t at = a - f->word;

	fprintf(e->out, "\t\t%s%" PRIu32 " = ", base_name[f->base], f->word);
	if (b - a == 1 && at == 3)
		fprintf(e->out, "sl_ld8(q + %" PRIu32 ");\n", a);
	else if (b - a == 1)
		fprintf(e->out, "sl_ld8(q + %" PRIu32 ") << %" PRIu32 ";\n", a, 8 * (3 - at));
	else if (b - a == 2 && at == 2)
		fprintf(e->out, "sl_ld16(q + %" PRIu32 ");\n", a);
	else if (b - a == 2)
		fprintf(e->out, "sl_ld16(q + %" PRIu32 ") << %" PRIu32 ";\n", a, 8 * (2 - at));
	else if (b - a == 4 || f->word + 4 <= available)
		fprintf(e->out, "sl_ld32(q + %" PRIu32 ");\n", f->word);
	else
		fprintf(e->out, "sl_ld16(q + %" PRIu32 ") << 16 | sl_ld8(q + %" PRIu32 ") << 8;\n",
			a, a + 2);
}

static bool can_load(const struct sl_dec_field *f, enum sl_dec_base base, uint32_t available)
{
	return !f->len && f->base == base && sl_dec_field_end(f) <= available;
}

/* Loads what nodes from `to` on look at behind `base`, as far as the first `available` bytes. */
static int emit_loads(struct sl_dec_emitter *e, enum sl_dec_base base, uint32_t available,
		      sl_dec_ref to)
{
	const struct sl_dec *d = e->d;
	_free_ uint32_t *below = NULL;
	_free_ uint8_t *used = calloc(d->n_fields + 1, 1);
	size_t n = 0;
	int ret;

	if (!used)
		return -ENOMEM;
	ret = sl_dec_below(d, to, &below, &n);
	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++)
		if (can_load(&d->fields[d->nodes[below[i]].field], base, available))
			used[d->nodes[below[i]].field] = 1;
	/* One load for all fields of a word, with the first of them. */
	for (size_t i = 0; i < d->n_fields; i++) {
		const struct sl_dec_field *f = &d->fields[i];
		uint32_t a = UINT32_MAX, b = 0;
		bool first = used[i];

		for (size_t k = 0; k < d->n_fields && first; k++) {
			const struct sl_dec_field *g = &d->fields[k];

			if (!used[k] || g->word != f->word)
				continue;
			first = k >= i;
			a = sl_dec_field_first(g) < a ? sl_dec_field_first(g) : a;
			b = sl_dec_field_end(g) > b ? sl_dec_field_end(g) : b;
		}
		if (first)
			emit_load(e, f, a, b, available);
	}
	return 0;
}

/*
 * Asks for `len` bytes. Where branches ask for the same, the compiler would do it once, in front of
 * the test between them, and keep no more than the outcome: compared anew behind that test, it
 * tells the verifier nothing of the pointer any more.
 */
static void emit_ask(const struct sl_dec_emitter *e, enum sl_dec_base base, uint32_t len)
{
	fprintf(e->out, "\tSL_APART(__COUNTER__);\n\tq = %s(p, 0, %" PRIu32 ");\n\tif (q) {\n",
		base_func[base], len);
}

/* ---- Nodes -----------------------------------------------------------------------------------*/

/* Most values asked for before lengths that do not matter to them. */
#define EARLY 2

/* Where a value of its field leads to from `node`. */
static sl_dec_ref way_of(const struct sl_dec_emitter *e, uint32_t node, uint32_t value)
{
	const struct sl_dec_case *c = cases_of(e, node);

	while (c->hi < value)
		c++;
	return c->to;
}

/* Does `value` come to the same end however long the packet is, from case `from` on? */
static bool ends_early(const struct sl_dec_emitter *e, uint32_t node, uint32_t from, uint32_t value)
{
	const struct sl_dec_case *c = cases_of(e, node);
	sl_dec_ref end = way_of(e, c[from].to, value);

	for (uint32_t i = from; i < e->d->nodes[node].n; i++)
		if (way_of(e, c[i].to, value) != end)
			return false;
	return end & SL_DEC_END;
}

/*
 * Where all lengths go on with the same bits, but for the shortest if these bits need not be there,
 * and a value of these comes to the same end for all: it is asked for first (that a frame carries
 * IP is known before it matters whether an ARP header would fit).
 */
static void emit_early(struct sl_dec_emitter *e, uint32_t node)
{
	const struct sl_dec_case *c = cases_of(e, node), *k;
	uint32_t n = e->d->nodes[node].n, there, least, from, lo = 0;
	const struct sl_dec_field *f;
	unsigned int found = 0;

	there = e->there ? e->there[field_of(e, node)->base] : 0;
	from = there && !(c[0].to & SL_DEC_END) ? 0 : 1;
	least = from ? c[0].hi + 1 : there;
	for (uint32_t i = from; i < n; i++)
		if (n - from < 2 || c[i].to & SL_DEC_END ||
		    e->d->nodes[c[i].to].field != e->d->nodes[c[from].to].field)
			return;
	f = field_of(e, c[from].to);
	if (!can_load(f, (enum sl_dec_base)field_of(e, node)->base, least))
		return;
	k = cases_of(e, c[n - 1].to);
	for (uint32_t i = 0; i < e->d->nodes[c[n - 1].to].n; lo = k[i].hi + 1, i++) {
		if (k[i].hi != lo || found == EARLY || !ends_early(e, node, from, lo))
			continue;
		if (!found++) {
			emit_ask(e, (enum sl_dec_base)f->base, least);
			emit_load(e, f, sl_dec_field_first(f), sl_dec_field_end(f), least);
			fprintf(e->out, "\t\tx = %s%" PRIu32 " >> %u & 0x%" PRIx32 "u;\n",
				base_name[f->base], f->word, f->shift, sl_dec_field_max(f));
		}
		fprintf(e->out, "\t\tif (x == %" PRIu32 "u)\n\t\t\t", lo);
		jump(e, k[i].to);
	}
	if (found)
		fputs("\t}\n", e->out);
}

static int emit_len(struct sl_dec_emitter *e, uint32_t node)
{
	const struct sl_dec_case *c = cases_of(e, node);
	enum sl_dec_base base = (enum sl_dec_base)field_of(e, node)->base;

	emit_early(e, node);
	for (uint32_t i = e->d->nodes[node].n; i-- > 1;) {
		uint32_t lo = c[i - 1].hi + 1;
		int ret;

		emit_ask(e, base, lo);
		ret = emit_loads(e, base, lo, c[i].to);
		if (ret)
			return ret;
		fputs("\t\t", e->out);
		jump(e, c[i].to);
		fputs("\t}\n", e->out);
	}
	fputc('\t', e->out);
	jump(e, c[0].to);
	return 0;
}

/* Comparisons of x for the cases [i, j], which begin at `lo`. */
static void emit_tree(struct sl_dec_emitter *e, const struct sl_dec_case *c, uint32_t i, uint32_t j,
		      uint32_t lo, unsigned int depth)
{
	uint32_t m = i + (j - i) / 2;

	indent(e, depth);
	if (i == j) {
		jump(e, c[i].to);
	} else if (j == i + 2 && c[i].to == c[j].to) {
		uint32_t from = c[i].hi + 1;

		if (c[m].hi == from)
			fprintf(e->out, "if (x == %" PRIu32 "u)\n", from);
		else
			fprintf(e->out, "if (x - %" PRIu32 "u <= %" PRIu32 "u)\n", from,
				c[m].hi - from);
		indent(e, depth + 1);
		jump(e, c[m].to);
		indent(e, depth);
		jump(e, c[i].to);
	} else {
		const char *brace = i == m ? "" : " {";

		if (c[m].hi == lo)
			fprintf(e->out, "if (x == %" PRIu32 "u)%s\n", lo, brace);
		else
			fprintf(e->out, "if (x <= %" PRIu32 "u)%s\n", c[m].hi, brace);
		emit_tree(e, c, i, m, lo, depth + 1);
		if (i != m) {
			indent(e, depth);
			fputs("}\n", e->out);
		}
		emit_tree(e, c, m + 1, j, c[m].hi + 1, depth);
	}
}

/* A node that singles out one value: `hit` for `value`, `miss` for all others. */
struct single {
	uint32_t value;
	sl_dec_ref hit, miss;
};

/* Whether `node` singles out a value, and misses to `miss` (SL_DEC_END - 1: anywhere). */
static bool singles_out(const struct sl_dec_emitter *e, uint32_t node, sl_dec_ref miss,
			struct single *s)
{
	const struct sl_dec_case *c = cases_of(e, node);
	uint32_t n = e->d->nodes[node].n;

	for (uint32_t i = 0, lo = 0; i < n; lo = c[i].hi + 1, i++) {
		sl_dec_ref other = c[i ? 0 : n - 1].to;

		if (c[i].hi != lo || (n == 3 && (i != 1 || c[0].to != c[2].to)) || n > 3)
			continue;
		if (miss != SL_DEC_END - 1 && miss != other)
			continue;
		*s = (struct single){lo, c[i].to, other};
		return true;
	}
	return false;
}

/* The variable of a node's word, as it is read. */
static void print_word(const struct sl_dec_emitter *e, uint32_t node)
{
	const struct sl_dec_field *f = field_of(e, node);

	fprintf(e->out, e->again[node] ? "sl_forget(%s%" PRIu32 ")" : "%s%" PRIu32,
		base_name[f->base], f->word);
}

/* Nodes on one word that each single out a value and miss to the same place are one comparison. */
static bool emit_masked(struct sl_dec_emitter *e, uint32_t node)
{
	const struct sl_dec_field *f = field_of(e, node), *g;
	uint32_t mask = word_bits(f, sl_dec_field_max(f)), value;
	struct single s, t;
	uint32_t last = node;

	if (!singles_out(e, node, SL_DEC_END - 1, &s))
		return false;
	value = word_bits(f, s.value);
	while (!(s.hit & SL_DEC_END) && e->parents[s.hit] == 1) {
		g = field_of(e, s.hit);
		if (g->len || g->base != f->base || g->word != f->word ||
		    !singles_out(e, s.hit, s.miss, &t))
			break;
		e->absorbed[s.hit] = 1;
		last = s.hit;
		mask |= word_bits(g, sl_dec_field_max(g));
		value |= word_bits(g, t.value);
		s = t;
	}
	if (last == node)
		return false;
	fprintf(e->out, "\tx = ");
	print_word(e, last);
	if (mask == UINT32_MAX)
		fprintf(e->out, ";\n\tif (x == 0x%" PRIx32 "u)\n\t\t", value);
	else
		fprintf(e->out, ";\n\tif ((x & 0x%" PRIx32 "u) == 0x%" PRIx32 "u)\n\t\t", mask,
			value);
	jump(e, s.hit);
	fputc('\t', e->out);
	jump(e, s.miss);
	return true;
}

/* The most values worth asking for one by one. */
#define CHAIN 3

/*
 * A node that leads to one place but for a few single values (the types of Ethernet frames) is a
 * comparison for each of these: cheaper than bounds, and bytes need not be swapped for it.
 */
static uint32_t share_of(const struct sl_dec_emitter *e, sl_dec_ref to)
{
	return to & SL_DEC_END ? e->actions[to & ~SL_DEC_END].share : 0;
}

/* The case most packets were seen to be, other than those that lead to `except`, and of those not
 * `done` yet; all the same: the first one. `n`: none is left. */
static uint32_t most_taken(const struct sl_dec_emitter *e, const struct sl_dec_case *c, uint32_t n,
			   sl_dec_ref except, const bool *done)
{
	uint32_t most = n;

	for (uint32_t i = 0; i < n; i++)
		if (!done[i] && c[i].to != except &&
		    (most == n || share_of(e, c[i].to) > share_of(e, c[most].to)))
			most = i;
	return most;
}

static bool emit_chain(struct sl_dec_emitter *e, const struct sl_dec_case *c, uint32_t n)
{
	bool done[2 * CHAIN + 1] = {false};

	for (uint32_t other = 0; other < n && n > 2 && n <= 2 * CHAIN + 1; other++) {
		uint32_t single = 0, lo = 0, i;

		for (i = 0; i < n; lo = c[i].hi + 1, i++) {
			if (c[i].to == c[other].to)
				continue;
			if (c[i].hi != lo || single++ == CHAIN)
				break;
		}
		if (i < n)
			continue;
		single = 0;
		while ((i = most_taken(e, c, n, c[other].to, done)) < n) {
			done[i] = true;
			/* Seen together, the compiler would make bounds of them after all. */
			fprintf(e->out, "%s\tif (x == %" PRIu32 "u)\n\t\t",
				single++ ? "\tSL_OPAQUE(x);\n" : "", c[i].hi);
			jump(e, c[i].to);
		}
		fputc('\t', e->out);
		jump(e, c[other].to);
		return true;
	}
	return false;
}

/* In front of a tree of comparisons, the one case that most packets were seen to be. */
static void emit_favourite(struct sl_dec_emitter *e, const struct sl_dec_case *c, uint32_t n)
{
	uint64_t all = 0;
	uint32_t most = 0, lo;

	for (uint32_t i = 0; i < n; i++) {
		all += share_of(e, c[i].to);
		most = share_of(e, c[i].to) > share_of(e, c[most].to) ? i : most;
	}
	if (n <= CHAIN || 2ull * share_of(e, c[most].to) <= all)
		return;
	lo = most ? c[most - 1].hi + 1 : 0;
	if (c[most].hi == lo)
		fprintf(e->out, "\tif (x == %" PRIu32 "u)\n\t\t", lo);
	else
		fprintf(e->out, "\tif (x - %" PRIu32 "u <= %" PRIu32 "u)\n\t\t", lo,
			c[most].hi - lo);
	jump(e, c[most].to);
	fputs("\tSL_OPAQUE(x);\n", e->out);
}

static void emit_bits(struct sl_dec_emitter *e, uint32_t node)
{
	const struct sl_dec_field *f = field_of(e, node);

	if (emit_masked(e, node))
		return;
	fputs("\tx = ", e->out);
	print_word(e, node);
	if (f->shift)
		fprintf(e->out, " >> %u", f->shift);
	if (f->shift + f->width < 32)
		fprintf(e->out, " & 0x%" PRIx32 "u", sl_dec_field_max(f));
	fputs(";\n", e->out);
	if (emit_chain(e, cases_of(e, node), e->d->nodes[node].n))
		return;
	emit_favourite(e, cases_of(e, node), e->d->nodes[node].n);
	emit_tree(e, cases_of(e, node), 0, e->d->nodes[node].n - 1, 0, 1);
}

/* ---- The function ----------------------------------------------------------------------------*/

static void emit_variables(struct sl_dec_emitter *e)
{
	bool bits = false, len = false;

	for (size_t i = 0; i < e->n; i++) {
		const struct sl_dec_field *f = field_of(e, e->list[i]);
		bool again = false;

		bits |= !f->len;
		len |= f->len;
		for (size_t k = 0; k < i && !again; k++) {
			const struct sl_dec_field *g = field_of(e, e->list[k]);

			again = !g->len && g->base == f->base && g->word == f->word;
		}
		if (f->len || again)
			continue;
		fprintf(e->out, "\t__u32 %s%" PRIu32 " = %s;\n", base_name[f->base], f->word,
			f->base == SL_DB_DST ? "sl_ntohl(p->anno.dst_ip)" : "0");
	}
	if (len || (e->there && e->n))
		fputs("\tconst __u8 *q __attribute__((unused));\n", e->out);
	if (bits)
		fputs("\t__u32 x __attribute__((unused));\n", e->out);
	fputs("\t(void)p;\n", e->out);
	fputc('\n', e->out);
}

/* Loads what nobody need ask for. */
static int emit_there(struct sl_dec_emitter *e)
{
	int ret = 0;

	for (int base = 0; base < SL_DB_MAX && e->there && !ret && e->n; base++) {
		if (!e->there[base])
			continue;
		emit_ask(e, (enum sl_dec_base)base, e->there[base]);
		ret = emit_loads(e, (enum sl_dec_base)base, e->there[base], e->d->root);
		fputs("\t}\n", e->out);
	}
	return ret;
}

static void emit_action(struct sl_dec_emitter *e, uint32_t action)
{
	const struct sl_dec_action *a = &e->actions[action];

	fprintf(e->out, "a%" PRIu32 ":\n", action);
	if (a->set_dst)
		fprintf(e->out, "\tp->anno.dst_ip = 0x%08" PRIx32 "u;\n", a->dst);
	if (a->kill)
		fprintf(e->out, "\treturn SL_KILL(%s);\n", a->reason);
	else
		fprintf(e->out, "\treturn SL_OUT(%" PRIu32 ");\n", a->port);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int emit_actions(struct sl_dec_emitter *e)
{
	const struct sl_dec *d = e->d;
	_free_ uint32_t *ends = malloc((d->n_cases + 1) * sizeof(*ends));
	size_t n = 0;

	if (!ends)
		return -ENOMEM;
	if (d->root & SL_DEC_END)
		ends[n++] = d->root;
	for (size_t i = 0; i < e->n; i++)
		for (uint32_t j = 0; j < d->nodes[e->list[i]].n; j++)
			if (cases_of(e, e->list[i])[j].to & SL_DEC_END)
				ends[n++] = cases_of(e, e->list[i])[j].to;
	qsort(ends, n, sizeof(*ends), by_number);
	for (size_t i = 0; i < n; i++)
		if (!i || ends[i] != ends[i - 1])
			emit_action(e, ends[i] & ~SL_DEC_END);
	return 0;
}

static void emitter_free(struct sl_dec_emitter *e)
{
	free(e->list);
	free(e->parents);
	free(e->absorbed);
	free(e->again);
}

int sl_dec_emit(const struct sl_dec *d, const struct sl_dec_action *actions, const uint32_t *there,
		const char *prefix, FILE *out)
{
	SL_CLEANUP(emitter_free)
	struct sl_dec_emitter e = {.d = d, .actions = actions, .there = there, .out = out};
	int ret = sl_dec_below(d, d->root, &e.list, &e.n);

	if (!ret)
		ret = sl_dec_learn(&e);
	if (ret)
		return ret;
	fprintf(out, "sl_inline __u32 %s_run(struct sl_pkt *p)\n{\n", prefix);
	emit_variables(&e);
	ret = emit_there(&e);
	if (ret)
		return ret;
	if (d->root & SL_DEC_END) {
		fputc('\t', out);
		jump(&e, d->root);
	}
	for (size_t i = e.n; i-- > 0;) {
		uint32_t node = e.list[i];

		if (e.absorbed[node])
			continue;
		if (node != d->root)
			fprintf(out, "n%" PRIu32 ":\n", node);
		fputs("\t/* ", out);
		sl_dec_field_print(field_of(&e, node), out);
		fputs(" */\n", out);
		if (field_of(&e, node)->len)
			ret = emit_len(&e, node);
		else
			emit_bits(&e, node);
		if (ret)
			return ret;
	}
	ret = emit_actions(&e);
	if (ret)
		return ret;
	fputs("}\n", out);
	return ferror(out) ? -EIO : 0;
}
