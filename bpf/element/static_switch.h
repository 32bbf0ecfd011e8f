/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StaticSwitch: all packets to one output, for good. */
#ifndef SL_ELEMENT_STATIC_SWITCH_H
#define SL_ELEMENT_STATIC_SWITCH_H

#include "verdict.h"

struct static_switch_conf {
	__s32 output; /* negative: drop */
};

sl_inline __u32 static_switch(struct sl_pkt *p, const struct static_switch_conf *c)
{
	(void)p;
	return c->output < 0 ? SL_KILL(ELEMENT) : SL_OUT(c->output);
}

#endif
