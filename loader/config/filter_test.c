// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filter expressions: one test, from its words to what must be looked at.
 *
 * A test is {qualifier} [ "[" POS [":" LEN] "]" ] [ "&" MASK ] [relation] [value]. What is left
 * out is taken from the value ("www" is "port www") or, without any qualifier, from the test
 * before ("src port 5 or 7").
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/filter.h"

enum { SRC = 1, DST, BOTH, EITHER };
enum relation { EQUAL, GREATER, LESS };

/* A test as its words give it. Addresses in host order. */
struct given {
	struct sl_filter_text *t;
	size_t first; /* its words, for messages */
	enum sl_ftype type;
	struct sl_filter_field field;
	int proto;
	int srcdst;
	bool said_srcdst;
	char header; /* 'i', 'e', or 0: not said */
	enum relation relation;
	bool negated;
	enum sl_ftype value_type; /* SL_FT_NONE: no value */
	size_t value_at;
	struct sl_filter_field value_field; /* value_type is SL_FT_FIELD */
	uint32_t value, net_mask;
	uint8_t ether[6], ether_mask[6];
	enum sl_ftype mask_type; /* SL_FT_NONE: no mask */
	size_t mask_at;
	uint32_t mask;
};

static int complain(struct given *g, size_t at, const char *what, const char *hint)
{
	sl_diag_hint(sl_filter_error(g->t, at, "%s", what), "%s", hint);
	return -EINVAL;
}

/* The value is not there, or not of the kind the test needs. */
static int no_value(struct given *g, const char *kind, const char *hint)
{
	struct sl_diag *diag;

	if (g->value_at < g->t->n)
		diag = sl_filter_error(g->t, g->value_at, "'%s' is no %s",
				       g->t->words[g->value_at].text, kind);
	else
		diag = sl_filter_error(g->t, g->value_at, "%s missing", kind);
	sl_diag_hint(diag, "%s", hint);
	return -EINVAL;
}

/* ---- Qualifiers ------------------------------------------------------------------------------*/

static int set_proto(struct given *g, size_t at, int proto)
{
	if (g->proto != SL_FP_NONE && g->proto != proto)
		return complain(g, at, "transport protocol specified twice",
				"name one protocol a test, and join tests with 'and' or 'or'");
	g->proto = proto;
	return 0;
}

static int set_type(struct given *g, size_t at, const struct sl_filter_name *name)
{
	if (g->type != SL_FT_NONE)
		return complain(g, at, "type specified twice",
				"name one header field a test, and join tests with 'and' or 'or'");
	g->type = name->type;
	g->field = name->field;
	if (name->type == SL_FT_FIELD && name->field.proto != SL_FP_NONE)
		return set_proto(g, at, name->field.proto);
	return 0;
}

static bool is_dst(const struct sl_filter_text *t, size_t i)
{
	return sl_filter_is(t, i, "dst") || sl_filter_is(t, i, "dest");
}

/* "src", "dst", "src or dst", "dst and src", ... */
static int set_srcdst(struct given *g, size_t *at)
{
	struct sl_filter_text *t = g->t;
	bool dst = is_dst(t, *at), both, either, pair;

	if (g->srcdst)
		return complain(g, *at, "'src' or 'dst' specified twice",
				"write 'src', 'dst', 'src or dst', or 'src and dst'");
	both = sl_filter_is(t, *at + 1, "and") || sl_filter_is(t, *at + 1, "&&");
	either = sl_filter_is(t, *at + 1, "or") || sl_filter_is(t, *at + 1, "||");
	pair = dst ? sl_filter_is(t, *at + 2, "src") : is_dst(t, *at + 2);
	g->said_srcdst = true;
	g->srcdst = dst ? DST : SRC;
	/* "dst or src port 5" may be two tests, the first of which lacks a value: it is one. */
	if (pair && (both || either)) {
		g->srcdst = both ? BOTH : EITHER;
		*at += 2;
	}
	return 0;
}

