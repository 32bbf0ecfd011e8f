/* SPDX-License-Identifier: GPL-2.0-only */
/* Large graphs as text, and the packets that go through them. */
#ifndef SL_LARGE_H
#define SL_LARGE_H

#include <stdint.h>

#include "bpf/net.h"

struct large_packet {
	struct sl_eth eth;
	struct sl_ip4 ip;
	struct {
		__be16 sport, dport, len, check;
	} udp;
	uint8_t data[18];
} __attribute__((packed));

struct large_arp {
	struct sl_eth eth;
	uint8_t head[8]; /* Ethernet, IPv4, reply */
	uint8_t sha[6], spa[4], tha[6], tpa[4];
} __attribute__((packed));

/* 02:00:00:00:NET:HOST; the router is host 0xa0 of each network, and 10.0.NET.254. */
void large_mac(uint8_t mac[6], unsigned int net, uint8_t host);

/* Click's IP router (RFC 1812) between `ports` networks 10.0.0.0/24, 10.0.1.0/24, ... */
char *large_router(unsigned int ports);
/* 10.0.NET.1 tells the router its Ethernet address. */
void large_arp_reply(struct large_arp *a, unsigned int net);
/* From 10.0.FROM.1 to 10.0.TO.1, as it comes to the router, and as it leaves. */
void large_packet(struct large_packet *p, unsigned int from, unsigned int to);
void large_forwarded(struct large_packet *out, const struct large_packet *in, unsigned int to);

/*
 * A tree of classifiers and tables with LARGE_WAYS leaves; each leads through a Counter nWAY and
 * elements that all have something to do to one device, with the way as last byte of the Ethernet
 * source.
 */
#define LARGE_WAYS 64
char *large_ways(void);
void large_way_packet(struct large_packet *p, unsigned int way);

#endif
