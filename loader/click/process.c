// SPDX-License-Identifier: GPL-2.0-only
/*
 * Push and pull. Connected ports move packets the same way, and so do the agnostic ports of one
 * element that packets can pass between. Push and pull spread from the ports that are fixed;
 * where they meet is a conflict, and a port that neither reaches pushes.
 *
 * Inside an element the ports are joined through hubs, one for each letter of the flow code that
 * an agnostic input and an agnostic output share, which keeps it linear in the ports.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/check.h"
#include "loader/mem.h"

/* '#' and its negation say different things of each pair of ports: up to this many pairs are
 * looked at one by one, elements with more are taken as if packets could go from any to any. */
#define MAX_PAIRS 4096

#define NOTHING UINT32_MAX

/* Two nodes that must agree: a connection (conn below n_conns) or a way inside `elem`. */
struct edge {
	uint32_t a, b;
	uint32_t conn;
	uint32_t elem;
};

struct spread {
	struct check *c;
	struct edge *edges;
	uint32_t n_edges, cap_edges;
	uint32_t n_nodes; /* ports, then hubs */
	uint8_t *proc;
	uint32_t *from; /* the edge that brought it, NOTHING at a fixed port */
	uint32_t *first, *adjacent;
	uint32_t *queue;
};

static void free_spread(struct spread *s)
{
	free(s->edges);
	free(s->proc);
	free(s->from);
	free(s->first);
	free(s->adjacent);
	free(s->queue);
}

static void add_edge(struct spread *s, uint32_t a, uint32_t b, uint32_t conn, uint32_t elem)
{
	if (SL_GROW(s->edges, s->n_edges, s->cap_edges) < 0)
		s->c->err = -ENOMEM;
	else
		s->edges[s->n_edges++] = (struct edge){a, b, conn, elem};
}

/* An element's agnostic ports of one side. */
struct side {
	uint32_t first, n;
	bool output;
	const struct sl_class_spec *spec;
};

static bool agnostic(const struct side *s, uint32_t port)
{
	return click_processing(s->spec->processing, s->output, port) == SL_AGNOSTIC;
}

/* Ports of `s` from `port` on do not differ any more from each other in what the codes say. */
static uint32_t distinct(const struct side *s)
{
	size_t n = strlen(s->spec->processing ? s->spec->processing : "") +
		   strlen(s->spec->flow ? s->spec->flow : "");

	return s->n < n + 1 ? s->n : (uint32_t)n + 1;
}

static uint64_t side_letters(const struct side *s, bool *hash)
{
	uint64_t letters = 0;

	for (uint32_t i = 0; i < distinct(s); i++) {
		struct flow f = click_flow(s->spec->flow, s->output, i);

		if (!agnostic(s, i))
			continue;
		letters |= f.letters;
		*hash |= f.hash != HASH_NONE;
	}
	return letters;
}

/* Joins those ports of a side to `hub` that carry `letter`, or all when that is 0. */
static void join_hub(struct spread *s, const struct side *side, uint64_t letter, uint32_t hub,
		     uint32_t elem)
{
	uint32_t n = distinct(side);
	bool joined = false;

	for (uint32_t i = 0; i < side->n; i++) {
		if (i < n)
			joined = agnostic(side, i) &&
				 (!letter ||
				  (click_flow(side->spec->flow, side->output, i).letters & letter));
		if (joined)
			add_edge(s, side->first + i, hub, NOTHING, elem);
	}
}

static void join_pairs(struct spread *s, const struct side *in, const struct side *out,
		       uint32_t elem)
{
	for (uint32_t i = 0; i < in->n; i++) {
		struct flow fi = click_flow(in->spec->flow, false, i);

		for (uint32_t o = 0; agnostic(in, i) && o < out->n; o++) {
			struct flow fo = click_flow(out->spec->flow, true, o);

			if (agnostic(out, o) && click_flows(&fi, &fo, i, o))
				add_edge(s, in->first + i, out->first + o, NOTHING, elem);
		}
	}
}