/* Reads qualifiers from word *at on. */
static int read_qualifiers(struct given *g, size_t *at, bool *negated)
{
	struct sl_filter_text *t = g->t;

	for (; *at < t->n; (*at)++) {
		struct sl_filter_name name;
		int ret = sl_filter_name(t, *at, SL_FT_NONE, SL_FP_NONE, NULL, false, &name);

		if (!ret && name.qualifier)
			ret = set_type(g, *at, &name);
		else if (!ret && name.type == SL_FT_PROTO)
			ret = set_proto(g, *at, (int)name.value);
		else if (ret != -ENOENT)
			return 0;
		else if (sl_filter_is(t, *at, "src") || is_dst(t, *at))
			ret = set_srcdst(g, at);
		else if (!g->header && sl_filter_is(t, *at, "ip"))
			ret = 0, g->header = 'i';
		else if (!g->header && sl_filter_is(t, *at, "ether"))
			ret = 0, g->header = 'e';
		else if (*at > g->first &&
			 (sl_filter_is(t, *at, "not") || sl_filter_is(t, *at, "!")))
			ret = 0, *negated = !*negated;
		else
			return 0;
		if (ret)
			return ret;
	}
	return 0;
}

/* "[POS]", "[POS:LEN]", "[POS,LAST]": bytes of a header. */
static int read_brackets(struct given *g, size_t *at)
{
	static const char hint[] = "write [POS] or [POS:LEN], with a LEN of 1 to 4 bytes";
	struct sl_filter_text *t = g->t;
	char text[64] = "", *sep;
	uint64_t pos, last = 1;
	bool negative, comma = false;
	size_t open = (*at)++;

	for (; *at < t->n && !sl_filter_is(t, *at, "]"); (*at)++) {
		size_t used = strlen(text);

		if (snprintf(text + used, sizeof(text) - used, "%s", t->words[*at].text) >=
		    (int)(sizeof(text) - used))
			return complain(g, *at, "not a place in a header", hint);
	}
	if (*at >= t->n)
		return complain(g, *at, "missing ']'", hint);
	(*at)++;
	sep = strpbrk(text, ":,");
	if (sep) {
		comma = *sep == ',';
		*sep++ = '\0';
		if (!sl_text_int(sep, &negative, &last) || negative)
			return complain(g, open + 1, "not a place in a header", hint);
	}
	if (!sl_text_int(text, &negative, &pos) || negative)
		return complain(g, open + 1, "not a place in a header", hint);
	if (comma)
		last = last < pos ? 0 : last - pos + 1;
	if (!last || last > 4)
		return complain(g, open + 1, "length out of range", hint);
	if (pos + last > 1024)
		return complain(g, open + 1, "position out of range",
				"bytes up to 1023 of a header can be looked at");
	g->type = SL_FT_FIELD;
	g->field = (struct sl_filter_field){.proto = g->proto,
					    .ether = g->header == 'e',
					    .bit = (uint32_t)pos * 8,
					    .width = (uint32_t)last * 8};
	return 0;
}

/* ---- Mask, relation, value -------------------------------------------------------------------*/

static bool read_ip4(const struct given *g, const char *word, uint32_t *out)
{
	uint32_t addr;

	if (!sl_text_ip4(word, &addr) &&
	    sl_names_ip4(g->t->cf->program, g->t->cf->inst->elem, word, &addr))
		return false;
	*out = ntohl(addr);
	return true;
}

static bool read_prefix(const struct given *g, const char *word, uint32_t *addr, uint32_t *mask)
{
	struct sl_prefix4 p;

	if (!sl_text_prefix4(word, &p) &&
	    sl_names_prefix4(g->t->cf->program, g->t->cf->inst->elem, word, &p))
		return false;
	*addr = ntohl(p.addr);
	*mask = ntohl(p.mask);
	return true;
}

