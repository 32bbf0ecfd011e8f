// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments to a compound's parameters, and the choice among overloads: the first definition with
 * as many inputs and outputs as are used, and parameters that take the arguments.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/expand.h"
#include "loader/mem.h"

static bool is_rest(const struct tvar *v)
{
	return v->key.len == 8 && !memcmp(v->key.s, "__REST__", 8);
}

/* "KEYWORD value", or "KEYWORD" alone: how long the keyword is and where the value starts. */
static bool has_keyword(const char *arg, size_t *len, const char **value)
{
	const char *s = arg;

	while (click_isalnum(*s) || (*s && strchr("_.:?!", *s)))
		s++;
	if (s == arg || (*s && !click_isspace(*s)))
		return false;
	*len = s - arg;
	while (click_isspace(*s))
		s++;
	*value = s;
	return true;
}

/* Index of the keyword parameter `arg` gives, or -1. */
static int find_keyword(const struct tmpl *t, uint32_t first, uint32_t end, const char *arg,
			const char **value)
{
	size_t len;

	if (!has_keyword(arg, &len, value))
		return -1;
	for (uint32_t i = first; i < end; i++) {
		if (t->vars[i].key.len == len && !memcmp(t->vars[i].key.s, arg, len))
			return (int)i;
	}
	return -1;
}

/* ", "-joined arguments that no parameter took. */
static int join_rest(struct click_run *r, const struct sl_arg *args, const uint8_t *used, size_t n,
		     struct click_text *out)
{
	size_t len = 0;
	char *s;

	for (size_t i = 0; i < n; i++)
		len += used[i] ? 0 : strlen(args[i].text) + 2;
	s = click_run_alloc(r, 1, len + 1);
	if (!s || click_count_bytes(r, n ? args[0].pos : SL_NOPOS, len) < 0)
		return r->err;
	*out = (struct click_text){.s = s};
	for (size_t i = 0; i < n; i++) {
		size_t part = strlen(args[i].text);

		if (used[i])
			continue;
		if (out->len) {
			memcpy(s + out->len, ", ", 2);
			out->len += 2;
		}
		memcpy(s + out->len, args[i].text, part);
		out->len += part;
	}
	return 0;
}

/* Of a class with a body: arguments without a keyword are for the parameters that have no value
 * yet, in order. False: there are too many. */
static bool assign_rest(const struct tmpl *t, const struct sl_arg *args, const uint8_t *used,
			size_t n, bool *set, struct click_text *values)
{
	uint32_t param = 0;

	for (size_t i = 0; i < n; i++) {
		if (used[i])
			continue;
		while (param < t->n_params && set[param])
			param++;
		if (param == t->n_params)
			return false;
		set[param] = true;
		values[param] = (struct click_text){.s = args[i].text, .len = strlen(args[i].text)};
	}
	return true;
}

/* Gives each parameter its value. 1, 0 when the arguments do not fit, or the run's error. */
static int assign(struct click_run *r, const struct tmpl *t, const struct sl_arg *args, size_t n,
		  struct click_text *values)
{
	uint32_t n_params = t->n_params, n_pos = 0, end = n_params;
	bool rest = n_params && is_rest(&t->vars[n_params - 1]);
	_free_ uint8_t *used = calloc(n + 1, 1);
	bool set[CLICK_MAX_PARAMS] = {false};
	size_t supplied = 0;

	if (!used)
		return r->err = -ENOMEM;
	end -= rest;
	while (n_pos < end && !t->vars[n_pos].key.len)
		n_pos++;
	if (n < n_pos || (n_pos == n_params && n != n_pos))
		return 0;
	for (size_t i = 0; i < n; i++) {
		const char *value = args[i].text;
		int param = -1;

		if (supplied < n_pos) {
			param = (int)supplied++;
		} else {
			param = find_keyword(t, n_pos, end, args[i].text, &value);
			if (param < 0 && !rest && !t->builtin)
				return 0;
		}
		if (param < 0)
			continue;
		used[i] = 1;
		set[param] = true;
		values[param] = (struct click_text){.s = value, .len = strlen(value)};
	}
	if (t->builtin && !assign_rest(t, args, used, n, set, values))
		return 0;
	for (uint32_t i = 0; i < end; i++) {
		if (!set[i])
			return 0;
	}
	if (rest && join_rest(r, args, used, n, &values[end]) < 0)
		return r->err;
	return 1;
}

static void count(char *buf, size_t size, size_t n, const char *what)
{
	snprintf(buf, size, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

/* "Foo(<arg>, KEY, ...)[1 input, 1 output]" */
static void candidate(struct sl_diag *diag, const struct type *type)
{
	const struct tmpl *t = type->body;
	_free_ char *text = NULL;
	char in[32], out[32];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	for (uint32_t i = 0; i < t->n_params; i++) {
		const struct tvar *v = &t->vars[i];

		fputs(i ? ", " : "(", f);
		if (is_rest(v))
			fputs("...", f);
		else if (v->key.len)
			fprintf(f, "%.*s", (int)v->key.len, v->key.s);
		else
			fputs("<arg>", f);
	}
	fputs(t->n_params ? ")" : "", f);
	if (fclose(f) != 0)
		return;
	count(in, sizeof(in), t->n_in, "input");
	count(out, sizeof(out), t->n_out, "output");
	if (t->builtin)
		sl_diag_detail(diag, "candidate '%s%s[%s, %s]'", type->name, text, in, out);
	else
		sl_diag_detail(diag, "%s:%u:%u: candidate '%s%s[%s, %s]'", t->pos.file, t->pos.line,
			       t->pos.col, *type->name ? type->name : "<anonymous>", text, in, out);
}

static void no_match(struct click_run *r, const struct type *first, const struct telem *e,
		     const char *name, size_t n_args, const struct sl_origin *origin)
{
	char args[48] = "", in[32], out[32];
	struct sl_diag *diag;

	if (n_args) {
		count(args, sizeof(args) - 2, n_args, "argument");
		strcat(args, ", ");
	}
	count(in, sizeof(in), e->n_in, "input");
	count(out, sizeof(out), e->n_out, "output");
	diag = sl_error(r->d, origin->pos, "no-match", "no match for '%s[%s%s, %s]'",
			*first->name ? first->name : "<anonymous>", args, in, out);
	if (!diag)
		return;
	sl_diag_element(diag, name);
	sl_diag_hint(diag, "give it the arguments and connections of one of the candidates below");
	for (const struct type *t = first; t && t->kind == TYPE_COMPOUND; t = t->next)
		candidate(diag, t);
	sl_diag_origin(diag, origin->outer);
}

struct type *click_resolve(struct click_run *r, struct type *type, const struct telem *e,
			   const char *name, const struct sl_arg *args, size_t n_args,
			   const struct sl_origin *origin, struct click_text **values)
{
	struct type *first = type;
	bool alone = !type->next;

	for (; type && type->kind == TYPE_COMPOUND; type = type->next) {
		const struct tmpl *t = type->body;
		bool ports = t->n_in == e->n_in && t->n_out == e->n_out;
		int ret;

		/* A lone compound with other ports: which ports are wrong is told in tunnel.c. */
		if (!ports && !alone)
			continue;
		*values = click_run_alloc(r, t->n_params, sizeof(**values));
		if (!*values)
			return NULL;
		ret = assign(r, t, args, n_args, *values);
		if (ret < 0)
			return NULL;
		if (ret)
			return type;
	}
	if (type)
		return type;
	no_match(r, first, e, name, n_args, origin);
	return NULL;
}
