// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which argument is which parameter.
 *
 * Parameters take their arguments in the descriptor's order: by keyword (the last of several
 * wins), or by position, if the parameter may be positional: the first argument not taken yet that
 * does not begin with a keyword; a mandatory one takes an argument even if its first word looks
 * like one. What is left over goes to an SL_P_REST parameter, or is an error.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"

size_t sl_params_count(const struct sl_class *c)
{
	size_t n = 0;

	while (c->params && c->params[n].name)
		n++;
	return n;
}

int sl_param_index(const struct sl_class *c, const char *name)
{
	for (int i = 0; c->params && c->params[i].name; i++) {
		if (!strcmp(c->params[i].name, name))
			return i;
	}
	return -1;
}

size_t sl_arg_keyword(const char *text)
{
	size_t n = 0;

	if (!isalpha((unsigned char)text[0]) && text[0] != '_')
		return 0;
	while (isalnum((unsigned char)text[n]) || (text[n] && strchr("_:.?!", text[n])))
		n++;
	return isspace((unsigned char)text[n]) ? n : 0;
}

static bool has_keyword(const char *text, const char *keyword)
{
	size_t n = sl_arg_keyword(text);

	return n && strlen(keyword) == n && !memcmp(text, keyword, n);
}

const char *sl_arg_value(const char *text)
{
	text += sl_arg_keyword(text);
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Whether `text` begins with the keyword of any parameter. */
static bool known_keyword(const struct sl_class *c, const char *text)
{
	for (size_t i = 0; c->params && c->params[i].name; i++) {
		if (!(c->params[i].flags & SL_P_REST) && has_keyword(text, c->params[i].name))
			return true;
	}
	return false;
}

int sl_match_args(const struct sl_class *c, const struct sl_arg *args, size_t n_args,
		  struct sl_match *m)
{
	size_t n = sl_params_count(c);
	_free_ int *arg = calloc(n + 1, sizeof(*arg));
	_free_ bool *keyword = calloc(n + 1, sizeof(*keyword));
	_free_ bool *used = calloc(n_args + 1, sizeof(*used));

	if (!arg || !keyword || !used)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct sl_param *p = &c->params[i];
		size_t j;

		arg[i] = -1;
		if (p->flags & SL_P_REST)
			continue;
		for (j = 0; j < n_args; j++) {
			if (!used[j] && has_keyword(args[j].text, p->name)) {
				used[j] = true;
				keyword[i] = true;
				arg[i] = (int)j;
			}
		}
		if (!(p->flags & SL_P_POS))
			continue;
		for (j = 0; j < n_args; j++) {
			if (!used[j] && !known_keyword(c, args[j].text))
				break;
		}
		if (j == n_args)
			continue;
		if (sl_arg_keyword(args[j].text) && !((p->flags & SL_P_REQ) && arg[i] < 0))
			continue;
		used[j] = true;
		if ((int)j > arg[i]) {
			arg[i] = (int)j;
			keyword[i] = false;
		}
	}
	m->arg = TAKE_PTR(arg);
	m->keyword = TAKE_PTR(keyword);
	m->used = TAKE_PTR(used);
	return 0;
}

void sl_match_free(struct sl_match *m)
{
	free(m->arg);
	free(m->keyword);
	free(m->used);
	memset(m, 0, sizeof(*m));
}

/* ---- Nearest names ---------------------------------------------------------------------------*/

/* Edit distance, case ignored; texts past 31 characters are far from everything. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32];
	size_t la = strlen(a), lb = strlen(b);

	if (la > 31 || lb > 31)
		return 99;
	for (unsigned int j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned int i = 1; i <= la; i++) {
		unsigned int diag = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= lb; j++) {
			unsigned int best = diag + (tolower((unsigned char)a[i - 1]) !=
						    tolower((unsigned char)b[j - 1]));

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

const char *sl_nearest(const char *text, const char *const *names, size_t n)
{
	unsigned int best = (unsigned int)strlen(text) / 3 + 2;
	const char *near = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned int d = distance(text, names[i]);

		if (d < best) {
			best = d;
			near = names[i];
		}
	}
	return near;
}
