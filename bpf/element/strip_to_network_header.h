/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StripToNetworkHeader: the window begins at the network header. */
#ifndef SL_ELEMENT_STRIP_TO_NETWORK_HEADER_H
#define SL_ELEMENT_STRIP_TO_NETWORK_HEADER_H

#include "verdict.h"

sl_inline __u32 strip_to_network_header(struct sl_pkt *p)
{
	/* No window begins behind the packet's end. */
	if (p->nh == SL_UNSET || !sl_abs(p, p->nh, 0))
		return SL_KILL(BADHDR);
	p->off = p->nh;
	return SL_OUT(0);
}

#endif
