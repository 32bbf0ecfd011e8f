/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARPResponder: a request for an address of ours becomes the reply, in place (RFC 826). Which
 * addresses are ours is in a function of each instance, called between the two parts here.
 */
#ifndef SL_ELEMENT_ARP_RESPONDER_H
#define SL_ELEMENT_ARP_RESPONDER_H

#include "verdict.h"
#include "../arp_frame.h"
#include "../fresh.h"

/* The address an ARP request asks for. 0 when the packet is none. */
sl_inline int arp_responder_wanted(const struct sl_pkt *p, __be32 *want)
{
	const struct sl_arp_frame *f = sl_at(p, 0, sizeof(*f));

	if (!f || !sl_arp_is(f, SL_ARP_REQUEST))
		return 0;
	*want = f->arp.tpa;
	return 1;
}

/* The reply: the wanted address is at `mac`. */
sl_inline __u32 arp_responder_reply(struct sl_pkt *p, const __u8 mac[SL_ETH_ALEN])
{
	__be16 tci = p->anno.vlan_tci;
	struct sl_arp_frame *f;
	__u8 asker[SL_ETH_ALEN];
	__be32 asker_ip, want;

	if (sl_set_len(p, sizeof(*f)))
		return SL_KILL(SHORT);
	f = sl_at(p, 0, sizeof(*f));
	SL_SURELY(f, SL_KILL(SHORT));
	sl_mac_copy(asker, f->arp.sha);
	asker_ip = f->arp.spa;
	want = f->arp.tpa;
	sl_arp_head(f, SL_ARP_REPLY, asker, mac);
	sl_mac_copy(f->arp.sha, mac);
	f->arp.spa = want;
	sl_mac_copy(f->arp.tha, asker);
	f->arp.tpa = asker_ip;

	sl_fresh(p);
	p->mac = p->off;
	p->anno.vlan_tci = tci;
	return SL_OUT(0);
}

#endif
