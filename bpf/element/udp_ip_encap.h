/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UDPIPEncap: prepend IPv4 and UDP headers (RFC 791, RFC 768). */
#ifndef SL_ELEMENT_UDP_IP_ENCAP_H
#define SL_ELEMENT_UDP_IP_ENCAP_H

#include "udp_encap.h"

struct udp_ip_encap_conf {
	struct udp_encap udp;
};

struct udp_ip_encap_rw {
	__u32 id; /* of the next packet */
};

sl_inline __u32 udp_ip_encap(struct sl_pkt *p, const struct udp_ip_encap_conf *c,
			     struct udp_ip_encap_rw *rw)
{
	return udp_encap(p, &c->udp, __sync_fetch_and_add(&rw->id, 1), 0);
}

#endif
