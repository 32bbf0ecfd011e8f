// SPDX-License-Identifier: GPL-2.0-only
/* Decision graphs: nodes, and the tests they are built from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision.h"
#include "loader/mem.h"

void sl_dec_free(struct sl_dec *d)
{
	free(d->fields);
	free(d->nodes);
	free(d->cases);
	free(d->hash);
	*d = (struct sl_dec){0};
}

int sl_dec_copy(const struct sl_dec *from, struct sl_dec *to)
{
	struct sl_dec d = {.n_fields = from->n_fields,
			   .cap_fields = from->n_fields + 1,
			   .n_nodes = from->n_nodes,
			   .cap_nodes = from->n_nodes + 1,
			   .n_cases = from->n_cases,
			   .cap_cases = from->n_cases + 1,
			   .root = from->root};

	d.fields = malloc(d.cap_fields * sizeof(*d.fields));
	d.nodes = malloc(d.cap_nodes * sizeof(*d.nodes));
	d.cases = malloc(d.cap_cases * sizeof(*d.cases));
	if (!d.fields || !d.nodes || !d.cases) {
		sl_dec_free(&d);
		return -ENOMEM;
	}
	if (d.n_fields)
		memcpy(d.fields, from->fields, d.n_fields * sizeof(*d.fields));
	if (d.n_nodes)
		memcpy(d.nodes, from->nodes, d.n_nodes * sizeof(*d.nodes));
	if (d.n_cases)
		memcpy(d.cases, from->cases, d.n_cases * sizeof(*d.cases));
	*to = d;
	return 0;
}

static sl_dec_ref fail(struct sl_dec *d, int error)
{
	if (!d->error)
		d->error = error;
	return SL_DEC_END;
}

/* ---- Fields and nodes ------------------------------------------------------------------------*/

uint32_t sl_dec_field(struct sl_dec *d, struct sl_dec_field f)
{
	for (size_t i = 0; i < d->n_fields; i++) {
		const struct sl_dec_field *g = &d->fields[i];

		if (g->base == f.base && g->len == f.len && g->shift == f.shift &&
		    g->width == f.width && g->word == f.word)
			return (uint32_t)i;
	}
	if (d->n_fields >= SL_DEC_MAX_FIELDS) {
		fail(d, -E2BIG);
		return 0;
	}
	if (SL_GROW(d->fields, d->n_fields, d->cap_fields)) {
		fail(d, -ENOMEM);
		return 0;
	}
	d->fields[d->n_fields] = f;
	return (uint32_t)d->n_fields++;
}

uint32_t sl_dec_field_max(const struct sl_dec_field *f)
{
	return f->len || f->width == 32 ? UINT32_MAX : (1u << f->width) - 1;
}

static uint32_t hash_node(uint32_t field, const struct sl_dec_case *c, size_t n)
{
	uint32_t h = field * 2654435761u;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ c[i].hi) * 16777619u;
		h = (h ^ c[i].to) * 16777619u;
		h ^= h >> 15;
	}
	return h;
}

static bool same_node(const struct sl_dec *d, const struct sl_dec_node *node, uint32_t field,
		      const struct sl_dec_case *c, size_t n)
{
	if (node->field != field || node->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct sl_dec_case *e = &d->cases[node->first + i];

		if (e->hi != c[i].hi || e->to != c[i].to)
			return false;
	}
	return true;
}

static const struct sl_dec_case *node_cases(const struct sl_dec *d, uint32_t node)
{
	return &d->cases[d->nodes[node].first];
}

static int grow_hash(struct sl_dec *d)
{
	size_t size = 256;
	uint32_t *hash;

	while (size < d->n_nodes * 4)
		size *= 2;
	hash = calloc(size, sizeof(*hash));
	if (!hash)
		return -1;
	for (size_t i = 0; i < d->n_nodes; i++) {
		uint32_t h =
			hash_node(d->nodes[i].field, node_cases(d, (uint32_t)i), d->nodes[i].n);

		while (hash[h & (size - 1)])
			h++;
		hash[h & (size - 1)] = (uint32_t)i + 1;
	}
	free(d->hash);
	d->hash = hash;
	d->hash_size = size;
	return 0;
}

