// SPDX-License-Identifier: GPL-2.0-only
/* Elements that work on another element's words and tables: finding the other by its name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"

/* Length of "a/b/" in the first `len` characters of an element's name. */
static size_t scope_len(const char *name, size_t len)
{
	while (len && name[len - 1] != '/')
		len--;
	return len;
}

static const struct sl_inst *by_name(const struct sl_program *p, const char *scope, size_t len,
				     const char *name)
{
	_free_ char *full = malloc(len + strlen(name) + 1);
	long at;

	if (!full)
		return NULL;
	memcpy(full, scope, len);
	strcpy(full + len, name);
	at = sl_graph_find(p->graph, full);
	return at < 0 ? NULL : &p->insts[at];
}

const struct sl_inst *sl_inst_named(const struct sl_program *p, const struct sl_elem *where,
				    const char *name)
{
	const char *own = where->name;
	size_t len = strlen(own);
	const struct sl_inst *in;

	do {
		len = scope_len(own, len);
		in = by_name(p, own, len, name);
		if (in || !len)
			return in;
		len--;
	} while (1);
}

static bool is_one_of(const struct sl_inst *in, const struct sl_class *const *classes)
{
	for (; *classes; classes++)
		if (in->class == *classes)
			return true;
	return false;
}

/* "an ARPTable", "an IPRewriter or a TCPRewriter" */
static void name_classes(const struct sl_class *const *classes, char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; classes[i] && n < size; i++) {
		const char *name = classes[i]->spec.name;

		n += (size_t)snprintf(text + n, size - n, "%s%s %s", i ? " or " : "",
				      strchr("AEIOU", name[0]) ? "an" : "a", name);
	}
}

int sl_conf_use_inst(struct sl_conf *cf, const struct sl_arg *arg, const struct sl_inst *other)
{
	struct sl_inst *in = cf->inst;

	for (uint32_t i = 0; i < in->n_uses; i++)
		if (in->uses[i] == other)
			return 0;
	if (in->n_uses == SL_MAX_USES) {
		sl_diag_hint(sl_conf_error(cf, arg, "too-many-uses",
					   "it uses more than %d other elements", SL_MAX_USES),
			     "take another element for the rest");
		return -EINVAL;
	}
	in->uses[in->n_uses++] = other;
	return 0;
}

int sl_conf_use(struct sl_conf *cf, const struct sl_arg *arg, const char *name,
		const struct sl_class *const *classes, const struct sl_inst **out)
{
	const struct sl_inst *other = sl_inst_named(cf->program, cf->inst->elem, name);
	char want[120] = "";

	name_classes(classes, want, sizeof(want));
	if (!other || !other->class || other == cf->inst || !is_one_of(other, classes)) {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "'%s' is not the name of %s",
					   name, want),
			     "declare it, and give its name");
		return -EINVAL;
	}
	*out = other;
	return sl_conf_use_inst(cf, arg, other);
}
