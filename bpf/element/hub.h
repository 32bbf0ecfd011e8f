/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hub: out of every port but that the packet came in by. */
#ifndef SL_ELEMENT_HUB_H
#define SL_ELEMENT_HUB_H

#include "verdict.h"

struct hub_conf {
	__u8 n_out;
};

/* For EtherSwitch as well. */
sl_inline __u32 hub_flood(__u32 port, __u32 n_out)
{
	if (n_out > 2)
		return SL_DONE_COPY_BUT(port);
	return n_out == 2 ? SL_OUT(!port) : SL_KILL(ELEMENT);
}

sl_inline __u32 hub(struct sl_pkt *p, __u32 port, const struct hub_conf *c)
{
	(void)p;
	return hub_flood(port, c->n_out);
}

#endif