/* Appends `n` cases (no pointers into d->cases). 0 or -1. */
static int add_cases(struct sl_dec *d, const struct sl_dec_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (SL_GROW(d->cases, d->n_cases, d->cap_cases))
			return -1;
		d->cases[d->n_cases++] = cases[i];
	}
	return 0;
}

/* The node for merged cases. */
static sl_dec_ref intern(struct sl_dec *d, uint32_t field, const struct sl_dec_case *cases,
			 size_t n)
{
	uint32_t h;

	if (d->n_nodes * 2 >= d->hash_size && grow_hash(d))
		return fail(d, -ENOMEM);
	for (h = hash_node(field, cases, n); d->hash[h & (d->hash_size - 1)]; h++) {
		uint32_t i = d->hash[h & (d->hash_size - 1)] - 1;

		if (same_node(d, &d->nodes[i], field, cases, n))
			return i;
	}
	if (d->n_nodes >= (d->max_nodes ? d->max_nodes : SL_DEC_MAX_NODES))
		return fail(d, -E2BIG);
	if (SL_GROW(d->nodes, d->n_nodes, d->cap_nodes))
		return fail(d, -ENOMEM);
	d->nodes[d->n_nodes] = (struct sl_dec_node){field, (uint32_t)d->n_cases, (uint32_t)n};
	if (add_cases(d, cases, n))
		return fail(d, -ENOMEM);
	d->hash[h & (d->hash_size - 1)] = (uint32_t)d->n_nodes + 1;
	return (sl_dec_ref)d->n_nodes++;
}

sl_dec_ref sl_dec_node(struct sl_dec *d, uint32_t field, const struct sl_dec_case *cases, size_t n)
{
	struct sl_dec_case few[8], *merged = few;
	_free_ struct sl_dec_case *many = NULL;
	size_t k = 0;

	if (d->error)
		return SL_DEC_END;
	if (n > sizeof(few) / sizeof(few[0])) {
		many = malloc(n * sizeof(*many));
		if (!many)
			return fail(d, -ENOMEM);
		merged = many;
	}
	for (size_t i = 0; i < n; i++) {
		if (k && merged[k - 1].to == cases[i].to)
			k--;
		merged[k++] = cases[i];
	}
	return k == 1 ? merged[0].to : intern(d, field, merged, k);
}

/* ---- Tests -----------------------------------------------------------------------------------*/

sl_dec_ref sl_dec_test(struct sl_dec *d, uint32_t field, uint32_t lo, uint32_t hi, sl_dec_ref yes,
		       sl_dec_ref no)
{
	struct sl_dec_case c[3];
	uint32_t max;
	size_t n = 0;

	if (d->error)
		return SL_DEC_END;
	max = sl_dec_field_max(&d->fields[field]);
	if (lo)
		c[n++] = (struct sl_dec_case){lo - 1, no};
	c[n++] = (struct sl_dec_case){hi, yes};
	if (hi < max)
		c[n++] = (struct sl_dec_case){max, no};
	return sl_dec_node(d, field, c, n);
}

sl_dec_ref sl_dec_len(struct sl_dec *d, enum sl_dec_base base, uint32_t n, sl_dec_ref yes,
		      sl_dec_ref no)
{
	if (!n)
		return yes;
	return sl_dec_test(d, sl_dec_field(d, (struct sl_dec_field){.base = base, .len = true}), n,
			   UINT32_MAX, yes, no);
}

/* One run of set bits of a word's mask. */
struct run {
	uint8_t shift, width;
};

