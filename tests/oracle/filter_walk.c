// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's filter expressions: gone through test by test, for each packet, in the text itself.
 */
#include <ctype.h>
#include <stdlib.h>

#include "tests/oracle/oracle_int.h"

/* Walks the text and the packet together; what cannot decide any more is only walked. */
struct walk {
	const char *at;
	struct opkt *p;
	char word[64];
	bool have; /* `word` was looked at and is not used yet */
	bool bad;
};

static const char *peek(struct walk *w)
{
	size_t n = 0;

	if (w->have)
		return w->word;
	while (isspace((unsigned char)*w->at))
		w->at++;
	if (*w->at == '(' || *w->at == ')') {
		w->word[n++] = *w->at++;
	} else {
		while (*w->at && !isspace((unsigned char)*w->at) && *w->at != '(' &&
		       *w->at != ')' && n + 1 < sizeof(w->word))
			w->word[n++] = *w->at++;
	}
	w->word[n] = 0;
	w->have = true;
	return w->word;
}

static bool accept(struct walk *w, const char *word)
{
	if (strcmp(peek(w), word))
		return false;
	w->have = false;
	return true;
}

static const char *take(struct walk *w)
{
	peek(w);
	w->have = false;
	return w->word;
}

enum relation { EQ, NE, LT, LE, GT, GE };

static enum relation take_relation(struct walk *w)
{
	static const char *const names[] = {"=", "!=", "<", "<=", ">", ">="};

	for (int i = 0; i < 6; i++)
		if (accept(w, names[i]))
			return (enum relation)i;
	return EQ;
}

static bool related(uint32_t a, enum relation r, uint32_t b)
{
	switch (r) {
	case EQ:
		return a == b;
	case NE:
		return a != b;
	case LT:
		return a < b;
	case LE:
		return a <= b;
	case GT:
		return a > b;
	default:
		return a >= b;
	}
}

static uint32_t take_value(struct walk *w)
{
	static const struct {
		const char *name;
		uint32_t value;
	} names[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"echo", 8}, {"echo-reply", 0}};
	const char *text = take(w);
	int64_t v = 0;

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i].name, text))
			return names[i].value;
	if (!parse_num(text, &v))
		w->bad = true;
	return (uint32_t)v;
}

static const uint8_t *header(struct walk *w, size_t n)
{
	return from(w->p, w->p->nh) >= n ? at(w->p, w->p->nh) : NULL;
}

/* The transport header of a first fragment, `n` bytes of it, of protocol `proto` (0: TCP or UDP).
 */
static const uint8_t *transport(struct walk *w, uint8_t proto, size_t n)
{
	const uint8_t *ip = header(w, 10);

	if (!ip || (proto ? ip[9] != proto : ip[9] != 6 && ip[9] != 17))
		return NULL;
	if (get16(ip + 6) & 0x1fff || from(w->p, w->p->th) < n)
		return NULL;
	return at(w->p, w->p->th);
}

enum direction { EITHER, SRC, DST, BOTH };

static enum direction take_direction(struct walk *w)
{
	if (accept(w, "src")) {
		if (accept(w, "and")) {
			accept(w, "dst");
			return BOTH;
		}
		if (accept(w, "or")) {
			accept(w, "dst");
			return EITHER;
		}
		return SRC;
	}
	return accept(w, "dst") ? DST : EITHER;
}

/* a, b: -1 the bytes are not there; otherwise whether it holds. */
static bool joined(enum direction d, enum relation r, int a, int b)
{
	switch (d) {
	case SRC:
		return a == 1;
	case DST:
		return b == 1;
	default:
		/* These three say that the opposite does not hold of either, or of both. */
		if ((d == BOTH) != (r == NE || r == LT || r == LE))
			return a == 1 && b == 1;
		return a == 1 || b == 1;
	}
}

static bool net_test(struct walk *w, enum direction d)
{
	enum relation r = take_relation(w);
	uint32_t ip, mask;
	int s = -1, t = -1;

	if (!parse_prefix(take(w), &ip, &mask))
		w->bad = true;
	if (header(w, 16))
		s = related(get32(header(w, 16) + 12) & mask, r, ip & mask);
	if (header(w, 20))
		t = related(get32(header(w, 20) + 16) & mask, r, ip & mask);
	return joined(d, r, s, t);
}

