/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Switch: all packets to one output, which can be changed while it runs. */
#ifndef SL_ELEMENT_SWITCH__H
#define SL_ELEMENT_SWITCH__H

#include "verdict.h"

struct switch__conf {
	__u8 n_out;
};

struct switch__rw {
	__s32 output; /* negative: drop */
};

/* `switch` is a word of C: the base name has an underscore behind it. */
sl_inline __u32 switch_(struct sl_pkt *p, const struct switch__conf *c, struct switch__rw *rw)
{
	__u32 output = *(volatile __u32 *)&rw->output;

	(void)p;
	return output < c->n_out ? SL_OUT(output) : SL_KILL(ELEMENT);
}

#endif
