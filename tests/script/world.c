// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/element/element.h"
#include "loader/mem.h"
#include "tests/script/world.h"

static const struct {
	uint32_t elem;
	const char *name;
	unsigned int flags;
} handlers[] = {
	{0, "count", SL_H_READ},
	{0, "big", SL_H_READ},
	{0, "odd", SL_H_READ},
	{0, "echo", SL_H_READ | SL_H_ARGS},
	{0, "fail", SL_H_READ | SL_H_WRITE},
	{0, "slow", SL_H_READ},
	{1, "switch", SL_H_READ | SL_H_WRITE},
	{1, "config", SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE},
	{2, "count", SL_H_READ},
};

static long find(void *arg, const char *name)
{
	const struct world *w = arg;

	for (unsigned int i = 0; i < w->n; i++)
		if (!strcmp(w->names[i], name))
			return i;
	return -1;
}

static unsigned int flags(void *arg, uint32_t elem, const char *handler)
{
	const struct world *w = arg;

	if (elem >= w->n)
		abort();
	if (!strcmp(handler, "class") || !strcmp(handler, "name"))
		return SL_H_READ;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].elem == elem && !strcmp(handlers[i].name, handler))
			return handlers[i].flags;
	return 0;
}

static int read_it(void *arg, uint32_t elem, const char *handler, const char *args, char **value,
		   struct sl_diags *d)
{
	struct world *w = arg;
	int ret = 0;

	/* What cannot be read is not asked for. */
	if (!(flags(arg, elem, handler) & SL_H_READ))
		abort();
	w->reads++;
	if (!strcmp(handler, "slow") && sl_scripts_charge(w->set, 6000))
		return -EDQUOT;
	if (!strcmp(handler, "fail")) {
		sl_error(d, SL_NOPOS, "no", "it does not work");
		return -EINVAL;
	}
	if (!strcmp(handler, "big")) {
		*value = malloc(20001);
		memset(*value, 'x', 20000);
		(*value)[20000] = 0;
	} else if (!strcmp(handler, "odd")) {
		*value = strdup("a \"b\" $c\\\n\t\xff");
	} else if (!strcmp(handler, "echo")) {
		*value = strdup(args);
	} else if (!strcmp(handler, "class") || !strcmp(handler, "name")) {
		*value = strdup(w->names[elem]);
	} else {
		ret = asprintf(value, "%ld", elem == 2 ? 7 : elem ? w->output : w->count);
	}
	return ret < 0 || !*value ? -ENOMEM : 0;
}

static int write_it(void *arg, uint32_t elem, const char *handler, const char *value,
		    struct sl_diags *d)
{
	struct world *w = arg;

	if (!(flags(arg, elem, handler) & SL_H_WRITE) || !strcmp(handler, "config"))
		abort();
	w->writes++;
	if (!strcmp(handler, "fail")) {
		sl_error(d, SL_NOPOS, "no", "it does not work");
		return -EBUSY;
	}
	w->output = atol(value);
	return 0;
}

static void say(void *arg, const char *line)
{
	struct world *w = arg;
	size_t len = strlen(line);
	char *grown;

	for (size_t i = 0; i < len; i++)
		if (line[i] < 32 || line[i] > 126)
			abort();
	if (len > SL_SCRIPT_LINE)
		abort();
	/* Enough to look at. */
	if (w->len > 65536)
		return;
	grown = realloc(w->text, w->len + len + 2);
	if (!grown)
		abort();
	memcpy(grown + w->len, line, len);
	memcpy(grown + w->len + len, "\n", 2);
	w->text = grown;
	w->len += len + 1;
}

static uint64_t now(void *arg)
{
	return ((struct world *)arg)->now;
}

static uint64_t wall(void *arg)
{
	return 1700000000000000000ull + now(arg);
}

static uint32_t random_bits(void *arg)
{
	static uint32_t x = 1;

	(void)arg;
	x = x * 1664525 + 1013904223;
	return x ^ x >> 16;
}

void world_open(struct world *w)
{
	struct sl_script_env env;

	*w = (struct world){.names = {"c", "sw", "in/c"}, .n = WORLD_SCRIPT};
	env = (struct sl_script_env){w,	  find, flags, read_it,	   write_it,
				     say, now,	wall,  random_bits};
	w->set = sl_scripts_new(&env);
	if (!w->set)
		abort();
}

void world_close(struct world *w)
{
	sl_scripts_free(w->set);
	free(w->text);
}

bool world_add(struct world *w, const char *name, const char *config, struct sl_diags *d)
{
	struct sl_script *s = NULL;
	int ret = sl_script_parse_config(name, config, SL_SCRIPT_ACTIVE, d, &s);

	if (!ret != !d->errors)
		abort();
	if (ret)
		return false;
	if (sl_scripts_add(w->set, w->n, name, s))
		return false;
	w->names[w->n++] = name;
	return true;
}

unsigned int world_run(struct world *w, unsigned int units, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && sl_scripts_due(w->set) <= w->now) {
		sl_scripts_turn(w->set, units);
		n++;
	}
	return n;
}
