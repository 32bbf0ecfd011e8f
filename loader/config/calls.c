// SPDX-License-Identifier: GPL-2.0-only
/* Arguments such as COUNT_CALL. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/calls.h"
#include "loader/config/config.h"
#include "loader/mem.h"

static int bad(struct sl_conf *cf, const struct sl_arg *arg, const char *param, const char *what,
	       const char *why)
{
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "%s: '%s': %s", param, what, why),
		     "for example 1000 sw.switch 1: a number, a handler of the graph, a value");
	return -EINVAL;
}

/* The number a text begins with; *rest is what is behind it. */
static bool number(const char *text, uint64_t *n, const char **rest)
{
	size_t len = strcspn(text, " \t\r\n");
	_free_ char *word = strndup(text, len);
	bool negative;

	*rest = text + len + strspn(text + len, " \t\r\n");
	return word && sl_text_int(word, &negative, n) && !negative;
}

static int check(struct sl_conf *cf, const struct sl_arg *arg, const char *param, const char *path,
		 const struct sl_inst **in, const char **handler)
{
	const char *dot = strrchr(path, '.');
	_free_ char *name = dot ? strndup(path, (size_t)(dot - path)) : NULL;
	const struct sl_handler *h;

	if (!dot)
		return bad(cf, arg, param, path,
			   "not ELEMENT.HANDLER: there is no driver to be stopped");
	*in = name ? sl_inst_named(cf->program, cf->inst->elem, name) : NULL;
	if (!*in)
		return bad(cf, arg, param, path, "the graph has no such element");
	h = (*in)->class ? sl_handler_find((*in)->class, dot + 1) : NULL;
	if (!h || !h->write)
		return bad(cf, arg, param, path, "the element has no such handler that is written");
	if (h->flags & SL_H_RECOMPILE)
		return bad(cf, arg, param, path, "this handler compiles the graph anew");
	*handler = dot + 1;
	return 0;
}

int sl_conf_call(struct sl_conf *cf, const char *param, uint64_t *n, char **call)
{
	const struct sl_arg *arg = sl_conf_arg(cf, param);
	const char *text, *handler = "";
	_free_ char *path = NULL;
	const struct sl_inst *in;
	size_t len;
	int ret;

	*n = UINT64_MAX;
	*call = NULL;
	if (!arg)
		return 0;
	if (!number(arg->text, n, &text))
		return bad(cf, arg, param, arg->text, "does not begin with a number");
	if (!*text)
		return 0;
	len = strcspn(text, " \t\r\n");
	path = strndup(text, len);
	if (!path)
		return -ENOMEM;
	ret = check(cf, arg, param, path, &in, &handler);
	if (ret)
		return ret;
	text += len + strspn(text + len, " \t\r\n");
	return asprintf(call, "%s.%s%s%s", in->elem->name, handler, *text ? " " : "", text) < 0
		       ? -ENOMEM
		       : 0;
}

uint64_t sl_call_number(const struct sl_inst *in, const char *param)
{
	const char *rest;
	uint64_t n;

	return number(sl_inst_text(in, sl_param_index(in->class, param)), &n, &rest) ? n
										     : UINT64_MAX;
}
