/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RandomSwitch: each packet to any of the outputs. */
#ifndef SL_ELEMENT_RANDOM_SWITCH_H
#define SL_ELEMENT_RANDOM_SWITCH_H

#include "verdict.h"

struct random_switch_conf {
	__u8 n_out;
};

sl_inline __u32 random_switch(struct sl_pkt *p, const struct random_switch_conf *c)
{
	return SL_OUT(((__u64)sl_random(p) * c->n_out) >> 32);
}

#endif
