/* SPDX-License-Identifier: GPL-2.0-only */
/* What the classes share that check IPv4 headers (bpf/element/check_ip_header.h). */
#ifndef SL_CHECK_IP_H
#define SL_CHECK_IP_H

#include "loader/config/addrs.h"
#include "loader/element/facts.h"

/* Addresses in INTERFACES, BADSRC and GOODDST. */
struct sl_check_ip {
	struct sl_addrs bad;  /* sources no packet may have */
	struct sl_addrs good; /* destinations for which the source does not matter */
};

/* The reasons that struct check_ip_header_state counts. */
#define SL_CHECK_IP_REASONS                                                                        \
	"tiny packet\nbad IP version\nbad IP header length\n"                                      \
	"bad IP length\nbad IP checksum\nbad source address"

/* Reads these arguments, as far as they are given. 0, -EINVAL (reported), -ENOMEM. */
int sl_check_ip_read(struct sl_check_ip *c, struct sl_conf *cf);
/* BADSRC by position, where 0.0.0.0 and 255.255.255.255 are bad, too. The same. */
int sl_check_ip_read_old(struct sl_check_ip *c, struct sl_conf *cf, const struct sl_arg *arg);

/* For an instance whose `priv` is a struct sl_check_ip: writes the lists and eN_run, which gives
 * them to the class's function; frees them. */
int sl_check_ip_emit(const struct sl_inst *in, FILE *out);
void sl_check_ip_release(struct sl_inst *in);
/* What is known of a packet whose header, `offset` bytes into it, is good. */
void sl_check_ip_facts(uint32_t offset, struct sl_facts *f);

#endif
