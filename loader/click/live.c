// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets are followed forwards from where they begin, and their use backwards from where it shows.
 * An element lies on a way that matters if a packet comes to an input of it at which that matters.
 * Each connection and, inside elements, each pair of ports that are joined is looked at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/check.h"
#include "loader/click/live.h"
#include "loader/click/map.h"
#include "loader/click/text.h"

static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"DRRSched", ROLE_SCHED},
	{"Discard", ROLE_DISCARD},
	{"Idle", ROLE_IDLE},
	{"Null", ROLE_NULL},
	{"Null1", ROLE_NULL},
	{"Null2", ROLE_NULL},
	{"Null3", ROLE_NULL},
	{"Null4", ROLE_NULL},
	{"Null5", ROLE_NULL},
	{"Null6", ROLE_NULL},
	{"Null7", ROLE_NULL},
	{"Null8", ROLE_NULL},
	{"PrioSched", ROLE_SCHED},
	{"PullTee", ROLE_PULL_TEE},
	{"RoundRobinSched", ROLE_SCHED},
	{"Script", ROLE_SCRIPT},
	{"StaticPullSwitch", ROLE_PULL_SWITCH},
	{"StaticSwitch", ROLE_SWITCH},
	{"StrideSched", ROLE_STRIDE},
	{"Tee", ROLE_TEE},
};

enum role click_role(const struct sl_elem *e)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(roles[i].name, e->class_name))
			return roles[i].role;
	return ROLE_NONE;
}

/* The port that the argument of a static switch names: -1 none, -2 cannot be told. */
static long switch_port(const struct sl_elem *e, const char *key)
{
	const char *s = e->n_args == 1 ? e->args[0].text : "";
	size_t n = strlen(key);
	char *end;
	long v;

	if (!strncmp(s, key, n) && click_isspace(s[n]))
		s += n;
	while (click_isspace(*s))
		s++;
	if (strspn(s, "-0123456789") != strlen(s))
		return -2;
	v = strtol(s, &end, 10);
	/* A leading zero is octal to Click. */
	if (end == s || *end || (*s == '0' && s[1]))
		return -2;
	return v < 0 ? -1 : v;
}

/* ---- Inside an element -----------------------------------------------------------------------*/

struct walk {
	struct live *l;
	enum role *role;
	long *port;		    /* of switches */
	uint32_t *closed, *idle_in; /* outputs that do not give, inputs that are not used, yet */
	uint32_t *by_out, *by_in;   /* number of port to its first connection in ... */
	uint32_t *outs, *ins;	    /* ... connections, by output and by input */
	uint32_t *queue;
	size_t n_in, n_out;
	struct click_map names;
	uint32_t *waiting;
	size_t n_waiting;
};

static bool joined(const struct sl_elem *e, uint32_t i, uint32_t o)
{
	struct flow in = click_flow(e->spec->flow, false, i);
	struct flow out = click_flow(e->spec->flow, true, o);

	return click_flows(&in, &out, i, o);
}

/* Whether packets go from input `i` to output `o`. */
static bool passes(const struct walk *w, uint32_t e, uint32_t i, uint32_t o)
{
	const struct live *l = w->l;

	switch (w->role[e]) {
	case ROLE_IDLE:
		return false;
	case ROLE_SWITCH:
		return w->port[e] == -2 || w->port[e] == (long)o;
	case ROLE_PULL_SWITCH:
		return w->port[e] == -2 || w->port[e] == (long)i;
	default:
		if (l->opts->never && l->opts->never(l->orig[e], o, l->opts->arg))
			return false;
		return joined(&l->g->elems[e], i, o);
	}
}

/* Packets begin at an output that none of the element's inputs leads to. */
static bool begins(const struct walk *w, uint32_t e, uint32_t o)
{
	const struct sl_elem *el = &w->l->g->elems[e];

	if (w->role[e] == ROLE_IDLE)
		return false;
	if (w->role[e] == ROLE_SCRIPT)
		return true;
	for (uint32_t i = 0; i < el->n_in; i++)
		if (joined(el, i, o))
			return false;
	return !w->l->opts->never || !w->l->opts->never(w->l->orig[e], o, w->l->opts->arg);
}

