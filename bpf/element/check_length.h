/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CheckLength: packets longer than LENGTH leave by output 1. */
#ifndef SL_ELEMENT_CHECK_LENGTH_H
#define SL_ELEMENT_CHECK_LENGTH_H

#include "verdict.h"

struct check_length_conf {
	__u32 length;
};

sl_inline __u32 check_length(struct sl_pkt *p, const struct check_length_conf *c)
{
	return sl_len(p) <= c->length ? SL_OUT(0) : SL_OUT_OR(1, ELEMENT);
}

#endif
