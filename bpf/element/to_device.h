/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ToDevice: the frame leaves by a device. */
#ifndef SL_ELEMENT_TO_DEVICE_H
#define SL_ELEMENT_TO_DEVICE_H

#include "verdict.h"

struct to_device_conf {
	__u8 dev;
	__u16 mtu; /* longer packets are set aside for PathMTU; 0: none is */
};

/* Set aside: by output 0, which is no connection of the graph's, with the device's index where no
 * annotation matters any more. */
sl_inline __u8 to_device_aside(const struct sl_pkt *p)
{
	return p->anno.byte18;
}

sl_inline __u32 to_device(struct sl_pkt *p, const struct to_device_conf *c)
{
	long total = (char *)p->data_end - (char *)p->data;

	if (c->mtu && sl_unlikely(total > (long)p->off + SL_ETH_HLEN + c->mtu)) {
		p->anno.byte18 = c->dev;
		return SL_OUT(0);
	}
	return SL_DONE_OUT(c->dev);
}

#endif
