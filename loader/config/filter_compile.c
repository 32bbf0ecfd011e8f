// SPDX-License-Identifier: GPL-2.0-only
/* Filter expressions into decision graphs. */
#include "loader/config/filter.h"

/* Byte offsets in the IP header, and its bits that say where a fragment belongs. */
#define IP_FRAG 6
#define IP_PROTO 9

static sl_dec_ref proto_is(struct sl_dec *d, int proto, sl_dec_ref yes, sl_dec_ref no,
			   sl_dec_ref absent)
{
	return sl_dec_equal(d, SL_DB_NET, IP_PROTO, 1, (uint32_t)proto, 0xff, yes, no, absent);
}

/* One place of a test: as the relation says, and never if the bytes are absent. */
static sl_dec_ref place(struct sl_dec *d, const struct sl_filter_test *t, bool negated, int which,
			sl_dec_ref yes, sl_dec_ref no)
{
	sl_dec_ref hit = negated ? no : yes, miss = negated ? yes : no;
	uint32_t value = 0, mask = 0;

	/* Ethernet addresses are too long for a number. */
	if (t->n > 4)
		return sl_dec_bytes(d, t->base, t->off[which], t->value, t->mask, t->n, hit, miss,
				    no);
	for (uint8_t i = 0; i < t->n; i++) {
		value = value << 8 | t->value[i];
		mask = mask << 8 | t->mask[i];
	}
	if (t->greater)
		return sl_dec_greater(d, t->base, t->off[which], t->n, value, mask, hit, miss, no);
	return sl_dec_equal(d, t->base, t->off[which], t->n, value, mask, hit, miss, no);
}

static sl_dec_ref compile_test(struct sl_dec *d, const struct sl_filter_test *t, sl_dec_ref yes,
			       sl_dec_ref no)
{
	sl_dec_ref at;

	/* "Not both" is "not the one or not the other". */
	if (t->always)
		at = yes;
	else if (t->never)
		at = no;
	else if (t->pair == SL_PAIR_ONE)
		at = place(d, t, t->negated, 0, yes, no);
	else if ((t->pair == SL_PAIR_OR) != t->negated)
		at = place(d, t, t->negated, 0, yes, place(d, t, t->negated, 1, yes, no));
	else
		at = place(d, t, t->negated, 0, place(d, t, t->negated, 1, yes, no), no);
	if (t->first)
		at = sl_dec_equal(d, SL_DB_NET, IP_FRAG, 2, 0, 0x1fff, at, no, no);
	if (t->proto == SL_FP_TCPUDP)
		at = proto_is(d, 6, at, proto_is(d, 17, at, no, no), no);
	else if (t->proto >= 0 && t->proto < 256)
		at = proto_is(d, t->proto, at, no, no);
	return at;
}

sl_dec_ref sl_filter_compile(struct sl_dec *d, const struct sl_filter_expr *e, sl_dec_ref yes,
			     sl_dec_ref no)
{
	sl_dec_ref at;

	switch (e->kind) {
	case SL_F_TRUE:
		return yes;
	case SL_F_FALSE:
		return no;
	case SL_F_TEST:
		return compile_test(d, &e->test, yes, no);
	case SL_F_NOT:
		return sl_filter_compile(d, e->kids[0], no, yes);
	case SL_F_AND:
		at = yes;
		for (size_t i = e->n_kids; i-- > 0;)
			at = sl_filter_compile(d, e->kids[i], at, no);
		return at;
	case SL_F_OR:
		at = no;
		for (size_t i = e->n_kids; i-- > 0;)
			at = sl_filter_compile(d, e->kids[i], yes, at);
		return at;
	case SL_F_COND:
		return sl_filter_compile(d, e->kids[0], sl_filter_compile(d, e->kids[1], yes, no),
					 sl_filter_compile(d, e->kids[2], yes, no));
	}
	return no;
}
