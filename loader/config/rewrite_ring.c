// SPDX-License-Identifier: GPL-2.0-only
/*
 * SourceIPHashMapper: each pattern has points on a ring of numbers, drawn by the C library's
 * random() from the seed, in the order of the patterns' numbers and of none that is missing: so
 * that a pattern keeps its points when others come and go. A source address belongs to the first
 * point at or behind its own hash, or to the first of all.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/config/rewrite_ring.h"
#include "loader/mem.h"

extern const struct sl_class sl_class_source_ip_hash_mapper;

/* Numbers drawn for a ring. */
#define DRAWS_MAX (1u << 20)

struct point {
	uint32_t at;
	uint32_t way;
};

bool sl_rw_by_hash(const struct sl_rw_spec *s)
{
	return s->mapper && s->mapper->class == &sl_class_source_ip_hash_mapper;
}

int sl_rw_ring_parse(const char *text, uint32_t *nodes, uint32_t *seed, const char **why)
{
	bool negative = false, minus = false;
	uint64_t n = 0, s = 0;
	size_t count;
	char **words;
	int ret = 0;

	words = sl_rw_words(text, &count);
	if (!words)
		return -ENOMEM;
	*why = "requires 2 config params: numnodes seed";
	if (count != 2)
		ret = -EINVAL;
	if (!ret && (!sl_text_int(words[0], &negative, &n) || negative || !n)) {
		*why = "number of nodes must be an integer above 0";
		ret = -EINVAL;
	} else if (!ret && (!sl_text_int(words[1], &minus, &s) || s > INT32_MAX)) {
		*why = "hash seed must be an integer";
		ret = -EINVAL;
	} else if (!ret && n > SL_RW_RING_MAX) {
		*why = "too many nodes: there may be 8192 in all";
		ret = -EINVAL;
	}
	*nodes = (uint32_t)n;
	*seed = minus ? (uint32_t) - (int32_t)s : (uint32_t)s;
	sl_rw_words_free(words);
	return ret;
}

int sl_rw_ring_check(const struct sl_rw_way *ways, size_t n, uint32_t nodes, const char **why)
{
	uint64_t last = 0;

	*why = "two patterns have the same server ID";
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			if (ways[i].id == ways[k].id)
				return -EINVAL;
		last = (uint64_t)ways[i].id > last ? (uint64_t)ways[i].id : last;
	}
	*why = "too many nodes: there may be 8192 in all";
	if (n * nodes > SL_RW_RING_MAX)
		return -EINVAL;
	*why = "server IDs are too high: the highest times the nodes may be 1048576";
	return last * nodes > DRAWS_MAX ? -EINVAL : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->way < y->way ? -1 : x->way > y->way;
}

static const struct sl_rw_way *with_id(const struct sl_rw_spec *s, int32_t id)
{
	for (size_t i = 0; i < s->n_ways; i++)
		if (s->ways[i].id == id)
			return &s->ways[i];
	return NULL;
}

static size_t draw(const struct sl_rw_spec *s, uint32_t nodes, uint32_t seed, struct point *points)
{
	struct random_data state = {0};
	char table[128] = {0};
	int32_t last = 0;
	size_t n = 0;

	initstate_r(seed, table, sizeof(table), &state);
	for (size_t i = 0; i < s->n_ways; i++)
		last = s->ways[i].id > last ? s->ways[i].id : last;
	for (int32_t id = 0; id <= last; id++) {
		const struct sl_rw_way *w = with_id(s, id);

		for (uint32_t k = 0; k < nodes; k++) {
			int32_t at;

			random_r(&state, &at);
			if (w)
				points[n++] = (struct point){(uint32_t)at, (uint32_t)(w - s->ways)};
		}
	}
	qsort(points, n, sizeof(*points), by_place);
	return n;
}

static void emit_points(const struct point *points, size_t n, size_t size, uint32_t elem,
			size_t input, FILE *out)
{
	fprintf(out, "static const __u32 e%" PRIu32 "_at%zu[%zu] = {", elem, input, size);
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%s0x%" PRIx32 "u,", i % 8 ? " " : "\n\t",
			i < n ? points[i].at : UINT32_MAX);
	fprintf(out, "\n};\nstatic const __u8 e%" PRIu32 "_way%zu[%zu] = {", elem, input, size);
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%s%" PRIu32 ",", i % 16 ? " " : "\n\t", points[i < n ? i : 0].way);
	fputs("\n};\n", out);
}

int sl_rw_ring_emit(const struct sl_rw_spec *s, uint32_t elem, size_t input, FILE *out)
{
	_free_ struct point *points = NULL;
	uint32_t nodes, seed;
	size_t n, size = 2;
	const char *why;
	int ret;

	ret = sl_rw_ring_parse(s->mapper->elem->args[0].text, &nodes, &seed, &why);
	if (ret)
		return ret;
	points = calloc((size_t)nodes * s->n_ways, sizeof(*points));
	if (!points)
		return -ENOMEM;
	n = draw(s, nodes, seed, points);
	/* One more than there are points, all a power of two: what is behind the last point finds
	 * one that stands for the first. */
	while (size < n + 1)
		size *= 2;
	emit_points(points, n, size, elem, input, out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_ring%zu(__be32 saddr)\n{\n"
		"\t__u32 h = rewrite_hash(saddr), at = 0, s;\n\n"
		"\tfor (s = %zu; s; s /= 2)\n"
		"\t\tif (e%" PRIu32 "_at%zu[(at + s - 1) & %zu] < h)\n\t\t\tat += s;\n"
		"\treturn e%" PRIu32 "_way%zu[at & %zu];\n}\n\n",
		elem, input, size / 2, elem, input, size - 1, elem, input, size - 1);
	return 0;
}