static bool read_ether(const struct given *g, const char *word, uint8_t out[6])
{
	return sl_text_ether(word, out) ||
	       !sl_names_ether(g->t->cf->program, g->t->cf->inst->elem, word, out);
}

/* A number of 32 bits. 0; -ENOENT: no number; -EINVAL (reported). */
static int read_number(struct given *g, size_t at, uint32_t *out)
{
	bool negative;
	uint64_t v;

	if (!sl_text_int(g->t->words[at].text, &negative, &v))
		return -ENOENT;
	if ((negative && v) || v > UINT32_MAX)
		return complain(g, at, "number out of range", "give a number from 0 to 4294967295");
	*out = (uint32_t)v;
	return 0;
}

static int read_mask(struct given *g, size_t *at)
{
	const char *word;
	int ret;

	if (!sl_filter_is(g->t, *at, "&"))
		return 0;
	if (++*at >= g->t->n)
		return complain(g, *at, "missing mask after '&'", "give a number or an address");
	word = g->t->words[*at].text;
	g->mask_at = *at;
	ret = read_number(g, *at, &g->mask);
	if (ret == -EINVAL)
		return ret;
	if (!ret)
		g->mask_type = SL_FT_INT;
	else if (g->header != 'e' && read_ip4(g, word, &g->mask))
		g->mask_type = SL_FT_HOST;
	else if (g->header != 'i' && read_ether(g, word, g->ether_mask))
		g->mask_type = SL_FT_ETHER;
	else
		return complain(g, *at, "not a mask", "give a number or an address behind '&'");
	if (g->mask_type != SL_FT_ETHER && !g->mask)
		return complain(g, *at, "a mask of zero selects nothing",
				"give the bits to compare");
	(*at)++;
	return 0;
}

static bool read_relation(struct given *g, size_t *at)
{
	static const struct {
		const char *text;
		enum relation relation;
		bool negated;
	} relations[] = {
		{"=", EQUAL, false},   {"==", EQUAL, false}, {"!=", EQUAL, true},
		{">", GREATER, false}, {"<", LESS, false},   {">=", LESS, true},
		{"<=", GREATER, true},
	};

	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
		if (!sl_filter_is(g->t, *at, relations[i].text))
			continue;
		g->relation = relations[i].relation;
		g->negated = relations[i].negated;
		(*at)++;
		return true;
	}
	return false;
}

/* Reads the value at word *at, if it is one. */
static int read_value(struct given *g, size_t *at)
{
	struct sl_filter_text *t = g->t;
	const char *word = t->words[*at].text;
	struct sl_filter_name name;
	uint32_t addr, mask;
	int ret;

	g->value_at = *at;
	ret = sl_filter_name(t, *at, g->type, g->proto, &g->field, true, &name);
	if (ret == -EINVAL)
		return ret;
	if (!ret && !name.qualifier) {
		g->value_type = name.type;
		g->value_field = name.field;
		g->value = name.value;
		(*at)++;
		return 0;
	}
	ret = read_number(g, *at, &g->value);
	if (ret == -EINVAL)
		return ret;
	if (!ret) {
		g->value_type = SL_FT_INT;
	} else if (g->header != 'e' && read_ip4(g, word, &g->value)) {
		g->value_type = SL_FT_HOST;
		if (sl_filter_is(t, *at + 1, "mask")) {
			if (*at + 2 >= t->n || !read_ip4(g, t->words[*at + 2].text, &g->net_mask))
				return complain(g, *at + 2, "not a network mask",
						"write 'mask 255.255.255.0' or a prefix length");
			g->value_type = SL_FT_NET;
			*at += 2;
		} else if (g->type == SL_FT_NET && read_prefix(g, word, &addr, &mask)) {
			/* A name that has both an address and a network. */
			g->value = addr;
			g->net_mask = mask;
			g->value_type = SL_FT_NET;
		}
	} else if (g->header != 'e' && read_prefix(g, word, &g->value, &g->net_mask)) {
		g->value_type = SL_FT_NET;
	} else if (g->header != 'i' && read_ether(g, word, g->ether)) {
		g->value_type = SL_FT_ETHER;
	} else {
		return 0;
	}
	(*at)++;
	return 0;
}

