/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPInputCombo: what a router does first with an Ethernet frame that holds an IP packet. */
#ifndef SL_ELEMENT_IP_INPUT_COMBO_H
#define SL_ELEMENT_IP_INPUT_COMBO_H

#include "check_ip_header.h"

struct ip_input_combo_conf {
	__u8 color;
};

struct ip_input_combo_state {
	struct check_ip_header_state bad;
};

sl_inline __u32 ip_input_combo(struct sl_pkt *p, const struct ip_input_combo_conf *c,
			       struct ip_input_combo_state *st, check_ip_header_list *bad_src,
			       check_ip_header_list *good_dst)
{
	const struct check_ip_header_conf check = {.offset = sizeof(struct sl_eth), .checksum = 1};
	__u32 r = check_ip_header(p, &check, &st->bad, bad_src, good_dst);

	if (r != SL_OUT(0))
		return r;
	p->off = p->nh;
	p->anno.paint = c->color;
	return SL_OUT(0);
}

#endif
