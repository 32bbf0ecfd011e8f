/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Graphs made from graphs: without what no packet needs, several joined to one network, and one
 * taken out of it again. All work on flattened graphs, and what they make can be written with
 * sl_graph_write().
 */
#ifndef SL_CLICK_TOOLS_H
#define SL_CLICK_TOOLS_H

#include "loader/click/graph.h"

struct sl_undead_opts {
	const struct sl_click_opts *click;
	/* Whether an element does more than pass, change and choose packets, so that it matters
	 * also when they go nowhere afterwards: it counts, prints, learns. NULL: none does. */
	bool (*visible)(const struct sl_elem *e, void *arg);
	/* Whether it is certain that no packet leaves an element (by its index in the graph as
	 * given) by output `out`. NULL: nothing is certain. */
	bool (*never)(uint32_t elem, uint32_t out, void *arg);
	void *arg;
};

/*
 * Takes away what no packet reaches and what packets only reach to go nowhere, and what passes
 * packets on unchanged; ports left open are connected to one Idle. docs/click.md has the rules.
 * Elements whose names stand in the arguments of others stay. 0; -EINVAL when the graph has
 * mistakes (in `d`), -ENOMEM: the graph can then only be freed.
 */
int sl_graph_undead(struct sl_graph *g, const struct sl_undead_opts *opts, struct sl_diags *d);

/* The class that stands between routers in a combined graph. Known to these tools alone: there is
 * nothing in it that could run. */
extern const struct sl_class_spec sl_router_link;

struct sl_router {
	const char *name; /* a Click identifier without '/' */
	const struct sl_graph *graph;
};

/*
 * Joins routers: element x of router A becomes A/x. A link "A.eth1 B.eth0" (or "A.eth1=B.eth0")
 * puts a RouterLink in place of A's ToDevice(eth1) and B's FromDevice(eth0); instead of the
 * device's the element's name may be given. Links that share an end share a RouterLink. 0, -EINVAL
 * (messages in `d`), -ENOMEM.
 */
int sl_graph_combine(const struct sl_router *routers, size_t n_routers, const char *const *links,
		     size_t n_links, struct sl_diags *d, struct sl_graph **out);

/* The router called `name` of a combined graph. 0, -EINVAL (messages in `d`), -ENOMEM. */
int sl_graph_uncombine(const struct sl_graph *g, const char *name, struct sl_diags *d,
		       struct sl_graph **out);

#endif
