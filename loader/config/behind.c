// SPDX-License-Identifier: GPL-2.0-only
/* Walks the connections of a graph from one output to the devices it leads to. */
#include <errno.h>
#include <string.h>

#include "loader/config/behind.h"
#include "loader/config/config.h"
#include "loader/mem.h"

/* The device of a ToDevice, from its arguments: it may not be configured yet. NULL when it names
 * none, which is reported when it is. */
static int device_of(const struct sl_program *p, const struct sl_inst *in,
		     const struct sl_device **out)
{
	struct sl_match m = {0};
	const struct sl_class *c = in->class;
	const char *text = NULL, *why;
	uint8_t index;

	*out = NULL;
	if (sl_match_args(c, in->elem->args, in->elem->n_args, &m))
		return -ENOMEM;
	for (size_t i = 0; c->params[i].name; i++) {
		int j = m.arg[i];

		if (c->params[i].type != SL_T_DEV || j < 0)
			continue;
		text = in->elem->args[j].text;
		if (m.keyword[i])
			text = sl_arg_value(text);
	}
	sl_match_free(&m);
	if (!text || sl_parse_value(SL_T_DEV, text, p, in->elem, &index, &why))
		return 0;
	for (size_t i = 0; i < p->devices.n; i++) {
		if (p->devices.list[i].index == index)
			*out = &p->devices.list[i];
	}
	return 0;
}

int sl_ip_link_behind(const struct sl_program *p, const struct sl_inst *in, uint32_t port,
		      const struct sl_device **out)
{
	const struct sl_graph *g = p->graph;
	_free_ bool *seen = calloc(g->n_elems, sizeof(*seen));
	_free_ uint32_t *todo = calloc(g->n_elems, sizeof(*todo));
	const struct sl_device *found = NULL;
	bool others = false;
	size_t n = 0;

	if (!seen || !todo)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_conns; i++) {
		const struct sl_conn *c = &g->conns[i];

		if (c->from == in->index && c->from_port == port && !seen[c->to]) {
			seen[c->to] = true;
			todo[n++] = c->to;
		}
	}
	while (n) {
		const struct sl_inst *at = &p->insts[todo[--n]];
		const struct sl_device *dev;

		if (at->class && at->class->flags & SL_C_TODEV) {
			if (device_of(p, at, &dev))
				return -ENOMEM;
			if (dev && dev->ip_link)
				found = dev;
			else
				others = true;
			continue;
		}
		for (size_t i = 0; i < g->n_conns; i++) {
			const struct sl_conn *c = &g->conns[i];

			if (c->from == at->index && !seen[c->to]) {
				seen[c->to] = true;
				todo[n++] = c->to;
			}
		}
	}
	*out = others ? NULL : found;
	return 0;
}
