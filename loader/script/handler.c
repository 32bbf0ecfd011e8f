// SPDX-License-Identifier: GPL-2.0-only
/* Handlers: finding what a name means to a script, calling it, and a script's own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

/* What calling any handler costs, in units, and looking for an element. */
#define CALL_UNITS 50
#define FIND_UNITS 50

/* ---- A script's own --------------------------------------------------------------------------*/

enum own {
	OWN_NONE,
	OWN_FUNCTION,
	OWN_STEP,
	OWN_GOTO,
	OWN_RUN,
	OWN_GET,
	OWN_SET,
	OWN_SHIFT,
	OWN_EXPORT,
	OWN_PROXY,
	OWN_COMMON, /* that every element has */
};

static bool is_export(const struct sl_script *code, const char *name)
{
	for (unsigned int i = 0; i < code->n; i++) {
		const struct insn *in = &code->insns[i];

		if ((in->op == OP_EXPORT || in->op == OP_EXPORTQ) &&
		    !strcmp(code->vars[in->var], name))
			return true;
	}
	return false;
}

static enum own own_handler(const struct one *s, const char *name)
{
	static const struct {
		const char *name;
		enum own own;
	} names[] = {{"step", OWN_STEP}, {"goto", OWN_GOTO}, {"run", OWN_RUN},
		     {"get", OWN_GET},	 {"set", OWN_SET},   {"shift", OWN_SHIFT}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name))
			return names[i].own;
	if (is_function(name))
		return OWN_FUNCTION;
	if (is_export(s->code, name))
		return OWN_EXPORT;
	if (sl_handler_find(&(struct sl_class){0}, name))
		return OWN_COMMON;
	return s->code->type == SL_SCRIPT_PROXY && *name ? OWN_PROXY : OWN_NONE;
}

static unsigned int own_flags(const struct one *s, enum own own, const char *name)
{
	switch (own) {
	case OWN_STEP:
	case OWN_GOTO:
	case OWN_SET:
		return SL_H_WRITE;
	case OWN_RUN:
	case OWN_PROXY:
		return SL_H_READ | SL_H_WRITE | SL_H_ARGS;
	case OWN_FUNCTION:
		return strcmp(name, "now") ? SL_H_READ | SL_H_ARGS : SL_H_READ;
	case OWN_GET:
	case OWN_SHIFT:
		return SL_H_READ | SL_H_ARGS;
	case OWN_EXPORT:
		return SL_H_READ;
	case OWN_COMMON:
		return s->set->env.flags(s->set->env.arg, s->elem, name);
	default:
		return 0;
	}
}

/* get and shift: the name of a variable, and nothing else. */
static int read_var(struct one *s, enum own own, const char *args, struct buf *out)
{
	int ret = 0;
	_free_ char *name = script_word(s->set, &args, &ret), *word = NULL;
	const char *value, *rest;

	if (ret)
		return ret;
	if (!*name && own == OWN_GET)
		return complain(s, "get: which variable?");
	if (*args)
		return complain(s, "too many arguments");
	if (var_get(s, *name ? name : "args", &value))
		return complain(s, "no variable '%s'", name);
	if (own == OWN_GET)
		return buf_add(out, value, strlen(value));
	rest = value;
	word = script_word(s->set, &rest, &ret);
	ret = ret ? ret : buf_add(out, word, strlen(word));
	return ret ? ret : var_set(s, *name ? name : "args", rest, false);
}

static int read_own(struct one *s, enum own own, const char *name, const char *args,
		    struct buf *out)
{
	const char *value;

	switch (own) {
	case OWN_FUNCTION:
		return call_function(s, name, args, out);
	case OWN_RUN:
	case OWN_PROXY:
		return enter(s, BY_RUN, name, args, false, out);
	case OWN_EXPORT:
		return var_get(s, name, &value) ? 0 : buf_add(out, value, strlen(value));
	default:
		return read_var(s, own, args, out);
	}
}

static int write_var(struct one *s, const char *args)
{
	int ret = 0;
	_free_ char *name = script_word(s->set, &args, &ret);

	if (ret)
		return ret;
	return *name ? var_set(s, name, args, true) : complain(s, "set: which variable?");
}

static int write_own(struct one *s, enum own own, const char *name, const char *args)
{
	switch (own) {
	case OWN_STEP:
		return enter(s, strcmp(args, "router") ? BY_STEP : BY_ROUTER, name, args, true,
			     NULL);
	case OWN_GOTO:
		return enter(s, BY_GOTO, name, args, true, NULL);
	case OWN_SET:
		return write_var(s, args);
	default:
		return enter(s, BY_RUN, name, args, true, NULL);
	}
}

/* ---- Names -----------------------------------------------------------------------------------*/

