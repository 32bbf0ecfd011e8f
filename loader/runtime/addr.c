// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of either family, Ethernet addresses, and their text. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/runtime/addr.h"

int sl_addr_parse(const char *text, struct sl_addr *out)
{
	struct sl_addr a = {0};

	if (inet_pton(AF_INET, text, &a.v4) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a.v6) == 1)
		a.family = AF_INET6;
	else
		return -EINVAL;
	*out = a;
	return 0;
}

void sl_addr_set(struct sl_addr *a, int family, const void *bytes)
{
	memset(a, 0, sizeof(*a));
	if (family != AF_INET && family != AF_INET6)
		return;
	a->family = family;
	memcpy(a->bytes, bytes, sl_addr_len(a));
}

const char *sl_addr_text(const struct sl_addr *a, char text[SL_ADDR_TEXT])
{
	if (!sl_addr_len(a) || !inet_ntop(a->family, a->bytes, text, SL_ADDR_TEXT))
		strcpy(text, "-");
	return text;
}

bool sl_addr_equal(const struct sl_addr *a, const struct sl_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sl_addr_len(a));
}

bool sl_addr_in(const struct sl_addr *a, const struct sl_addr *net, unsigned int len)
{
	unsigned int whole = len / 8, rest = len % 8;

	if (a->family != net->family || len > sl_addr_len(a) * 8)
		return false;
	if (memcmp(a->bytes, net->bytes, whole))
		return false;
	return !rest || !((a->bytes[whole] ^ net->bytes[whole]) & (0xff << (8 - rest) & 0xff));
}

bool sl_addr_is_unicast(const struct sl_addr *a)
{
	switch (a->family) {
	case AF_INET:
		return a->bytes[0] != 0 && a->bytes[0] < 224;
	case AF_INET6:
		return a->bytes[0] != 0xff && !IN6_IS_ADDR_UNSPECIFIED(&a->v6);
	default:
		return false;
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int sl_mac_parse(const char *text, uint8_t mac[6])
{
	uint8_t bytes[6];

	if (strlen(text) != SL_MAC_TEXT - 1)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		int hi = digit(text[3 * i]), lo = digit(text[3 * i + 1]);
		char sep = text[3 * i + 2];

		if (hi < 0 || lo < 0 || (i < 5 ? sep != ':' && sep != '-' : sep != '\0'))
			return -EINVAL;
		bytes[i] = hi << 4 | lo;
	}
	memcpy(mac, bytes, 6);
	return 0;
}

const char *sl_mac_text(const uint8_t mac[6], char text[SL_MAC_TEXT])
{
	snprintf(text, SL_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return text;
}

bool sl_mac_is_unicast(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, 6);
}
