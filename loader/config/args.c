// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments become values: each parameter's text is parsed into conf and kept for handlers; then
 * the class's own configure() has its say. Every error is reported at the argument it is about.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bpf/pkt.h"
#include "loader/config/config.h"
#include "loader/mem.h"

/* What configure() is given; the match is for sl_conf_arg() alone. */
struct assignment {
	struct sl_conf cf;
	struct sl_match match;
	struct sl_arg *given; /* per parameter, its argument without the keyword; text NULL: none */
};

static const struct assignment *assignment(const struct sl_conf *cf)
{
	return (const struct assignment *)cf;
}

const struct sl_arg *sl_conf_arg(const struct sl_conf *cf, const char *param)
{
	const struct assignment *a = assignment(cf);
	int i = sl_param_index(cf->inst->class, param);

	return i < 0 || !a->given[i].text ? NULL : &a->given[i];
}

static struct sl_diag *conf_diag(struct sl_conf *cf, const struct sl_arg *arg,
				 enum sl_diag_level level, const char *code, const char *fmt,
				 va_list ap)
{
	const struct sl_elem *e = cf->inst->elem;
	struct sl_diag *diag;

	diag = sl_diag_vadd(cf->diags, level, arg ? arg->pos : sl_elem_pos(e), code, fmt, ap);
	sl_diag_element(diag, e->name);
	if (diag && e->origin)
		sl_diag_origin(diag, e->origin->outer);
	return diag;
}

struct sl_diag *sl_conf_error(struct sl_conf *cf, const struct sl_arg *arg, const char *code,
			      const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = conf_diag(cf, arg, SL_DIAG_ERROR, code, fmt, ap);
	va_end(ap);
	return diag;
}

int sl_conf_too_far(struct sl_conf *cf, const char *param)
{
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, param), "bad-argument",
				   "%s: out of range: must be 0 to %d", param, SL_OFF_MASK),
		     "no packet is longer");
	return -EINVAL;
}

struct sl_diag *sl_conf_note(struct sl_conf *cf, const struct sl_arg *arg, const char *code,
			     const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = conf_diag(cf, arg, SL_DIAG_NOTE, code, fmt, ap);
	va_end(ap);
	return diag;
}

static void hint_value(struct sl_diag *diag, const struct sl_conf *cf, enum sl_ptype type)
{
	char list[200] = "";
	size_t n = 0;

	if (type != SL_T_DEV) {
		sl_diag_hint(diag, "give %s", sl_type_text(type));
		return;
	}
	for (size_t i = 0; i < cf->program->devices.n && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
				      cf->program->devices.list[i].name);
	if (list[0])
		sl_diag_hint(diag, "its devices are: %s", list);
	else
		sl_diag_hint(diag, "it has no devices");
}

/* Parses what was given for parameter `i`, or its default. */
static void assign_value(struct assignment *a, size_t i)
{
	struct sl_inst *in = a->cf.inst;
	const struct sl_param *p = &in->class->params[i];
	const struct sl_arg *arg = a->given[i].text ? &a->given[i] : NULL;
	const char *text = arg ? arg->text : p->def, *why = "";
	void *value = in->values + i * SL_VALUE_MAX;

	if (!text) {
		if (p->flags & SL_P_REQ)
			sl_diag_hint(sl_conf_error(&a->cf, NULL, "missing-argument",
						   "%s: required argument missing", p->name),
				     "give %s: %s", sl_type_text(p->type), p->help);
		return;
	}
	if (sl_parse_value(p->type, text, a->cf.program, in->elem, value, &why)) {
		hint_value(sl_conf_error(&a->cf, arg,
					 p->type == SL_T_DEV ? "unknown-device" : "bad-argument",
					 "%s: '%s': %s", p->name, text, why),
			   &a->cf, p->type);
		return;
	}
	if (arg && p->type == SL_T_BPS && !sl_text_has_unit(text)) {
		struct sl_diag *diag = sl_warn(a->cf.diags, arg->pos, "no-unit",
					       "%s: bandwidth without a unit", p->name);

		sl_diag_element(diag, in->elem->name);
		sl_diag_hint(diag, "bytes a second are assumed: write %sBps", text);
	}
	if (p->offset >= 0)
		memcpy((char *)in->conf + p->offset, value, sl_type_size(p->type));
}

