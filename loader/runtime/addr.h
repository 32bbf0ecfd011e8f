/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of either family, Ethernet addresses, and their text. */
#ifndef SL_ADDR_H
#define SL_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

struct sl_addr {
	uint8_t family; /* AF_INET, AF_INET6, or 0 for none */
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16]; /* 4 or 16 of them, network order; the others are zero */
	};
};

#define SL_ADDR_TEXT INET6_ADDRSTRLEN
#define SL_MAC_TEXT 18

/* Bytes of an address of that family: 4, 16 or 0. */
static inline size_t sl_addr_len(const struct sl_addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

/* Dotted quad or IPv6 text, nothing else. 0 or -EINVAL. */
int sl_addr_parse(const char *text, struct sl_addr *out);
/* From bytes in network order; an unknown family makes none. */
void sl_addr_set(struct sl_addr *a, int family, const void *bytes);
/* "-" for none. Returns `text`. */
const char *sl_addr_text(const struct sl_addr *a, char text[SL_ADDR_TEXT]);
bool sl_addr_equal(const struct sl_addr *a, const struct sl_addr *b);
/* Whether `a` lies in `net`/`len`. */
bool sl_addr_in(const struct sl_addr *a, const struct sl_addr *net, unsigned int len);
/* All zeros, multicast, IPv4 limited broadcast: nothing one end of a tunnel can be. */
bool sl_addr_is_unicast(const struct sl_addr *a);

/* Six pairs of hexadecimal digits joined by ':' or '-'. 0 or -EINVAL. */
int sl_mac_parse(const char *text, uint8_t mac[6]);
const char *sl_mac_text(const uint8_t mac[6], char text[SL_MAC_TEXT]);
/* Neither all zeros nor a group address. */
bool sl_mac_is_unicast(const uint8_t mac[6]);

#endif
