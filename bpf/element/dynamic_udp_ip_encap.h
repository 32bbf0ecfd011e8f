/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DynamicUDPIPEncap: UDPIPEncap whose ports go up after so many packets each time. */
#ifndef SL_ELEMENT_DYNAMIC_UDP_IP_ENCAP_H
#define SL_ELEMENT_DYNAMIC_UDP_IP_ENCAP_H

#include "udp_encap.h"

struct dynamic_udp_ip_encap_conf {
	struct udp_encap udp;
	__u32 interval; /* packets with the same ports; 0: all */
};

struct dynamic_udp_ip_encap_rw {
	__u64 n; /* packets so far; wide enough never to wrap */
};

sl_inline __u32 dynamic_udp_ip_encap(struct sl_pkt *p, const struct dynamic_udp_ip_encap_conf *c,
				     struct dynamic_udp_ip_encap_rw *rw)
{
	__u64 n = __sync_fetch_and_add(&rw->n, 1);

	return udp_encap(p, &c->udp, (__u32)n, c->interval ? (__u32)(n / c->interval) : 0);
}

#endif
