// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of a flattened graph, in Click's order: classes, port numbers, push and pull, every port
 * connected and no push output or pull input twice.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/check.h"
#include "loader/click/scope.h"
#include "loader/mem.h"

/* Ports of all elements together: a graph with more has most of them unconnected. */
#define MAX_PORTS ((uint64_t)4 << 20)

/* Where the connections of each port are: conns[first[p] .. first[p + 1]). */
struct port_index {
	uint32_t *first;
	uint32_t *conns;
};

const char *click_elem_shown(struct check *c, const struct sl_elem *e)
{
	size_t size = strlen(e->name) + strlen(e->class_name) + 8;
	char *s = click_alloc(&c->mem, size);

	if (!s)
		return "?";
	snprintf(s, size, "'%s :: %s'", e->name, e->class_name);
	return s;
}

static struct sl_diag *elem_error(struct check *c, const struct sl_elem *e, struct sl_diag *diag)
{
	(void)c;
	sl_diag_element(diag, e->name);
	if (e->origin)
		sl_diag_origin(diag, e->origin->outer);
	return diag;
}

static void unknown_class(struct check *c, const struct sl_elem *e,
			  const struct sl_classes *classes)
{
	const char *hint = NULL, *why = NULL, *near;
	struct sl_diag *diag;

	if (classes && classes->elsewhere)
		why = classes->elsewhere(e->class_name, &hint, classes->arg);
	if (why) {
		diag = sl_error(c->d, sl_elem_pos(e), "unknown-class", "'%s' %s", e->class_name,
				why);
		sl_diag_hint(elem_error(c, e, diag), "%s", hint);
		return;
	}
	diag = elem_error(c, e,
			  sl_error(c->d, sl_elem_pos(e), "unknown-class",
				   "unknown element class '%s'", e->class_name));
	near = diag ? click_nearest_spec(classes, e->class_name) : NULL;
	if (near)
		sl_diag_hint(diag, "did you mean '%s'?", near);
	else
		sl_diag_hint(diag, "no class of a similar name is known");
}

static void find_classes(struct check *c, const struct sl_classes *classes, bool known_bad)
{
	for (size_t i = 0; i < c->g->n_elems; i++) {
		struct sl_elem *e = &c->g->elems[i];
		e->spec = classes && *e->class_name ? classes->find(e->class_name, classes->arg)
						    : NULL;
		if (e->spec || (known_bad && !*e->class_name))
			continue;
		unknown_class(c, e, classes);
	}
}

static void check_elements(struct check *c)
{
	for (size_t i = 0; i < c->g->n_conns; i++) {
		const struct sl_conn *conn = &c->g->conns[i];

		if (conn->from < c->g->n_elems && conn->to < c->g->n_elems)
			continue;
		sl_diag_hint(sl_error(c->d, conn->origin ? conn->origin->pos : SL_NOPOS,
				      "bad-connection",
				      "connection names element number %u, there are %zu",
				      conn->from < c->g->n_elems ? conn->to : conn->from,
				      c->g->n_elems),
			     "whatever made this graph left a connection to nowhere");
		c->bad[i] = true;
	}
}

static uint32_t clamp(uint32_t n, uint32_t lo, uint32_t hi)
{
	return n < lo ? lo : n > hi ? hi : n;
}

/* n_in and n_out: what is used, within what the class has. */
static void count_ports(struct check *c)
{
	uint64_t ports = 0;

	for (size_t i = 0; i < c->g->n_elems; i++)
		c->g->elems[i].n_in = c->g->elems[i].n_out = 0;
	for (size_t i = 0; i < c->g->n_conns; i++) {
		const struct sl_conn *conn = &c->g->conns[i];
		struct sl_elem *from, *to;

		if (c->bad[i])
			continue;
		from = &c->g->elems[conn->from];
		to = &c->g->elems[conn->to];
		if (from->n_out <= conn->from_port)
			from->n_out = conn->from_port + 1;
		if (to->n_in <= conn->to_port)
			to->n_in = conn->to_port + 1;
	}
	for (size_t i = 0; i < c->g->n_elems; i++) {
		struct sl_elem *e = &c->g->elems[i];
		struct port_counts n;

		ports += (uint64_t)e->n_in + e->n_out;
		if (!e->spec)
			continue;
		if (click_port_counts(e->spec->ports ? e->spec->ports : "0", &n) < 0) {
			elem_error(c, e,
				   sl_diag_hint(sl_error(c->d, sl_elem_pos(e), "bad-class",
							 "class '%s' has the bad port code '%s'",
							 e->class_name, e->spec->ports),
						"correct the class's description"));
			e->spec = NULL;
			continue;
		}
		e->n_in = clamp(e->n_in, n.in_lo, n.in_hi);
		e->n_out =
			n.out_follows ? e->n_in + n.out_more : clamp(e->n_out, n.out_lo, n.out_hi);
		ports += (uint64_t)e->n_in + e->n_out;
	}
	if (ports > MAX_PORTS && !c->err) {
		sl_diag_hint(sl_error(c->d, SL_NOPOS, "limit", "more than %llu ports",
				      (unsigned long long)MAX_PORTS),
			     "use the ports from 0 on without gaps");
		c->err = -E2BIG;
	}
}

