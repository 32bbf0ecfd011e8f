/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outer headers of a link, built once and copied in front of each packet by the trusted
 * program: Ethernet, up to two VLAN tags, IPv4 or IPv6, GRE. Pure functions; who fills in the
 * Ethernet addresses is netlink.h.
 *
 * Left to the trusted program, a packet at a time: IPv4 total length and checksum (from
 * sl_template.ip4_sum), IPv6 payload length, GRE protocol type of IP links (0x0800 is in the
 * template), GRE checksum and sequence number.
 */
#ifndef SL_TEMPLATE_H
#define SL_TEMPLATE_H

#include "loader/runtime/config.h"

/* One VLAN tag. */
struct sl_tag {
	uint16_t proto; /* host order: 0x8100 or 0x88a8 */
	uint16_t vid;
};

/* Where a link's packets leave, as the kernel's tables say now. */
struct sl_path {
	uint32_t ifindex; /* of the port */
	uint8_t port;	  /* index in the devmap `ports` */
	uint32_t mtu; /* of the egress device, the port's override and the route's MTU applied */
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	uint8_t n_tags;
	struct sl_tag tags[2]; /* outermost first */
};

/* Bytes of GRE header with these flags (SL_GRE_*): 4 to 16. */
unsigned int sl_gre_len(uint8_t gre);
/* Bytes from the Ethernet header through GRE with `n_tags` tags; 0 for direct links. What demux
 * expects to strip (sl_link_rec.in_len), and what H is worked out from. */
unsigned int sl_template_len(const struct sl_node_link *l, unsigned int n_tags);
/* Bytes of the port's MTU that the tenant's device has not, with `n_tags` tags; 0 for direct links.
 */
unsigned int sl_template_over(const struct sl_node_link *l, unsigned int n_tags);

/*
 * Fills a template, `up` set. 0; -EINVAL: more than two tags; -EMSGSIZE: the path's MTU leaves less
 * than 68 bytes (IPv4's minimum) to the tenant.
 */
int sl_template_build(const struct sl_node_link *l, const struct sl_path *path,
		      struct sl_template *out);

#endif
