// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dead parts taken away, round by round until nothing changes: what live.c does not keep goes, what
 * passes packets on unchanged is bridged, Tees and schedulers lose ports without use, and every
 * port left open is connected to one Idle.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/check.h"
#include "loader/click/live.h"
#include "loader/mem.h"

#define NOTHING UINT32_MAX
#define SEVERAL (UINT32_MAX - 1)

struct undead {
	struct sl_graph *g;
	const struct sl_undead_opts *opts;
	uint32_t *orig;		/* element to its index in the graph as given */
	struct click_arena mem; /* of one round */
	bool *named;
	bool changed;
};

/* ---- Elements and connections that go --------------------------------------------------------*/

/* Moves those that stay together. `stay` and what else is by element follows. */
static int drop_elements(struct undead *u, const bool *stay, bool *named)
{
	struct sl_graph *g = u->g;
	uint32_t *to = click_alloc_array(&u->mem, g->n_elems + 1, sizeof(*to));
	uint32_t n = 0;

	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < g->n_elems; i++) {
		to[i] = n;
		if (!stay[i]) {
			u->changed |= click_role(&g->elems[i]) != ROLE_IDLE;
			continue;
		}
		named[n] = named[i];
		u->orig[n] = u->orig[i];
		g->elems[n++] = g->elems[i];
	}
	for (size_t k = 0; k < g->n_conns; k++) {
		g->conns[k].from = to[g->conns[k].from];
		g->conns[k].to = to[g->conns[k].to];
	}
	g->n_elems = n;
	return 0;
}

static int prune(struct undead *u)
{
	struct live l = {.g = u->g, .opts = u->opts, .orig = u->orig, .mem = &u->mem};
	size_t n = 0;
	int ret = click_live(&l);

	if (ret)
		return ret;
	for (size_t k = 0; k < u->g->n_conns; k++)
		if (click_live_conn(&l, &u->g->conns[k]))
			u->g->conns[n++] = u->g->conns[k];
	u->g->n_conns = n;
	u->named = l.named;
	return drop_elements(u, l.kept, l.named);
}

/* ---- Bridges ---------------------------------------------------------------------------------*/

/* The one port of a side that is connected, and one of its connections. */
struct only {
	uint32_t port, conn;
};

struct place {
	uint32_t elem, port;
};

struct bridge {
	struct only in, out;
	bool over;	 /* packets go past the element: */
	struct place at; /* pushed, to here; pulled, from here */
};

static void note_port(struct only *o, uint32_t port, uint32_t conn)
{
	if (o->port == NOTHING)
		*o = (struct only){port, conn};
	else if (o->port != port)
		o->port = SEVERAL;
}

static bool bridgeable(enum role role)
{
	return role == ROLE_NULL || role == ROLE_SWITCH || role == ROLE_PULL_SWITCH ||
	       role == ROLE_TEE || role == ROLE_PULL_TEE || role == ROLE_SCHED ||
	       role == ROLE_STRIDE;
}

static struct place find(struct bridge *b, struct place at)
{
	struct place end = at;

	while (b[end.elem].over)
		end = b[end.elem].at;
	/* The next one that asks has it shorter. */
	while (b[at.elem].over) {
		struct place next = b[at.elem].at;

		b[at.elem].at = end;
		at = next;
	}
	return end;
}

/* One port connected on each side, and what decides between push and pull is not lost. */
static bool can_bridge(const struct undead *u, const struct bridge *b, uint32_t e)
{
	const struct sl_graph *g = u->g;
	const struct sl_elem *el = &g->elems[e], *from;
	enum sl_processing proc;

	if (u->named[e] || !bridgeable(click_role(el)) || b->in.port >= SEVERAL ||
	    b->out.port >= SEVERAL)
		return false;
	proc = el->out_proc[b->out.port];
	if (proc != el->in_proc[b->in.port])
		return false;
	from = &g->elems[g->conns[b->in.conn].from];
	return proc != SL_PULL || click_role(el) == ROLE_NULL ||
	       click_processing(from->spec->processing, true, g->conns[b->in.conn].from_port) ==
		       SL_PULL;
}