/* ---- What is left out ------------------------------------------------------------------------*/

static int infer_type(struct given *g, const struct sl_filter_prev *prev)
{
	enum sl_ftype from = g->value_type;

	if (g->type != SL_FT_NONE)
		return 0;
	if (from == SL_FT_INT) {
		if (prev->type != SL_FT_FIELD && prev->type != SL_FT_PROTO &&
		    prev->type != SL_FT_PORT)
			return complain(
				g, g->value_at, "a number of what?",
				"name the header field in front of it, as in 'dst port 80'");
		from = prev->type;
		g->value_field = prev->field;
	}
	g->type = from;
	switch (from) {
	case SL_FT_NONE:
		if (g->mask_type != SL_FT_NONE)
			return complain(
				g, g->mask_at, "a mask without a value behind it",
				"write the mask before the value: src & 255.0.0.0 = 10.0.0.0");
		if (g->proto == SL_FP_NONE)
			return complain(g, g->first, "a test without a value",
					"say what the field must be, as in 'ip proto tcp'");
		g->type = SL_FT_PROTO;
		break;
	case SL_FT_PORT:
		if (g->proto == SL_FP_NONE)
			g->proto = prev->proto;
		/* fall through */
	case SL_FT_HOST:
	case SL_FT_NET:
	case SL_FT_ETHER:
		if (!g->srcdst)
			g->srcdst = prev->srcdst;
		break;
	case SL_FT_FIELD:
		g->field = g->value_field;
		if (g->field.proto != SL_FP_NONE && g->proto == SL_FP_NONE)
			g->proto = g->field.proto;
		break;
	default:
		break;
	}
	return 0;
}

/* ---- What the test is ------------------------------------------------------------------------*/

/* Writes `width` bits that begin at bit `bit` of the header as bytes under a mask. */
static void set_bytes(struct sl_filter_test *out, uint32_t bit, uint32_t width, uint32_t value,
		      uint32_t mask)
{
	uint32_t shift;

	out->off[0] = bit / 8;
	out->n = (uint8_t)((bit % 8 + width + 7) / 8);
	shift = 8u * out->n - bit % 8 - width;
	for (uint8_t i = 0; i < out->n; i++) {
		out->value[i] = (uint8_t)((uint64_t)value << shift >> 8 * (out->n - 1 - i));
		out->mask[i] = (uint8_t)((uint64_t)mask << shift >> 8 * (out->n - 1 - i));
	}
}

/* A relation between a number of `width` bits and the value. */
static int set_number(struct given *g, struct sl_filter_test *out, uint32_t bit, uint32_t width)
{
	uint32_t full = width == 32 ? UINT32_MAX : (1u << width) - 1;
	uint32_t mask = g->mask_type == SL_FT_NONE ? full : g->mask, value = g->value;

	if (mask & ~full) {
		sl_diag_hint(sl_filter_error(g->t, g->mask_at, "mask out of range"),
			     "this field has %u bits: at most 0x%x", width, full);
		return -EINVAL;
	}
	if (g->relation == EQUAL) {
		if (value > full) {
			sl_diag_hint(sl_filter_error(g->t, g->value_at, "value out of range"),
				     "this field has %u bits: at most %u", width, full);
			return -EINVAL;
		}
		if (value & ~mask)
			sl_diag_hint(
				sl_filter_warn(g->t, g->value_at,
					       "bits of the value outside the mask are ignored"),
				"0x%x is compared", value & mask);
		set_bytes(out, bit, width, value & mask, mask);
		return 0;
	}
	if (g->relation == LESS ? !value || value > mask : value >= mask) {
		bool truth = (g->relation == LESS && value > mask) != g->negated;

		sl_diag_hint(sl_filter_warn(g->t, g->value_at, "this relation is always %s",
					    truth ? "true" : "false"),
			     "the value compared is between 0 and %u", mask);
		out->always = truth;
		out->never = !truth;
		return 0;
	}
	out->greater = true;
	if (g->relation == LESS) {
		value--;
		out->negated = !out->negated;
	}
	set_bytes(out, bit, width, value, mask);
	return 0;
}

