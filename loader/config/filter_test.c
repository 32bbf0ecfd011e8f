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
#include "loader/config/filter_given.h"

int sl_filter_complain(struct sl_filter_given *g, size_t at, const char *what, const char *hint)
{
	sl_diag_hint(sl_filter_error(g->t, at, "%s", what), "%s", hint);
	return -EINVAL;
}

/* ---- Qualifiers ------------------------------------------------------------------------------*/

static int set_proto(struct sl_filter_given *g, size_t at, int proto)
{
	if (g->proto != SL_FP_NONE && g->proto != proto)
		return sl_filter_complain(
			g, at, "transport protocol specified twice",
			"name one protocol a test, and join tests with 'and' or 'or'");
	g->proto = proto;
	return 0;
}

static int set_type(struct sl_filter_given *g, size_t at, const struct sl_filter_name *name)
{
	if (g->type != SL_FT_NONE)
		return sl_filter_complain(
			g, at, "type specified twice",
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
static int set_srcdst(struct sl_filter_given *g, size_t *at)
{
	struct sl_filter_text *t = g->t;
	bool dst = is_dst(t, *at), both, either, pair;

	if (g->srcdst)
		return sl_filter_complain(g, *at, "'src' or 'dst' specified twice",
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
static int read_qualifiers(struct sl_filter_given *g, size_t *at, bool *negated)
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
static int read_brackets(struct sl_filter_given *g, size_t *at)
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
			return sl_filter_complain(g, *at, "not a place in a header", hint);
	}
	if (*at >= t->n)
		return sl_filter_complain(g, *at, "missing ']'", hint);
	(*at)++;
	sep = strpbrk(text, ":,");
	if (sep) {
		comma = *sep == ',';
		*sep++ = '\0';
		if (!sl_text_int(sep, &negative, &last) || negative)
			return sl_filter_complain(g, open + 1, "not a place in a header", hint);
	}
	if (!sl_text_int(text, &negative, &pos) || negative)
		return sl_filter_complain(g, open + 1, "not a place in a header", hint);
	if (comma)
		last = last < pos ? 0 : last - pos + 1;
	if (!last || last > 4)
		return sl_filter_complain(g, open + 1, "length out of range", hint);
	if (pos + last > 1024)
		return sl_filter_complain(g, open + 1, "position out of range",
					  "bytes up to 1023 of a header can be looked at");
	g->type = SL_FT_FIELD;
	g->field = (struct sl_filter_field){.proto = g->proto,
					    .ether = g->header == 'e',
					    .bit = (uint32_t)pos * 8,
					    .width = (uint32_t)last * 8};
	return 0;
}

/* ---- Mask, relation, value -------------------------------------------------------------------*/

static bool read_ip4(const struct sl_filter_given *g, const char *word, uint32_t *out)
{
	uint32_t addr;

	if (!sl_text_ip4(word, &addr) &&
	    sl_names_ip4(g->t->cf->program, g->t->cf->inst->elem, word, &addr))
		return false;
	*out = ntohl(addr);
	return true;
}

static bool read_prefix(const struct sl_filter_given *g, const char *word, uint32_t *addr,
			uint32_t *mask)
{
	struct sl_prefix4 p;

	if (!sl_text_prefix4(word, &p) &&
	    sl_names_prefix4(g->t->cf->program, g->t->cf->inst->elem, word, &p))
		return false;
	*addr = ntohl(p.addr);
	*mask = ntohl(p.mask);
	return true;
}

static bool read_ether(const struct sl_filter_given *g, const char *word, uint8_t out[6])
{
	return sl_text_ether(word, out) ||
	       !sl_names_ether(g->t->cf->program, g->t->cf->inst->elem, word, out);
}

/* A number of 32 bits. 0; -ENOENT: no number; -EINVAL (reported). */
static int read_number(struct sl_filter_given *g, size_t at, uint32_t *out)
{
	bool negative;
	uint64_t v;

	if (!sl_text_int(g->t->words[at].text, &negative, &v))
		return -ENOENT;
	if ((negative && v) || v > UINT32_MAX)
		return sl_filter_complain(g, at, "number out of range",
					  "give a number from 0 to 4294967295");
	*out = (uint32_t)v;
	return 0;
}

static int read_mask(struct sl_filter_given *g, size_t *at)
{
	const char *word;
	int ret;

	if (!sl_filter_is(g->t, *at, "&"))
		return 0;
	if (++*at >= g->t->n)
		return sl_filter_complain(g, *at, "missing mask after '&'",
					  "give a number or an address");
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
		return sl_filter_complain(g, *at, "not a mask",
					  "give a number or an address behind '&'");
	if (g->mask_type != SL_FT_ETHER && !g->mask)
		return sl_filter_complain(g, *at, "a mask of zero selects nothing",
					  "give the bits to compare");
	(*at)++;
	return 0;
}

static bool read_relation(struct sl_filter_given *g, size_t *at)
{
	static const struct {
		const char *text;
		enum sl_relation relation;
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
static int read_value(struct sl_filter_given *g, size_t *at)
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
				return sl_filter_complain(
					g, *at + 2, "not a network mask",
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

static int infer_type(struct sl_filter_given *g, const struct sl_filter_prev *prev)
{
	enum sl_ftype from = g->value_type;

	if (g->type != SL_FT_NONE)
		return 0;
	if (from == SL_FT_INT) {
		if (prev->type != SL_FT_FIELD && prev->type != SL_FT_PROTO &&
		    prev->type != SL_FT_PORT)
			return sl_filter_complain(
				g, g->value_at, "a number of what?",
				"name the header field in front of it, as in 'dst port 80'");
		from = prev->type;
		g->value_field = prev->field;
	}
	g->type = from;
	switch (from) {
	case SL_FT_NONE:
		if (g->mask_type != SL_FT_NONE)
			return sl_filter_complain(
				g, g->mask_at, "a mask without a value behind it",
				"write the mask before the value: src & 255.0.0.0 = 10.0.0.0");
		if (g->proto == SL_FP_NONE)
			return sl_filter_complain(
				g, g->first, "a test without a value",
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

int sl_filter_test(struct sl_filter_text *t, size_t *at, struct sl_filter_prev *prev,
		   struct sl_filter_test *out, bool *negated)
{
	struct sl_filter_given g = {.t = t, .first = *at, .proto = SL_FP_NONE};
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
		return sl_filter_complain(&g, *at, "value missing behind the relation",
					  "give a number, a name or an address");
	if (*at == g.first) {
		sl_diag_hint(sl_filter_error(t, *at, "'%s' is nothing a pattern knows",
					     t->words[*at].text),
			     "names of addresses come from AddressInfo, of ports from PortInfo");
		return -EINVAL;
	}
	ret = infer_type(&g, prev);
	if (!ret)
		ret = sl_filter_check(&g, out);
	if (ret)
		return ret;
	*prev = (struct sl_filter_prev){
		.type = g.type, .field = g.field, .proto = g.proto, .srcdst = g.srcdst};
	return 0;
}
