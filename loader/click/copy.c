// SPDX-License-Identifier: GPL-2.0-only
/* Parts of a graph copied into another one. */
#include <errno.h>
#include <string.h>

#include "loader/click/combine.h"
#include "loader/mem.h"

int click_copy_elem(struct sl_graph *g, const struct sl_elem *e, const char *name)
{
	struct sl_elem c = {0};
	int ret;

	c.name = sl_graph_strdup(g, name);
	c.class_name = sl_graph_strdup(g, e->class_name);
	if (!c.name || !c.class_name || SL_GROW(g->elems, g->n_elems, g->cap_elems))
		return -ENOMEM;
	ret = sl_graph_configure(g, &c, e->config);
	if (!ret)
		g->elems[g->n_elems++] = c;
	return ret;
}

int click_copy_conn(struct sl_graph *g, const struct sl_conn *c, uint32_t from, uint32_t to)
{
	if (SL_GROW(g->conns, g->n_conns, g->cap_conns))
		return -ENOMEM;
	g->conns[g->n_conns++] = (struct sl_conn){from, c->from_port, to, c->to_port, NULL};
	return 0;
}

static bool required(const struct sl_graph *g, const char *item)
{
	for (size_t i = 0; i < g->n_requirements; i++)
		if (!strcmp(g->requirements[i], item))
			return true;
	return false;
}

int click_copy_requirements(struct sl_graph *g, const struct sl_graph *from)
{
	for (size_t i = 0; i < from->n_requirements; i++) {
		if (required(g, from->requirements[i]))
			continue;
		if (SL_GROW(g->requirements, g->n_requirements, g->cap_requirements))
			return -ENOMEM;
		g->requirements[g->n_requirements] = sl_graph_strdup(g, from->requirements[i]);
		if (!g->requirements[g->n_requirements])
			return -ENOMEM;
		g->n_requirements++;
	}
	return 0;
}
