// SPDX-License-Identifier: GPL-2.0-only
/* Puts PathMTU into graphs: which ToDevices need it. */
#include <errno.h>
#include <string.h>

#include "bpf/element/to_device.h"
#include "loader/config/path_mtu.h"
#include "loader/mem.h"

extern const struct sl_class sl_class_path_mtu, sl_class_ip_fragmenter, sl_class_ip6_fragmenter;
extern const struct sl_class sl_class_icmp_error, sl_class_icmp6_error;

/* Where packets begin that ToDevices with an MTU of `mtu` and more need not look at. */
struct start {
	uint32_t mtu;
	uint32_t elem;
};

struct walk {
	struct sl_program *p;
	uint32_t *first; /* per element, and one past the last: its first place in `conns` */
	uint32_t *conns; /* the graph's connections, by the element they come from */
	uint32_t *todo;	 /* elements reached, in the order they were */
	bool *seen;	 /* per element: it was reached */
	bool *off;	 /* per ToDevice: sets nothing aside */
	struct start *starts;
	size_t n_todo, n_starts;
};

static struct to_device_conf *todev(const struct sl_program *p, uint32_t i)
{
	return p->insts[i].class->flags & SL_C_TODEV ? p->insts[i].conf : NULL;
}

/* Connections by where they come from. */
static void sort_conns(struct walk *w)
{
	const struct sl_graph *g = w->p->graph;
	uint32_t at = 0;

	for (size_t k = 0; k < g->n_conns; k++)
		w->first[g->conns[k].from]++;
	for (size_t i = 0; i <= g->n_elems; i++) {
		at += w->first[i];
		w->first[i] = at;
	}
	for (size_t k = g->n_conns; k-- > 0;)
		w->conns[--w->first[g->conns[k].from]] = (uint32_t)k;
}

/* What is behind an element; with `output0`, behind its output 0 alone. */
static void reach(struct walk *w, uint32_t from, bool output0)
{
	for (uint32_t k = w->first[from]; k < w->first[from + 1]; k++) {
		const struct sl_conn *c = &w->p->graph->conns[w->conns[k]];

		if ((output0 && c->from_port) || w->seen[c->to])
			continue;
		w->seen[c->to] = true;
		w->todo[w->n_todo++] = c->to;
	}
}

static int by_mtu(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	return x->mtu < y->mtu ? -1 : x->mtu > y->mtu;
}

/*
 * Behind an IPFragmenter no packet is longer than its MTU; behind an element that rewrites, none
 * may be quoted, which is as an MTU of 0. The smallest first: so each element is gone through once.
 * A packet that becomes an ICMP error is another one from there on.
 */
static void switch_off(struct walk *w)
{
	const struct sl_program *p = w->p;
	size_t done = 0;

	for (uint32_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_class *c = p->insts[i].class;
		uint32_t mtu = 0;

		if ((c->flags & SL_C_REWRITE) ||
		    ((c == &sl_class_ip_fragmenter || c == &sl_class_ip6_fragmenter) &&
		     !sl_inst_param(&p->insts[i], "MTU", &mtu)))
			w->starts[w->n_starts++] = (struct start){mtu, i};
	}
	qsort(w->starts, w->n_starts, sizeof(*w->starts), by_mtu);
	for (size_t s = 0; s < w->n_starts; s++) {
		reach(w, w->starts[s].elem, w->starts[s].mtu > 0);
		for (; done < w->n_todo; done++) {
			uint32_t i = w->todo[done];
			const struct to_device_conf *to = todev(p, i);

			if (to && p->devices.list[to->dev].mtu >= w->starts[s].mtu)
				w->off[i] = true;
			if (p->insts[i].class != &sl_class_icmp_error &&
			    p->insts[i].class != &sl_class_icmp6_error)
				reach(w, i, false);
		}
	}
}

/* Sets the ToDevices' MTUs; the first one that has one, or -1. */
static long choose(struct walk *w)
{
	struct sl_program *p = w->p;
	long first = -1;

	sort_conns(w);
	switch_off(w);
	for (uint32_t i = 0; i < p->graph->n_elems; i++) {
		struct to_device_conf *to = todev(p, i);

		if (!to || w->off[i] || !p->devices.list[to->dev].ip_link)
			continue;
		to->mtu = p->devices.list[to->dev].mtu;
		if (to->mtu && first < 0)
			first = i;
	}
	return first;
}

static int name_of(const struct sl_program *p, char **out)
{
	*out = strdup(SL_PATH_MTU_NAME);
	for (unsigned int k = 1; *out && sl_graph_find(p->graph, *out) >= 0; k++) {
		free(*out);
		if (asprintf(out, SL_PATH_MTU_NAME "%u", k) < 0)
			*out = NULL;
	}
	return *out ? 0 : -ENOMEM;
}