static void set_pair(const struct given *g, struct sl_filter_test *out, uint32_t src, uint32_t dst)
{
	out->off[0] = g->srcdst == DST ? dst : src;
	out->off[1] = dst;
	out->pair = g->srcdst == BOTH	  ? SL_PAIR_AND
		    : g->srcdst == EITHER ? SL_PAIR_OR
					  : SL_PAIR_ONE;
}

static int only_equal(struct given *g)
{
	if (g->relation == EQUAL)
		return 0;
	return complain(g, g->value_at, "addresses have no order", "use '=' or '!='");
}

static int check_host(struct given *g, struct sl_filter_test *out)
{
	uint32_t mask = g->type == SL_FT_NET ? g->net_mask : UINT32_MAX;

	if (g->value_type != g->type && g->type == SL_FT_HOST)
		return no_value(
			g, "IP address",
			g->value_type == SL_FT_NET
				? "write 'net' in front of a network"
				: "write an address such as 192.0.2.1, or a name from AddressInfo");
	if (g->value_type != g->type)
		return no_value(
			g, "network",
			"write a prefix such as 192.0.2.0/24, or 192.0.2.0 mask 255.255.255.0");
	if (only_equal(g))
		return -EINVAL;
	if (g->mask_type == SL_FT_ETHER)
		return complain(g, g->mask_at, "not a mask for IP addresses",
				"give a number or an IP address");
	if (g->mask_type != SL_FT_NONE)
		mask = g->mask;
	out->base = SL_DB_NET;
	set_bytes(out, 0, 32, g->value, mask);
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 12, 16);
	g->type = SL_FT_HOST;
	return 0;
}

static int check_ether(struct given *g, struct sl_filter_test *out)
{
	if (g->value_type != SL_FT_ETHER)
		return no_value(g, "Ethernet address",
				"write an address such as 02:00:00:00:00:01");
	if (only_equal(g))
		return -EINVAL;
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_ETHER)
		return complain(g, g->mask_at, "not a mask for Ethernet addresses",
				"give an Ethernet address");
	out->base = SL_DB_MAC;
	out->n = 6;
	memset(out->mask, 0xff, 6);
	if (g->mask_type != SL_FT_NONE)
		memcpy(out->mask, g->ether_mask, 6);
	memcpy(out->value, g->ether, 6);
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 6, 0);
	return 0;
}

static int check_proto(struct given *g, struct sl_filter_test *out)
{
	bool plain = g->relation == EQUAL && !g->negated && g->mask_type == SL_FT_NONE;

	if (g->value_type == SL_FT_NONE) {
		if (g->proto == SL_FP_NONE)
			return no_value(g, "protocol",
					"write a protocol such as tcp or 47 behind 'proto'");
		g->value = (uint32_t)g->proto;
	} else if (g->value_type != SL_FT_INT && g->value_type != SL_FT_PROTO) {
		return no_value(g, "protocol",
				"write a protocol such as tcp, or a number from 0 to 255");
	} else if (g->proto != SL_FP_NONE && (uint32_t)g->proto != g->value) {
		return set_proto(g, g->value_at, (int)(g->value & 0xff));
	}
	g->proto = SL_FP_NONE;
	if (g->value_type != SL_FT_INT && g->value >= SL_FP_TCPUDP) {
		if (!plain)
			return complain(g, g->value_at, "this is no single protocol",
					"put 'not' in front of the test instead");
		out->always = true;
		g->proto = out->proto = (int)g->value;
		return 0;
	}
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return complain(g, g->mask_at, "not a mask for protocols", "give a number");
	if (set_number(g, out, 72, 8))
		return -EINVAL;
	if (plain)
		g->proto = (int)g->value; /* for what follows: "tcp or www" */
	return 0;
}

