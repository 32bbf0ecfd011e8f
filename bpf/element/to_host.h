/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ToHost: the frame goes to the host's stack. */
#ifndef SL_ELEMENT_TO_HOST_H
#define SL_ELEMENT_TO_HOST_H

#include "verdict.h"

sl_inline __u32 to_host(struct sl_pkt *p)
{
	(void)p;
	return SL_DONE_HOST;
}

#endif
