/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StripIPHeader: the window goes on behind the IP header, options included. */
#ifndef SL_ELEMENT_STRIP_IP_HEADER_H
#define SL_ELEMENT_STRIP_IP_HEADER_H

#include "verdict.h"

sl_inline __u32 strip_ip_header(struct sl_pkt *p)
{
	if (p->th == SL_UNSET || p->th < p->off)
		return SL_KILL(SHORT);
	sl_pull(p, p->th - p->off);
	return SL_OUT(0);
}

#endif
