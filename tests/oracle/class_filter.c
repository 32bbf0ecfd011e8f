// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle's classifiers: patterns are gone through clause by clause, filters test by test, for
 * each packet, in the text itself.
 */
#include <ctype.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "tests/oracle/oracle_int.h"

struct rules {
	size_t n;
	const char *text[512];
	int port[512]; /* -1: deny */
};

/* ---- Classifier ------------------------------------------------------------------------------*/

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* OFFSET/VALUE[%MASK], '?' for any digit. */
static bool clause_holds(const char *clause, const struct opkt *p)
{
	char *value, *mask;
	size_t offset = strtoul(clause, &value, 10), n;

	value++;
	mask = strchr(value, '%');
	n = mask ? (size_t)(mask - value) : strlen(value);
	if (offset + (n + 1) / 2 > length(p))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = p->bytes[p->off + offset + i / 2];
		int digit = i % 2 ? byte & 15 : byte >> 4, bits = mask ? hex(mask[1 + i]) : 15;

		if (value[i] != '?' && ((digit ^ hex(value[i])) & bits))
			return false;
	}
	return true;
}

static bool pattern_holds(const char *pattern, const struct opkt *p)
{
	char clause[600];

	while (next_word(&pattern, clause, sizeof(clause))) {
		if (!strcmp(clause, "-"))
			continue;
		if (clause_holds(clause + (*clause == '!'), p) == (*clause == '!'))
			return false;
	}
	return true;
}

static void rules_conf(struct oconf *c)
{
	struct rules *r = c->e->priv;
	bool actions = !strcmp(c->e->elem->class_name, "IPFilter");
	const char *text;

	while ((text = conf_next(c))) {
		char word[32];
		int64_t port = (int64_t)r->n;

		if (r->n == COUNT(r->text)) {
			conf_fail(c, "too many patterns");
			return;
		}
		if (actions) {
			next_word(&text, word, sizeof(word));
			if (!strcmp(word, "allow") || !strcmp(word, "accept"))
				port = 0;
			else if (!strcmp(word, "deny") || !strcmp(word, "drop"))
				port = -1;
			else if (!parse_num(word, &port))
				conf_fail(c, "'%s' is no action", word);
		}
		r->port[r->n] = (int)port;
		r->text[r->n++] = text;
	}
}

static int classifier(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rules *r = e->priv;

	(void)port;
	for (size_t i = 0; i < r->n; i++)
		if (pattern_holds(r->text[i], p))
			return (int)i;
	return dropped(o, e, "no-match");
}

/* ---- Filter expressions ----------------------------------------------------------------------*/

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
	case BOTH:
		return a == 1 && b == 1;
	default:
		if (r == NE || r == LT || r == LE)
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

static bool filter_holds(const char *text, struct opkt *p, bool *bad)
{
	struct walk w = {.at = text, .p = p};
	bool v = expression(&w);

	*bad = w.bad || *peek(&w);
	return v;
}

static void filter_conf(struct oconf *c)
{
	struct rules *r = c->e->priv;
	struct opkt p = {.nh = UNSET, .th = UNSET};
	bool bad;

	rules_conf(c);
	for (size_t i = 0; i < r->n; i++) {
		filter_holds(r->text[i], &p, &bad);
		if (bad)
			conf_fail(c, "'%s'?", r->text[i]);
	}
}

static int filter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rules *r = e->priv;
	bool bad;

	(void)port;
	for (size_t i = 0; i < r->n; i++)
		if (filter_holds(r->text[i], p, &bad))
			return r->port[i] >= 0 ? r->port[i] : dropped(o, e, NULL);
	return dropped(o, e, NULL);
}

const struct oclass filter_classes[] = {
	{.names = "Classifier",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct rules),
	 .configure = rules_conf,
	 .push = classifier},
	{.names = "IPClassifier IPFilter",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct rules),
	 .configure = filter_conf,
	 .push = filter},
	{0},
};
