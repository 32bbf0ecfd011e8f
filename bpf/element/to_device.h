/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ToDevice: the frame leaves by a device. */
#ifndef SL_ELEMENT_TO_DEVICE_H
#define SL_ELEMENT_TO_DEVICE_H

#include "verdict.h"

struct to_device_conf {
	__u8 dev;
};

sl_inline __u32 to_device(struct sl_pkt *p, const struct to_device_conf *c)
{
	(void)p;
	return SL_DONE_OUT(c->dev);
}

#endif
