// SPDX-License-Identifier: GPL-2.0-only
/* Filter expressions: the grammar around the tests. */
#include <errno.h>
#include <string.h>

#include "loader/config/filter.h"
#include "loader/mem.h"

struct parser {
	struct sl_filter_text *t;
	size_t at;
	unsigned int depth;
	struct sl_filter_prev prev;
	bool oom;
};

void sl_filter_free(struct sl_filter_expr *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n_kids; i++)
		sl_filter_free(e->kids[i]);
	free(e->kids);
	free(e);
}

#define _expr_ SL_CLEANUP(sl_filter_freep)

static struct sl_filter_expr *new_expr(struct parser *p, enum sl_filter_kind kind)
{
	struct sl_filter_expr *e = calloc(1, sizeof(*e));

	if (!e) {
		p->oom = true;
		return NULL;
	}
	e->kind = kind;
	return e;
}

/* Takes over `kid` in every case. */
static int add_kid(struct parser *p, struct sl_filter_expr *e, struct sl_filter_expr *kid)
{
	if (!kid)
		return -1;
	if (SL_GROW(e->kids, e->n_kids, e->cap_kids)) {
		sl_filter_free(kid);
		p->oom = true;
		return -1;
	}
	e->kids[e->n_kids++] = kid;
	return 0;
}

/* An inner node with one kid is that kid. */
static struct sl_filter_expr *simplify(struct sl_filter_expr *e)
{
	struct sl_filter_expr *kid;

	if (e->n_kids != 1)
		return e;
	kid = e->kids[0];
	e->n_kids = 0;
	sl_filter_free(e);
	return kid;
}

static bool is(const struct parser *p, const char *text)
{
	return sl_filter_is(p->t, p->at, text);
}

/* The next word cannot begin a factor: `and` is not meant here. */
static bool ends_term(const struct parser *p)
{
	return p->at >= p->t->n || is(p, ")") || is(p, "or") || is(p, "||") || is(p, "?") ||
	       is(p, ":");
}

static struct sl_filter_expr *parse_expr(struct parser *p);

static struct sl_filter_expr *parse_group(struct parser *p)
{
	size_t open = p->at++;
	_expr_ struct sl_filter_expr *e = parse_expr(p);

	if (!e)
		return NULL;
	if (!is(p, ")")) {
		sl_diag_hint(sl_filter_error(p->t, p->at, "missing ')'"),
			     "the '(' is word %zu of the pattern", open + 1);
		return NULL;
	}
	p->at++;
	return TAKE_PTR(e);
}

static struct sl_filter_expr *parse_factor(struct parser *p);

static struct sl_filter_expr *parse_not(struct parser *p)
{
	_expr_ struct sl_filter_expr *e = new_expr(p, SL_F_NOT);

	p->at++;
	if (!e || add_kid(p, e, parse_factor(p)))
		return NULL;
	return TAKE_PTR(e);
}

static struct sl_filter_expr *parse_test(struct parser *p)
{
	_expr_ struct sl_filter_expr *e = new_expr(p, SL_F_TEST);
	bool negated = false;
	int ret;

	if (!e)
		return NULL;
	ret = sl_filter_test(p->t, &p->at, &p->prev, &e->test, &negated);
	if (ret == -ENOMEM)
		p->oom = true;
	if (ret)
		return NULL;
	if (negated) {
		_expr_ struct sl_filter_expr *not = new_expr(p, SL_F_NOT);

		if (!not || add_kid(p, not, TAKE_PTR(e)))
			return NULL;
		return TAKE_PTR(not );
	}
	return TAKE_PTR(e);
}

static struct sl_filter_expr *parse_factor(struct parser *p)
{
	struct sl_filter_expr *e = NULL;

	if (p->depth >= SL_FILTER_MAX_DEPTH) {
		sl_diag_hint(sl_filter_error(p->t, p->at, "nested more than %d deep",
					     SL_FILTER_MAX_DEPTH),
			     "split the pattern into several");
		return NULL;
	}
	if (ends_term(p)) {
		sl_diag_hint(sl_filter_error(p->t, p->at, "missing expression"),
			     "give a test such as 'tcp' or 'dst port 80'; '-' alone matches all");
		return NULL;
	}
	p->depth++;
	if (is(p, "not") || is(p, "!")) {
		e = parse_not(p);
	} else if (is(p, "(")) {
		e = parse_group(p);
	} else if (is(p, "true") || is(p, "all") || is(p, "any")) {
		p->at++;
		e = new_expr(p, SL_F_TRUE);
	} else if (is(p, "false") || is(p, "none")) {
		p->at++;
		e = new_expr(p, SL_F_FALSE);
	} else {
		e = parse_test(p);
	}
	p->depth--;
	return e;
}

static struct sl_filter_expr *parse_and(struct parser *p)
{
	_expr_ struct sl_filter_expr *e = new_expr(p, SL_F_AND);

	if (!e)
		return NULL;
	do {
		if (e->n_kids && (is(p, "and") || is(p, "&&")))
			p->at++;
		if (add_kid(p, e, parse_factor(p)))
			return NULL;
	} while (!ends_term(p));
	return simplify(TAKE_PTR(e));
}

static struct sl_filter_expr *parse_or(struct parser *p)
{
	_expr_ struct sl_filter_expr *e = new_expr(p, SL_F_OR);

	if (!e || add_kid(p, e, parse_and(p)))
		return NULL;
	while (is(p, "or") || is(p, "||")) {
		p->at++;
		if (add_kid(p, e, parse_and(p)))
			return NULL;
	}
	return simplify(TAKE_PTR(e));
}

static struct sl_filter_expr *parse_cond(struct parser *p)
{
	_expr_ struct sl_filter_expr *e = new_expr(p, SL_F_COND);

	if (!e || add_kid(p, e, parse_or(p)))
		return NULL;
	if (!is(p, "?"))
		return simplify(TAKE_PTR(e));
	p->at++;
	if (add_kid(p, e, parse_expr(p)))
		return NULL;
	if (!is(p, ":")) {
		sl_diag_hint(sl_filter_error(p->t, p->at, "missing ':' of '?'"),
			     "write A ? B : C, with spaces around the colon");
		return NULL;
	}
	p->at++;
	if (add_kid(p, e, parse_expr(p)))
		return NULL;
	return TAKE_PTR(e);
}

static struct sl_filter_expr *parse_expr(struct parser *p)
{
	struct sl_filter_expr *e = NULL;

	if (p->depth >= SL_FILTER_MAX_DEPTH) {
		sl_diag_hint(sl_filter_error(p->t, p->at, "nested more than %d deep",
					     SL_FILTER_MAX_DEPTH),
			     "split the pattern into several");
		return NULL;
	}
	p->depth++;
	e = parse_cond(p);
	p->depth--;
	return e;
}

int sl_filter_parse(struct sl_filter_text *t, size_t first, struct sl_filter_expr **out)
{
	struct parser p = {.t = t, .at = first, .prev = {.proto = SL_FP_NONE}};
	_expr_ struct sl_filter_expr *e = parse_expr(&p);

	if (p.oom)
		return -ENOMEM;
	if (!e || t->failed)
		return -EINVAL;
	if (p.at < t->n) {
		sl_diag_hint(
			sl_filter_error(t, p.at, "'%s' does not belong here", t->words[p.at].text),
			is(&p, ")") ? "remove it, or add the '(' it closes"
				    : "join tests with 'and' or 'or'");
		return -EINVAL;
	}
	*out = TAKE_PTR(e);
	return 0;
}
