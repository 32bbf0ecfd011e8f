// SPDX-License-Identifier: GPL-2.0-only
/* Patterns of Classifier. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bpf/pkt.h"
#include "loader/config/pattern.h"
#include "loader/mem.h"

/* Longest value, bytes: longer than any header. */
#define MAX_VALUE 256

void sl_pattern_free(struct sl_pattern *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->clauses[i].value);
		free(p->clauses[i].mask);
	}
	free(p->clauses);
	*p = (struct sl_pattern){0};
}

struct sl_arg sl_arg_at(const struct sl_arg *arg, size_t off)
{
	struct sl_arg at = *arg;

	for (size_t i = 0; at.pos.line && i < off && arg->text[i]; i++) {
		if (arg->text[i] == '\n') {
			at.pos.line++;
			at.pos.col = 1;
		} else {
			at.pos.col++;
		}
	}
	return at;
}

struct reader {
	struct sl_conf *cf;
	const struct sl_arg *arg;
	const char *at;
};

static int complain(struct reader *r, const char *at, const char *what, const char *hint)
{
	struct sl_arg place = sl_arg_at(r->arg, (size_t)(at - r->arg->text));

	sl_diag_hint(sl_conf_error(r->cf, &place, "bad-pattern", "%s", what), "%s", hint);
	return -EINVAL;
}

static void skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

static size_t hex_len(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]) || s[n] == '?')
		n++;
	return n;
}

/* Value and mask of one hexadecimal digit; '?' is any. */
static uint8_t digit(char c, uint8_t *mask)
{
	*mask = c == '?' ? 0 : 0xf;
	if (c == '?')
		return 0;
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0'
						   : tolower((unsigned char)c) - 'a' + 10);
}

/* Reads `n` bytes as hexadecimal digits. */
static void read_hex(const char *s, uint32_t n, uint8_t *value, uint8_t *mask)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t hi, lo;

		value[i] = (uint8_t)(digit(s[2 * i], &hi) << 4);
		value[i] |= digit(s[2 * i + 1], &lo);
		mask[i] = (uint8_t)(hi << 4 | lo);
	}
}

static int read_offset(struct reader *r, uint32_t *off)
{
	const char *start = r->at;

	if (!isdigit((unsigned char)*r->at))
		return complain(
			r, r->at, "expected an offset",
			"write clauses OFFSET/VALUE, the offset decimal, or '-' for all packets");
	for (*off = 0; isdigit((unsigned char)*r->at); r->at++) {
		*off = *off * 10 + (uint32_t)(*r->at - '0');
		if (*off > SL_OFF_MASK)
			return complain(r, start, "offset out of range",
					"no packet is longer than 16383 bytes");
	}
	if (*r->at != '/')
		return complain(r, r->at, "expected '/'", "write OFFSET/VALUE, as in 12/0800");
	r->at++;
	return 0;
}

/* Reads the hexadecimal part of a clause, mask included. */
static int read_value(struct reader *r, struct sl_clause *c)
{
	const char *value = r->at, *mask = NULL;
	size_t n = hex_len(value), m;
	uint8_t mv, mm;

	r->at += n;
	if (n < 2)
		return complain(r, value, "value has less than 2 hexadecimal digits",
				"write whole bytes, as in 12/0800; '?' stands for any digit");
	if (n % 2)
		return complain(r, value, "value has an odd number of hexadecimal digits",
				"write whole bytes; '?' stands for any digit");
	if (n / 2 > MAX_VALUE)
		return complain(r, value, "value is longer than 256 bytes",
				"split it over several clauses");
	if (*r->at == '%') {
		mask = ++r->at;
		m = hex_len(mask);
		r->at += m;
		if (m != n)
			return complain(r, mask,
					m < n ? "mask has too few hexadecimal digits"
					      : "mask has too many hexadecimal digits",
					"it must have as many as the value");
	}
	if (*r->at && !isspace((unsigned char)*r->at) && *r->at != '!')
		return complain(
			r, r->at, "not a hexadecimal digit",
			"write OFFSET/VALUE or OFFSET/VALUE%MASK, with space between clauses");
	c->n = (uint32_t)(n / 2);
	c->value = calloc(c->n, 1);
	c->mask = calloc(c->n, 1);
	if (!c->value || !c->mask)
		return -ENOMEM;
	read_hex(value, c->n, c->value, c->mask);
	for (uint32_t i = 0; mask && i < c->n; i++) {
		read_hex(mask + 2 * i, 1, &mv, &mm);
		c->mask[i] &= mv & mm;
	}
	return 0;
}

int sl_pattern_parse(struct sl_conf *cf, const struct sl_arg *arg, struct sl_pattern *out)
{
	struct reader r = {cf, arg, arg->text};

	if (!strcmp(arg->text, "-"))
		return 0;
	skip_space(&r);
	if (!*r.at)
		return complain(&r, r.at, "empty pattern", "write '-' for all packets");
	while (*r.at) {
		struct sl_clause *c;
		int ret;

		if (SL_GROW(out->clauses, out->n, out->cap))
			return -ENOMEM;
		c = &out->clauses[out->n++];
		*c = (struct sl_clause){0};
		if (*r.at == '!') {
			c->negated = true;
			r.at++;
			skip_space(&r);
		}
		ret = read_offset(&r, &c->off);
		if (!ret)
			ret = read_value(&r, c);
		if (ret)
			return ret;
		skip_space(&r);
	}
	return 0;
}

sl_dec_ref sl_pattern_compile(struct sl_dec *d, const struct sl_pattern *p, sl_dec_ref yes,
			      sl_dec_ref no)
{
	for (size_t i = p->n; i-- > 0;) {
		const struct sl_clause *c = &p->clauses[i];

		if (c->negated)
			yes = sl_dec_bytes(d, SL_DB_WINDOW, c->off, c->value, c->mask, c->n, no,
					   yes, yes);
		else
			yes = sl_dec_bytes(d, SL_DB_WINDOW, c->off, c->value, c->mask, c->n, yes,
					   no, no);
	}
	return yes;
}
