// SPDX-License-Identifier: GPL-2.0-only
/* Protocols of IPv4 and IPv6 (IANA's numbers) by the names Click knows them by, and some more. */
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/proto_names.h"

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = {
	{"ah", 51},  {"dccp", 33},     {"esp", 50}, {"gre", 47},   {"icmp", 1},	 {"icmp6", 58},
	{"igmp", 2}, {"ip6", 41},      {"ipip", 4}, {"ospf", 89},  {"pim", 103}, {"sctp", 132},
	{"tcp", 6},  {"udplite", 136}, {"udp", 17}, {"vrrp", 112},
};

bool sl_proto_named(const char *name, uint8_t *out)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (!strcmp(protos[i].name, name)) {
			*out = protos[i].proto;
			return true;
		}
	}
	return false;
}

bool sl_proto(const char *text, uint8_t *out)
{
	bool negative;
	uint64_t n;

	if (sl_proto_named(text, out))
		return true;
	if (!sl_text_int(text, &negative, &n) || (negative && n) || n > UINT8_MAX)
		return false;
	*out = (uint8_t)n;
	return true;
}

const char *sl_proto_name(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (protos[i].proto == proto)
			return protos[i].name;
	}
	return NULL;
}
