/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPEncap: prepend an IPv4 header (RFC 791, RFC 2003). */
#ifndef SL_ELEMENT_IP_ENCAP_H
#define SL_ELEMENT_IP_ENCAP_H

#include "verdict.h"
#include "encap4.h"

struct ip_encap_conf {
	struct encap4 ip;
};

struct ip_encap_rw {
	__u32 id; /* of the next packet */
};

sl_inline __u32 ip_encap(struct sl_pkt *p, const struct ip_encap_conf *c, struct ip_encap_rw *rw)
{
	return encap4(p, &c->ip, 0, __sync_fetch_and_add(&rw->id, 1)) ? SL_OUT(0)
								      : SL_KILL(HEADROOM);
}

#endif
