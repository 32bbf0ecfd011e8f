// SPDX-License-Identifier: GPL-2.0-only
/* What is known of packets' bytes (loader/element/facts.h). */
#include <string.h>

#include "loader/element/facts.h"

static uint32_t max_of(uint32_t width)
{
	return width >= 32 ? UINT32_MAX : (1u << width) - 1;
}

static void forget(struct sl_facts *f, uint32_t i)
{
	f->n_bits--;
	memmove(&f->bits[i], &f->bits[i + 1], (f->n_bits - i) * sizeof(f->bits[0]));
}

void sl_facts_wrote(struct sl_facts *f, uint32_t at, uint32_t len)
{
	if (!sl_facts_fixed(at) || at > SL_OFF_MASK || len > SL_OFF_MASK) {
		f->n_bits = 0;
		f->plain = false;
		return;
	}
	if (!sl_facts_fixed(f->nh) || (at <= f->nh && f->nh - at < len))
		f->plain = false;
	for (uint32_t i = f->n_bits; i-- > 0;)
		if (f->bits[i].at < 8 * (at + len) && 8 * at < f->bits[i].at + f->bits[i].width)
			forget(f, i);
}

void sl_facts_bits(struct sl_facts *f, uint32_t at, uint32_t width, const struct sl_ranges *in)
{
	for (uint32_t i = f->n_bits; i-- > 0;)
		if (f->bits[i].at == at && f->bits[i].width == width)
			forget(f, i);
	if (!in->n || (in->r[0].lo == 0 && in->r[0].hi == max_of(width)))
		return;
	if (f->n_bits == SL_BITS_MAX)
		forget(f, 0);
	f->bits[f->n_bits++] = (struct sl_bits){at, width, *in};
}

/* The highest bits that all numbers of a fact have in common: how many, and what they are. */
static uint32_t common(const struct sl_bits *b, uint32_t *value)
{
	uint32_t lo = b->in.r[0].lo, differ = lo ^ b->in.r[b->in.n - 1].hi;
	uint32_t rest = differ ? 32 - (uint32_t)__builtin_clz(differ) : 0;

	*value = rest >= 32 ? 0 : lo >> rest;
	return b->width - rest;
}

/*
 * Narrows [*lo, *hi], the range of `width` bits at `at`, by what is known of the bits at `b`: of
 * bits that both have in common, the highest ones that are the same in all packets.
 */
static void overlap(const struct sl_bits *b, uint32_t at, uint32_t width, uint32_t *lo,
		    uint32_t *hi)
{
	uint32_t value, n = common(b, &value), skip, same;

	/* Bits [b->at, b->at + n) are `value`; those from `at` on count. */
	if (b->at > at || at >= b->at + n)
		return;
	skip = at - b->at;
	same = n - skip < width ? n - skip : width;
	value = (value >> (n - skip - same)) & max_of(same);
	value = same == 32 ? value : value << (width - same);
	if (max_of(width - same) < *hi - *lo) {
		*lo = value;
		*hi = value | max_of(width - same);
	}
}

struct sl_ranges sl_facts_of_bits(const struct sl_facts *f, uint32_t at, uint32_t width)
{
	struct sl_bits first = {.at = 8 * f->nh, .width = 8, .in = sl_ranges_of(0x45, 0x45)};
	uint32_t lo = 0, hi = max_of(width);

	for (uint32_t i = 0; i < f->n_bits; i++)
		if (f->bits[i].at == at && f->bits[i].width == width)
			return f->bits[i].in;
	for (uint32_t i = 0; i < f->n_bits; i++)
		overlap(&f->bits[i], at, width, &lo, &hi);
	if (f->plain && sl_facts_fixed(f->nh))
		overlap(&first, at, width, &lo, &hi);
	return sl_ranges_of(lo, hi);
}

void sl_facts_meet_bits(struct sl_facts *f, const struct sl_facts *with)
{
	for (uint32_t i = f->n_bits; i-- > 0;) {
		struct sl_bits b = f->bits[i];
		struct sl_ranges other = sl_facts_of_bits(with, b.at, b.width);

		sl_ranges_widen(&b.in, &other);
		if (b.in.r[0].lo == 0 && b.in.r[0].hi == max_of(b.width))
			forget(f, i);
		else
			f->bits[i].in = b.in;
	}
}

bool sl_facts_same_bits(const struct sl_facts *a, const struct sl_facts *b)
{
	if (a->n_bits != b->n_bits)
		return false;
	for (uint32_t i = 0; i < a->n_bits; i++)
		if (a->bits[i].at != b->bits[i].at || a->bits[i].width != b->bits[i].width ||
		    !sl_ranges_same(&a->bits[i].in, &b->bits[i].in))
			return false;
	return true;
}
