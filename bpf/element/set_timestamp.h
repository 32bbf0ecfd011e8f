/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetTimestamp: the time into an annotation. */
#ifndef SL_ELEMENT_SET_TIMESTAMP_H
#define SL_ELEMENT_SET_TIMESTAMP_H

#include "verdict.h"

struct set_timestamp_conf {
	__u8 first; /* the first timestamp annotation; otherwise the packet's own, which has no
		       place */
	__u8 given; /* time_ns instead of now */
	__u64 time_ns;
};

sl_inline __u32 set_timestamp(struct sl_pkt *p, const struct set_timestamp_conf *c)
{
	if (c->first)
		p->anno.first_timestamp = c->given ? c->time_ns : sl_now_ns(p);
	return SL_OUT(0);
}

#endif
