// SPDX-License-Identifier: GPL-2.0-only
/* Handler sprintf: the format is taken apart here, and none of it reaches printf(). */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

/* Widest field. */
#define MAX_WIDTH 4096

struct spec {
	bool zero, alt, left, space, plus;
	int width, precision; /* precision -1: none */
	char size;	      /* 'h', 'l' or 'q'; 0: none */
	char conv;
};

static int wrong(struct one *s, const char *what)
{
	return complain(s, "sprintf: %s", what);
}

static int take_int(struct one *s, const char **args, int64_t *out)
{
	int ret = 0;
	_free_ char *word = script_word(s->set, args, &ret);
	bool negative = false;
	uint64_t n = 0;

	if (ret)
		return ret;
	if (!sl_text_int(word, &negative, &n) || (negative && n > (uint64_t)INT64_MAX + 1))
		return wrong(s, "a number is expected");
	*out = (int64_t)(negative ? 0 - n : n);
	return 0;
}

/* Digits, or '*': a number of the arguments. */
static int take_width(struct one *s, const char **f, const char **args, int *out)
{
	int64_t n = 0;
	int ret = 0;

	if (**f == '*') {
		++*f;
		ret = take_int(s, args, &n);
	} else {
		for (; isdigit((unsigned char)**f); ++*f)
			n = n > MAX_WIDTH ? n : n * 10 + (**f - '0');
	}
	if (!ret && (n < -MAX_WIDTH || n > MAX_WIDTH))
		ret = wrong(s, "a width is too large");
	*out = (int)n;
	return ret;
}

/* Behind '%'. */
static int parse(struct one *s, const char **f, const char **args, struct spec *sp)
{
	int ret;

	*sp = (struct spec){.precision = -1};
	for (;; ++*f) {
		if (**f == '0')
			sp->zero = true;
		else if (**f == '#')
			sp->alt = true;
		else if (**f == '-')
			sp->left = true;
		else if (**f == ' ')
			sp->space = true;
		else if (**f == '+')
			sp->plus = true;
		else
			break;
	}
	ret = take_width(s, f, args, &sp->width);
	if (sp->width < 0) {
		sp->left = true;
		sp->width = -sp->width;
	}
	if (!ret && **f == '.') {
		++*f;
		ret = take_width(s, f, args, &sp->precision);
		if (!ret && sp->precision < 0)
			ret = wrong(s, "a precision is negative");
	}
	for (; !ret && **f && strchr("hlLq", **f); ++*f)
		sp->size = **f == 'h' ? 'h' : **f == 'l' && sp->size != 'l' ? 'l' : 'q';
	if (ret)
		return ret;
	sp->conv = **f;
	if (!sp->conv || !strchr("oxXudis%", sp->conv))
		return wrong(s, "the format has an unknown conversion");
	++*f;
	return 0;
}

static int pad(struct buf *out, char c, int n)
{
	int ret = 0;

	for (int i = 0; i < n && !ret; i++)
		ret = buf_add(out, &c, 1);
	return ret ? ret : spend(out->set, (size_t)(n > 0 ? n / 16 : 0));
}

/* `prefix` (a sign, 0x) and `body` in the field. */
static int put_field(const struct spec *sp, const char *prefix, const char *body, int zeroes,
		     struct buf *out)
{
	int len = (int)(strlen(prefix) + strlen(body)) + zeroes, ret = 0;
	int fill = sp->width > len ? sp->width - len : 0;

	if (sp->zero && !sp->left && sp->precision < 0 && sp->conv != 's') {
		zeroes += fill;
		fill = 0;
	}
	if (!sp->left)
		ret = pad(out, ' ', fill);
	ret = ret ? ret : buf_add(out, prefix, strlen(prefix));
	ret = ret ? ret : pad(out, '0', zeroes);
	ret = ret ? ret : buf_add(out, body, strlen(body));
	return !ret && sp->left ? pad(out, ' ', fill) : ret;
}

static int put_signed(const struct spec *sp, int64_t n, struct buf *out)
{
	const char *sign = n < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";
	char digits[24];
	int zeroes;

	snprintf(digits, sizeof(digits), "%" PRIu64, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
	if (!n && !sp->precision)
		digits[0] = 0;
	zeroes = sp->precision - (int)strlen(digits);
	return put_field(sp, sign, digits, zeroes > 0 ? zeroes : 0, out);
}

static int put_unsigned(const struct spec *sp, uint64_t n, struct buf *out)
{
	const char *prefix = !sp->alt || !n    ? ""
			     : sp->conv == 'x' ? "0x"
			     : sp->conv == 'X' ? "0X"
					       : "";
	char digits[32];
	int zeroes;

	if (sp->conv == 'o')
		snprintf(digits, sizeof(digits), "%" PRIo64, n);
	else if (sp->conv == 'x')
		snprintf(digits, sizeof(digits), "%" PRIx64, n);
	else if (sp->conv == 'X')
		snprintf(digits, sizeof(digits), "%" PRIX64, n);
	else
		snprintf(digits, sizeof(digits), "%" PRIu64, n);
	if (!n && !sp->precision)
		digits[0] = 0;
	zeroes = sp->precision - (int)strlen(digits);
	if (sp->conv == 'o' && sp->alt && zeroes <= 0 && digits[0] != '0')
		zeroes = 1;
	return put_field(sp, prefix, digits, zeroes > 0 ? zeroes : 0, out);
}

static int put_text(struct one *s, const struct spec *sp, const char **args, struct buf *out)
{
	_buf_ struct buf text = {.set = s->set};
	int ret = 0;
	_free_ char *word = script_word(s->set, args, &ret);

	if (ret)
		return ret;
	if (!*word)
		return wrong(s, "an argument is missing");
	ret = add_unquoted(&text, word);
	if (ret)
		return ret;
	if (sp->precision >= 0 && (size_t)sp->precision < text.len)
		text.s[sp->precision] = 0;
	return put_field(sp, "", buf_text(&text), 0, out);
}

static int convert(struct one *s, const struct spec *sp, const char **args, struct buf *out)
{
	int64_t n = 0;
	int ret;

	if (sp->conv == '%')
		return buf_add(out, "%", 1);
	if (sp->conv == 's')
		return put_text(s, sp, args, out);
	ret = take_int(s, args, &n);
	if (ret)
		return ret;
	if (sp->conv == 'd' || sp->conv == 'i')
		return put_signed(sp, sp->size == 'h' ? (int16_t)n : n, out);
	return put_unsigned(sp, sp->size == 'h' ? (uint16_t)n : (uint64_t)n, out);
}

int call_sprintf(struct one *s, const char *args, struct buf *out)
{
	_buf_ struct buf format = {.set = s->set};
	int ret = 0;
	_free_ char *word = script_word(s->set, &args, &ret);
	const char *f;

	ret = ret ? ret : add_unquoted(&format, word);
	f = buf_text(&format);
	while (!ret && *f) {
		size_t plain = strcspn(f, "%");
		struct spec sp;

		ret = buf_add(out, f, plain);
		f += plain;
		if (ret || !*f)
			break;
		f++;
		ret = parse(s, &f, &args, &sp);
		ret = ret ? ret : convert(s, &sp, &args, out);
		ret = ret ? ret : spend(s->set, 1);
	}
	if (!ret && *args)
		ret = wrong(s, "there are more arguments than conversions");
	return ret;
}