static void no_such_port(struct check *c, const struct sl_conn *conn, bool output)
{
	const struct sl_elem *e = &c->g->elems[output ? conn->from : conn->to];
	uint32_t n = output ? e->n_out : e->n_in, port = output ? conn->from_port : conn->to_port;
	const char *kind = output ? "output" : "input";
	struct sl_diag *diag =
		sl_error(c->d, conn->origin ? conn->origin->pos : sl_elem_pos(e), "no-such-port",
			 "%s has no %s %u", click_elem_shown(c, e), kind, port);

	sl_diag_element(diag, e->name);
	if (!n)
		sl_diag_hint(diag, "%s has no %ss at all", e->class_name, kind);
	else if (n == 1)
		sl_diag_hint(diag, "the only %s of %s is 0", kind, e->class_name);
	else
		sl_diag_hint(diag, "the %ss of %s here are 0 to %u", kind, e->class_name, n - 1);
	if (conn->origin)
		sl_diag_origin(diag, conn->origin->outer);
}

static void check_range(struct check *c)
{
	for (size_t i = 0; i < c->g->n_conns; i++) {
		const struct sl_conn *conn = &c->g->conns[i];

		if (c->bad[i])
			continue;
		if (conn->from_port >= c->g->elems[conn->from].n_out) {
			no_such_port(c, conn, true);
			c->bad[i] = true;
		}
		if (conn->to_port >= c->g->elems[conn->to].n_in) {
			no_such_port(c, conn, false);
			c->bad[i] = true;
		}
	}
}

/* Numbers all ports through: inputs of all elements, then outputs. */
static int number_ports(struct check *c)
{
	struct sl_graph *g = c->g;
	uint32_t n = 0;

	c->in_first = click_alloc_array(&c->mem, g->n_elems + 1, sizeof(*c->in_first));
	c->out_first = click_alloc_array(&c->mem, g->n_elems + 1, sizeof(*c->out_first));
	if (!c->in_first || !c->out_first)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_elems; i++) {
		c->in_first[i] = n;
		n += g->elems[i].n_in;
	}
	c->in_first[g->n_elems] = n;
	for (size_t i = 0; i < g->n_elems; i++) {
		c->out_first[i] = n;
		n += g->elems[i].n_out;
	}
	c->out_first[g->n_elems] = n;
	c->n_ports = n;
	for (size_t i = 0; i < g->n_elems; i++) {
		struct sl_elem *e = &g->elems[i];

		e->in_proc = sl_graph_alloc(g, (e->n_in + 1) * sizeof(*e->in_proc));
		e->out_proc = sl_graph_alloc(g, (e->n_out + 1) * sizeof(*e->out_proc));
		if (!e->in_proc || !e->out_proc)
			return -ENOMEM;
	}
	return 0;
}

/* The ports of a connection that exist: how many. */
static int conn_ends(const struct check *c, const struct sl_conn *conn, uint32_t ends[2])
{
	const struct sl_graph *g = c->g;
	int n = 0;

	if (conn->from < g->n_elems && conn->from_port < g->elems[conn->from].n_out)
		ends[n++] = c->out_first[conn->from] + conn->from_port;
	if (conn->to < g->n_elems && conn->to_port < g->elems[conn->to].n_in)
		ends[n++] = c->in_first[conn->to] + conn->to_port;
	return n;
}

static int index_ports(struct check *c, struct port_index *x)
{
	const struct sl_graph *g = c->g;
	uint32_t at = 0;

	x->first = click_alloc_array(&c->mem, c->n_ports + 1, sizeof(*x->first));
	x->conns = click_alloc_array(&c->mem, 2 * g->n_conns + 1, sizeof(*x->conns));
	if (!x->first || !x->conns)
		return -ENOMEM;
	/* Both ends of a connection count even if the other end is wrong. */
	for (size_t i = 0; i < g->n_conns; i++) {
		uint32_t ends[2];

		for (int n = conn_ends(c, &g->conns[i], ends); n-- > 0;)
			x->first[ends[n]]++;
	}
	for (uint32_t p = 0; p <= c->n_ports; p++) {
		uint32_t n = p < c->n_ports ? x->first[p] : 0;

		x->first[p] = at += n;
	}
	/* Filled from the back, which leaves `first` at the start of each port's part. */
	for (size_t i = g->n_conns; i-- > 0;) {
		uint32_t ends[2];

		for (int n = conn_ends(c, &g->conns[i], ends); n-- > 0;)
			x->conns[--x->first[ends[n]]] = (uint32_t)i;
	}
	return 0;
}

