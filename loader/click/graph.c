// SPDX-License-Identifier: GPL-2.0-only
/* The graph itself: its memory, its names, where things came from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/args.h"
#include "loader/click/expand.h"

struct sl_graph *sl_graph_new(void)
{
	struct sl_graph *g = calloc(1, sizeof(*g));

	if (g)
		g->arena = calloc(1, sizeof(struct graph_mem));
	if (g && !g->arena) {
		free(g);
		return NULL;
	}
	return g;
}

void sl_graph_free(struct sl_graph *g)
{
	struct graph_mem *mem;

	if (!g)
		return;
	mem = g->arena;
	if (mem)
		click_arena_free(&mem->arena);
	free(mem);
	free(g->elems);
	free(g->conns);
	free(g->requirements);
	free(g);
}

struct click_arena *click_graph_arena(const struct sl_graph *g)
{
	return &((struct graph_mem *)g->arena)->arena;
}

void *sl_graph_alloc(struct sl_graph *g, size_t size)
{
	return click_alloc(click_graph_arena(g), size);
}

char *sl_graph_strdup(struct sl_graph *g, const char *text)
{
	return click_strndup(click_graph_arena(g), text, strlen(text));
}

int sl_graph_configure(struct sl_graph *g, struct sl_elem *e, const char *config)
{
	const struct click_mark mark = {.pos = sl_elem_pos(e)};
	char *copy = sl_graph_strdup(g, config);
	const struct click_text t = {copy, copy ? strlen(copy) : 0, &mark, 1};
	struct sl_arg *args = NULL;
	size_t n = 0;
	int ret = copy ? click_split_args(click_graph_arena(g), &t, &args, &n) : -ENOMEM;

	if (ret)
		return ret;
	e->config = copy;
	e->args = args;
	e->n_args = n;
	return 0;
}

int click_graph_index(const struct sl_graph *g)
{
	struct graph_mem *mem = g->arena;
	struct click_map names = {0};

	for (size_t i = 0; i < g->n_elems; i++) {
		const char *name = g->elems[i].name;
		size_t len = strlen(name);

		if (!click_map_get(&names, name, len) &&
		    click_map_put(&names, &mem->arena, name, len, (void *)(uintptr_t)(i + 1)) < 0)
			return -ENOMEM;
	}
	mem->names = names;
	return 0;
}

long sl_graph_find(const struct sl_graph *g, const char *name)
{
	const struct graph_mem *mem = g->arena;
	uintptr_t i = (uintptr_t)click_map_get(&mem->names, name, strlen(name));

	if (i && i <= g->n_elems && !strcmp(g->elems[i - 1].name, name))
		return (long)i - 1;
	/* Not there, or added or renamed since the names were indexed. */
	for (i = 0; i < g->n_elems; i++) {
		if (!strcmp(g->elems[i].name, name))
			return (long)i;
	}
	return -1;
}

struct sl_pos sl_elem_pos(const struct sl_elem *e)
{
	return e->origin ? e->origin->pos : SL_NOPOS;
}

void sl_diag_origin(struct sl_diag *diag, const struct sl_origin *origin)
{
	for (; diag && origin; origin = origin->outer)
		sl_diag_detail(diag, "%s:%u:%u: expanded from here",
			       origin->pos.file ? origin->pos.file : "?", origin->pos.line,
			       origin->pos.col);
}
