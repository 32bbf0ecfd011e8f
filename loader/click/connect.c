// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which port is connected to which: "->" joins one endpoint with all of the other side, "=>" the
 * first with the first and so on; "[0,]" and, under "=>", an element alone take as many ports as
 * the other side has.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/scope.h"
#include "loader/mem.h"

enum side { TARGETS, SOURCES };

/* The endpoints of one side, one after the other. */
struct endpoints {
	const struct members *members;
	enum side side;
	uint64_t least; /* endpoints without expansion */
	bool expandable;
	uint64_t more;	     /* ports still to be made up by expansion */
	bool step;	     /* goes on to the next endpoint with each connection */
	uint32_t i;	     /* member */
	uint32_t range, off; /* position in its port list */
	uint32_t made_up;    /* ports made up for it */
};

static const struct ast_ports *ports_of(const struct endpoints *e, uint32_t i)
{
	const struct member *m = &e->members->list[i];

	return e->side == TARGETS ? m->in : m->out;
}

static uint32_t node_of(const struct endpoints *e)
{
	const struct member *m = &e->members->list[e->i];

	return e->side == TARGETS ? m->target : m->source;
}

static unsigned int endpoints_init(struct endpoints *e, const struct members *members,
				   enum side side)
{
	unsigned int expandable = 0;

	*e = (struct endpoints){.members = members, .side = side};
	for (uint32_t i = 0; i < members->n; i++) {
		const struct ast_ports *p = ports_of(e, i);

		e->least += p->given ? p->n : 1;
		expandable += p->given && p->expandable;
	}
	e->expandable = expandable > 0;
	return expandable;
}

static uint64_t port_now(const struct endpoints *e)
{
	const struct ast_ports *p = ports_of(e, e->i);

	if (!p->given)
		return e->made_up;
	return (uint64_t)p->ranges[e->range].lo + e->off + e->made_up;
}

static void next(struct endpoints *e)
{
	const struct ast_ports *p = ports_of(e, e->i);

	if (!e->step)
		return;
	if (p->given && !e->made_up) {
		if (p->ranges[e->range].lo + e->off < p->ranges[e->range].hi) {
			e->off++;
			return;
		}
		if (e->range + 1 < p->n_ranges) {
			e->range++;
			e->off = 0;
			return;
		}
	}
	if (e->more && (p->given ? p->expandable : e->least == 1)) {
		e->more--;
		e->made_up++;
		return;
	}
	e->i++;
	e->range = e->off = e->made_up = 0;
}

static bool check_counts(struct click_run *r, struct endpoints *to, struct endpoints *from,
			 const struct ast_set *arrow)
{
	struct sl_diag *diag;

	if (!arrow->two_arrow) {
		sl_diag_hint(sl_error(r->d, arrow->arrow_pos, "syntax",
				      "syntax error: many-to-many connections require '=>'"),
			     "write '=>' to connect the first with the first, the second with the "
			     "second and so on");
		return false;
	}
	if (!to->expandable && !from->expandable && to->least != from->least)
		diag = sl_error(r->d, arrow->arrow_pos, "connection-mismatch",
				"connection mismatch: %llu outputs connected to %llu inputs",
				(unsigned long long)from->least, (unsigned long long)to->least);
	else if (!to->expandable && to->least < from->least)
		diag = sl_error(
			r->d, arrow->arrow_pos, "connection-mismatch",
			"connection mismatch: %llu or more outputs connected to %llu inputs",
			(unsigned long long)from->least, (unsigned long long)to->least);
	else if (!from->expandable && from->least < to->least)
		diag = sl_error(
			r->d, arrow->arrow_pos, "connection-mismatch",
			"connection mismatch: %llu outputs connected to %llu or more inputs",
			(unsigned long long)from->least, (unsigned long long)to->least);
	else
		return true;
	sl_diag_hint(diag, "'=>' needs as many ports on its left as on its right");
	return false;
}

static bool may_be_used(struct click_run *r, const struct members *m, enum side side)
{
	bool good = true;

	for (uint32_t i = 0; i < m->n; i++) {
		if ((side == TARGETS ? m->list[i].target : m->list[i].source) != CLICK_NONE)
			continue;
		sl_diag_hint(sl_error(r->d, m->list[i].pos, "pseudoelement",
				      "pseudoelement '%s' may only be used as %s",
				      side == TARGETS ? "input" : "output",
				      side == TARGETS ? "output" : "input"),
			     side == TARGETS ? "packets come from 'input': put it left of an arrow"
					     : "packets go to 'output': put it right of an arrow");
		good = false;
	}
	return good;
}

