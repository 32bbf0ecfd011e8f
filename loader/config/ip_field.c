// SPDX-License-Identifier: GPL-2.0-only
/* Fields of headers by name or by place (RFC 791, 768, 792, 9293; names are Click's). */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "loader/config/ip_field.h"

/* No header is longer, nor is what anybody looks for in a payload. */
#define MAX_BIT (8 * 4096)

enum { ICMP = 1, TCP = 6, UDP = 17 };

static const struct {
	const char *name;
	uint32_t from;
} headers[] = {
	{"icmp", ICMP},
	{"igmp", 2},
	{"ipip", 4},
	{"tcp", TCP},
	{"udp", UDP},
	{"dccp", 33},
	{"gre", 47},
	{"sctp", 132},
	{"ip", SL_FIELD_NET},
	{"tcpudp", SL_FIELD_TCPUDP},
	{"transp", SL_FIELD_TRANSP},
	{"payload", SL_FIELD_PAYLOAD},
	{"data", SL_FIELD_PAYLOAD},
};

/* Of fields at one place the name that is printed comes first. */
static const struct name {
	uint32_t header; /* by which it is looked up */
	const char *name;
	struct sl_ip_field field;
} names[] = {
	{SL_FIELD_NET, "vers", {SL_FIELD_NET, 0, 4}},
	{SL_FIELD_NET, "hl", {SL_FIELD_NET, 4, 4}},
	{SL_FIELD_NET, "tos", {SL_FIELD_NET, 8, 8}},
	{SL_FIELD_NET, "dscp", {SL_FIELD_NET, 8, 6}},
	{SL_FIELD_NET, "ecn", {SL_FIELD_NET, 14, 2}},
	{SL_FIELD_NET, "len", {SL_FIELD_NET, 16, 16}},
	{SL_FIELD_NET, "id", {SL_FIELD_NET, 32, 16}},
	{SL_FIELD_NET, "off", {SL_FIELD_NET, 48, 16}},
	{SL_FIELD_NET, "rf", {SL_FIELD_NET, 48, 1}},
	{SL_FIELD_NET, "df", {SL_FIELD_NET, 49, 1}},
	{SL_FIELD_NET, "mf", {SL_FIELD_NET, 50, 1}},
	{SL_FIELD_NET, "fragoff", {SL_FIELD_NET, 51, 13}},
	{SL_FIELD_NET, "ttl", {SL_FIELD_NET, 64, 8}},
	{SL_FIELD_NET, "proto", {SL_FIELD_NET, 72, 8}},
	{SL_FIELD_NET, "sum", {SL_FIELD_NET, 80, 16}},
	{SL_FIELD_NET, "src", {SL_FIELD_NET, 96, 32}},
	{SL_FIELD_NET, "dst", {SL_FIELD_NET, 128, 32}},
	{SL_FIELD_TCPUDP, "sport", {SL_FIELD_TCPUDP, 0, 16}},
	{SL_FIELD_TCPUDP, "dport", {SL_FIELD_TCPUDP, 16, 16}},
	{SL_FIELD_NET, "sport", {SL_FIELD_TCPUDP, 0, 16}},
	{SL_FIELD_NET, "dport", {SL_FIELD_TCPUDP, 16, 16}},
	{UDP, "sport", {UDP, 0, 16}},
	{UDP, "dport", {UDP, 16, 16}},
	{UDP, "len", {UDP, 32, 16}},
	{UDP, "sum", {UDP, 48, 16}},
	{TCP, "sport", {TCP, 0, 16}},
	{TCP, "dport", {TCP, 16, 16}},
	{TCP, "seq", {TCP, 32, 32}},
	{TCP, "seqno", {TCP, 32, 32}},
	{TCP, "ackno", {TCP, 64, 32}},
	{TCP, "hl", {TCP, 96, 4}},
	{TCP, "flags", {TCP, 104, 8}},
	{TCP, "urg", {TCP, 106, 1}},
	{TCP, "ack", {TCP, 107, 1}},
	{TCP, "ackf", {TCP, 107, 1}},
	{TCP, "psh", {TCP, 108, 1}},
	{TCP, "push", {TCP, 108, 1}},
	{TCP, "rst", {TCP, 109, 1}},
	{TCP, "syn", {TCP, 110, 1}},
	{TCP, "fin", {TCP, 111, 1}},
	{TCP, "win", {TCP, 112, 16}},
	{TCP, "sum", {TCP, 128, 16}},
	{TCP, "urp", {TCP, 144, 16}},
	{ICMP, "type", {ICMP, 0, 8}},
	{ICMP, "code", {ICMP, 8, 8}},
	{ICMP, "sum", {ICMP, 16, 16}},
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* ---- Reading ---------------------------------------------------------------------------------*/

static void skip(const char **s)
{
	while (isspace((unsigned char)**s))
		++*s;
}

/* Takes a word of letters, digits and '_'; its length. */
static size_t word(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* Takes a number, decimal or 0x. */
static bool number(const char **s, uint32_t *out)
{
	const char *p = *s;
	uint64_t n = 0;
	unsigned int base = 10, digits = 0;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	for (; isxdigit((unsigned char)*p); p++, digits++) {
		unsigned int d = isdigit((unsigned char)*p)
					 ? (unsigned int)(*p - '0')
					 : (unsigned int)(tolower((unsigned char)*p) - 'a') + 10;

		if (d >= base)
			break;
		n = n * base + d;
		if (n > UINT32_MAX)
			return false;
	}
	if (!digits)
		return false;
	*out = (uint32_t)n;
	*s = p;
	return true;
}

static bool take(const char **s, char c)
{
	const char *p = *s;

	skip(&p);
	if (*p != c)
		return false;
	*s = p + 1;
	skip(s);
	return true;
}

/* "ip", "ip proto 89", "tcp"; leaves *s alone if it is none. */
static bool header(const char **s, uint32_t *from)
{
	size_t n = word(*s);
	const char *p = *s + n;
	uint32_t proto;

	if (n == 2 && !memcmp(*s, "ip", 2)) {
		skip(&p);
		if (word(p) == 5 && !memcmp(p, "proto", 5)) {
			p += 5;
			skip(&p);
			if (number(&p, &proto)) {
				*from = proto;
				*s = p;
				return proto < 256;
			}
		}
	}
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (strlen(headers[i].name) == n && !memcmp(headers[i].name, *s, n)) {
			*from = headers[i].from;
			*s += n;
			return true;
		}
	}
	return false;
}

static const struct name *name(const char **s, uint32_t from)
{
	const char *p = *s;
	size_t n;

	skip(&p);
	n = word(p);
	for (size_t i = 0; n && i < N_NAMES; i++) {
		if (names[i].header == from && strlen(names[i].name) == n &&
		    !memcmp(names[i].name, p, n)) {
			*s = p + n;
			return &names[i];
		}
	}
	return NULL;
}

/* "[A]", "[A:N]", "[A-B]" in bytes, with braces in bits. 1: there; 0: there is none; -1: wrong. */
static int limits(const char **s, uint32_t *bit, uint32_t *bits)
{
	bool bytes = take(s, '[');
	uint32_t a, b;

	if (!bytes && !take(s, '{'))
		return 0;
	if (!number(s, &a) || a > MAX_BIT)
		return -1;
	b = 1;
	if (take(s, ':')) {
		if (!number(s, &b))
			return -1;
	} else if (take(s, '-')) {
		if (!number(s, &b) || b < a)
			return -1;
		b = b - a + 1;
	}
	if (!take(s, bytes ? ']' : '}') || !b || b > MAX_BIT)
		return -1;
	*bit = bytes ? a * 8 : a;
	*bits = bytes ? b * 8 : b;
	return 1;
}

/* "& MASK": one row of ones within the field. */
static bool mask(struct sl_ip_field *f, uint32_t m)
{
	uint32_t low, high;

	if (!m)
		return false;
	low = (uint32_t)__builtin_ctz(m);
	high = 32 - (uint32_t)__builtin_clz(m);
	if (high > f->bits || m >> low != (uint32_t)((1ull << (high - low)) - 1))
		return false;
	f->bit += f->bits - high;
	f->bits = high - low;
	return true;
}

static int refuse(const char **why, const char *sentence)
{
	*why = sentence;
	return -EINVAL;
}

int sl_ip_field_parse(const char *text, struct sl_ip_field *f, const char **why)
{
	const struct name *n;
	uint32_t from = SL_FIELD_TCPUDP, bit = 0, bits = 0, m;
	bool has_header;
	int given;

	skip(&text);
	has_header = header(&text, &from);
	n = name(&text, from);
	if (!has_header && !n)
		return refuse(why,
			      "does not begin with a header such as ip, tcp, udp, icmp, transp, "
			      "payload");
	given = limits(&text, &bit, &bits);
	if (given < 0)
		return refuse(why, "bad offset or length");
	if (!given && !n)
		return refuse(why, "neither a field of that header nor an offset");
	*f = n ? n->field : (struct sl_ip_field){from, bit, bits};
	if (n && given) {
		if (bit >= f->bits || bits > f->bits - bit)
			return refuse(why, "the offset and length lead out of the field");
		f->bit += bit;
		f->bits = bits;
	}
	if (take(&text, '/')) {
		if (!number(&text, &m) || m > f->bits || !m)
			return refuse(why, "bad prefix length");
		f->bits = m;
	}
	if (take(&text, '&') && (!number(&text, &m) || !mask(f, m)))
		return refuse(why, "a mask is one row of ones within the field");
	skip(&text);
	return *text ? refuse(why, "something is left behind the field") : 0;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

void sl_ip_field_print_header(const struct sl_ip_field *f, FILE *out)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (headers[i].from == f->from) {
			fputs(headers[i].name, out);
			return;
		}
	}
	fprintf(out, "ip proto %" PRIu32, f->from);
}

