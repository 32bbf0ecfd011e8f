/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMPIPEncap: prepend IPv4 and ICMP headers. */
#ifndef SL_ELEMENT_ICMP_IP_ENCAP_H
#define SL_ELEMENT_ICMP_IP_ENCAP_H

#include "icmp_encap.h"

struct icmp_ip_encap_conf {
	struct icmp_encap icmp;
};

struct icmp_ip_encap_rw {
	__u64 n; /* packets so far */
};

sl_inline __u32 icmp_ip_encap(struct sl_pkt *p, const struct icmp_ip_encap_conf *c,
			      struct icmp_ip_encap_rw *rw)
{
	return icmp_encap(p, &c->icmp, &rw->n);
}

#endif