/* What a name means: an element's handler, or one of the graph as a whole. */
struct target {
	bool global;
	uint32_t elem;
	struct one *script; /* NULL: no script */
	const char *handler;
};

static struct one *script_of(const struct sl_scripts *set, uint32_t elem)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].elem == elem)
			return &set->list[i];
	return NULL;
}

/* As seen from the script's own compound element outwards. -1, -EDQUOT. */
static long find_element(const struct one *s, const char *name)
{
	const struct sl_script_env *env = &s->set->env;
	const char *scope = strrchr(s->name, '/');

	for (;;) {
		_free_ char *path = NULL;
		long at;

		if (spend(s->set, FIND_UNITS))
			return -EDQUOT;
		if (asprintf(&path, "%.*s%s", scope ? (int)(scope - s->name) + 1 : 0, s->name,
			     name) < 0) {
			path = NULL;
			return -1;
		}
		at = env->find(env->arg, path);
		if (at >= 0 || !scope)
			return at;
		scope = scope > s->name ? memrchr(s->name, '/', (size_t)(scope - s->name)) : NULL;
	}
}

static bool is_global(const char *name)
{
	return !strcmp(name, "stop") || !strcmp(name, "version") || !strcmp(name, "driver");
}

/* 0, -EDQUOT, -ENOENT (reported unless `quiet`). */
static int find(struct one *s, const char *name, bool quiet, struct target *t)
{
	const char *dot = strchr(name, '.');
	_free_ char *element = dot ? strndup(name, (size_t)(dot - name)) : NULL;
	long at;

	*t = (struct target){.handler = name};
	if (dot == name) {
		t->global = true;
		t->handler = name + 1;
		return 0;
	}
	at = element && dot[1] ? find_element(s, element) : -1;
	if (at == -EDQUOT)
		return -EDQUOT;
	if (at >= 0) {
		t->elem = (uint32_t)at;
		t->script = script_of(s->set, t->elem);
		t->handler = dot + 1;
		return 0;
	}
	t->elem = s->elem;
	t->script = s;
	if (own_handler(s, name) != OWN_NONE)
		return 0;
	t->global = true;
	if (!dot)
		return 0;
	if (!quiet)
		complain(s, "there is no element '%s'", element ? element : "");
	return -ENOENT;
}

static unsigned int flags_of(struct one *s, const struct target *t)
{
	const struct sl_script_env *env = &s->set->env;

	if (t->global)
		return !is_global(t->handler)	     ? 0
		       : !strcmp(t->handler, "stop") ? SL_H_WRITE
						     : SL_H_READ;
	if (t->script)
		return own_flags(t->script, own_handler(t->script, t->handler), t->handler);
	return env->flags(env->arg, t->elem, t->handler);
}

bool can_call(struct one *s, const char *name, bool write)
{
	struct target t;

	return !find(s, name, true, &t) && (flags_of(s, &t) & (write ? SL_H_WRITE : SL_H_READ));
}

/* ---- Calls -----------------------------------------------------------------------------------*/

/* Says in one line why a handler refused. */
static int refused(struct one *s, const char *name, int ret, const struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].level == SL_DIAG_ERROR) {
			complain(s, "%s: %s", name, d->list[i].message);
			return ret;
		}
	complain(s, "%s: %s", name, strerror(-ret));
	return ret;
}

/* "HANDLER ARGS" into its parts: `args` is what the handler gets. */
static int take_apart(struct one *s, const char *text, bool unquote, struct buf *name,
		      struct buf *args)
{
	int ret = spend(s->set, CALL_UNITS);
	_free_ char *word = NULL;

	if (!ret)
		word = script_word(s->set, &text, &ret);
	ret = ret ? ret : add_unquoted(name, word);
	if (ret)
		return ret;
	if (!name->len)
		return complain(s, "a handler is missing");
	return unquote ? add_unquoted(args, text) : buf_add(args, text, strlen(text));
}

static int read_global(const struct target *t, struct buf *out)
{
	const char *text = strcmp(t->handler, "version") ? "sluice" : SL_VERSION;

	return buf_add(out, text, strlen(text));
}

static int read_target(struct one *s, const struct target *t, const char *args, struct buf *out)
{
	const struct sl_script_env *env = &s->set->env;
	enum own own = t->script ? own_handler(t->script, t->handler) : OWN_COMMON;
	_free_ char *value = NULL;
	struct sl_diags d = {0};
	int ret;

	if (t->global)
		return read_global(t, out);
	if (own != OWN_COMMON)
		return read_own(t->script, own, t->handler, args, out);
	ret = env->read(env->arg, t->elem, t->handler, args, &value, &d);
	if (ret == -EDQUOT)
		s->set->limit = "handlers that take so long";
	else if (ret)
		refused(s, t->handler, ret, &d);
	else
		ret = buf_add(out, value, strlen(value));
	sl_diags_free(&d);
	return ret;
}

