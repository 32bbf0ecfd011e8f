/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tee: every output gets each packet. */
#ifndef SL_ELEMENT_TEE_H
#define SL_ELEMENT_TEE_H

#include "verdict.h"

struct tee_conf {
	__u8 n_out;
};

sl_inline __u32 tee(struct sl_pkt *p, const struct tee_conf *c)
{
	(void)p;
	return c->n_out > 1 ? SL_DONE_COPY : SL_OUT(0);
}

#endif
