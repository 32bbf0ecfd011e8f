/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two ways to decide on a packet, for comparison: a walk through a decision graph, and a plain
 * evaluation of the expression tree test by test. They share nothing but the packet.
 */
#ifndef SL_TEST_FILTER_ORACLE_H
#define SL_TEST_FILTER_ORACLE_H

#include <string.h>

#include "loader/config/filter.h"

#define NO_HEADER SIZE_MAX

struct view {
	const uint8_t *bytes;
	size_t len;
	size_t at[SL_DB_MAX]; /* where each base is, or NO_HEADER */
	uint32_t dst;	      /* annotation, host order */
};

/* Bytes there are from a base on. */
static inline size_t view_len(const struct view *v, enum sl_dec_base base)
{
	return v->at[base] == NO_HEADER || v->at[base] >= v->len ? 0 : v->len - v->at[base];
}

/* Which action the graph comes to. `steps` gets the number of nodes passed. Reading bytes that are
 * not there is a fault of the graph: `*fault` is set. */
static inline uint32_t walk_graph(const struct sl_dec *d, const struct view *v, unsigned int *steps,
				  bool *fault)
{
	sl_dec_ref at = d->root;

	*steps = 0;
	while (!(at & SL_DEC_END)) {
		const struct sl_dec_node *n = &d->nodes[at];
		const struct sl_dec_field *f = &d->fields[n->field];
		const struct sl_dec_case *c = &d->cases[n->first];
		uint32_t x;

		if (f->len) {
			x = (uint32_t)view_len(v, (enum sl_dec_base)f->base);
		} else if (f->base == SL_DB_DST) {
			x = v->dst;
		} else {
			size_t have = view_len(v, (enum sl_dec_base)f->base);
			size_t end = f->word + 4u - f->shift / 8;
			uint64_t word = 0;

			if (have < end)
				*fault = true;
			for (size_t i = f->word; i < f->word + 4u; i++)
				word = word << 8 | (i < have ? v->bytes[v->at[f->base] + i] : 0);
			x = (uint32_t)(word >> f->shift & ((1ull << f->width) - 1));
		}
		while (x > c->hi)
			c++;
		at = c->to;
		++*steps;
	}
	return at & ~SL_DEC_END;
}

/* Whether the bytes behind a base are there; of Ethernet addresses as far as the mask asks. */
static inline bool bytes_there(const struct view *v, const struct sl_filter_test *t, int which)
{
	bool any = false, ether = t->n > 4;
	size_t n = t->n;

	for (size_t i = 0; i < n; i++)
		any |= t->mask[i];
	if (!any)
		return true;
	while (ether && !t->mask[n - 1])
		n--;
	return view_len(v, t->base) >= t->off[which] + n;
}

/* -1: the bytes are not there; otherwise whether the relation holds. */
static inline int relation_at(const struct view *v, const struct sl_filter_test *t, int which)
{
	int order = 0;

	if (!bytes_there(v, t, which))
		return -1;
	for (size_t i = 0; i < t->n && !order; i++) {
		uint8_t b = t->mask[i] ? v->bytes[v->at[t->base] + t->off[which] + i] : 0;
		int have = b & t->mask[i],
		    want = t->greater ? t->value[i] : t->value[i] & t->mask[i];

		order = have - want;
	}
	return (t->greater ? order > 0 : order == 0) != t->negated;
}

static inline bool test_holds(const struct view *v, const struct sl_filter_test *t)
{
	const uint8_t *ip = v->bytes + (v->at[SL_DB_NET] == NO_HEADER ? 0 : v->at[SL_DB_NET]);
	size_t have = view_len(v, SL_DB_NET);
	int a, b;

	if (t->proto >= 0 && t->proto != SL_FP_TRANSP) {
		if (have < 10)
			return false;
		if (t->proto == SL_FP_TCPUDP ? ip[9] != 6 && ip[9] != 17 : ip[9] != t->proto)
			return false;
	}
	if (t->first && (have < 8 || (ip[6] & 0x1f) || ip[7]))
		return false;
	if (t->always || t->never)
		return t->always;
	a = relation_at(v, t, 0);
	if (t->pair == SL_PAIR_ONE)
		return a == 1;
	b = relation_at(v, t, 1);
	return (t->pair == SL_PAIR_OR) != t->negated ? a == 1 || b == 1 : a == 1 && b == 1;
}

static inline bool expr_holds(const struct view *v, const struct sl_filter_expr *e)
{
	switch (e->kind) {
	case SL_F_TRUE:
		return true;
	case SL_F_FALSE:
		return false;
	case SL_F_TEST:
		return test_holds(v, &e->test);
	case SL_F_NOT:
		return !expr_holds(v, e->kids[0]);
	case SL_F_AND:
		for (size_t i = 0; i < e->n_kids; i++)
			if (!expr_holds(v, e->kids[i]))
				return false;
		return true;
	case SL_F_OR:
		for (size_t i = 0; i < e->n_kids; i++)
			if (expr_holds(v, e->kids[i]))
				return true;
		return false;
	case SL_F_COND:
		return expr_holds(v, e->kids[expr_holds(v, e->kids[0]) ? 1 : 2]);
	}
	return false;
}

#endif
