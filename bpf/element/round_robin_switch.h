/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RoundRobinSwitch: the outputs in turn. */
#ifndef SL_ELEMENT_ROUND_ROBIN_SWITCH_H
#define SL_ELEMENT_ROUND_ROBIN_SWITCH_H

#include "verdict.h"

struct round_robin_switch_conf {
	__u8 n_out;
};

struct round_robin_switch_rw {
	__u64 turn; /* packets so far; wide enough never to wrap */
};

sl_inline __u32 round_robin_switch(struct sl_pkt *p, const struct round_robin_switch_conf *c,
				   struct round_robin_switch_rw *rw)
{
	__u64 turn = 0;

	(void)p;
	if (c->n_out > 1)
		turn = __sync_fetch_and_add(&rw->turn, 1) % c->n_out;
	return SL_OUT(turn);
}

#endif