static void report_reuse(struct check *c, const struct port_index *x, const struct sl_elem *e,
			 bool output, uint32_t port, uint32_t p)
{
	const struct sl_conn *second = &c->g->conns[x->conns[x->first[p] + 1]];
	struct sl_diag *diag =
		sl_error(c->d, second->origin ? second->origin->pos : sl_elem_pos(e), "port-reused",
			 "illegal reuse of %s %s %u", click_elem_shown(c, e),
			 output ? "push output" : "pull input", port);

	if (!diag)
		return;
	sl_diag_element(diag, e->name);
	sl_diag_hint(diag,
		     output ? "a push output has one connection; put a Tee before them to copy "
			      "packets, or use another output"
			    : "a pull input has one connection; put a scheduler "
			      "(RoundRobinSched, PrioSched) before it");
	for (uint32_t i = x->first[p]; i < x->first[p + 1] && i < x->first[p] + 8; i++) {
		const struct sl_conn *conn = &c->g->conns[x->conns[i]];
		const struct sl_elem *other = &c->g->elems[output ? conn->to : conn->from];

		if (conn->origin)
			sl_diag_detail(diag, "%s:%u:%u: connected %s %s", conn->origin->pos.file,
				       conn->origin->pos.line, conn->origin->pos.col,
				       output ? "to" : "from", click_elem_shown(c, other));
	}
	if (second->origin)
		sl_diag_origin(diag, second->origin->outer);
}

static void report_unused(struct check *c, const struct sl_elem *e, bool output, uint32_t lo,
			  uint32_t hi, enum sl_processing proc)
{
	const char *kind = output ? "output" : "input", *fix;
	struct sl_diag *diag;

	if (lo == hi)
		diag = sl_error(c->d, sl_elem_pos(e), "port-unused", "%s %s %u unused",
				click_elem_shown(c, e), kind, lo);
	else
		diag = sl_error(c->d, sl_elem_pos(e), "port-unused", "%s %ss %u to %u unused",
				click_elem_shown(c, e), kind, lo, hi);
	if (output)
		fix = proc == SL_PULL ? "connect it, or end it with '-> Idle'"
				      : "connect it, or drop its packets with '-> Discard'";
	else
		fix = "connect something to it, or 'Idle -> ' if nothing is to come in";
	sl_diag_hint(diag, "%s", fix);
	elem_error(c, e, diag);
}

/* The ports of one side of one element. */
static void check_side(struct check *c, const struct port_index *x, size_t i, bool output)
{
	const struct sl_elem *e = &c->g->elems[i];
	uint32_t first = output ? c->out_first[i] : c->in_first[i];
	uint32_t n = output ? e->n_out : e->n_in, gap = UINT32_MAX;
	const enum sl_processing *proc = output ? e->out_proc : e->in_proc;

	for (uint32_t port = 0; port <= n; port++) {
		uint32_t used = port < n ? x->first[first + port + 1] - x->first[first + port] : 1;

		if (!used && gap == UINT32_MAX)
			gap = port;
		if (used && gap != UINT32_MAX) {
			report_unused(c, e, output, gap, port - 1, proc[gap]);
			gap = UINT32_MAX;
		}
		if (port < n && used > 1 && proc[port] == (output ? SL_PUSH : SL_PULL))
			report_reuse(c, x, e, output, port, first + port);
	}
}

static void check_complete(struct check *c)
{
	struct port_index x;

	if (index_ports(c, &x) < 0) {
		c->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < c->g->n_elems; i++) {
		if (!c->g->elems[i].spec)
			continue;
		check_side(c, &x, i, false);
		check_side(c, &x, i, true);
	}
}

static void free_check(struct check *c)
{
	click_arena_free(&c->mem);
}

int click_check(struct sl_graph *g, const struct sl_click_opts *opts, struct sl_diags *d,
		bool known_bad)
{
	struct check c SL_CLEANUP(free_check) = {.g = g, .d = d};
	unsigned int errors = d->errors;

	c.bad = click_alloc_array(&c.mem, g->n_conns + 1, sizeof(*c.bad));
	if (!c.bad)
		return -ENOMEM;
	find_classes(&c, opts->classes, known_bad);
	check_elements(&c);
	count_ports(&c);
	if (c.err)
		return c.err;
	check_range(&c);
	if (number_ports(&c) < 0)
		return -ENOMEM;
	click_check_processing(&c);
	if (!c.err)
		check_complete(&c);
	if (c.err)
		return c.err;
	return d->errors == errors ? 0 : -EINVAL;
}

int sl_graph_check(struct sl_graph *g, const struct sl_click_opts *opts, struct sl_diags *d)
{
	return click_check(g, opts, d, false);
}