static int check_port(struct given *g, struct sl_filter_test *out)
{
	char buf[32];

	if (g->value_type != SL_FT_PORT && g->value_type != SL_FT_INT)
		return no_value(g, "port",
				"write a port such as www or 80, or a name from PortInfo");
	if (g->proto == SL_FP_NONE)
		g->proto = SL_FP_TCPUDP;
	if (g->proto != SL_FP_TCPUDP && g->proto != 6 && g->proto != 17 && g->proto != 33 &&
	    g->proto != 132 && g->proto != 136) {
		sl_diag_hint(sl_filter_error(g->t, g->first, "%s has no ports",
					     sl_filter_proto_text(g->proto, buf)),
			     "ports are of tcp, udp, tcpudp, dccp, sctp and udplite");
		return -EINVAL;
	}
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return complain(g, g->mask_at, "not a mask for ports", "give a number");
	out->base = SL_DB_TRANSPORT;
	out->proto = g->proto;
	out->first = true;
	if (set_number(g, out, 0, 16))
		return -EINVAL;
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 0, 2);
	return 0;
}

static int check_flags(struct given *g, struct sl_filter_test *out)
{
	if (g->value_type != SL_FT_FLAGS && g->value_type != SL_FT_INT)
		return no_value(g, "TCP flag",
				"write syn, ack, fin, rst, psh, urg, ece, cwr or a number behind "
				"'opt'");
	if (g->proto != SL_FP_NONE && g->proto != 6)
		return complain(g, g->first, "only tcp has flags", "write 'tcp opt syn'");
	if (g->relation != EQUAL || g->negated || g->mask_type != SL_FT_NONE)
		return complain(g, g->value_at, "flags take no relation and no mask",
				"use 'not', or compare bytes: tcp[13] & 0x12 = 2");
	if (g->value > 255)
		return complain(g, g->value_at, "value out of range", "flags are at most 255");
	g->proto = out->proto = 6;
	out->first = true;
	out->base = SL_DB_TRANSPORT;
	set_bytes(out, 13 * 8, 8, g->value, g->value);
	return 0;
}

/* Tests of the IP header that need no value. */
static int check_plain(struct given *g, struct sl_filter_test *out)
{
	bool ect = g->type == SL_FT_ECT;

	if (g->value_type != SL_FT_NONE && !(ect && g->value_type == SL_FT_INT))
		return complain(g, g->value_at, "this test takes no value",
				"remove it, or join tests with 'and' or 'or'");
	if (ect && g->value_type == SL_FT_INT) {
		if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
			return complain(g, g->mask_at, "not a mask for ECN bits", "give a number");
		return set_number(g, out, 14, 2);
	}
	if (g->mask_type != SL_FT_NONE)
		return complain(g, g->mask_at, "this test takes no mask", "remove it");
	switch (g->type) {
	case SL_FT_ECT:
		set_bytes(out, 14, 2, 0, 3);
		out->negated = true;
		break;
	case SL_FT_CE:
		set_bytes(out, 14, 2, 3, 3);
		break;
	default:
		set_bytes(out, 48, 16, 0, 0x3fff);
		out->negated = g->type == SL_FT_FRAG;
		break;
	}
	return 0;
}

static int check_field(struct given *g, struct sl_filter_test *out)
{
	bool same = g->value_type == SL_FT_FIELD && g->value_field.bit == g->field.bit &&
		    g->value_field.width == g->field.width &&
		    g->value_field.proto == g->field.proto;

	if (g->value_type != SL_FT_INT && !same)
		return no_value(g, "value", "give a number to compare this field with");
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return complain(g, g->mask_at, "not a mask for this field", "give a number");
	out->base = g->field.ether		   ? SL_DB_MAC
		    : g->field.proto != SL_FP_NONE ? SL_DB_TRANSPORT
						   : SL_DB_NET;
	if (out->base == SL_DB_TRANSPORT) {
		out->proto = g->proto;
		out->first = true;
	}
	return set_number(g, out, g->field.bit, g->field.width);
}

