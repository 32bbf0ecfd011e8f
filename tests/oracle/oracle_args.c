// SPDX-License-Identifier: GPL-2.0-only
/* Arguments as Click reads them, and the values that stand in them. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "tests/oracle/oracle_int.h"

void conf_fail(struct oconf *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (*c->why)
		return;
	n = snprintf(c->why, 200, "%s: ", c->e->elem->name);
	va_start(ap, fmt);
	vsnprintf(c->why + n, (size_t)(200 - n), fmt, ap);
	va_end(ap);
}

/* Where the value of a keyword argument begins, if `text` has the shape of one. */
static const char *behind_keyword(const char *text, size_t *len)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*text) && *text != '_')
		return NULL;
	while (isalnum((unsigned char)text[n]) || (text[n] && strchr("_:.?!", text[n])))
		n++;
	if (!isspace((unsigned char)text[n]))
		return NULL;
	*len = n;
	while (isspace((unsigned char)text[n]))
		n++;
	return text[n] ? text + n : NULL;
}

const char *conf_next(struct oconf *c)
{
	for (size_t i = 0; i < c->n_args; i++) {
		if (!c->args[i].used) {
			c->args[i].used = true;
			return c->args[i].text;
		}
	}
	return NULL;
}

const char *conf_take(struct oconf *c, const char *kw, bool pos)
{
	size_t len;

	for (size_t i = c->n_args; i-- > 0;) {
		const char *value = behind_keyword(c->args[i].text, &len);

		if (!c->args[i].used && value && len == strlen(kw) &&
		    !strncmp(c->args[i].text, kw, len)) {
			c->args[i].used = true;
			return value;
		}
	}
	for (size_t i = 0; pos && i < c->n_args; i++) {
		if (c->args[i].used)
			continue;
		if (behind_keyword(c->args[i].text, &len))
			return NULL;
		c->args[i].used = true;
		return c->args[i].text;
	}
	return NULL;
}

bool conf_word(const char **text, char *word, size_t size)
{
	size_t n = 0;

	while (isspace((unsigned char)**text))
		++*text;
	while (**text && !isspace((unsigned char)**text)) {
		if (n + 1 < size)
			word[n++] = **text;
		++*text;
	}
	word[n] = 0;
	return n > 0;
}

/* ---- Values ----------------------------------------------------------------------------------*/

bool parse_num(const char *text, int64_t *v)
{
	char *end;

	if (!*text || isspace((unsigned char)*text))
		return false;
	*v = strtoll(text, &end, 0);
	return !*end;
}

bool parse_ip(const char *text, uint32_t *ip)
{
	unsigned int a, b, c, d;
	int n = 0;

	if (sscanf(text, "%u.%u.%u.%u%n", &a, &b, &c, &d, &n) != 4 || text[n] || a > 255 ||
	    b > 255 || c > 255 || d > 255)
		return false;
	*ip = a << 24 | b << 16 | c << 8 | d;
	return true;
}

bool parse_prefix(const char *text, uint32_t *ip, uint32_t *mask)
{
	char addr[40];
	const char *slash = strchr(text, '/');
	int64_t len;

	*mask = 0xffffffff;
	if (!slash)
		return parse_ip(text, ip);
	if (slash - text >= (long)sizeof(addr))
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = 0;
	for (const char *at = addr; (at = strchr(at, '.')); at++)
		;
	while (strlen(addr) + 2 < sizeof(addr)) {
		size_t dots = 0;

		for (const char *at = addr; *at; at++)
			dots += *at == '.';
		if (dots >= 3)
			break;
		strcat(addr, ".0");
	}
	if (!parse_ip(addr, ip))
		return false;
	if (parse_ip(slash + 1, mask))
		return true;
	if (!parse_num(slash + 1, &len) || len < 0 || len > 32)
		return false;
	*mask = len ? 0xffffffffu << (32 - len) : 0;
	return true;
}

bool parse_ip6(const char *text, uint8_t ip[16])
{
	return inet_pton(AF_INET6, text, ip) == 1;
}

bool in_prefix6(const uint8_t ip[16], const uint8_t prefix[16], unsigned int len)
{
	for (unsigned int bit = 0; bit < len; bit++)
		if ((ip[bit / 8] ^ prefix[bit / 8]) >> (7 - bit % 8) & 1)
			return false;
	return true;
}

bool parse_prefix6(const char *text, uint8_t ip[16], unsigned int *len)
{
	char addr[64];
	const char *slash = strchr(text, '/');
	int64_t v;

	*len = 128;
	snprintf(addr, sizeof(addr), "%.*s", slash ? (int)(slash - text) : 63, text);
	if (!parse_ip6(addr, ip))
		return false;
	if (!slash)
		return true;
	if (!parse_num(slash + 1, &v) || v < 0 || v > 128)
		return false;
	*len = (unsigned int)v;
	for (unsigned int bit = *len; bit < 128; bit++)
		ip[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return true;
}

bool parse_ether(const char *text, uint8_t mac[6])
{
	unsigned int v[6];
	int n = 0;

	if (sscanf(text, "%x:%x:%x:%x:%x:%x%n", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &n) !=
		    6 ||
	    text[n])
		return false;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)v[i];
	return true;
}