static void plan_bridge(struct undead *u, struct bridge *b, uint32_t e)
{
	const struct sl_graph *g = u->g;
	const struct sl_conn *in, *out;
	struct place at;

	if (!can_bridge(u, &b[e], e))
		return;
	in = &g->conns[b[e].in.conn];
	out = &g->conns[b[e].out.conn];
	if (g->elems[e].out_proc[b[e].out.port] == SL_PULL)
		at = (struct place){in->from, in->from_port};
	else
		at = (struct place){out->to, out->to_port};
	at = find(b, at);
	/* A circle has to keep one. */
	if (at.elem == e)
		return;
	b[e].at = at;
	b[e].over = true;
}

/* A pushed packet goes on to where the bridge leads, a pulled one comes from there. */
static void lay_bridges(struct undead *u, struct bridge *b)
{
	struct sl_graph *g = u->g;
	size_t n = 0;

	for (size_t k = 0; k < g->n_conns; k++) {
		struct sl_conn c = g->conns[k];
		bool pull = g->elems[c.from].out_proc[c.from_port] == SL_PULL;
		struct place at;

		if (b[pull ? c.to : c.from].over)
			continue;
		at = pull ? (struct place){c.from, c.from_port} : (struct place){c.to, c.to_port};
		at = find(b, at);
		if (pull)
			c.from = at.elem, c.from_port = at.port;
		else
			c.to = at.elem, c.to_port = at.port;
		g->conns[n++] = c;
	}
	g->n_conns = n;
}

static int bridge(struct undead *u)
{
	struct sl_graph *g = u->g;
	struct bridge *b = click_alloc_array(&u->mem, g->n_elems + 1, sizeof(*b));
	bool *stay = click_alloc_array(&u->mem, g->n_elems + 1, sizeof(*stay));

	if (!b || !stay)
		return -ENOMEM;
	for (size_t e = 0; e < g->n_elems; e++)
		b[e].in.port = b[e].out.port = NOTHING;
	for (uint32_t k = 0; k < g->n_conns; k++) {
		note_port(&b[g->conns[k].from].out, g->conns[k].from_port, k);
		note_port(&b[g->conns[k].to].in, g->conns[k].to_port, k);
	}
	for (uint32_t e = 0; e < g->n_elems; e++)
		plan_bridge(u, b, e);
	lay_bridges(u, b);
	for (size_t e = 0; e < g->n_elems; e++)
		stay[e] = !b[e].over;
	return drop_elements(u, stay, u->named);
}

/* ---- Ports -----------------------------------------------------------------------------------*/

struct ports {
	uint32_t *in_first, *out_first;
	bool *in, *out; /* connected */
};

static int find_ports(struct undead *u, struct ports *p)
{
	const struct sl_graph *g = u->g;
	size_t n = g->n_elems;

	p->in_first = click_alloc_array(&u->mem, n + 1, sizeof(uint32_t));
	p->out_first = click_alloc_array(&u->mem, n + 1, sizeof(uint32_t));
	if (!p->in_first || !p->out_first)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		p->in_first[i + 1] = p->in_first[i] + g->elems[i].n_in;
		p->out_first[i + 1] = p->out_first[i] + g->elems[i].n_out;
	}
	p->in = click_alloc_array(&u->mem, p->in_first[n] + (size_t)1, sizeof(bool));
	p->out = click_alloc_array(&u->mem, p->out_first[n] + (size_t)1, sizeof(bool));
	if (!p->in || !p->out)
		return -ENOMEM;
	for (size_t k = 0; k < g->n_conns; k++) {
		p->in[p->in_first[g->conns[k].to] + g->conns[k].to_port] = true;
		p->out[p->out_first[g->conns[k].from] + g->conns[k].from_port] = true;
	}
	return 0;
}

static uint32_t connected(const bool *ports, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += ports[i];
	return sum;
}

/* Whether only the connected ports of an element are kept, and if so, of which side. */
static bool closes_up(const struct undead *u, const struct ports *p, uint32_t e, bool output)
{
	const struct sl_elem *el = &u->g->elems[e];
	const bool *ports = output ? &p->out[p->out_first[e]] : &p->in[p->in_first[e]];
	uint32_t n = output ? el->n_out : el->n_in;
	uint32_t left = connected(ports, n);
	enum role role = click_role(el);

	if (u->named[e] || !left || left == n)
		return false;
	if (!output)
		return role == ROLE_SCHED;
	return role == ROLE_TEE || (role == ROLE_PULL_TEE && ports[0]);
}

