/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIPChecksum: computes the IPv4 header checksum (RFC 791, 1071). */
#ifndef SL_ELEMENT_SET_IP_CHECKSUM_H
#define SL_ELEMENT_SET_IP_CHECKSUM_H

#include "verdict.h"
#include "../ipcsum.h"

struct set_ip_checksum_state {
	__u64 drops;
};

sl_inline __u32 set_ip_checksum(struct sl_pkt *p, struct set_ip_checksum_state *st)
{
	__u32 at = p->nh == SL_UNSET ? p->off : p->nh;
	struct sl_ip4 *ip = sl_abs(p, at, sizeof(*ip));

	if (!ip) {
		st->drops++;
		return SL_KILL(SHORT);
	}
	/* A header without options is five words, and what was updated in it before is one store.
	 */
	if (SL_SURE(p->plain)) {
		ip->check = 0;
		ip->check = (__sum16)~sl_fold(sl_ip4_sum20(ip));
		return SL_OUT(0);
	}
	if (sl_ip4_hlen(ip) < sizeof(*ip) || sl_ip4_set_sum(p, at, sl_ip4_hlen(ip))) {
		st->drops++;
		return SL_KILL(BADHDR);
	}
	return SL_OUT(0);
}

#endif
