/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strip: take bytes off the front. */
#ifndef SL_ELEMENT_STRIP_H
#define SL_ELEMENT_STRIP_H

#include "verdict.h"

struct strip_conf {
	__u32 length;
};

sl_inline __u32 strip(struct sl_pkt *p, const struct strip_conf *c)
{
	sl_pull(p, c->length);
	return SL_OUT(0);
}

#endif
