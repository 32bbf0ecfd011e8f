/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PKTGEN: outer packets of every kind, built the plain way, a header after the other; and what
 * user space puts into a link's record for the same tunnel.
 */
#ifndef SL_TESTS_MUX_PACKET_H
#define SL_TESTS_MUX_PACKET_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bpf/abi.h"
#include "bpf/net.h"

#define UNUSED __attribute__((unused))

/* A tunnel, and the form its packets take. */
struct tunnel {
	int ip;		  /* 4 or 6 */
	int vlans;	  /* 0 to 2: 802.1Q, and 802.1ad outside of it */
	unsigned int gre; /* SL_GRE_* */
	int payload;	  /* SL_PAYLOAD_* */
	uint32_t key, seq;
	uint8_t far;	/* last byte of the far end's address */
	int options;	/* bytes of IPv4 options, a multiple of 4 */
	int dstopts;	/* units of 8 bytes of an IPv6 Destination Options header */
	uint16_t flags; /* GRE flags to set beyond those of `gre` */
	uint8_t tos;	/* of the outer header, from the far end */
};

enum direction { IN, OUT }; /* IN: from the far end */

static const uint8_t port_mac[6] = {2, 0, 0, 0, 0, 0x10};
static const uint8_t hop_mac[6] = {2, 0, 0, 0, 0, 0x20};
static const uint8_t dev_mac[6] = {2, 0x51, 0x51, 0, 0, 1};
static const uint8_t peer_mac[6] = {2, 0x51, 0x51, 0, 0, 2};

static inline uint8_t *put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

static inline uint8_t *put8(uint8_t *p, uint8_t v)
{
	*p = v;
	return p + 1;
}

static inline uint8_t *put16(uint8_t *p, uint16_t v)
{
	return put8(put8(p, v >> 8), (uint8_t)v);
}

static inline uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), (uint16_t)v);
}

/* RFC 1071, in network order throughout. */
static inline uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline size_t l3_off(const struct tunnel *t)
{
	return 14 + 4 * (size_t)t->vlans;
}

static inline size_t gre_len(const struct tunnel *t)
{
	return 4 + 4 * (size_t)__builtin_popcount(t->gre & (SL_GRE_CSUM | SL_GRE_KEY | SL_GRE_SEQ));
}

static inline size_t l3_len(const struct tunnel *t)
{
	return t->ip == 4 ? 20 + (size_t)t->options : 40 + 8 * (size_t)t->dstopts;
}

static inline size_t outer_len(const struct tunnel *t)
{
	return l3_off(t) + l3_len(t) + gre_len(t);
}

static UNUSED uint8_t *put_addr4(uint8_t *p, const struct tunnel *t, bool far)
{
	return put32(p, far ? 0xc0000200u + t->far : 0xc6336401u);
}

