/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BurnCycles: a packet that costs as many cycles as an experiment wants. */
#ifndef SL_ELEMENT_BURN_CYCLES_H
#define SL_ELEMENT_BURN_CYCLES_H

#include "verdict.h"

#define BURN_CYCLES_MOST 1000000
/*
 * What takes the time is additions to memory that are single to all CPUs. Each waits for the one
 * before it, and takes as long whatever is added: about so many cycles on x86-64. And neither a
 * compiler nor the kernel leaves one out. The verifier goes through each of them, so one that takes
 * long is better than many that are quick.
 */
#define BURN_CYCLES_STEP 14
#define BURN_CYCLES_ROUND 64
/* Rounds of the dearest packet, and one: what the verifier takes the loop's end from. */
#define BURN_CYCLES_ROUNDS (BURN_CYCLES_MOST / BURN_CYCLES_STEP / BURN_CYCLES_ROUND + 1)

struct burn_cycles_state {
	__u64 steps;
};

struct burn_cycles_rw {
	__u32 cycles;
};

sl_inline __u32 burn_cycles(struct sl_pkt *p, struct burn_cycles_state *st,
			    struct burn_cycles_rw *rw)
{
	__u32 steps = *(volatile __u32 *)&rw->cycles / BURN_CYCLES_STEP;
	__u32 rounds = steps / BURN_CYCLES_ROUND, i, k;

	(void)p;
	steps %= BURN_CYCLES_ROUND;
	SL_OPAQUE(steps);
	SL_OPAQUE(rounds);
	for (i = 0; i < BURN_CYCLES_ROUND && i < steps; i++)
		__sync_fetch_and_add(&st->steps, 1);
	for (i = 0; i < BURN_CYCLES_ROUNDS && i < rounds; i++) {
		for (k = 0; k < BURN_CYCLES_ROUND; k++)
			__sync_fetch_and_add(&st->steps, 1);
	}
	return SL_OUT(0);
}

#endif