/* Runs of `mask`, from the left. Returns how many (at most 16). */
static int runs_of(uint32_t mask, struct run *runs)
{
	int n = 0;

	for (int bit = 31; bit >= 0; bit--) {
		if (!(mask >> bit & 1))
			continue;
		if (n && runs[n - 1].shift == bit + 1) {
			runs[n - 1].shift--;
			runs[n - 1].width++;
		} else {
			runs[n++] = (struct run){(uint8_t)bit, 1};
		}
	}
	return n;
}

static uint32_t run_field(struct sl_dec *d, enum sl_dec_base base, uint32_t word, struct run r)
{
	return sl_dec_field(
		d, (struct sl_dec_field){
			   .base = base, .shift = r.shift, .width = r.width, .word = word});
}

static uint32_t run_value(uint32_t word_value, struct run r)
{
	return word_value >> r.shift & (r.width == 32 ? UINT32_MAX : (1u << r.width) - 1);
}

/* Bytes [word, word + 4) of a string of `n` bytes that stands at `off`, zero outside. */
static uint32_t word_of(const uint8_t *bytes, uint32_t off, uint32_t n, uint32_t word)
{
	uint32_t v = 0;

	for (uint32_t i = word; i < word + 4; i++)
		v = v << 8 | (i >= off && i - off < n ? bytes[i - off] : 0);
	return v;
}

sl_dec_ref sl_dec_bytes(struct sl_dec *d, enum sl_dec_base base, uint32_t off, const uint8_t *value,
			const uint8_t *mask, uint32_t n, sl_dec_ref yes, sl_dec_ref no,
			sl_dec_ref absent)
{
	while (n && !mask[n - 1])
		n--;
	if (!n)
		return yes;
	for (uint32_t word = (off + n - 1) & ~3u;; word -= 4) {
		uint32_t m = word_of(mask, off, n, word), v = word_of(value, off, n, word);
		struct run runs[16];

		for (int r = runs_of(m, runs) - 1; r >= 0; r--) {
			uint32_t x = run_value(v, runs[r]);

			yes = sl_dec_test(d, run_field(d, base, word, runs[r]), x, x, yes, no);
		}
		if (word <= off)
			break;
	}
	return sl_dec_len(d, base, off + n, yes, absent);
}

/* The greatest number with bits of `mask` only that is not above `value`. */
static uint32_t below_mask(uint32_t value, uint32_t mask)
{
	uint32_t out = 0;

	for (int bit = 31; bit >= 0; bit--) {
		uint32_t b = 1u << bit;

		if (!(value & b))
			continue;
		if (!(mask & b))
			return out | (mask & (b - 1));
		out |= b;
	}
	return out;
}

/*
 * Whether a mask keeps the leftmost bits of a number of `n` bytes, and the number lies in one word:
 * then a test of it asks for a range of the whole number, as networks do of addresses. *field and
 * *rest, the bits that do not count, are set.
 */
static bool is_range(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
		     uint32_t mask, uint32_t *field, uint32_t *rest)
{
	uint32_t full = n == 4 ? UINT32_MAX : (1u << 8 * n) - 1;

	*rest = full & ~mask;
	if (off % 4 + n > 4 || (*rest & (*rest + 1)))
		return false;
	*field = sl_dec_field(d, (struct sl_dec_field){.base = base,
						       .shift = (uint8_t)(8 * (4 - off % 4 - n)),
						       .width = (uint8_t)(8 * n),
						       .word = off & ~3u});
	return true;
}

