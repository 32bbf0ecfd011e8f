/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ARP on a link that carries only IP: there is nobody at the far end to ask, so the platform
 * answers every request with the far end's synthetic address (RFC 826).
 */
#ifndef SL_BPF_ARP_H
#define SL_BPF_ARP_H

#include "maps.h"
#include "net.h"
#include "words.h"

#define ARP_HRD_ETHER 1
#define ARP_OP_REQUEST 1
#define ARP_OP_REPLY 2

/*
 * Turns the ARP request in the Ethernet frame at `low` into its reply. 0, or -1 when it is none:
 * not a request for IPv4 over Ethernet, or an announcement or a probe, which wants no answer (RFC
 * 5227).
 */
sl_noinline int arp_reply(struct xdp_md *ctx, const struct sl_link_rec *rec, __u32 low)
{
	char *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct sl_eth *eth;
	struct sl_arp *arp;
	__be32 asked;

	if (low > SL_LOW_MAX)
		return -1;
	frame += low;
	eth = (void *)frame;
	arp = (void *)(eth + 1);
	if ((void *)(arp + 1) > (void *)end)
		return -1;
	if (arp->hrd != sl_htons(ARP_HRD_ETHER) || arp->pro != sl_htons(SL_ETH_P_IP) ||
	    arp->hln != SL_ETH_ALEN || arp->pln != 4 || arp->op != sl_htons(ARP_OP_REQUEST))
		return -1;
	asked = arp->tpa;
	if (!arp->spa || arp->spa == asked)
		return -1;
	__builtin_memcpy(eth->dst, arp->sha, SL_ETH_ALEN);
	__builtin_memcpy(eth->src, rec->peer, SL_ETH_ALEN);
	arp->op = sl_htons(ARP_OP_REPLY);
	__builtin_memcpy(arp->tha, arp->sha, SL_ETH_ALEN);
	arp->tpa = arp->spa;
	__builtin_memcpy(arp->sha, rec->peer, SL_ETH_ALEN);
	arp->spa = asked;
	return 0;
}

#endif