static bool port_test(struct walk *w, enum direction d, uint8_t proto)
{
	enum relation r = take_relation(w);
	uint32_t port = take_value(w);
	int s = -1, t = -1;

	if (transport(w, proto, 2))
		s = related(get16(transport(w, proto, 2)), r, port);
	if (transport(w, proto, 4))
		t = related(get16(transport(w, proto, 4) + 2), r, port);
	return joined(d, r, s, t);
}

static bool flag_test(struct walk *w, const char *name)
{
	static const char *const names[] = {"fin", "syn", "rst", "psh", "ack", "urg"};
	const uint8_t *tcp = transport(w, 6, 14);

	for (int i = 0; i < 6; i++)
		if (!strcmp(names[i], name))
			return tcp && tcp[13] >> i & 1;
	w->bad = true;
	return false;
}

static bool field_test(struct walk *w, const char *field)
{
	static const struct {
		const char *name;
		unsigned int offset, bytes, shift;
		uint32_t mask;
	} fields[] = {{"vers", 0, 1, 4, 15}, {"hl", 0, 1, 0, 15},      {"tos", 1, 1, 0, 255},
		      {"dscp", 1, 1, 2, 63}, {"len", 2, 2, 0, 0xffff}, {"id", 4, 2, 0, 0xffff},
		      {"ttl", 8, 1, 0, 255}, {"proto", 9, 1, 0, 255}};

	if (!strcmp(field, "frag") || !strcmp(field, "unfrag")) {
		const uint8_t *ip = header(w, 8);

		return ip && !(get16(ip + 6) & 0x3fff) == (*field == 'u');
	}
	for (size_t i = 0; i < COUNT(fields); i++) {
		const uint8_t *ip = header(w, fields[i].offset + fields[i].bytes);
		enum relation r;
		uint32_t v, have;

		if (strcmp(fields[i].name, field))
			continue;
		r = take_relation(w);
		v = take_value(w);
		if (!ip)
			return false;
		ip += fields[i].offset;
		have = fields[i].bytes == 2 ? get16(ip) : ip[0];
		return related(have >> fields[i].shift & fields[i].mask, r, v);
	}
	w->bad = true;
	return false;
}

static bool proto_test(struct walk *w, uint8_t proto)
{
	const uint8_t *ip = header(w, 10);

	return ip && ip[9] == proto;
}

static bool ported(struct walk *w, uint8_t proto)
{
	enum direction d = take_direction(w);

	if (accept(w, "port"))
		return port_test(w, d, proto);
	if (accept(w, "opt"))
		return flag_test(w, take(w));
	return proto_test(w, proto);
}

static bool one_test(struct walk *w)
{
	enum direction d;

	if (accept(w, "true") || accept(w, "all") || accept(w, "any") || accept(w, "-"))
		return true;
	if (accept(w, "false") || accept(w, "none"))
		return false;
	if (accept(w, "tcp"))
		return ported(w, 6);
	if (accept(w, "udp"))
		return ported(w, 17);
	if (accept(w, "icmp")) {
		const uint8_t *icmp = transport(w, 1, 1);
		enum relation r;
		uint32_t v;

		if (!accept(w, "type"))
			return proto_test(w, 1);
		r = take_relation(w);
		v = take_value(w);
		return icmp && related(icmp[0], r, v);
	}
	if (accept(w, "ip"))
		return field_test(w, take(w));
	d = take_direction(w);
	if (accept(w, "host") || accept(w, "net"))
		return net_test(w, d);
	if (accept(w, "port"))
		return port_test(w, d, 0);
	w->bad = true;
	return false;
}

static bool expression(struct walk *w);

static bool factor(struct walk *w)
{
	bool v;

	if (accept(w, "not") || accept(w, "!"))
		return !factor(w);
	if (accept(w, "(")) {
		v = expression(w);
		w->bad |= !accept(w, ")");
		return v;
	}
	return one_test(w);
}

static bool term(struct walk *w)
{
	bool v = factor(w);

	while (accept(w, "and") || accept(w, "&&"))
		v &= factor(w);
	return v;
}

static bool expression(struct walk *w)
{
	bool v = term(w);

	while (accept(w, "or") || accept(w, "||"))
		v |= term(w);
	return v;
}

bool filter_holds(const char *text, struct opkt *p, bool *bad)
{
	struct walk w = {.at = text, .p = p};
	bool v = expression(&w);

	*bad = w.bad || *peek(&w);
	return v;
}
