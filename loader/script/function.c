// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of Script that compute: numbers (64 bits, or real ones), comparisons, truth, words. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

struct call {
	struct one *s;
	const char *name;
	const char *args;
	struct buf *out;
};

struct number {
	bool real;
	int64_t i;
	double d; /* whichever it is */
};

static bool read_int(const char *text, int64_t *out)
{
	bool negative;
	uint64_t n;

	if (!sl_text_int(text, &negative, &n) || n > (uint64_t)INT64_MAX + (negative ? 1 : 0) ||
	    n == UINT64_MAX)
		return false;
	*out = (int64_t)(negative ? 0 - n : n);
	return true;
}

/* Decimal only, and no words such as inf. */
static bool read_real(const char *text, double *out)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789.eE+-")])
		return false;
	*out = strtod(text, &end);
	return !*end;
}

static bool read_number(const char *text, struct number *n)
{
	n->real = !read_int(text, &n->i);
	if (!n->real)
		n->d = (double)n->i;
	return !n->real || read_real(text, &n->d);
}

static int put_number(const struct call *c, const struct number *n)
{
	return n->real ? buf_print(c->out, "%.12g", n->d) : buf_print(c->out, "%" PRId64, n->i);
}

static int put_bool(const struct call *c, bool b)
{
	return buf_print(c->out, "%s", b ? "true" : "false");
}

static int wrong(const struct call *c, const char *what)
{
	return complain(c->s, "%s: %s", c->name, what);
}

/* The words of the arguments, at most `max`. *n: how many there are. */
static int take_words(const struct call *c, char **words, size_t max, size_t *n)
{
	const char *at = c->args;
	int ret = 0;

	for (*n = 0; *at && !ret; ++*n) {
		char *word = script_word(c->s->set, &at, &ret);

		if (!ret && *n < max)
			words[*n] = word;
		else
			free(word);
	}
	return ret;
}

/* ---- Arithmetic ------------------------------------------------------------------------------*/

/* Integers are modulo 2^64. */
static int64_t apply_int(const char *op, int64_t a, int64_t b)
{
	switch (op[1]) {
	case 'd':
		return (int64_t)((uint64_t)a + (uint64_t)b);
	case 'i':
		return a < b ? a : b;
	case 'a':
		return a > b ? a : b;
	default:
		return *op == 's' ? (int64_t)((uint64_t)a - (uint64_t)b)
				  : (int64_t)((uint64_t)a * (uint64_t)b);
	}
}

static double apply_real(const char *op, double a, double b)
{
	if (!strcmp(op, "add"))
		return a + b;
	if (!strcmp(op, "sub"))
		return a - b;
	if (!strcmp(op, "min"))
		return a < b ? a : b;
	if (!strcmp(op, "max"))
		return a > b ? a : b;
	return !strcmp(op, "mul") ? a * b : a / b;
}

static int64_t whole(double d)
{
	if (d != d)
		return 0;
	if (d >= 9223372036854775807.0)
		return INT64_MAX;
	return d <= -9223372036854775808.0 ? INT64_MIN : (int64_t)d;
}

static int fold(const struct call *c)
{
	bool divides = !strcmp(c->name, "div") || !strcmp(c->name, "idiv");
	bool sums = !strcmp(c->name, "add") || !strcmp(c->name, "sub");
	struct number sum = {divides, sums ? 0 : 1, sums ? 0 : 1}, n;
	const char *at = c->args;
	bool first = true;
	int ret = 0;

	for (; *at; first = false) {
		_free_ char *word = script_word(c->s->set, &at, &ret);

		if (ret)
			return ret;
		if (!read_number(word, &n))
			return wrong(c, "a list of numbers is expected");
		if (n.real && !sum.real) {
			sum.real = true;
			sum.d = (double)sum.i;
		}
		if (first && sum.real)
			sum.d = n.d;
		else if (first)
			sum.i = n.i;
		else if (sum.real)
			sum.d = apply_real(c->name, sum.d, n.d);
		else
			sum.i = apply_int(c->name, sum.i, n.i);
	}
	if (*c->name == 'i')
		sum = (struct number){false, whole(sum.d), 0};
	return put_number(c, &sum);
}

/* Two words into `w`; the caller frees both. */
static int two_words(const struct call *c, char *w[2], const char *what)
{
	size_t n;
	int ret = take_words(c, w, 2, &n);

	return ret ? ret : n == 2 ? 0 : wrong(c, what);
}