/* The element itself, said to come from the ToDevice `origin`. */
static int append(struct sl_program *p, uint32_t origin)
{
	struct sl_graph *g = p->graph;
	struct sl_inst *in = &p->insts[g->n_elems];
	struct sl_elem *e = &g->elems[g->n_elems];
	_free_ struct sl_devices *devices = malloc(sizeof(*devices));
	_free_ void *conf = calloc(1, 1); /* what is released has one */
	_free_ char *name = NULL;

	if (!devices || !conf || name_of(p, &name))
		return -ENOMEM;
	*devices = p->devices;
	*e = (struct sl_elem){
		.name = sl_graph_strdup(g, name),
		.class_name = sl_graph_strdup(g, sl_class_path_mtu.spec.name),
		.config = sl_graph_strdup(g, ""),
		.spec = &sl_class_path_mtu.spec,
		.origin = g->elems[origin].origin,
		.n_in = 1,
		.in_proc = sl_graph_alloc(g, sizeof(*e->in_proc)),
	};
	*in = (struct sl_inst){
		.class = &sl_class_path_mtu,
		.elem = e,
		.index = (uint32_t)g->n_elems,
		.conf = TAKE_PTR(conf),
		.priv = TAKE_PTR(devices),
	};
	g->n_elems++;
	if (!e->name || !e->class_name || !e->config || !e->in_proc)
		return -ENOMEM;
	e->in_proc[0] = SL_PUSH;
	for (uint32_t i = 0; i < in->index; i++)
		if (todev(p, i) && todev(p, i)->mtu)
			p->insts[i].aside = in->index;
	return 0;
}

bool sl_path_mtu_is(const struct sl_elem *e)
{
	return !strcmp(e->class_name, sl_class_path_mtu.spec.name) &&
	       !strncmp(e->name, SL_PATH_MTU_NAME, strlen(SL_PATH_MTU_NAME));
}

bool sl_device_has_ip6(const struct sl_device *dev)
{
	static const uint8_t none[16];

	return memcmp(dev->ip6, none, sizeof(none)) != 0;
}

/* A device without an address of a version that others have is likely an oversight. */
static void note(const struct sl_program *p, const struct sl_elem *at, struct sl_diags *d)
{
	bool v4 = false, v6 = false;

	for (size_t i = 0; i < p->devices.n; i++) {
		v4 |= p->devices.list[i].ip != 0;
		v6 |= sl_device_has_ip6(&p->devices.list[i]);
	}
	for (size_t i = 0; i < p->devices.n; i++) {
		const struct sl_device *dev = &p->devices.list[i];
		bool need4 = !dev->ip && (v4 || !v6), need6 = !sl_device_has_ip6(dev) && v6;

		if (!dev->ip_link || (!need4 && !need6))
			continue;
		sl_diag_hint(sl_note(d, sl_elem_pos(at), "no-mtu-answer",
				     "packets that came in by %s and are too long for the device "
				     "they leave by are dropped without an answer: %s has no %s "
				     "address",
				     dev->name, dev->name, need4 ? "IPv4" : "IPv6"),
			     "give its link an '%s' in the node file",
			     need4 ? "address" : "address6");
	}
}

int sl_path_mtu_room(struct sl_program *p)
{
	struct sl_graph *g = p->graph;

	return SL_GROW(g->elems, g->n_elems, g->cap_elems) < 0 ? -ENOMEM : 0;
}

int sl_path_mtu_add(struct sl_program *p, struct sl_diags *d)
{
	size_t n = p->graph->n_elems;
	_free_ uint32_t *first = calloc(n + 1, sizeof(*first));
	_free_ uint32_t *conns = calloc(p->graph->n_conns + 1, sizeof(*conns));
	_free_ uint32_t *todo = calloc(n + 1, sizeof(*todo));
	_free_ bool *seen = calloc(n + 1, sizeof(*seen)), *off = calloc(n + 1, sizeof(*off));
	_free_ struct start *starts = calloc(n + 1, sizeof(*starts));
	struct walk w = {.p = p,
			 .first = first,
			 .conns = conns,
			 .todo = todo,
			 .seen = seen,
			 .off = off,
			 .starts = starts};
	long at;
	int ret;

	if (!first || !conns || !todo || !seen || !off || !starts)
		return -ENOMEM;
	at = choose(&w);
	if (at < 0)
		return 0;
	ret = append(p, (uint32_t)at);
	if (!ret)
		note(p, &p->graph->elems[at], d);
	return ret;
}
