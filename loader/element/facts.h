/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts: what holds for every packet that takes a way through the graph, whatever its bytes. The
 * planner carries them from element to element (loader/plan/facts.h); generated code is told them,
 * so that offsets are constants and lengths are checked once. The native build verifies each of
 * them on every packet.
 *
 * A class says what it does to them in sl_class.facts. One that leaves the window, the marks of
 * headers and the packet's place and length alone has the flag SL_C_STILL instead; of one that says
 * nothing, nothing is known afterwards.
 */
#ifndef SL_FACTS_H
#define SL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/pkt.h"

/* An offset that differs from packet to packet. (SL_UNSET: known to be unset.) */
#define SL_ANY 0xfffffffeu

/* Offsets are from the packet's start, as the cursor's are. */
struct sl_facts {
	uint32_t off, mac, nh, th;
	uint32_t known; /* bytes from the packet's start that are there in any case */
	bool plain;	/* the IP header is version 4 and has no options, as its first byte says */
	/* Told to sl_class.facts: it is asked of code that SL_SELDOM() ends. No fact itself. */
	bool usual;
};

static inline struct sl_facts sl_facts_none(void)
{
	return (struct sl_facts){SL_ANY, SL_ANY, SL_ANY, SL_ANY, 0, false, false};
}

/* Is `x` the same number in every packet? */
static inline int sl_facts_fixed(uint32_t x)
{
	return x != SL_ANY && x != SL_UNSET;
}

/* `len` bytes from `at` (from the packet's start, or SL_ANY) were there. */
static inline void sl_facts_read(struct sl_facts *f, uint32_t at, uint32_t len)
{
	if (sl_facts_fixed(at) && at <= SL_OFF_MASK && len <= SL_OFF_MASK - at &&
	    at + len > f->known)
		f->known = at + len;
}

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