static int remainder_of(const struct call *c, const char *a, const char *b)
{
	struct number x, y;

	if (!read_number(a, &x) || !read_number(b, &y) || (*c->name == 'm' && (x.real || y.real)))
		return wrong(c, *c->name == 'm' ? "two integers are expected"
						: "two numbers are expected");
	if (!x.real && !y.real && !y.i)
		return wrong(c, "division by 0");
	if (x.real || y.real)
		x = (struct number){true, 0, fmod(x.d, y.d)};
	else
		x.i = y.i == -1 ? 0 : x.i % y.i;
	return put_number(c, &x);
}

static int compare(const char *a, const char *b, struct sl_scripts *set, int *order)
{
	_buf_ struct buf ua = {.set = set}, ub = {.set = set};
	struct number x, y;
	int ret;

	if (read_number(a, &x) && read_number(b, &y)) {
		*order = x.real || y.real ? (x.d > y.d) - (x.d < y.d) : (x.i > y.i) - (x.i < y.i);
		if (x.d != x.d || y.d != y.d)
			*order = 1;
		return 0;
	}
	ret = add_unquoted(&ua, a);
	ret = ret ? ret : add_unquoted(&ub, b);
	if (!ret)
		*order = strcmp(buf_text(&ua), buf_text(&ub));
	return ret;
}

static int put_comparison(const struct call *c, const char *a, const char *b)
{
	const char *op = c->name;
	int order, ret = compare(a, b, c->s->set, &order);

	if (ret)
		return ret;
	if (!strcmp(op, "eq"))
		return put_bool(c, order == 0);
	if (!strcmp(op, "ne"))
		return put_bool(c, order != 0);
	if (*op == 'l')
		return put_bool(c, op[1] == 'e' ? order <= 0 : order < 0);
	return put_bool(c, op[1] == 'e' ? order >= 0 : order > 0);
}

static int two(const struct call *c)
{
	char *w[2] = {NULL, NULL};
	int ret = two_words(c, w, "two arguments are expected");

	if (!ret && (*c->name == 'm' || *c->name == 'r'))
		ret = remainder_of(c, w[0], w[1]);
	else if (!ret)
		ret = put_comparison(c, w[0], w[1]);
	free(w[0]);
	free(w[1]);
	return ret;
}

static int sign(const struct call *c)
{
	struct number n;

	if (!read_number(c->args, &n))
		return wrong(c, "one number is expected");
	if (*c->name == 'n' || n.d < 0) {
		n.d = -n.d;
		n.i = n.real ? 0 : (int64_t)(0 - (uint64_t)n.i);
	}
	return put_number(c, &n);
}

static int byte_order(const struct call *c)
{
	int64_t n;

	if (!read_int(c->args, &n) || n < INT32_MIN || n > UINT32_MAX)
		return wrong(c, "one number is expected");
	/* htons and ntohs are the same, as are htonl and ntohl. */
	if (c->name[4] == 's')
		return buf_print(c->out, "%u", htons((uint16_t)n));
	return buf_print(c->out, "%" PRIu32, htonl((uint32_t)n));
}

/* ---- Truth -----------------------------------------------------------------------------------*/

static int next_bool(const struct call *c, const char **at, bool *b)
{
	int ret = 0;
	_free_ char *word = script_word(c->s->set, at, &ret);

	if (ret)
		return ret;
	return sl_text_bool(word, b) ? 0 : wrong(c, "true or false is expected");
}

static int negate(const struct call *c)
{
	bool b;

	if (!sl_text_bool(c->args, &b))
		return wrong(c, "true or false is expected");
	return put_bool(c, !b);
}

/* and, or, nand, nor; what follows the word that decides is not looked at. */
static int all_or_any(const struct call *c)
{
	bool negated = *c->name == 'n', all = strstr(c->name, "and") != NULL, b = all;
	const char *at = c->args;
	int ret = 0;

	while (!ret && *at && b == all)
		ret = next_bool(c, &at, &b);
	return ret ? ret : put_bool(c, b != negated);
}

static int choose(const struct call *c)
{
	const char *at = c->args;
	_free_ char *skipped = NULL, *word = NULL;
	bool b = false;
	int ret = next_bool(c, &at, &b);

	if (!ret && !b)
		skipped = script_word(c->s->set, &at, &ret);
	if (!ret)
		word = script_word(c->s->set, &at, &ret);
	return ret ? ret : buf_add(c->out, word, strlen(word));
}

