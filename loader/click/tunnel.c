// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that go through compounds and groups. Each port of a compound's or group's side is a
 * tunnel end; a connection of elements follows the ends until it comes to elements again. Nothing
 * of the tunnels is left in the graph.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/expand.h"
#include "loader/mem.h"

/* Steps through tunnels, in multiples of max_conns: bounds fan-in times fan-out inside. */
#define STEP_FACTOR 32

/* One port of one tunnel. */
struct end {
	uint64_t key;	/* tunnel << 32 | port */
	uint32_t n_in;	/* connections that come here */
	uint32_t first; /* those that leave: succ[first .. first + n_out) */
	uint32_t n_out;
	uint32_t stamp; /* the last search that came by */
	bool reaches;	/* leads to an element, or to an error that was reported */
};

struct join {
	struct expansion *x;
	struct end *ends;
	uint32_t n_ends;
	uint32_t *succ; /* indexes into x->raw, by `from` */
	uint32_t *pred; /* the same, by `to` */
	uint32_t *pred_first;
	uint32_t *stack;
	struct click_set seen; /* connections made */
	struct click_set reported;
	uint32_t stamp;
	size_t steps;
};

static void free_join(struct join *j)
{
	free(j->ends);
	free(j->succ);
	free(j->pred);
	free(j->pred_first);
	free(j->stack);
}

static uint64_t end_key(uint32_t node, uint32_t port)
{
	return (uint64_t)(node & ~NODE_TUNNEL) << 32 | port;
}