static UNUSED uint8_t *put_addr6(uint8_t *p, const struct tunnel *t, bool far)
{
	p = put(p, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0", 15);
	return put8(p, far ? t->far : 1);
}

static UNUSED uint8_t *put_ip4(uint8_t *p, const struct tunnel *t, enum direction dir, size_t len)
{
	uint8_t *start = p;

	p = put8(p, 0x40 | (5 + t->options / 4));
	p = put8(p, t->tos);
	p = put16(p, (uint16_t)(20 + t->options + len));
	p = put16(p, 0);
	p = put16(p, SL_IP_DF);
	p = put8(p, 64);
	p = put8(p, SL_IPPROTO_GRE);
	p = put16(p, 0);
	p = put_addr4(p, t, dir == IN);
	p = put_addr4(p, t, dir == OUT);
	for (int i = 0; i < t->options; i++)
		p = put8(p, i + 1 < t->options ? 1 : 0); /* no operation; end of list */
	put16(start + 10, checksum(start, (size_t)(p - start)));
	return p;
}

static UNUSED uint8_t *put_ip6(uint8_t *p, const struct tunnel *t, enum direction dir, size_t len)
{
	p = put32(p, 0x60000000 | (uint32_t)t->tos << 20);
	p = put16(p, (uint16_t)(8 * t->dstopts + len));
	p = put8(p, t->dstopts ? SL_IPPROTO_DSTOPTS : SL_IPPROTO_GRE);
	p = put8(p, 64);
	p = put_addr6(p, t, dir == IN);
	p = put_addr6(p, t, dir == OUT);
	if (t->dstopts) {
		/* Encapsulation limit 4, then PadN: what Linux's ip6gre sends. */
		p = put8(p, SL_IPPROTO_GRE);
		p = put8(p, (uint8_t)(t->dstopts - 1));
		p = put(p, "\x04\x01\x04\x01", 4);
		p = put8(p, (uint8_t)(8 * t->dstopts - 7));
		for (int i = 7; i < 8 * t->dstopts; i++)
			p = put8(p, 0);
	}
	return p;
}

/* The congestion mark of a packet, or of that in a frame (SL_ETH_P_TEB): RFC 3168, 5 and 6040, 4.1.
 */
static UNUSED uint8_t mark_of(uint16_t proto, const uint8_t *p, size_t len)
{
	if (proto == SL_ETH_P_TEB) {
		if (len < 14)
			return 0;
		proto = (uint16_t)(p[12] << 8 | p[13]);
		p += 14;
		len -= 14;
	}
	if (len < 2)
		return 0;
	return proto == SL_ETH_P_IP ? p[1] & 3 : proto == SL_ETH_P_IPV6 ? p[1] >> 4 & 3 : 0;
}

/* Writes the outer packet around `inner` to `out`; its length. `proto`: GRE's, host order. OUT: the
 * outer header is marked as the inner one is. */
static UNUSED size_t wrap(uint8_t *out, const struct tunnel *tunnel, enum direction dir,
			  uint16_t proto, const void *inner, size_t len)
{
	struct tunnel form = *tunnel;
	const struct tunnel *t = &form;
	uint8_t *p = out, *gre;
	uint16_t flags = t->flags;

	if (dir == OUT)
		form.tos |= mark_of(proto, inner, len);

	p = put(p, dir == IN ? port_mac : hop_mac, 6);
	p = put(p, dir == IN ? hop_mac : port_mac, 6);
	for (int i = t->vlans; i > 0; i--) {
		p = put16(p, i == 2 ? SL_ETH_P_8021AD : SL_ETH_P_8021Q);
		p = put16(p, (uint16_t)(100 * i));
	}
	p = put16(p, t->ip == 4 ? SL_ETH_P_IP : SL_ETH_P_IPV6);
	p = (t->ip == 4 ? put_ip4 : put_ip6)(p, t, dir, gre_len(t) + len);
	gre = p;
	flags |= t->gre & SL_GRE_CSUM ? SL_GRE_F_CSUM : 0;
	flags |= t->gre & SL_GRE_KEY ? SL_GRE_F_KEY : 0;
	flags |= t->gre & SL_GRE_SEQ ? SL_GRE_F_SEQ : 0;
	p = put16(p, flags);
	p = put16(p, proto);
	if (t->gre & SL_GRE_CSUM)
		p = put32(p, 0);
	if (t->gre & SL_GRE_KEY)
		p = put32(p, t->key);
	if (t->gre & SL_GRE_SEQ)
		p = put32(p, t->seq);
	p = put(p, inner, len);
	if (t->gre & SL_GRE_CSUM)
		put16(gre + 4, checksum(gre, (size_t)(p - gre)));
	return (size_t)(p - out);
}

/* After the outer IPv4 header was changed. */
static UNUSED void fix_ip4(uint8_t *packet, const struct tunnel *t)
{
	uint8_t *ip = packet + l3_off(t);

	put16(ip + 10, 0);
	put16(ip + 10, checksum(ip, 20 + (size_t)t->options));
}

/* Some bytes that differ from each other. */
static UNUSED void pattern(uint8_t *p, size_t len, unsigned int seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1103515245u + 12345u;
		p[i] = (uint8_t)(seed >> 16);
	}
}

/* The tenant's frame for a GRE payload: as it is, or behind a synthetic header. Its length. */
static UNUSED size_t frame_of(uint8_t *out, const struct tunnel *t, uint16_t proto,
			      const void *inner, size_t len)
{
	uint8_t *p = out;

	if (t->payload == SL_PAYLOAD_IP) {
		p = put(p, dev_mac, 6);
		p = put(p, peer_mac, 6);
		p = put16(p, proto);
	}
	p = put(p, inner, len);
	return (size_t)(p - out);
}

/* What user space knows of the tunnel, as abi.h wants it. */
static UNUSED void template_of(struct sl_template *out, const struct tunnel *t, uint16_t mtu,
			       enum direction dir)
{
	uint8_t bytes[256];
	size_t off = l3_off(t), len = wrap(bytes, t, dir, SL_ETH_P_TEB, "", 0);
	uint32_t sum = 0;

	memset(out, 0, sizeof(*out));
	out->up = 1;
	out->len = (uint8_t)len;
	out->l3_off = (uint8_t)off;
	out->mtu = mtu;
	if (t->gre & SL_GRE_CSUM)
		put16(bytes + off + l3_len(t) + 4, 0);
	if (t->ip == 4) {
		put16(bytes + off + 2, 0);
		put16(bytes + off + 10, 0);
		for (int i = 0; i < 20; i += 2) {
			uint16_t word;

			memcpy(&word, bytes + off + i, 2);
			sum += word;
		}
		out->ip4_sum = sl_fold(sum);
	} else {
		put16(bytes + off + 4, 0);
	}
	memcpy(out->bytes, bytes, len);
}

/* A tunnel of every kind: `i` below TUNNELS. */
#define TUNNELS (2 * 3 * 2 * 8)
static UNUSED struct tunnel tunnel_of(unsigned int i)
{
	return (struct tunnel){
		.ip = i & 1 ? 6 : 4,
		.payload = i & 2 ? SL_PAYLOAD_ETHER : SL_PAYLOAD_IP,
		.gre = i >> 2 & 7,
		.vlans = (int)(i >> 5),
		.key = 0x01020304,
		.far = 9,
	};
}

#endif