/* The named field that is these bits, or NULL. */
static const struct name *named(uint32_t from, uint32_t bit, uint32_t bits)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (names[i].header == from && names[i].field.from == from &&
		    names[i].field.bit == bit && names[i].field.bits == bits)
			return &names[i];
	}
	return NULL;
}

/* As short as it can be said: a name, a name and a prefix length, a name and an offset, an offset.
 */
void sl_ip_field_print(const struct sl_ip_field *f, FILE *out)
{
	const struct name *n = named(f->from, f->bit, f->bits);
	uint32_t bit = f->bit;

	sl_ip_field_print_header(f, out);
	if (n) {
		fprintf(out, " %s", n->name);
		return;
	}
	for (uint32_t size = 8; size <= 32 && !n; size *= 2) {
		if (f->bit / size == (f->bit + f->bits - 1) / size)
			n = named(f->from, f->bit / size * size, size);
	}
	if (n) {
		fprintf(out, " %s", n->name);
		bit -= n->field.bit;
		if (!bit) {
			fprintf(out, "/%" PRIu32, f->bits);
			return;
		}
	}
	if (bit % 8 == 0 && f->bits == 8)
		fprintf(out, "[%" PRIu32 "]", bit / 8);
	else if (bit % 8 == 0 && f->bits % 8 == 0)
		fprintf(out, "[%" PRIu32 ":%" PRIu32 "]", bit / 8, f->bits / 8);
	else if (f->bits == 1)
		fprintf(out, "{%" PRIu32 "}", bit);
	else
		fprintf(out, "{%" PRIu32 ":%" PRIu32 "}", bit, f->bits);
}
