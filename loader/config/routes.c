// SPDX-License-Identifier: GPL-2.0-only
/* Route tables: reading, and looking up. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/pattern.h"
#include "loader/config/routes.h"
#include "loader/mem.h"

void sl_routes_free(struct sl_routes *t)
{
	free(t->v);
	*t = (struct sl_routes){0};
}

/* ---- Text ------------------------------------------------------------------------------------*/

/* What a route is read for: names are those its element sees. */
struct reader {
	enum sl_lpm_family family;
	const struct sl_program *p;
	const struct sl_elem *where;
};

/* An address or its name, 4 or 16 bytes. */
static bool read_addr(const struct reader *r, const char *text, uint8_t *out)
{
	const char *why;

	return !sl_parse_value(r->family == SL_LPM_IP4 ? SL_T_IP4 : SL_T_IP6, text, r->p, r->where,
			       out, &why);
}

/* Length of a mask with gaps. */
#define GAPS 255

static uint32_t len_of(uint32_t mask)
{
	uint32_t len = (uint32_t)__builtin_popcount(mask);

	return ntohl(mask) == (len ? UINT32_MAX << (32 - len) : 0) ? len : GAPS;
}

/* A prefix or its name. */
static bool read_net(const struct reader *r, const char *text, struct sl_prefix6 *out)
{
	struct sl_prefix4 p;
	const char *why;

	if (r->family == SL_LPM_IP6)
		return !sl_parse_value(SL_T_IP6PREFIX, text, r->p, r->where, out, &why);
	if (sl_parse_value(SL_T_IP4PREFIX, text, r->p, r->where, &p, &why))
		return false;
	memcpy(out->addr, &p.addr, 4);
	out->len = len_of(p.mask);
	return true;
}

/* "NAME/LEN" with the name of an address. */
static bool named_net(const struct reader *r, const char *text, const char *slash,
		      struct sl_prefix6 *out)
{
	char name[64], addr_text[INET6_ADDRSTRLEN];
	_free_ char *whole = NULL;
	uint8_t addr[16];

	if ((size_t)(slash - text) >= sizeof(name))
		return false;
	memcpy(name, text, (size_t)(slash - text));
	name[slash - text] = '\0';
	if (!read_addr(r, name, addr))
		return false;
	inet_ntop(r->family == SL_LPM_IP4 ? AF_INET : AF_INET6, addr, addr_text, sizeof(addr_text));
	return asprintf(&whole, "%s%s", addr_text, slash) >= 0 && read_net(r, whole, out);
}

static int parse_prefix(const struct reader *r, const char *text, struct sl_lpm_route *out,
			const char **why)
{
	struct sl_prefix6 prefix = {.len = 8 * r->family};
	const char *slash = strchr(text, '/');
	bool ok;

	/* A name that has both is its address, unless it asks for the network: "name:ipnet". */
	if (slash)
		ok = read_net(r, text, &prefix) || named_net(r, text, slash, &prefix);
	else if (strchr(text, ':'))
		ok = read_net(r, text, &prefix) || read_addr(r, text, prefix.addr);
	else
		ok = read_addr(r, text, prefix.addr) || read_net(r, text, &prefix);
	if (!ok) {
		*why = "not a prefix ADDR/MASK";
		return -EINVAL;
	}
	if (prefix.len == GAPS) {
		*why = "the mask has gaps: longest-prefix routes take contiguous masks only";
		return -EINVAL;
	}
	sl_prefix6_cut(&prefix);
	memcpy(out->addr, prefix.addr, sizeof(out->addr));
	out->len = (uint8_t)prefix.len;
	return 0;
}

/* Gateway and output: the words behind the prefix. */
static int parse_rest(const struct reader *r, char **words, int n, bool removing,
		      struct sl_lpm_route *out, const char **why, int *word)
{
	int at = 0;
	bool negative, gateway = false;
	uint64_t port;

	out->port = SL_ROUTE_ANY;
	if (n > at && !strcmp(words[at], "-"))
		gateway = true;
	else if (n > at && read_addr(r, words[at], out->gw))
		gateway = true;
	at += gateway;
	*word = at + 1;
	if (n > at + 1) {
		*why = gateway ? "too many words: expected ADDR/MASK [GATEWAY] OUTPUT"
			       : "not a gateway address";
		*word = gateway ? at + 2 : at + 1;
		return -EINVAL;
	}
	if (n == at) {
		*why = "output missing: expected ADDR/MASK [GATEWAY] OUTPUT";
		return removing ? 0 : -EINVAL;
	}
	if (!sl_text_int(words[at], &negative, &port) || negative || port > INT32_MAX) {
		*why = "not an output";
		return -EINVAL;
	}
	out->port = (uint32_t)port;
	return 0;
}

int sl_route_parse(enum sl_lpm_family family, const char *text, bool removing,
		   const struct sl_program *p, const struct sl_elem *where,
		   struct sl_lpm_route *out, const char **why, int *word)
{
	const struct reader reader = {family, p, where};
	char *words[5] = {NULL};
	struct sl_lpm_route r = {0};
	int n = 0, ret;

	while (n < 5 && *text) {
		words[n] = sl_next_word(&text);
		if (!words[n])
			break;
		n++;
	}
	*word = 0;
	*why = "empty route";
	ret = n ? parse_prefix(&reader, words[0], &r, why) : -EINVAL;
	if (!ret)
		ret = parse_rest(&reader, words + 1, n - 1, removing, &r, why, word);
	if (!ret)
		*out = r;
	for (int i = 0; i < n; i++)
		free(words[i]);
	return ret;
}

/* ---- Tables ----------------------------------------------------------------------------------*/

struct sl_lpm_route *sl_routes_find(const struct sl_routes *t, const struct sl_lpm_route *prefix)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].len == prefix->len &&
		    !memcmp(t->v[i].addr, prefix->addr, sizeof(prefix->addr)))
			return &t->v[i];
	return NULL;
}

static bool holds(const struct sl_lpm_route *r, const uint8_t addr[16])
{
	unsigned int whole = r->len / 8, bits = r->len % 8;

	return !memcmp(r->addr, addr, whole) &&
	       (!bits || !((r->addr[whole] ^ addr[whole]) >> (8 - bits)));
}

const struct sl_lpm_route *sl_routes_lookup(const struct sl_routes *t, const uint8_t addr[16])
{
	const struct sl_lpm_route *best = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (holds(&t->v[i], addr) && (!best || t->v[i].len > best->len))
			best = &t->v[i];
	return best;
}
