/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts: what holds for every packet that takes a way through the graph, whatever its bytes. The
 * planner carries them from element to element (loader/plan/facts.h); generated code is told them,
 * so that offsets are constants and lengths are checked once. The native build verifies each of
 * them on every packet.
 *
 * A class says what it does to them in sl_class.facts. One that leaves the window, the marks of
 * headers and the packet's place and length alone has the flag SL_C_STILL instead; of one that says
 * nothing, nothing is known afterwards. What bytes hold is forgotten as well, unless the class has
 * the flag SL_C_READS: it changes no bytes but those that its facts() names by sl_facts_wrote().
 */
#ifndef SL_FACTS_H
#define SL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/pkt.h"
#include "loader/config/ranges.h"

/* An offset that differs from packet to packet. (SL_UNSET: known to be unset.) */
#define SL_ANY 0xfffffffeu

/* The number that `width` bits of the packet are, from bit `at` on (the first byte's highest is 0),
 * is in these ranges, if the packet has them. */
struct sl_bits {
	uint32_t at, width;
	struct sl_ranges in;
};
#define SL_BITS_MAX 12

/* Offsets are from the packet's start, as the cursor's are. */
struct sl_facts {
	uint32_t off, mac, nh, th;
	uint32_t known; /* bytes from the packet's start that are there in any case */
	bool plain;	/* the IP header is version 4 and has no options, as its first byte says */
	/* Told to sl_class.facts: it is asked of code that SL_SELDOM() ends. No fact itself. */
	bool usual;
	uint32_t n_bits; /* in usual code alone */
	struct sl_bits bits[SL_BITS_MAX];
};

static inline struct sl_facts sl_facts_none(void)
{
	return (struct sl_facts){.off = SL_ANY, .mac = SL_ANY, .nh = SL_ANY, .th = SL_ANY};
}

/* Is `x` the same number in every packet? */
static inline int sl_facts_fixed(uint32_t x)
{
	return x != SL_ANY && x != SL_UNSET;
}

/* `len` bytes from `at` (from the packet's start, or SL_ANY) were there. Where none were asked for,
 * nobody asked for those in front of `at`. */
static inline void sl_facts_read(struct sl_facts *f, uint32_t at, uint32_t len)
{
	if (len && sl_facts_fixed(at) && at <= SL_OFF_MASK && len <= SL_OFF_MASK - at &&
	    at + len > f->known)
		f->known = at + len;
}

/* `len` bytes at `at` (from the packet's start, or SL_ANY) were changed. */
void sl_facts_wrote(struct sl_facts *f, uint32_t at, uint32_t len);
/* The same behind the network header. */
static inline void sl_facts_wrote_net(struct sl_facts *f, uint32_t at, uint32_t len)
{
	sl_facts_wrote(f, sl_facts_fixed(f->nh) ? f->nh + at : SL_ANY, len);
}

/* Bits are known to be in these ranges; replaces what was known of just these. Of too many, what
 * has been known for longest is forgotten. */
void sl_facts_bits(struct sl_facts *f, uint32_t at, uint32_t width, const struct sl_ranges *in);
/* What is known of `width` bits (at most 32), also by others that overlap them. */
struct sl_ranges sl_facts_of_bits(const struct sl_facts *f, uint32_t at, uint32_t width);
/* What two ways agree on, of bits. */
void sl_facts_meet_bits(struct sl_facts *f, const struct sl_facts *with);
bool sl_facts_same_bits(const struct sl_facts *a, const struct sl_facts *b);

/* sl_pull() */
static inline void sl_facts_pull(struct sl_facts *f, uint32_t n)
{
	if (sl_facts_fixed(f->off) && f->off <= f->known && n <= f->known - f->off)
		f->off += n;
	else
		f->off = SL_ANY;
}

/* sl_push(): where the packet itself may move, nothing stays known. */
static inline void sl_facts_push(struct sl_facts *f, uint32_t n)
{
	if (sl_facts_fixed(f->off) && f->off >= n)
		f->off -= n;
	else
		*f = sl_facts_none();
}

#endif
