// SPDX-License-Identifier: GPL-2.0-only
/* The counts of an AggregateCounter. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/aggregate_counts.h"
#include "loader/config/capacity.h"
#include "loader/config/config.h"
#include "loader/mem.h"
#include "bpf/element/aggregate_counter.h"

struct key {
	uint32_t aggregate;
};

static const struct sl_field key[] = {
	SL_FIELD(struct key, aggregate, U32),
	SL_FIELDS_END,
};

struct value {
	uint64_t count;
};

static const struct sl_field value[] = {
	SL_FIELD(struct value, count, U64),
	SL_FIELDS_END,
};

const struct sl_table sl_agg_tables[] = {
	[SL_AGG_COUNTS] = {.name = "aggcount",
			   .type = SL_TABLE_HASH,
			   .key_size = sizeof(struct key),
			   .value_size = sizeof(struct value),
			   .entries_offset = offsetof(struct aggregate_counter_conf, capacity),
			   .key = key,
			   .value = value},
	[SL_AGG_WORDS] = {.name = "aggwords",
			  .type = SL_TABLE_ARRAY,
			  .key_size = sizeof(uint32_t),
			  .value_size = sizeof(struct value),
			  .entries = AGGREGATE_COUNTER_WORDS,
			  .value = value},
	{.name = NULL},
};

/* ---- Reading ---------------------------------------------------------------------------------*/

struct entry {
	uint32_t aggregate;
	uint64_t count;
};

struct entries {
	struct entry *e;
	size_t n, cap;
	uint64_t total;
};

static void entries_free(struct entries *s)
{
	free(s->e);
}

static int by_aggregate(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->aggregate > y->aggregate) - (x->aggregate < y->aggregate);
}

/* All there are, in ascending order. Packets go on coming: a walk whose key goes away under it
 * begins again, so it has an end of its own, and what it saw twice is there once. */
static int entries_read(struct sl_live *l, const struct sl_inst *in, struct entries *s)
{
	struct key at, next;
	size_t n = 0;
	int ret;

	for (uint32_t i = 0; i < 2 * SL_CAPACITY_MAX; i++) {
		struct value v;

		if (l->ops->table_next(l, in->index, SL_AGG_COUNTS, i ? &at : NULL, &next))
			break;
		at = next;
		ret = l->ops->table_get(l, in->index, SL_AGG_COUNTS, &at, &v);
		if (ret || !v.count)
			continue;
		if (SL_GROW(s->e, s->n, s->cap) < 0)
			return -ENOMEM;
		s->e[s->n++] = (struct entry){at.aggregate, v.count};
	}
	if (s->n)
		qsort(s->e, s->n, sizeof(s->e[0]), by_aggregate);
	for (size_t i = 0; i < s->n; i++) {
		if (n && s->e[n - 1].aggregate == s->e[i].aggregate)
			continue;
		s->e[n++] = s->e[i];
		s->total += s->e[i].count;
	}
	s->n = n;
	return 0;
}

int sl_agg_read_word(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	uint32_t k = h->name[0] == 'n' ? AGGREGATE_COUNTER_NAGG : AGGREGATE_COUNTER_TOTAL;
	struct value v;
	int ret = l->ops->table_get(l, in->index, SL_AGG_WORDS, &k, &v);

	(void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu64, v.count);
	return ret;
}

/* What stands in front: as in the files Click writes. */
static int print_head(const struct sl_inst *in, const struct entries *s, char format, FILE *out)
{
	_free_ char *banner = NULL;
	size_t len = 0;

	fputs("!IPAggregate 1.0\n", out);
	banner = sl_unquote(sl_inst_text(in, sl_param_index(in->class, "BANNER")), &len);
	if (!banner)
		return -ENOMEM;
	fwrite(banner, 1, len, out);
	if (len && banner[len - 1] != '\n')
		fputc('\n', out);
	fprintf(out, "!num_nonzero %zu\n", s->n);
	if (format == 'i')
		fputs("!ip\n", out);
	return 0;
}

int sl_agg_read_text(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	char format = h->name[0];
	int ret = entries_read(l, in, &s);

	(void)args, (void)d;
	if (!ret)
		ret = print_head(in, &s, format, out);
	for (size_t i = 0; i < s.n && !ret; i++) {
		uint32_t a = s.e[i].aggregate;

		if (format == 'i')
			fprintf(out, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
		else
			fprintf(out, "%" PRIu32, a);
		if (format == 'p')
			fprintf(out, " %.12g\n", (double)s.e[i].count / (double)s.total);
		else
			fprintf(out, " %" PRIu64 "\n", s.e[i].count);
	}
	return ret;
}

/* ---- Changing --------------------------------------------------------------------------------*/

static int set_word(struct sl_live *l, const struct sl_inst *in, uint32_t k, uint64_t n)
{
	struct value v = {n};

	return l->ops->table_set(l, in->index, SL_AGG_WORDS, &k, &v);
}

static int remove_all(struct sl_live *l, const struct sl_inst *in, const struct entries *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct key k = {s->e[i].aggregate};
		int ret = l->ops->table_del(l, in->index, SL_AGG_COUNTS, &k);

		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

int sl_agg_clear(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *text, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	int ret = entries_read(l, in, &s);

	(void)h, (void)text, (void)d;
	if (!ret)
		ret = remove_all(l, in, &s);
	if (!ret)
		ret = set_word(l, in, AGGREGATE_COUNTER_NAGG, 0);
	return ret ? ret : set_word(l, in, AGGREGATE_COUNTER_TOTAL, 0);
}

/* Aggregates become how often each count was there. */
int sl_agg_recount(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *text, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	uint64_t nagg = 0;
	int ret = entries_read(l, in, &s);

	(void)h, (void)text, (void)d;
	if (!ret)
		ret = remove_all(l, in, &s);
	for (size_t i = 0; i < s.n; i++)
		s.e[i].aggregate = (uint32_t)s.e[i].count;
	if (s.n)
		qsort(s.e, s.n, sizeof(s.e[0]), by_aggregate);
	for (size_t i = 0, n; i < s.n && !ret; i += n, nagg++) {
		struct key k = {s.e[i].aggregate};
		struct value v;

		for (n = 1; i + n < s.n && s.e[i + n].aggregate == s.e[i].aggregate;)
			n++;
		v.count = n;
		ret = l->ops->table_set(l, in->index, SL_AGG_COUNTS, &k, &v);
	}
	if (!ret)
		ret = set_word(l, in, AGGREGATE_COUNTER_NAGG, nagg);
	return ret ? ret : set_word(l, in, AGGREGATE_COUNTER_TOTAL, s.n);
}
