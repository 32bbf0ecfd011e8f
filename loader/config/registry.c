// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of element classes. The build makes classes.h from the names of the files in
 * loader/element: whoever adds a class touches no list.
 */
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/elsewhere.h"

#define SL_CLASS(base) extern const struct sl_class sl_class_##base;
#include "classes.h"
#undef SL_CLASS

const struct sl_class *const sl_all_classes[] = {
#define SL_CLASS(base) &sl_class_##base,
#include "classes.h"
#undef SL_CLASS
	NULL,
};

static bool is_called(const struct sl_class *c, const char *name)
{
	if (!strcmp(c->spec.name, name))
		return true;
	for (size_t i = 0; c->aliases && c->aliases[i]; i++) {
		if (!strcmp(c->aliases[i], name))
			return true;
	}
	return false;
}

const struct sl_class *sl_class_find(const char *name)
{
	for (size_t i = 0; sl_all_classes[i]; i++) {
		if (is_called(sl_all_classes[i], name))
			return sl_all_classes[i];
	}
	return NULL;
}

static const struct sl_class_spec *spec_find(const char *name, void *arg)
{
	const struct sl_class *c = sl_class_find(name);

	(void)arg;
	return c ? &c->spec : NULL;
}

static const struct sl_class_spec *spec_nth(size_t i, void *arg)
{
	(void)arg;
	/* The list ends with NULL, and callers stop there. */
	return sl_all_classes[i] ? &sl_all_classes[i]->spec : NULL;
}

static const char *elsewhere(const char *name, const char **hint, void *arg)
{
	const struct sl_elsewhere *e = sl_elsewhere_find(name);

	(void)arg;
	if (e)
		*hint = e->hint;
	return e ? e->why : NULL;
}

/* Click's element groups that have classes here. A class that a group lacks is reported where it is
 * used. */
static const char *const groups[] = {"standard", "ethernet", "ip", "icmp"};

static bool provides(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!strcmp(groups[i], name))
			return true;
	}
	return sl_class_find(name) != NULL;
}

const struct sl_classes sl_class_set = {
	.find = spec_find,
	.nth = spec_nth,
	.elsewhere = elsewhere,
	.provides = provides,
	.provides_hint = "built in are standard, ethernet, ip, icmp, and each class by its name; "
			 "packages cannot be loaded: leave it out, or do without its classes",
};