static int check(struct given *g, struct sl_filter_test *out)
{
	bool ether_field = g->type == SL_FT_FIELD && g->field.ether;
	char header = g->header;
	int ret;

	*out = (struct sl_filter_test){
		.proto = SL_FP_NONE, .base = SL_DB_NET, .negated = g->negated};
	if (!header)
		header = g->value_type == SL_FT_ETHER || ether_field ? 'e' : 'i';
	if (header == 'e' && g->type == SL_FT_HOST)
		g->type = SL_FT_ETHER;
	if (header == 'e' && g->type != SL_FT_ETHER && !ether_field)
		return complain(g, g->first, "this is not in the Ethernet header",
				"leave 'ether' out, or write 'ether host' or 'ether[POS:LEN]'");
	if (header == 'i' && g->type == SL_FT_ETHER)
		return complain(g, g->value_at, "IP addresses are not written like this",
				"write 'ether' in front of an Ethernet address");
	switch (g->type) {
	case SL_FT_HOST:
	case SL_FT_NET:
		ret = check_host(g, out);
		break;
	case SL_FT_ETHER:
		ret = check_ether(g, out);
		break;
	case SL_FT_PROTO:
		ret = check_proto(g, out);
		break;
	case SL_FT_PORT:
		ret = check_port(g, out);
		break;
	case SL_FT_FLAGS:
		ret = check_flags(g, out);
		break;
	case SL_FT_FIELD:
		ret = check_field(g, out);
		break;
	default:
		ret = check_plain(g, out);
		break;
	}
	if (!ret && g->said_srcdst && g->type != SL_FT_HOST && g->type != SL_FT_PORT &&
	    g->type != SL_FT_ETHER)
		sl_diag_hint(sl_filter_warn(g->t, g->first, "'src' or 'dst' has no effect here"),
			     "it is for hosts, networks and ports: leave it out");
	return ret;
}

int sl_filter_test(struct sl_filter_text *t, size_t *at, struct sl_filter_prev *prev,
		   struct sl_filter_test *out, bool *negated)
{
	struct given g = {.t = t, .first = *at, .proto = SL_FP_NONE};
	bool related;
	int ret = read_qualifiers(&g, at, negated);

	if (ret)
		return ret;
	if (*at != g.first)
		*prev = (struct sl_filter_prev){.proto = SL_FP_NONE};
	else if (prev->type == SL_FT_ETHER)
		g.header = 'e';
	if (sl_filter_is(t, *at, "[") && *at > g.first && g.type == SL_FT_NONE)
		ret = read_brackets(&g, at);
	if (!ret)
		ret = read_mask(&g, at);
	if (ret)
		return ret;
	related = read_relation(&g, at);
	g.value_at = *at;
	if (*at < t->n) {
		ret = read_value(&g, at);
		if (ret)
			return ret;
	}
	if (related && g.value_type == SL_FT_NONE)
		return complain(&g, *at, "value missing behind the relation",
				"give a number, a name or an address");
	if (*at == g.first) {
		sl_diag_hint(sl_filter_error(t, *at, "'%s' is nothing a pattern knows",
					     t->words[*at].text),
			     "names of addresses come from AddressInfo, of ports from PortInfo");
		return -EINVAL;
	}
	ret = infer_type(&g, prev);
	if (!ret)
		ret = check(&g, out);
	if (ret)
		return ret;
	*prev = (struct sl_filter_prev){
		.type = g.type, .field = g.field, .proto = g.proto, .srcdst = g.srcdst};
	return 0;
}