int call_read(struct one *s, const char *text, bool unquote, struct buf *out)
{
	_buf_ struct buf name = {.set = s->set}, args = {.set = s->set};
	struct target t;
	unsigned int flags;
	int ret = take_apart(s, text, unquote, &name, &args);

	ret = ret ? ret : find(s, buf_text(&name), false, &t);
	if (ret)
		return ret;
	flags = flags_of(s, &t);
	if (!(flags & SL_H_READ)) {
		complain(s, "there is no read handler '%s'", buf_text(&name));
		return -ENOENT;
	}
	if (args.len && !(flags & SL_H_ARGS))
		return complain(s, "read handler '%s' takes no arguments", buf_text(&name));
	return read_target(s, &t, buf_text(&args), out);
}

static int write_target(struct one *s, const struct target *t, unsigned int flags,
			const char *value)
{
	const struct sl_script_env *env = &s->set->env;
	enum own own = t->script ? own_handler(t->script, t->handler) : OWN_COMMON;
	struct sl_diags d = {0};
	int ret;

	if (t->global) {
		s->set->stops++;
		return 0;
	}
	if (own != OWN_COMMON)
		return write_own(t->script, own, t->handler, value);
	if (flags & SL_H_RECOMPILE) {
		complain(s, "%s: compiles the graph anew, which scripts cannot", t->handler);
		return -EPERM;
	}
	ret = env->write(env->arg, t->elem, t->handler, value, &d);
	if (ret == -EDQUOT)
		s->set->limit = "handlers that take so long";
	else if (ret)
		refused(s, t->handler, ret, &d);
	sl_diags_free(&d);
	return ret;
}

int call_write(struct one *s, const char *text, bool unquote, int *status)
{
	_buf_ struct buf name = {.set = s->set}, args = {.set = s->set};
	struct target t;
	unsigned int flags;
	int ret = take_apart(s, text, unquote, &name, &args);

	ret = ret ? ret : find(s, buf_text(&name), false, &t);
	if (ret)
		return ret;
	flags = flags_of(s, &t);
	if (!(flags & SL_H_WRITE)) {
		complain(s, "there is no write handler '%s'", buf_text(&name));
		return -ENOENT;
	}
	ret = write_target(s, &t, flags, buf_text(&args));
	if (ret == -EDQUOT || ret == -ENOMEM)
		return ret;
	*status = ret;
	return 0;
}

/* ---- From outside ----------------------------------------------------------------------------*/

unsigned int sl_scripts_flags(const struct sl_scripts *set, uint32_t elem, const char *handler)
{
	const struct one *s = script_of(set, elem);
	enum own own = s ? own_handler(s, handler) : OWN_NONE;

	return own == OWN_COMMON || own == OWN_NONE ? 0 : own_flags(s, own, handler);
}

/* What a call ended with, as its caller is told. */
static int outcome(struct sl_scripts *set, int ret, struct sl_diags *d)
{
	if (ret == -EDQUOT) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "script", "the script gave up: %s is too much",
				      set->limit),
			     "let it do less at a time");
		ret = -EINVAL;
	}
	set->to = NULL;
	/* A script that goes on after an error has not done what was asked for. */
	return ret || !d->errors ? ret : -EINVAL;
}

static void begin(struct sl_scripts *set, struct sl_diags *d)
{
	set->units = SL_SCRIPT_UNITS;
	set->limit = "what it does";
	set->to = d;
}

int sl_scripts_read(struct sl_scripts *set, uint32_t elem, const char *handler, const char *args,
		    char **value, struct sl_diags *d)
{
	_buf_ struct buf out = {.set = set};
	struct one *s = script_of(set, elem);
	enum own own = s ? own_handler(s, handler) : OWN_NONE;
	char *text;
	int ret;

	if (!s || !(own_flags(s, own, handler) & SL_H_READ))
		return -ENOENT;
	begin(set, d);
	ret = read_own(s, own, handler, args, &out);
	ret = outcome(set, ret, d);
	if (ret)
		return ret;
	text = buf_take(&out);
	if (!text)
		return -ENOMEM;
	*value = text;
	return 0;
}

int sl_scripts_write(struct sl_scripts *set, uint32_t elem, const char *handler, const char *value,
		     struct sl_diags *d)
{
	struct one *s = script_of(set, elem);
	enum own own = s ? own_handler(s, handler) : OWN_NONE;

	if (!s || !(own_flags(s, own, handler) & SL_H_WRITE))
		return -ENOENT;
	begin(set, d);
	return outcome(set, write_own(s, own, handler, value), d);
}