/* Whether a number under a mask is above, equal to, or below the value: runs of bits one by one. */
static sl_dec_ref compare(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
			  uint32_t value, uint32_t mask, sl_dec_ref above, sl_dec_ref equal,
			  sl_dec_ref below)
{
	uint8_t mb[4], vb[4];
	sl_dec_ref at = equal;

	for (uint32_t i = 0; i < n; i++) {
		mb[i] = (uint8_t)(mask >> 8 * (n - 1 - i));
		vb[i] = (uint8_t)(value >> 8 * (n - 1 - i));
	}
	/* From the least significant run: above, below, or equal and then as the runs after it say.
	 */
	for (uint32_t word = (off + n - 1) & ~3u;; word -= 4) {
		uint32_t m = word_of(mb, off, n, word), v = word_of(vb, off, n, word);
		struct run runs[16];

		for (int r = runs_of(m, runs) - 1; r >= 0 && !d->error; r--) {
			uint32_t x = run_value(v, runs[r]), k = 0, max;
			uint32_t field = run_field(d, base, word, runs[r]);
			struct sl_dec_case c[3];

			if (d->error)
				break;
			max = sl_dec_field_max(&d->fields[field]);
			if (x)
				c[k++] = (struct sl_dec_case){x - 1, below};
			c[k++] = (struct sl_dec_case){x, at};
			if (x < max)
				c[k++] = (struct sl_dec_case){max, above};
			at = sl_dec_node(d, field, c, k);
		}
		if (word <= off)
			return at;
	}
}

sl_dec_ref sl_dec_equal(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
			uint32_t value, uint32_t mask, sl_dec_ref yes, sl_dec_ref no,
			sl_dec_ref absent)
{
	uint32_t field, rest;
	sl_dec_ref at;

	if (!mask)
		return yes;
	value &= mask;
	if (is_range(d, base, off, n, mask, &field, &rest))
		at = sl_dec_test(d, field, value, value | rest, yes, no);
	else
		at = compare(d, base, off, n, value, mask, no, yes, no);
	return sl_dec_len(d, base, off + n, at, absent);
}

sl_dec_ref sl_dec_greater(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
			  uint32_t value, uint32_t mask, sl_dec_ref yes, sl_dec_ref no,
			  sl_dec_ref absent)
{
	uint32_t field, rest;
	sl_dec_ref at;

	if (value >= mask)
		return no;
	value = below_mask(value, mask);
	if (is_range(d, base, off, n, mask, &field, &rest))
		at = sl_dec_test(d, field, 0, value | rest, no, yes);
	else
		at = compare(d, base, off, n, value, mask, yes, no, no);
	return sl_dec_len(d, base, off + n, at, absent);
}

/* ---- Walks -----------------------------------------------------------------------------------*/

int sl_dec_below(const struct sl_dec *d, sl_dec_ref root, uint32_t **list, size_t *n)
{
	_free_ uint8_t *seen = calloc(d->n_nodes + 1, 1);
	_free_ uint32_t *out = NULL;
	size_t count = 0, k = 0;

	if (!seen)
		return -ENOMEM;
	if (!(root & SL_DEC_END)) {
		seen[root] = 1;
		/* Edges lead downwards: each node is complete when it is passed. */
		for (uint32_t i = root + 1; i-- > 0;) {
			const struct sl_dec_case *c = node_cases(d, i);

			if (!seen[i])
				continue;
			count++;
			for (uint32_t j = 0; j < d->nodes[i].n; j++)
				if (!(c[j].to & SL_DEC_END))
					seen[c[j].to] = 1;
		}
	}
	out = malloc((count + 1) * sizeof(*out));
	if (!out)
		return -ENOMEM;
	for (uint32_t i = 0; k < count; i++)
		if (seen[i])
			out[k++] = i;
	*list = TAKE_PTR(out);
	*n = count;
	return 0;
}

bool sl_dec_reaches(const struct sl_dec *d, uint32_t action)
{
	_free_ uint32_t *list = NULL;
	size_t n = 0;

	if (d->root == (SL_DEC_END | action))
		return true;
	if (sl_dec_below(d, d->root, &list, &n))
		return true;
	for (size_t i = 0; i < n; i++) {
		const struct sl_dec_case *c = node_cases(d, list[i]);

		for (uint32_t j = 0; j < d->nodes[list[i]].n; j++)
			if (c[j].to == (SL_DEC_END | action))
				return true;
	}
	return false;
}