static bool visible(const struct walk *w, uint32_t e)
{
	const struct sl_undead_opts *o = w->l->opts;

	if (w->role[e] == ROLE_IDLE || w->role[e] == ROLE_DISCARD)
		return false;
	return w->role[e] == ROLE_SCRIPT || (o->visible && o->visible(&w->l->g->elems[e], o->arg));
}

/* Packets end at an input that leads to no output, and where a class may do without outputs: the
 * device it stands for has had them by then. */
static bool ends(const struct walk *w, uint32_t e, uint32_t i)
{
	const struct sl_elem *el = &w->l->g->elems[e];
	struct port_counts n;

	if (w->role[e] == ROLE_IDLE)
		return false;
	if (w->role[e] == ROLE_DISCARD)
		return el->in_proc[i] == SL_PULL;
	if (!click_port_counts(el->spec->ports, &n) && !n.out_follows && !n.out_lo &&
	    n.out_hi != UINT32_MAX)
		return true;
	for (uint32_t o = 0; o < el->n_out; o++)
		if (joined(el, i, o))
			return false;
	return true;
}

/* ---- Along connections -----------------------------------------------------------------------*/

static int index_ports(struct walk *w)
{
	struct live *l = w->l;
	const struct sl_graph *g = l->g;
	size_t n = g->n_elems;

	l->in_first = click_alloc_array(l->mem, n + 1, sizeof(uint32_t));
	l->out_first = click_alloc_array(l->mem, n + 1, sizeof(uint32_t));
	if (!l->in_first || !l->out_first)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		l->in_first[i + 1] = l->in_first[i] + g->elems[i].n_in;
		l->out_first[i + 1] = l->out_first[i] + g->elems[i].n_out;
	}
	w->n_in = l->in_first[n];
	w->n_out = l->out_first[n];
	return 0;
}

static int alloc_walk(struct walk *w)
{
	struct live *l = w->l;
	size_t n = l->g->n_elems, conns = l->g->n_conns;
	size_t ports = w->n_in + w->n_out;

	l->fed = click_alloc_array(l->mem, w->n_in + 1, sizeof(bool));
	l->used = click_alloc_array(l->mem, w->n_in + 1, sizeof(bool));
	l->gives = click_alloc_array(l->mem, w->n_out + 1, sizeof(bool));
	l->wanted = click_alloc_array(l->mem, w->n_out + 1, sizeof(bool));
	l->kept = click_alloc_array(l->mem, n + 1, sizeof(bool));
	l->named = click_alloc_array(l->mem, n + 1, sizeof(bool));
	w->role = click_alloc_array(l->mem, n + 1, sizeof(*w->role));
	w->port = click_alloc_array(l->mem, n + 1, sizeof(*w->port));
	w->closed = click_alloc_array(l->mem, n + 1, sizeof(uint32_t));
	w->idle_in = click_alloc_array(l->mem, n + 1, sizeof(uint32_t));
	w->by_out = click_alloc_array(l->mem, w->n_out + 2, sizeof(uint32_t));
	w->by_in = click_alloc_array(l->mem, w->n_in + 2, sizeof(uint32_t));
	w->outs = click_alloc_array(l->mem, conns + 1, sizeof(uint32_t));
	w->ins = click_alloc_array(l->mem, conns + 1, sizeof(uint32_t));
	w->queue = click_alloc_array(l->mem, 2 * (ports + 1), sizeof(uint32_t));
	w->waiting = click_alloc_array(l->mem, n + 1, sizeof(uint32_t));
	return l->fed && l->used && l->gives && l->wanted && l->kept && l->named && w->role &&
			       w->port && w->closed && w->idle_in && w->by_out && w->by_in &&
			       w->outs && w->ins && w->queue && w->waiting
		       ? 0
		       : -ENOMEM;
}