static int close_up(struct undead *u, const struct ports *p)
{
	struct sl_graph *g = u->g;
	uint32_t *in = click_alloc_array(&u->mem, p->in_first[g->n_elems] + (size_t)1, sizeof(*in));
	uint32_t *out =
		click_alloc_array(&u->mem, p->out_first[g->n_elems] + (size_t)1, sizeof(*out));

	if (!in || !out)
		return -ENOMEM;
	for (uint32_t e = 0; e < g->n_elems; e++) {
		struct sl_elem *el = &g->elems[e];
		bool ins = closes_up(u, p, e, false), outs = closes_up(u, p, e, true);
		uint32_t n_in = 0, n_out = 0;

		for (uint32_t i = 0; i < el->n_in; i++) {
			in[p->in_first[e] + i] = ins ? n_in : i;
			n_in += p->in[p->in_first[e] + i];
		}
		for (uint32_t o = 0; o < el->n_out; o++) {
			out[p->out_first[e] + o] = outs ? n_out : o;
			n_out += p->out[p->out_first[e] + o];
		}
		el->n_in = ins ? n_in : el->n_in;
		el->n_out = outs ? n_out : el->n_out;
		u->changed |= ins || outs;
		/* A Tee's argument is the number of its outputs. */
		if (outs && el->n_args && sl_graph_configure(g, el, ""))
			return -ENOMEM;
	}
	for (size_t k = 0; k < g->n_conns; k++) {
		struct sl_conn *c = &g->conns[k];

		c->from_port = out[p->out_first[c->from] + c->from_port];
		c->to_port = in[p->in_first[c->to] + c->to_port];
	}
	return 0;
}

/* ---- Idle ------------------------------------------------------------------------------------*/

static int add_idle(struct undead *u)
{
	struct sl_graph *g = u->g;
	struct sl_elem idle = {0};
	char name[32];

	for (unsigned int k = 1;; k++) {
		snprintf(name, sizeof(name), "Idle@%u", k);
		if (sl_graph_find(g, name) < 0)
			break;
	}
	idle.name = sl_graph_strdup(g, name);
	idle.class_name = sl_graph_strdup(g, "Idle");
	idle.config = sl_graph_strdup(g, "");
	if (!idle.name || !idle.class_name || !idle.config ||
	    SL_GROW(g->elems, g->n_elems, g->cap_elems))
		return -ENOMEM;
	g->elems[g->n_elems++] = idle;
	return 0;
}

static int add_conn(struct sl_graph *g, struct sl_conn c)
{
	if (SL_GROW(g->conns, g->n_conns, g->cap_conns))
		return -ENOMEM;
	g->conns[g->n_conns++] = c;
	return 0;
}

static int fill(struct undead *u)
{
	struct sl_graph *g = u->g;
	uint32_t idle = (uint32_t)g->n_elems, in = 0, out = 0;
	struct ports p;
	int ret = find_ports(u, &p);

	for (uint32_t e = 0; e < idle && !ret; e++) {
		const struct sl_elem el = g->elems[e];

		if (click_role(&el) == ROLE_IDLE)
			continue;
		for (uint32_t i = 0; i < el.n_in && !ret; i++)
			if (!p.in[p.in_first[e] + i])
				ret = add_conn(g, (struct sl_conn){idle, out++, e, i, el.origin});
		for (uint32_t o = 0; o < el.n_out && !ret; o++)
			if (!p.out[p.out_first[e] + o])
				ret = add_conn(g, (struct sl_conn){e, o, idle, in++, el.origin});
	}
	if (!ret && (in || out))
		ret = add_idle(u);
	return ret;
}

/* ---- Rounds ----------------------------------------------------------------------------------*/

static int round_once(struct undead *u, struct sl_diags *d)
{
	struct ports p;
	int ret = sl_graph_check(u->g, u->opts->click, d);

	u->changed = false;
	ret = ret ? ret : prune(u);
	ret = ret ? ret : bridge(u);
	ret = ret ? ret : find_ports(u, &p);
	ret = ret ? ret : close_up(u, &p);
	return ret ? ret : fill(u);
}

int sl_graph_undead(struct sl_graph *g, const struct sl_undead_opts *opts, struct sl_diags *d)
{
	/* One more for the Idle, which is the last and asked nothing about. */
	_free_ uint32_t *orig = calloc(g->n_elems + 2, sizeof(*orig));
	struct undead u = {.g = g, .opts = opts, .orig = orig};
	int ret = orig ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < g->n_elems && !ret; i++)
		orig[i] = i;
	for (u.changed = true; u.changed && !ret;) {
		ret = round_once(&u, d);
		click_arena_free(&u.mem);
	}
	return ret;
}
