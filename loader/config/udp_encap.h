/* SPDX-License-Identifier: GPL-2.0-only */
/* What UDPIPEncap and DynamicUDPIPEncap have in common. */
#ifndef SL_UDP_ENCAP_H
#define SL_UDP_ENCAP_H

#include "loader/config/encap.h"
#include "bpf/element/udp_encap.h"

/* Their confs begin with `struct udp_encap udp`. */
#define SL_UDP_ENCAP_PARAMS(type)                                                                  \
	SL_PARAM("SRC", IP4, SL_P_REQ | SL_P_POS, NULL, type, udp.ip.src, "source"),               \
		SL_PARAM_X("SPORT", ARG, SL_P_REQ | SL_P_POS, NULL, "source port"),                \
		SL_PARAM_X("DST", ARG, SL_P_REQ | SL_P_POS, NULL,                                  \
			   "destination, or DST_ANNO: the packet's destination address "           \
			   "annotation"),                                                          \
		SL_PARAM_X("DPORT", ARG, SL_P_REQ | SL_P_POS, NULL, "destination port"),           \
		SL_PARAM("CHECKSUM", BOOL, SL_P_POS, "true", type, udp.checksum,                   \
			 "compute the UDP checksum; otherwise it is 0")

#define SL_UDP_ENCAP_FIELDS(type)                                                                  \
	SL_ENCAP_FIELDS(type, udp.ip), SL_FIELD(type, udp.sport, U16),                             \
		SL_FIELD(type, udp.dport, U16), SL_FIELD(type, udp.checksum, BOOL)

/* Destination, ports, and what all these headers have. 0 or -EINVAL (reported). */
int sl_udp_encap_configure(struct sl_conf *cf);

/* Ports: what they are, not how they are called. `offset` is where in the conf, `param` the
 * argument. */
sl_read_fn sl_h_udp_encap_port_get;
sl_write_fn sl_h_udp_encap_port_set;

#endif