bool parse_addrs(const char *text, struct addrs *a)
{
	char word[64];

	while (conf_word(&text, word, sizeof(word)))
		if (a->n == 32 || !parse_ip(word, &a->list[a->n++]))
			return false;
	return true;
}

bool has_addr(const struct addrs *a, uint32_t ip)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (a->list[i] == ip)
			return true;
	return false;
}

/* ---- Parsed arguments ------------------------------------------------------------------------*/

static bool take_num(struct oconf *c, const char *kw, bool pos, int64_t *v)
{
	const char *text = conf_take(c, kw, pos);

	if (text && !parse_num(text, v))
		conf_fail(c, "%s: '%s' is no number", kw, text);
	return text;
}

void conf_num(struct oconf *c, const char *kw, bool pos, uint32_t *v)
{
	int64_t n;

	if (take_num(c, kw, pos, &n))
		*v = (uint32_t)n;
}

void conf_int(struct oconf *c, const char *kw, bool pos, int32_t *v)
{
	int64_t n;

	if (take_num(c, kw, pos, &n))
		*v = (int32_t)n;
}

void conf_bool(struct oconf *c, const char *kw, bool pos, bool *v)
{
	const char *text = conf_take(c, kw, pos);

	if (!text)
		return;
	if (!strcmp(text, "true") || !strcmp(text, "1") || !strcmp(text, "yes"))
		*v = true;
	else if (!strcmp(text, "false") || !strcmp(text, "0") || !strcmp(text, "no"))
		*v = false;
	else
		conf_fail(c, "%s: '%s' is neither true nor false", kw, text);
}

void conf_time(struct oconf *c, const char *kw, bool pos, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"", 1e9}, {"s", 1e9},  {"sec", 1e9},  {"ms", 1e6},  {"us", 1e3},
		     {"ns", 1}, {"m", 60e9}, {"min", 60e9}, {"h", 3.6e12}};
	const char *text = conf_take(c, kw, pos);
	char *end;
	double v;

	if (!text)
		return;
	v = strtod(text, &end);
	while (isspace((unsigned char)*end))
		end++;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (!strcmp(end, units[i].unit)) {
			*ns = (uint64_t)(v * units[i].ns + 0.5);
			return;
		}
	}
	conf_fail(c, "%s: '%s' is no time", kw, text);
}

void conf_ip(struct oconf *c, const char *kw, bool pos, uint32_t *ip)
{
	const char *text = conf_take(c, kw, pos);

	if (text && !parse_ip(text, ip))
		conf_fail(c, "%s: '%s' is no address", kw, text);
}

void conf_ether(struct oconf *c, const char *kw, bool pos, uint8_t mac[6])
{
	const char *text = conf_take(c, kw, pos);

	if (!text || parse_ether(text, mac))
		return;
	for (size_t i = 0; i < c->o->n_devs; i++) {
		if (!strcmp(text, c->o->devs[i].name)) {
			memcpy(mac, c->o->devs[i].mac, 6);
			return;
		}
	}
	conf_fail(c, "%s: '%s' is no Ethernet address", kw, text);
}

void conf_anno(struct oconf *c, const char *kw, bool pos, unsigned int *offset)
{
	static const struct {
		const char *name;
		unsigned int offset;
	} names[] = {
		{"DST_IP", ANNO_DST},	  {"PAINT", ANNO_PAINT},   {"ICMP_PARAMPROB", ANNO_PROBLEM},
		{"FIX_IP_SRC", ANNO_FIX}, {"VLAN_TCI", ANNO_VLAN}, {"AGGREGATE", ANNO_VLAN}};
	const char *text = conf_take(c, kw, pos);
	int64_t v;

	if (!text)
		return;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (!strcmp(text, names[i].name)) {
			*offset = names[i].offset;
			return;
		}
	}
	if (parse_num(text, &v) && v >= 0 && v < 48)
		*offset = (unsigned int)v;
	else
		conf_fail(c, "%s: '%s' is no annotation", kw, text);
}

void conf_dev(struct oconf *c, const char *kw, unsigned int *dev)
{
	const char *text = conf_take(c, kw, true);

	for (size_t i = 0; text && i < c->o->n_devs; i++) {
		if (!strcmp(text, c->o->devs[i].name)) {
			*dev = (unsigned int)i;
			return;
		}
	}
	conf_fail(c, "%s: '%s' is no device", kw, text ? text : "");
}