static int by_key(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static uint32_t find_end(const struct join *j, uint32_t node, uint32_t port)
{
	uint64_t key = end_key(node, port);
	uint32_t lo = 0, hi = j->n_ends;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (j->ends[mid].key <= key)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* All tunnel ends that a connection mentions, sorted, with their connections. */
static int collect_ends(struct join *j)
{
	struct expansion *x = j->x;
	uint32_t n = 0, k = 0, at = 0;

	j->ends = calloc(x->n_raw * 2 + 1, sizeof(*j->ends));
	j->succ = calloc(x->n_raw + 1, sizeof(*j->succ));
	j->pred = calloc(x->n_raw + 1, sizeof(*j->pred));
	if (!j->ends || !j->succ || !j->pred)
		return -ENOMEM;
	for (size_t i = 0; i < x->n_raw; i++) {
		const struct raw_conn *c = &x->raw[i];

		if (c->from & NODE_TUNNEL)
			j->ends[n++].key = end_key(c->from, c->from_port);
		if (c->to & NODE_TUNNEL)
			j->ends[n++].key = end_key(c->to, c->to_port);
	}
	if (n)
		qsort(j->ends, n, sizeof(*j->ends), by_key);
	for (uint32_t i = 0; i < n; i++) {
		if (!i || j->ends[i].key != j->ends[k - 1].key)
			j->ends[k++].key = j->ends[i].key;
	}
	j->n_ends = k;
	j->stack = calloc(k + 1, sizeof(*j->stack));
	j->pred_first = calloc(k + 1, sizeof(*j->pred_first));
	if (!j->stack || !j->pred_first)
		return -ENOMEM;
	for (size_t i = 0; i < x->n_raw; i++) {
		const struct raw_conn *c = &x->raw[i];

		if (c->from & NODE_TUNNEL)
			j->ends[find_end(j, c->from, c->from_port)].n_out++;
		if (c->to & NODE_TUNNEL)
			j->ends[find_end(j, c->to, c->to_port)].n_in++;
	}
	for (uint32_t i = 0, p = 0; i < k; i++) {
		j->ends[i].first = at;
		at += j->ends[i].n_out;
		j->ends[i].n_out = 0;
		j->pred_first[i] = p;
		p += j->ends[i].n_in;
		j->ends[i].n_in = 0;
	}
	for (size_t i = 0; i < x->n_raw; i++) {
		const struct raw_conn *c = &x->raw[i];
		uint32_t e;

		if (c->from & NODE_TUNNEL) {
			e = find_end(j, c->from, c->from_port);
			j->succ[j->ends[e].first + j->ends[e].n_out++] = (uint32_t)i;
		}
		if (c->to & NODE_TUNNEL) {
			e = find_end(j, c->to, c->to_port);
			j->pred[j->pred_first[e] + j->ends[e].n_in++] = (uint32_t)i;
		}
	}
	return 0;
}

/* What is wrong in a body is wrong in each of its instances: told for the first of them. */
static bool first_report(struct join *j, const struct tunnel *t, uint64_t port)
{
	int ret = click_set_add(&j->reported, &j->x->r->mem, (uintptr_t)t->elem,
				(port & UINT32_MAX) << 1 | t->output);

	if (ret < 0)
		j->x->r->err = ret;
	return ret > 0;
}

/* A port with connections on one side only: unused, or not there. */
static void report_end(struct join *j, const struct end *e)
{
	const struct tunnel *t = &j->x->tunnels[e->key >> 32];
	uint32_t port = (uint32_t)e->key;
	const char *kind = t->output ? "output" : "input";
	bool unused = t->output ? !e->n_out : !e->n_in;
	const char *name = t->name ? t->name : "<anonymous group>";
	struct sl_diag *diag;

	if (t->quiet || !first_report(j, t, e->key))
		return;
	if (unused)
		diag = sl_error(j->x->r->d, t->origin->pos, "port-unused", "'%s' %s %u unused",
				name, kind, port);
	else
		diag = sl_error(j->x->r->d, t->origin->pos, "no-such-port", "'%s' has no %s %u",
				name, kind, port);
	sl_diag_element(diag, t->name);
	if (unused)
		sl_diag_hint(diag, "the compound uses '%s [%u]' inside; connect it here too", kind,
			     port);
	else
		sl_diag_hint(diag, "nothing is connected to '%s [%u]' inside", kind, port);
	sl_diag_origin(diag, t->origin->outer);
}

static void report_loop(struct join *j, const struct end *e)
{
	const struct tunnel *t = &j->x->tunnels[e->key >> 32];
	struct sl_diag *diag;

	if (t->quiet || !first_report(j, t, 0))
		return;
	diag = sl_error(j->x->r->d, t->origin->pos, "empty-loop",
			"connections through '%s' go round without an element in between",
			t->name ? t->name : "<anonymous group>");
	sl_diag_element(diag, t->name);
	sl_diag_hint(diag, "put an element into the loop, or take it away");
	sl_diag_origin(diag, t->origin->outer);
}

/* Marks what leads to an element or to a reported mistake; what is left over is a loop of
 * tunnels. */
static void check_ends(struct join *j)
{
	struct expansion *x = j->x;
	uint32_t n = 0;

	for (uint32_t i = 0; i < j->n_ends; i++) {
		struct end *e = &j->ends[i];

		if (!e->n_in || !e->n_out)
			report_end(j, e);
		e->reaches = !e->n_out;
		for (uint32_t k = 0; k < e->n_out && !e->reaches; k++)
			e->reaches = !(x->raw[j->succ[e->first + k]].to & NODE_TUNNEL);
		if (e->reaches)
			j->stack[n++] = i;
	}
	while (n) {
		uint32_t i = j->stack[--n];

		for (uint32_t k = 0; k < j->ends[i].n_in; k++) {
			const struct raw_conn *c = &x->raw[j->pred[j->pred_first[i] + k]];
			uint32_t from;

			if (!(c->from & NODE_TUNNEL))
				continue;
			from = find_end(j, c->from, c->from_port);
			if (!j->ends[from].reaches) {
				j->ends[from].reaches = true;
				j->stack[n++] = from;
			}
		}
	}
	for (uint32_t i = 0; i < j->n_ends; i++) {
		if (!j->ends[i].reaches)
			report_loop(j, &j->ends[i]);
	}
}

/* Adds a connection of elements once. */
static void add_conn(struct join *j, const struct raw_conn *from, const struct raw_conn *to)
{
	struct click_run *r = j->x->r;
	struct sl_graph *g = j->x->g;
	int ret = click_set_add(&j->seen, &r->mem, (uint64_t)from->from << 32 | from->from_port,
				(uint64_t)to->to << 32 | to->to_port);

	if (ret == 0)
		return;
	if (ret > 0 && g->n_conns >= r->max_conns) {
		click_limit(r, from->origin->pos, "connections after expansion", r->max_conns);
		return;
	}
	if (ret < 0 || SL_GROW(g->conns, g->n_conns, g->cap_conns) < 0) {
		r->err = -ENOMEM;
		return;
	}
	g->conns[g->n_conns++] =
		(struct sl_conn){from->from, from->from_port, to->to, to->to_port, from->origin};
}

/* Over ends with one way on: what compounds that only pass packets on are. */
static uint32_t skip_straight(struct join *j, uint32_t i)
{
	uint32_t first = i, last;

	for (;;) {
		const struct end *e = &j->ends[i];
		const struct raw_conn *c;

		if (e->n_out != 1 || !e->reaches)
			break;
		c = &j->x->raw[j->succ[e->first]];
		if (!(c->to & NODE_TUNNEL))
			break;
		i = find_end(j, c->to, c->to_port);
		j->steps++;
	}
	/* Let the next one go there directly. */
	for (last = i, i = first; i != last;) {
		struct raw_conn *c = &j->x->raw[j->succ[j->ends[i].first]];
		uint32_t next = find_end(j, c->to, c->to_port);

		c->to = NODE_TUNNEL | (uint32_t)(j->ends[last].key >> 32);
		c->to_port = (uint32_t)j->ends[last].key;
		i = next;
	}
	return last;
}

/* Puts the end that `c` leads to on the stack, once a search. */
static void visit(struct join *j, const struct raw_conn *c, uint32_t *n)
{
	uint32_t i = skip_straight(j, find_end(j, c->to, c->to_port));

	if (j->ends[i].stamp == j->stamp)
		return;
	j->ends[i].stamp = j->stamp;
	j->stack[(*n)++] = i;
}

static void follow(struct join *j, const struct raw_conn *start)
{
	struct click_run *r = j->x->r;
	uint32_t n = 0;

	j->stamp++;
	visit(j, start, &n);
	while (n && !r->err) {
		const struct end *e = &j->ends[j->stack[--n]];

		for (uint32_t k = 0; k < e->n_out && !r->err; k++) {
			const struct raw_conn *c = &j->x->raw[j->succ[e->first + k]];

			if (++j->steps > r->max_conns * STEP_FACTOR)
				click_limit(r, start->origin->pos,
					    "steps through compounds to find what is connected to "
					    "what",
					    r->max_conns * STEP_FACTOR);
			else if (c->to & NODE_TUNNEL)
				visit(j, c, &n);
			else
				add_conn(j, start, c);
		}
	}
}

void click_join_tunnels(struct expansion *x)
{
	struct join j SL_CLEANUP(free_join) = {.x = x};

	if (x->n_tunnels) {
		if (collect_ends(&j) < 0) {
			x->r->err = -ENOMEM;
			return;
		}
		check_ends(&j);
	}
	for (size_t i = 0; i < x->n_raw && !x->r->err; i++) {
		const struct raw_conn *c = &x->raw[i];

		if (c->from & NODE_TUNNEL)
			continue;
		if (c->to & NODE_TUNNEL)
			follow(&j, c);
		else
			add_conn(&j, c, c);
	}
}
