/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Idle: emits nothing, and drops what it is given. */
#ifndef SL_ELEMENT_IDLE_H
#define SL_ELEMENT_IDLE_H

#include "verdict.h"

sl_inline __u32 idle(struct sl_pkt *p)
{
	(void)p;
	return SL_KILL(ELEMENT);
}

#endif
