/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 packets as text, in the form Click's IPPrint gives them. */
#ifndef SL_IP_LINE_H
#define SL_IP_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sl_ip_line {
	const uint8_t *net;	   /* from the network header on */
	uint32_t have;		   /* bytes of it that are known, at most net_len */
	uint32_t net_len;	   /* bytes from the network header to the packet's end */
	uint32_t transport;	   /* where the transport header is behind the network header */
	uint32_t len;		   /* bytes in the window */
	bool id, ttl, tos, length; /* what is shown in front */
	bool swap; /* identifier and number of echo messages in network order, as all use it */
};

void sl_ip_line_print(const struct sl_ip_line *p, FILE *out);

#endif