/* Whether the first word is among the others. */
static int among(const struct call *c)
{
	_buf_ struct buf want = {.set = c->s->set};
	const char *at = c->args;
	bool found = false;
	int ret = 0;

	for (bool first = true; !ret && *at && !found; first = false) {
		_buf_ struct buf have = {.set = c->s->set};
		_free_ char *word = script_word(c->s->set, &at, &ret);

		if (!ret)
			ret = add_unquoted(first ? &want : &have, word);
		if (first && !want.len)
			break;
		found = !ret && !first && !strcmp(buf_text(&want), buf_text(&have));
	}
	return ret ? ret : put_bool(c, found);
}

static int callable(const struct call *c)
{
	const char *at = c->args;
	bool all = true;
	int ret = 0;

	while (!ret && *at && all) {
		_free_ char *word = script_word(c->s->set, &at, &ret);

		if (!ret)
			ret = spend(c->s->set, 20);
		if (!ret)
			all = can_call(c->s, word, *c->name == 'w');
	}
	return ret ? ret : put_bool(c, all);
}

/* ---- Others ----------------------------------------------------------------------------------*/

static int first(const struct call *c)
{
	const char *at = c->args;
	int ret = 0;
	_free_ char *word = script_word(c->s->set, &at, &ret);

	return ret ? ret : buf_add(c->out, word, strlen(word));
}

static int length(const struct call *c)
{
	return buf_print(c->out, "%zu", strlen(c->args));
}

static int unquote(const struct call *c)
{
	return add_unquoted(c->out, c->args);
}

static int now(const struct call *c)
{
	const struct sl_script_env *env = &c->s->set->env;
	uint64_t ns = env->time_ns(env->arg);

	return buf_print(c->out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static int random_number(const struct call *c)
{
	const struct sl_script_env *env = &c->s->set->env;
	char *w[2] = {NULL, NULL};
	int64_t low = 0, high = INT32_MAX;
	size_t n;
	int ret = take_words(c, w, 2, &n);

	if (!ret && n == 1) {
		if (read_int(w[0], &high))
			high--;
		else
			high = -1;
	} else if (!ret && n && (n > 2 || !read_int(w[0], &low) || !read_int(w[1], &high))) {
		high = low - 1;
	}
	if (!ret && (low < 0 || low > high || high > UINT32_MAX))
		ret = wrong(c, "N, of 1 or more, or two numbers in ascending order are expected");
	if (!ret)
		ret = buf_print(c->out, "%" PRId64,
				low + (int64_t)((((uint64_t)env->random(env->arg) << 32 |
						  env->random(env->arg)) %
						 (uint64_t)(high - low + 1))));
	free(w[0]);
	free(w[1]);
	return ret;
}

static int print(const struct call *c)
{
	return call_sprintf(c->s, c->args, c->out);
}

/* ---- The table -------------------------------------------------------------------------------*/

static const struct {
	const char *name;
	int (*fn)(const struct call *c);
} functions[] = {
	{"add", fold},
	{"sub", fold},
	{"min", fold},
	{"max", fold},
	{"mul", fold},
	{"div", fold},
	{"idiv", fold},
	{"mod", two},
	{"rem", two},
	{"neg", sign},
	{"abs", sign},
	{"eq", two},
	{"ne", two},
	{"gt", two},
	{"ge", two},
	{"lt", two},
	{"le", two},
	{"not", negate},
	{"sprintf", print},
	{"first", first},
	{"random", random_number},
	{"and", all_or_any},
	{"or", all_or_any},
	{"nand", all_or_any},
	{"nor", all_or_any},
	{"if", choose},
	{"in", among},
	{"now", now},
	{"readable", callable},
	{"writable", callable},
	{"length", length},
	{"unquote", unquote},
	{"htons", byte_order},
	{"htonl", byte_order},
	{"ntohs", byte_order},
	{"ntohl", byte_order},
};
#define N_FUNCTIONS ((int)(sizeof(functions) / sizeof(functions[0])))

static int find(const char *name)
{
	for (int i = 0; i < N_FUNCTIONS; i++)
		if (!strcmp(functions[i].name, name))
			return i;
	return -1;
}

bool is_function(const char *name)
{
	return find(name) >= 0;
}

int call_function(struct one *s, const char *name, const char *args, struct buf *out)
{
	struct call c = {s, name, args, out};
	int i = find(name);

	return i < 0 ? -ENOENT : functions[i].fn(&c);
}
