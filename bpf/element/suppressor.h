/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Suppressor: packets of input i leave by output i, unless it is suppressed. */
#ifndef SL_ELEMENT_SUPPRESSOR_H
#define SL_ELEMENT_SUPPRESSOR_H

#include "verdict.h"

#define SUPPRESSOR_PORTS 64

struct suppressor_rw {
	__u8 suppressed[SUPPRESSOR_PORTS];
};

sl_inline __u32 suppressor(struct sl_pkt *p, __u32 port, struct suppressor_rw *rw)
{
	(void)p;
	if (*(volatile __u8 *)&rw->suppressed[port & (SUPPRESSOR_PORTS - 1)])
		return SL_KILL(ELEMENT);
	return SL_OUT(port);
}

#endif
