/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* HashSwitch: the output from the sum of some bytes. */
#ifndef SL_ELEMENT_HASH_SWITCH_H
#define SL_ELEMENT_HASH_SWITCH_H

#include "verdict.h"

struct hash_switch_conf {
	__u32 offset;
	__u32 length; /* 1 to 256 */
	__u8 n_out;
};

sl_inline __u32 hash_switch(struct sl_pkt *p, const struct hash_switch_conf *c)
{
	const __u8 *b = sl_at(p, c->offset, c->length);
	__u32 d = 0, i;

	if (!b)
		return SL_OUT(0);
	for (i = 0; i < c->length; i++)
		d += b[i];
	if (c->n_out == 2 || c->n_out == 4 || c->n_out == 8)
		return SL_OUT((d ^ (d >> 4)) & (c->n_out - 1u));
	return SL_OUT(d % c->n_out);
}

#endif