static void refuse_leftover(struct assignment *a)
{
	const struct sl_class *c = a->cf.inst->class;
	const struct sl_elem *e = a->cf.inst->elem;
	size_t n = sl_params_count(c);
	_free_ const char **names = calloc(n + 1, sizeof(*names));
	bool too_many = false;

	for (size_t i = 0; names && i < n; i++)
		names[i] = c->params[i].name;
	for (size_t j = 0; j < e->n_args; j++) {
		const struct sl_arg *arg = &e->args[j];
		size_t len = sl_arg_keyword(arg->text);
		_free_ char *word = strndup(arg->text, len);
		const char *near = len && word && names ? sl_nearest(word, names, n) : NULL;
		struct sl_diag *diag;

		if (a->match.used[j])
			continue;
		if (len && n) {
			diag = sl_conf_error(&a->cf, arg, "unknown-argument",
					     "%.*s: unknown argument", (int)len, arg->text);
			if (near)
				sl_diag_hint(diag, "did you mean %s?", near);
			else
				sl_diag_hint(diag, "remove it; %s takes no argument of this name",
					     e->class_name);
		} else if (!too_many) {
			too_many = true;
			diag = sl_conf_error(&a->cf, arg, "too-many-arguments",
					     "too many arguments, from '%s' on", arg->text);
			if (n)
				sl_diag_hint(diag, "remove it, or give it a keyword");
			else
				sl_diag_hint(diag, "remove it; %s takes no arguments",
					     e->class_name);
		}
	}
}

/* Hands all arguments not taken by another parameter to the class. */
static int collect_rest(struct assignment *a)
{
	const struct sl_elem *e = a->cf.inst->elem;

	a->cf.rest = calloc(e->n_args + 1, sizeof(*a->cf.rest));
	if (!a->cf.rest)
		return -ENOMEM;
	for (size_t j = 0; j < e->n_args; j++) {
		if (!a->match.used[j])
			a->cf.rest[a->cf.n_rest++] = &e->args[j];
	}
	return 0;
}

/* Keeps the text of each parameter for handlers. */
static int keep_texts(struct assignment *a)
{
	struct sl_inst *in = a->cf.inst;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < sl_params_count(in->class); i++) {
		const struct sl_param *p = &in->class->params[i];

		if (p->flags & SL_P_REST) {
			for (size_t j = 0; j < a->cf.n_rest; j++)
				fprintf(f, "%s%s", j ? ", " : "", a->cf.rest[j]->text);
		} else if (a->given[i].text) {
			fputs(a->given[i].text, f);
		} else if (p->def) {
			fputs(p->def, f);
		}
		fputc('\0', f);
	}
	fputc('\0', f);
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	in->params = text;
	return 0;
}

static int assign(struct assignment *a)
{
	struct sl_inst *in = a->cf.inst;
	const struct sl_class *c = in->class;
	const struct sl_elem *e = in->elem;
	size_t n = sl_params_count(c);
	bool rest = false;
	int ret;

	ret = sl_match_args(c, e->args, e->n_args, &a->match);
	if (ret)
		return ret;
	a->given = calloc(n + 1, sizeof(*a->given));
	in->values = calloc(n + 1, SL_VALUE_MAX);
	in->conf = calloc(1, c->conf_size + 1);
	if (!a->given || !in->values || !in->conf)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int j = a->match.arg[i];

		if (c->params[i].flags & SL_P_REST) {
			rest = true;
			continue;
		}
		if (j >= 0) {
			const struct sl_arg *arg = &e->args[j];

			a->given[i] = *arg;
			if (a->match.keyword[i])
				a->given[i].text = (char *)sl_arg_value(arg->text);
		}
		assign_value(a, i);
	}
	if (rest)
		ret = collect_rest(a);
	else
		refuse_leftover(a);
	return ret ? ret : keep_texts(a);
}

int sl_inst_configure(struct sl_inst *in, const struct sl_program *p, struct sl_diags *d)
{
	struct assignment a = {.cf = {.inst = in, .program = p, .diags = d}};
	unsigned int before = d->errors;
	int ret = assign(&a);

	/* configure() may rely on arguments that are right, so it sees no others. */
	if (!ret && d->errors == before && in->class->configure)
		ret = in->class->configure(&a.cf);
	if (!ret && d->errors != before)
		ret = -EINVAL;
	sl_match_free(&a.match);
	free(a.given);
	free(a.cf.rest);
	return ret;
}

void sl_inst_release(struct sl_inst *in)
{
	if (in->class && in->class->release && in->conf)
		in->class->release(in);
	free(in->conf);
	free(in->values);
	free(in->params);
	in->conf = NULL;
	in->values = NULL;
	in->params = NULL;
}

/* ---- Asking an instance ----------------------------------------------------------------------*/

const void *sl_inst_value(const struct sl_inst *in, int i)
{
	return in->values + (size_t)i * SL_VALUE_MAX;
}

const char *sl_inst_text(const struct sl_inst *in, int i)
{
	const char *s = in->params;

	for (; i > 0; i--)
		s += strlen(s) + 1;
	return s;
}

int sl_inst_param(const struct sl_inst *in, const char *param, void *out)
{
	int i = sl_param_index(in->class, param);

	if (i < 0)
		return -ENOENT;
	memcpy(out, sl_inst_value(in, i), sl_type_size(in->class->params[i].type));
	return 0;
}