static void join_inside(struct spread *s, uint32_t i)
{
	const struct sl_elem *e = &s->c->g->elems[i];
	struct side in = {s->c->in_first[i], e->n_in, false, e->spec};
	struct side out = {s->c->out_first[i], e->n_out, true, e->spec};
	bool hash_in = false, hash_out = false;
	uint64_t letters;

	if (!e->spec || !in.n || !out.n)
		return;
	letters = side_letters(&in, &hash_in) & side_letters(&out, &hash_out);
	if (hash_in && hash_out && (uint64_t)in.n * out.n <= MAX_PAIRS) {
		join_pairs(s, &in, &out, i);
		return;
	}
	if (hash_in && hash_out) {
		join_hub(s, &in, 0, s->n_nodes, i);
		join_hub(s, &out, 0, s->n_nodes, i);
		s->n_nodes++;
		return;
	}
	for (; letters; letters &= letters - 1) {
		join_hub(s, &in, letters & -letters, s->n_nodes, i);
		join_hub(s, &out, letters & -letters, s->n_nodes, i);
		s->n_nodes++;
	}
}

static int alloc_nodes(struct spread *s)
{
	uint32_t n = s->n_nodes, at = 0;

	s->proc = calloc(n + 1, sizeof(*s->proc));
	s->from = calloc(n + 1, sizeof(*s->from));
	s->first = calloc((size_t)n + 2, sizeof(*s->first));
	s->queue = calloc(n + 1, sizeof(*s->queue));
	s->adjacent = calloc(2 * (size_t)s->n_edges + 1, sizeof(*s->adjacent));
	if (!s->proc || !s->from || !s->first || !s->queue || !s->adjacent)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n_edges; i++) {
		s->first[s->edges[i].a]++;
		s->first[s->edges[i].b]++;
	}
	for (uint32_t i = 0; i <= n; i++)
		s->first[i] = at += s->first[i];
	for (uint32_t i = s->n_edges; i-- > 0;) {
		s->adjacent[--s->first[s->edges[i].a]] = i;
		s->adjacent[--s->first[s->edges[i].b]] = i;
	}
	return 0;
}

/* Fixed ports first, then whatever they reach, nearest first. */
static void spread_all(struct spread *s)
{
	struct sl_graph *g = s->c->g;
	uint32_t head = 0, tail = 0;

	for (size_t i = 0; i < g->n_elems; i++) {
		const struct sl_class_spec *spec = g->elems[i].spec;

		for (int output = 0; output < 2 && spec; output++) {
			uint32_t first = output ? s->c->out_first[i] : s->c->in_first[i];
			uint32_t n = output ? g->elems[i].n_out : g->elems[i].n_in;

			for (uint32_t p = 0; p < n; p++) {
				enum sl_processing proc =
					click_processing(spec->processing, output, p);

				s->proc[first + p] = proc;
				s->from[first + p] = NOTHING;
				if (proc != SL_AGNOSTIC)
					s->queue[tail++] = first + p;
			}
		}
	}
	while (head < tail) {
		uint32_t node = s->queue[head++];

		for (uint32_t k = s->first[node]; k < s->first[node + 1]; k++) {
			const struct edge *e = &s->edges[s->adjacent[k]];
			uint32_t other = e->a == node ? e->b : e->a;

			if (s->proc[other] != SL_AGNOSTIC)
				continue;
			s->proc[other] = s->proc[node];
			s->from[other] = s->adjacent[k];
			s->queue[tail++] = other;
		}
	}
}

/* Which element has this port, and as what. */
static const struct sl_elem *port_of(const struct spread *s, uint32_t node, bool *output,
				     uint32_t *port)
{
	const struct sl_graph *g = s->c->g;
	const uint32_t *first =
		node < s->c->in_first[g->n_elems] ? s->c->in_first : s->c->out_first;
	size_t lo = 0, hi = g->n_elems;

	/* The last element that starts at or before the port, so that port-less ones are passed. */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (first[mid] <= node)
			lo = mid;
		else
			hi = mid;
	}
	*output = first == s->c->out_first;
	*port = node - first[lo];
	return &g->elems[lo];
}

/* Back to the fixed port that made `node` what it is; the way inside an element leads over a
 * hub. */
static uint32_t source_of(const struct spread *s, uint32_t node)
{
	while (s->from[node] != NOTHING) {
		const struct edge *e = &s->edges[s->from[node]];

		node = e->a == node ? e->b : e->a;
	}
	return node;
}

/* The port of `elem` from which its hub got its value. */
static uint32_t hub_port(const struct spread *s, uint32_t node)
{
	while (node >= s->c->n_ports) {
		const struct edge *e = &s->edges[s->from[node]];

		node = e->a == node ? e->b : e->a;
	}
	return node;
}

