// SPDX-License-Identifier: GPL-2.0-only
/* IPv4 route tables: reading, printing, and looking up. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
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

static uint32_t mask_of(uint8_t len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

/* ---- Text ------------------------------------------------------------------------------------*/

/* "NAME/LEN" with a name from AddressInfo. */
static bool named_prefix(const char *text, const struct sl_program *p, const struct sl_elem *where,
			 struct sl_prefix4 *out)
{
	const char *slash = strchr(text, '/');
	_free_ char *whole = NULL;
	struct in_addr ip;
	uint32_t addr;
	char name[64], dotted[INET_ADDRSTRLEN];

	if (!slash || (size_t)(slash - text) >= sizeof(name))
		return false;
	memcpy(name, text, (size_t)(slash - text));
	name[slash - text] = '\0';
	if (sl_names_ip4(p, where, name, &addr))
		return false;
	ip.s_addr = addr;
	inet_ntop(AF_INET, &ip, dotted, sizeof(dotted));
	return asprintf(&whole, "%s%s", dotted, slash) >= 0 && sl_text_prefix4(whole, out);
}

static int parse_prefix(const char *text, const struct sl_program *p, const struct sl_elem *where,
			struct sl_route *out, const char **why)
{
	struct sl_prefix4 prefix = {.mask = UINT32_MAX};
	uint32_t mask;

	if (!sl_text_prefix4(text, &prefix) && !named_prefix(text, p, where, &prefix) &&
	    !sl_text_ip4(text, &prefix.addr)) {
		/* A name that has both is its address, unless it asks for the network:
		 * "name:ipnet". */
		bool asks = strchr(text, ':');

		if ((!asks || sl_names_prefix4(p, where, text, &prefix)) &&
		    sl_names_ip4(p, where, text, &prefix.addr) &&
		    sl_names_prefix4(p, where, text, &prefix)) {
			*why = "not a prefix ADDR/MASK";
			return -EINVAL;
		}
	}
	mask = ntohl(prefix.mask);
	out->len = (uint8_t)__builtin_popcount(mask);
	if (mask != mask_of(out->len)) {
		*why = "the mask has gaps: longest-prefix routes take contiguous masks only";
		return -EINVAL;
	}
	out->addr = ntohl(prefix.addr) & mask;
	return 0;
}

/* Gateway and output: the words behind the prefix. */
static int parse_rest(char **words, int n, bool removing, const struct sl_program *p,
		      const struct sl_elem *where, struct sl_route *out, const char **why,
		      int *word)
{
	int at = 0;
	bool negative, gateway = false;
	uint64_t port;

	out->gw = 0;
	out->port = -1;
	if (n > at && !strcmp(words[at], "-"))
		gateway = true;
	else if (n > at &&
		 (sl_text_ip4(words[at], &out->gw) || !sl_names_ip4(p, where, words[at], &out->gw)))
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
	out->port = (int)port;
	return 0;
}

int sl_route_parse(const char *text, bool removing, const struct sl_program *p,
		   const struct sl_elem *where, struct sl_route *out, const char **why, int *word)
{
	char *words[5] = {NULL};
	struct sl_route r;
	int n = 0, ret;

	while (n < 5 && *text) {
		words[n] = sl_next_word(&text);
		if (!words[n])
			break;
		n++;
	}
	*word = 0;
	*why = "empty route";
	ret = n ? parse_prefix(words[0], p, where, &r, why) : -EINVAL;
	if (!ret)
		ret = parse_rest(words + 1, n - 1, removing, p, where, &r, why, word);
	if (!ret)
		*out = r;
	for (int i = 0; i < n; i++)
		free(words[i]);
	return ret;
}

void sl_route_print(const struct sl_route *r, bool tabs, FILE *out)
{
	char gw[INET_ADDRSTRLEN] = "-";
	char tab = tabs ? '\t' : ' ';
	int len;

	if (r->gw)
		inet_ntop(AF_INET, &r->gw, gw, sizeof(gw));
	len = fprintf(out, "%u.%u.%u.%u/%u%c", r->addr >> 24, r->addr >> 16 & 255,
		      r->addr >> 8 & 255, r->addr & 255, r->len, tab);
	if (tabs && len < 17)
		fputc('\t', out);
	len = fprintf(out, "%s%c", gw, tab);
	if (tabs && len < 9)
		fputc('\t', out);
	fprintf(out, "%d", r->port);
}

/* ---- Tables ----------------------------------------------------------------------------------*/

struct sl_route *sl_routes_find(const struct sl_routes *t, uint32_t addr, uint8_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].addr == addr && t->v[i].len == len)
			return &t->v[i];
	return NULL;
}

const struct sl_route *sl_routes_lookup(const struct sl_routes *t, uint32_t addr)
{
	const struct sl_route *best = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (!((t->v[i].addr ^ addr) & mask_of(t->v[i].len)) &&
		    (!best || t->v[i].len > best->len))
			best = &t->v[i];
	return best;
}

void sl_route_lpm(const struct sl_route *r, struct sl_lpm_route *out)
{
	uint32_t addr = htonl(r->addr);

	*out = (struct sl_lpm_route){.port = (uint32_t)r->port, .len = r->len};
	memcpy(out->addr, &addr, 4);
	memcpy(out->gw, &r->gw, 4);
}