/* Counts, then ends, then firsts: each is filled from its end. */
static void index_conns(struct walk *w)
{
	const struct live *l = w->l;
	const struct sl_graph *g = l->g;

	for (size_t k = 0; k < g->n_conns; k++) {
		w->by_out[l->out_first[g->conns[k].from] + g->conns[k].from_port]++;
		w->by_in[l->in_first[g->conns[k].to] + g->conns[k].to_port]++;
	}
	for (size_t k = 0; k < w->n_out; k++)
		w->by_out[k + 1] += w->by_out[k];
	for (size_t k = 0; k < w->n_in; k++)
		w->by_in[k + 1] += w->by_in[k];
	for (uint32_t k = (uint32_t)g->n_conns; k-- > 0;) {
		w->outs[--w->by_out[l->out_first[g->conns[k].from] + g->conns[k].from_port]] = k;
		w->ins[--w->by_in[l->in_first[g->conns[k].to] + g->conns[k].to_port]] = k;
	}
}

/* A queue of ports: each enters it once. */
static void enqueue(struct walk *w, size_t *tail, uint32_t elem, uint32_t port)
{
	w->queue[2 * *tail] = elem;
	w->queue[2 * *tail + 1] = port;
	++*tail;
}

static void give(struct walk *w, size_t *tail, uint32_t e, uint32_t o)
{
	w->l->gives[w->l->out_first[e] + o] = true;
	w->closed[e]--;
	enqueue(w, tail, e, o);
}

static void feed(struct walk *w, size_t *tail, uint32_t e, uint32_t i)
{
	const struct live *l = w->l;

	l->fed[l->in_first[e] + i] = true;
	for (uint32_t o = 0; w->closed[e] && o < l->g->elems[e].n_out; o++)
		if (!l->gives[l->out_first[e] + o] && passes(w, e, i, o))
			give(w, tail, e, o);
}

static void forwards(struct walk *w)
{
	const struct live *l = w->l;
	size_t head = 0, tail = 0;

	for (uint32_t e = 0; e < l->g->n_elems; e++) {
		w->closed[e] = l->g->elems[e].n_out;
		for (uint32_t o = 0; o < l->g->elems[e].n_out; o++)
			if (begins(w, e, o))
				give(w, &tail, e, o);
	}
	for (; head < tail; head++) {
		uint32_t o = l->out_first[w->queue[2 * head]] + w->queue[2 * head + 1];

		for (uint32_t k = w->by_out[o]; k < w->by_out[o + 1]; k++) {
			const struct sl_conn *c = &l->g->conns[w->outs[k]];

			if (!l->fed[l->in_first[c->to] + c->to_port])
				feed(w, &tail, c->to, c->to_port);
		}
	}
}

static void use(struct walk *w, size_t *tail, uint32_t e, uint32_t i)
{
	w->l->used[w->l->in_first[e] + i] = true;
	w->idle_in[e]--;
	enqueue(w, tail, e, i);
}

static void want(struct walk *w, size_t *tail, uint32_t e, uint32_t o)
{
	const struct live *l = w->l;

	l->wanted[l->out_first[e] + o] = true;
	for (uint32_t i = 0; w->idle_in[e] && i < l->g->elems[e].n_in; i++)
		if (!l->used[l->in_first[e] + i] && passes(w, e, i, o))
			use(w, tail, e, i);
}

static void backwards(struct walk *w)
{
	const struct live *l = w->l;
	size_t head = 0, tail = 0;

	for (uint32_t e = 0; e < l->g->n_elems; e++) {
		bool seen = visible(w, e);

		w->idle_in[e] = l->g->elems[e].n_in;
		for (uint32_t i = 0; i < l->g->elems[e].n_in; i++)
			if (seen || ends(w, e, i))
				use(w, &tail, e, i);
	}
	for (; head < tail; head++) {
		uint32_t i = l->in_first[w->queue[2 * head]] + w->queue[2 * head + 1];

		for (uint32_t k = w->by_in[i]; k < w->by_in[i + 1]; k++) {
			const struct sl_conn *c = &l->g->conns[w->ins[k]];

			if (!l->wanted[l->out_first[c->from] + c->from_port])
				want(w, &tail, c->from, c->from_port);
		}
	}
}