static const char *proc_name(uint8_t proc)
{
	return proc == SL_PUSH ? "push" : "pull";
}

static void tell_source(const struct spread *s, struct sl_diag *diag, uint32_t node)
{
	uint32_t source = source_of(s, node), port;
	bool output;
	const struct sl_elem *e = port_of(s, source, &output, &port);
	struct sl_pos pos = sl_elem_pos(e);

	if (source != node)
		sl_diag_detail(diag, "%s:%u:%u: %s comes from %s %s %u", pos.file ? pos.file : "?",
			       pos.line, pos.col, proc_name(s->proc[node]),
			       click_elem_shown(s->c, e), output ? "output" : "input", port);
}

static void report(struct spread *s, const struct edge *edge)
{
	struct sl_graph *g = s->c->g;
	uint32_t a = hub_port(s, edge->a), b = hub_port(s, edge->b), port_a, port_b;
	bool out_a, out_b;
	const struct sl_elem *ea = port_of(s, a, &out_a, &port_a),
			     *eb = port_of(s, b, &out_b, &port_b);
	const struct sl_origin *origin;
	struct sl_diag *diag;

	if (edge->conn == NOTHING && out_a && !out_b) {
		report(s, &(struct edge){edge->b, edge->a, NOTHING, edge->elem});
		return;
	}
	if (edge->conn != NOTHING) {
		origin = g->conns[edge->conn].origin;
		diag = sl_error(s->c->d, origin ? origin->pos : sl_elem_pos(ea), "push-pull",
				"%s %s output %u connected to %s %s input %u",
				click_elem_shown(s->c, ea), proc_name(s->proc[a]), port_a,
				click_elem_shown(s->c, eb), proc_name(s->proc[b]), port_b);
		if (s->proc[a] == SL_PUSH)
			sl_diag_hint(diag, "put a Queue between them");
		else
			sl_diag_hint(diag, "put an Unqueue between them");
	} else {
		origin = ea->origin;
		diag = sl_error(s->c->d, sl_elem_pos(ea), "push-pull",
				"agnostic %s in mixed context: %s %s %u, %s %s %u",
				click_elem_shown(s->c, ea), proc_name(s->proc[a]),
				out_a ? "output" : "input", port_a, proc_name(s->proc[b]),
				out_b ? "output" : "input", port_b);
		if (out_a == out_b)
			sl_diag_hint(diag, "its ports must be all push or all pull");
		else if (s->proc[out_a ? b : a] == SL_PUSH)
			sl_diag_hint(diag, "put a Queue before or behind it");
		else
			sl_diag_hint(diag, "put an Unqueue before or behind it");
	}
	if (!diag)
		return;
	sl_diag_element(diag, ea->name);
	tell_source(s, diag, a);
	tell_source(s, diag, b);
	if (origin)
		sl_diag_origin(diag, origin->outer);
}

static void store(struct spread *s)
{
	struct sl_graph *g = s->c->g;

	for (size_t i = 0; i < g->n_elems; i++) {
		struct sl_elem *e = &g->elems[i];

		for (uint32_t p = 0; p < e->n_in; p++)
			e->in_proc[p] = s->proc[s->c->in_first[i] + p] ?: SL_PUSH;
		for (uint32_t p = 0; p < e->n_out; p++)
			e->out_proc[p] = s->proc[s->c->out_first[i] + p] ?: SL_PUSH;
	}
}

void click_check_processing(struct check *c)
{
	struct spread s SL_CLEANUP(free_spread) = {.c = c, .n_nodes = c->n_ports};
	struct sl_graph *g = c->g;

	for (size_t i = 0; i < g->n_conns; i++) {
		if (!c->bad[i])
			add_edge(&s, c->out_first[g->conns[i].from] + g->conns[i].from_port,
				 c->in_first[g->conns[i].to] + g->conns[i].to_port, (uint32_t)i,
				 NOTHING);
	}
	for (uint32_t i = 0; i < g->n_elems && !c->err; i++)
		join_inside(&s, i);
	if (c->err || alloc_nodes(&s) < 0) {
		c->err = -ENOMEM;
		return;
	}
	spread_all(&s);
	for (uint32_t i = 0; i < s.n_edges; i++) {
		const struct edge *e = &s.edges[i];

		/* An end that nothing reached has no neighbour that something reached. */
		if (s.proc[e->a] != s.proc[e->b])
			report(&s, e);
	}
	store(&s);
}
