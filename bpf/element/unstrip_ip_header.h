/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UnstripIPHeader: the window begins at the IP header again, if that was stripped. */
#ifndef SL_ELEMENT_UNSTRIP_IP_HEADER_H
#define SL_ELEMENT_UNSTRIP_IP_HEADER_H

#include "verdict.h"

sl_inline __u32 unstrip_ip_header(struct sl_pkt *p)
{
	if (p->nh == SL_UNSET)
		return SL_KILL(SHORT);
	if (p->nh < p->off)
		p->off = p->nh;
	return SL_OUT(0);
}

#endif