static int add_conn(struct click_run *r, struct tmpl *t, struct tconn c)
{
	struct telem *from = &t->elems[c.from], *to = &t->elems[c.to];

	if (++r->conns > r->max_conns)
		return click_limit(r, c.pos, "connections", r->max_conns);
	if (SL_GROW(t->conns, t->n_conns, t->cap_conns) < 0)
		return r->err = -ENOMEM;
	t->conns[t->n_conns++] = c;
	if (to->n_in <= c.to_port)
		to->n_in = c.to_port + 1;
	if (from->n_out <= c.from_port)
		from->n_out = c.from_port + 1;
	return 0;
}

void click_connect(struct click_run *r, struct tmpl *t, const struct members *from_set,
		   const struct members *to_set, const struct ast_set *arrow)
{
	struct endpoints from, to;
	unsigned int expandable =
		endpoints_init(&from, from_set, SOURCES) + endpoints_init(&to, to_set, TARGETS);

	bool from_good = may_be_used(r, from_set, SOURCES);
	bool to_good = may_be_used(r, to_set, TARGETS);

	if (!from_good || !to_good) {
		t->bad_ports = true;
		return;
	}
	if (expandable > 1) {
		sl_diag_hint(sl_error(r->d, arrow->arrow_pos, "connection-mismatch",
				      "at most one expandable port allowed per connection"),
			     "say on one side which ports are meant");
		return;
	}
	if (arrow->two_arrow) {
		if (to.least == 1 && from.least > 1 && !to_set->list[0].in->given)
			to.expandable = true;
		if (from.least == 1 && to.least > 1 && !from_set->list[0].out->given)
			from.expandable = true;
	}
	to.step = to.least > 1 || to.expandable;
	from.step = from.least > 1 || from.expandable;
	if (to.step && from.step && !check_counts(r, &to, &from, arrow))
		return;
	if (!to.step && !from.step)
		to.step = true;
	if (to.expandable && from.least > to.least)
		to.more = from.least - to.least;
	if (from.expandable && to.least > from.least)
		from.more = to.least - from.least;
	while (to.i < to_set->n && from.i < from_set->n) {
		uint64_t to_port = port_now(&to), from_port = port_now(&from);

		if (to_port > CLICK_MAX_PORT || from_port > CLICK_MAX_PORT) {
			sl_diag_hint(sl_error(r->d, arrow->arrow_pos, "connection-mismatch",
					      "this connection needs ports above %u",
					      CLICK_MAX_PORT),
				     "begin the list that grows at a lower port");
			return;
		}
		if (add_conn(r, t,
			     (struct tconn){node_of(&from), (uint32_t)from_port, node_of(&to),
					    (uint32_t)to_port, arrow->arrow_pos}) < 0)
			return;
		next(&to);
		next(&from);
	}
}

static void missing_ports(struct click_run *r, const char *what, const char *kind, uint32_t lo,
			  uint32_t hi, struct sl_pos pos)
{
	struct sl_diag *diag;

	if (lo == hi)
		diag = sl_error(r->d, pos, "port-missing", "'%s' %s %u missing", what, kind, lo);
	else
		diag = sl_error(r->d, pos, "port-missing", "'%s' %ss %u to %u missing", what, kind,
				lo, hi);
	sl_diag_hint(diag, "the ports of %s are numbered from 0 without a gap; connect it%s inside",
		     kind, lo == hi ? "" : " all");
}

uint32_t click_tunnel_ports(struct click_run *r, struct tmpl *t, uint32_t elem, uint32_t first_conn,
			    const char *what, struct sl_pos pos)
{
	bool input = t->elems[elem].kind == TELEM_INPUT;
	uint32_t n = 0, gap = 0;
	_free_ uint8_t *used = NULL;

	for (uint32_t i = first_conn; i < t->n_conns; i++) {
		const struct tconn *c = &t->conns[i];

		if ((input ? c->from : c->to) == elem && (input ? c->from_port : c->to_port) >= n)
			n = (input ? c->from_port : c->to_port) + 1;
	}
	if (!n)
		return 0;
	used = calloc(n, 1);
	if (!used) {
		r->err = -ENOMEM;
		return 0;
	}
	for (uint32_t i = first_conn; i < t->n_conns; i++) {
		const struct tconn *c = &t->conns[i];

		if ((input ? c->from : c->to) == elem)
			used[input ? c->from_port : c->to_port] = 1;
	}
	/* The highest port is used, so each gap ends at a used one. */
	for (uint32_t i = 0; i < n; i++) {
		if (used[i]) {
			t->bad_ports |= gap < i;
			if (gap < i)
				missing_ports(r, what, input ? "input" : "output", gap, i - 1, pos);
			gap = i + 1;
		}
	}
	return n;
}