/* ---- Elements --------------------------------------------------------------------------------*/

static bool matters(const struct walk *w, uint32_t e)
{
	const struct live *l = w->l;
	const struct sl_elem *el = &l->g->elems[e];
	bool seen = visible(w, e);

	if (el->spec->info || w->role[e] == ROLE_SCRIPT || (!el->n_in && !el->n_out))
		return w->role[e] != ROLE_IDLE && w->role[e] != ROLE_DISCARD;
	for (uint32_t i = 0; i < el->n_in; i++)
		if (l->fed[l->in_first[e] + i] && l->used[l->in_first[e] + i])
			return true;
	for (uint32_t o = 0; o < el->n_out; o++)
		if ((seen || l->wanted[l->out_first[e] + o]) && begins(w, e, o))
			return true;
	return false;
}

static void keep(struct walk *w, uint32_t e)
{
	if (w->l->kept[e])
		return;
	w->l->kept[e] = true;
	w->waiting[w->n_waiting++] = e;
}

/* A word of an argument may be an element's name, seen from where `e` is or from further out. */
static int name_seen(struct walk *w, const struct sl_elem *e, const char *s, size_t n)
{
	size_t scope = strlen(e->name);

	while (true) {
		char *full;
		uintptr_t at;

		while (scope && e->name[scope - 1] != '/')
			scope--;
		full = click_alloc(w->l->mem, scope + n + 1);
		if (!full)
			return -ENOMEM;
		memcpy(full, e->name, scope);
		memcpy(full + scope, s, n);
		at = (uintptr_t)click_map_get(&w->names, full, scope + n);
		if (at) {
			w->l->named[at - 1] = true;
			keep(w, (uint32_t)(at - 1));
			return 0;
		}
		if (!scope)
			return 0;
		scope--;
	}
}

static int names_in(struct walk *w, const struct sl_elem *e)
{
	int ret = 0;

	for (size_t a = 0; a < e->n_args; a++) {
		const char *s = e->args[a].text;

		while (*s && !ret) {
			const char *from = s;

			while (click_isword(*s) || (s != from && *s == '/' && click_isword(s[1])))
				s++;
			if (s != from)
				ret = name_seen(w, e, from, (size_t)(s - from));
			else
				s++;
		}
	}
	return ret;
}

static int keep_elements(struct walk *w)
{
	struct live *l = w->l;
	int ret = 0;

	for (size_t i = 0; i < l->g->n_elems && !ret; i++)
		ret = click_map_put(&w->names, l->mem, l->g->elems[i].name,
				    strlen(l->g->elems[i].name), (void *)(uintptr_t)(i + 1));
	for (uint32_t e = 0; e < l->g->n_elems; e++)
		if (matters(w, e))
			keep(w, e);
	for (size_t k = 0; k < w->n_waiting && !ret; k++)
		ret = names_in(w, &l->g->elems[w->waiting[k]]);
	/* Where packets are thrown away on purpose, directly behind what stays, that stays, too. */
	for (size_t k = 0; k < l->g->n_conns; k++) {
		const struct sl_conn *c = &l->g->conns[k];

		if (w->role[c->to] != ROLE_DISCARD || !l->kept[c->from] ||
		    !l->gives[l->out_first[c->from] + c->from_port])
			continue;
		l->kept[c->to] = true;
		l->used[l->in_first[c->to] + c->to_port] = true;
	}
	return ret;
}

int click_live(struct live *l)
{
	struct walk w = {.l = l};

	if (index_ports(&w) || alloc_walk(&w))
		return -ENOMEM;
	for (size_t e = 0; e < l->g->n_elems; e++) {
		w.role[e] = click_role(&l->g->elems[e]);
		if (w.role[e] == ROLE_SWITCH)
			w.port[e] = switch_port(&l->g->elems[e], "OUTPUT");
		else if (w.role[e] == ROLE_PULL_SWITCH)
			w.port[e] = switch_port(&l->g->elems[e], "INPUT");
	}
	index_conns(&w);
	forwards(&w);
	backwards(&w);
	return keep_elements(&w);
}
