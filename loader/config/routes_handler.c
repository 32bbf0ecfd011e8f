// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of route tables. Where routes are in a map, it is changed and asked. Where they are
 * code, the first change makes a new configuration, with the routes in a map, which is compiled and
 * takes the place of the old at once. Messages are Click's.
 */
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/routes.h"
#include "loader/lpm/ask.h"
#include "loader/mem.h"

#define _routes_ SL_CLEANUP(sl_routes_free)

static bool in_map(const struct sl_inst *in)
{
	return !((const struct sl_routes_inst *)in->priv)->code;
}

/* The routes an element was compiled with. */
static int table_of(const struct sl_inst *in, struct sl_routes *t)
{
	const struct sl_routes *from = &((const struct sl_routes_inst *)in->priv)->t;

	for (size_t i = 0; i < from->n; i++) {
		if (SL_GROW(t->v, t->n, t->cap))
			return -ENOMEM;
		t->v[t->n++] = from->v[i];
	}
	return 0;
}

int sl_h_routes_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	const struct sl_lpm_ask ask = {.what = SL_LPM_LIST};
	_routes_ struct sl_routes t = {0};
	int ret;

	(void)h, (void)args;
	if (in_map(in))
		return l->ops->routes(l, in->index, &ask, out, d);
	ret = table_of(in, &t);
	for (size_t i = 0; !ret && i < t.n; i++) {
		sl_lpm_print(&t.v[i], sl_routes_family(in), true, out);
		fputc('\n', out);
	}
	return ret;
}

int sl_h_routes_lookup(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	const enum sl_lpm_family family = sl_routes_family(in);
	const struct sl_routes *t = &((const struct sl_routes_inst *)in->priv)->t;
	struct sl_lpm_ask ask = {.what = SL_LPM_LOOKUP};
	const char *why;

	(void)h;
	if (sl_parse_value(family == SL_LPM_IP4 ? SL_T_IP4 : SL_T_IP6, args, l->program, in->elem,
			   ask.addr, &why)) {
		sl_diag_hint(sl_diag_element(
				     sl_error(d, SL_NOPOS, "bad-value", "expected %s",
					      family == SL_LPM_IP4 ? "IP address" : "IPv6 address"),
				     in->elem->name),
			     "give the address to look up behind the handler's name");
		return -EINVAL;
	}
	if (in_map(in))
		return l->ops->routes(l, in->index, &ask, out, d);
	sl_lpm_print_hop(sl_routes_lookup(t, ask.addr), family, out);
	return 0;
}

/* ---- Changes ---------------------------------------------------------------------------------*/

enum command { ADD, SET, REMOVE };

/* A change of a table in progress. */
struct change {
	struct sl_live *l;
	const struct sl_inst *in;
	struct sl_diags *d;
	struct sl_routes t;
	struct sl_lpm_op *ops; /* where routes are in a map */
	size_t n_ops, cap_ops;
};

static void change_free(struct change *c)
{
	sl_routes_free(&c->t);
	free(c->ops);
}

static int begin(struct change *c)
{
	return in_map(c->in) ? 0 : table_of(c->in, &c->t);
}

static int add_op(struct change *c, enum sl_lpm_what what, const struct sl_lpm_route *r)
{
	struct sl_lpm_op *op;

	if (SL_GROW(c->ops, c->n_ops, c->cap_ops))
		return -ENOMEM;
	op = &c->ops[c->n_ops++];
	memset(op, 0, sizeof(*op));
	op->what = what;
	if (r) {
		op->route = *r;
		op->any = r->port == SL_ROUTE_ANY;
	}
	return 0;
}

static int refuse(const struct change *c, const char *what, const struct sl_lpm_route *r,
		  const char *rest, const char *hint)
{
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	if (r)
		sl_lpm_print(r, sl_routes_family(c->in), false, f);
	if (fclose(f))
		return -ENOMEM;
	sl_diag_hint(sl_diag_element(sl_error(c->d, SL_NOPOS, "bad-route", "%s%s%s%s%s", what,
					      r ? "'" : "", r ? text : "", r ? "'" : "", rest),
				     c->in->elem->name),
		     "%s", hint);
	return -EINVAL;
}

static bool same_hop(const struct sl_lpm_route *a, const struct sl_lpm_route *b)
{
	return a->port == b->port && !memcmp(a->gw, b->gw, sizeof(a->gw));
}

static int remove_route(struct change *c, const struct sl_lpm_route *r)
{
	struct sl_lpm_route *have = sl_routes_find(&c->t, r);

	if (!have || (r->port != SL_ROUTE_ANY && !same_hop(have, r)))
		return refuse(c, "route ", r, " not found", "the handler 'table' lists the routes");
	memmove(have, have + 1, (size_t)(c->t.v + c->t.n - (have + 1)) * sizeof(*have));
	c->t.n--;
	return 0;
}

static int add_route(struct change *c, const struct sl_lpm_route *r, bool set)
{
	struct sl_lpm_route *have = sl_routes_find(&c->t, r);

	if (have && !set)
		return refuse(c, "conflict with existing route ", have, "",
			      "write to 'set' to replace it");
	if (have) {
		*have = *r;
		return 0;
	}
	if (SL_GROW(c->t.v, c->t.n, c->t.cap))
		return -ENOMEM;
	c->t.v[c->t.n++] = *r;
	return 0;
}

static int run(struct change *c, enum command command, const char *text)
{
	struct sl_lpm_route r;
	const char *why;
	int word, ret;

	/* As in Click, what is added for IPv6 replaces what is there. */
	if (command == ADD && sl_routes_family(c->in) == SL_LPM_IP6)
		command = SET;
	ret = sl_route_parse(sl_routes_family(c->in), text, command == REMOVE, c->l->program,
			     c->in->elem, &r, &why, &word);
	if (ret == -EINVAL)
		return refuse(c,
			      command == REMOVE ? "expected 'ADDR/MASK [GATEWAY OUTPUT]'"
						: "expected 'ADDR/MASK [GATEWAY] OUTPUT'",
			      NULL, "", why);
	if (ret)
		return ret;
	if (r.port != SL_ROUTE_ANY && r.port >= c->in->elem->n_out)
		return refuse(c, "bad OUTPUT", NULL, "", "the element has no such output");
	if (in_map(c->in))
		return add_op(c,
			      command == REMOVE ? SL_LPM_REMOVE
			      : command == SET	? SL_LPM_SET
						: SL_LPM_ADD,
			      &r);
	return command == REMOVE ? remove_route(c, &r) : add_route(c, &r, command == SET);
}

/* Changes the map, or makes the changed table the new configuration: from then on it is in a map.
 */
static int finish(struct change *c)
{
	const struct sl_lpm_ask ask = {.what = SL_LPM_CHANGE, .ops = c->ops, .n = c->n_ops};
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (in_map(c->in))
		return c->l->ops->routes(c->l, c->in->index, &ask, NULL, c->d);
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < c->t.n; i++) {
		sl_lpm_print(&c->t.v[i], sl_routes_family(c->in), false, f);
		fputs(", ", f);
	}
	fputs("MAP true", f);
	if (fclose(f))
		return -ENOMEM;
	free(c->l->new_config);
	c->l->new_config = TAKE_PTR(text);
	return 0;
}

static int change_one(struct sl_live *l, const struct sl_inst *in, enum command command,
		      const char *value, struct sl_diags *d)
{
	SL_CLEANUP(change_free) struct change c = {.l = l, .in = in, .d = d};
	int ret = begin(&c);

	if (!ret)
		ret = run(&c, command, value);
	return ret ? ret : finish(&c);
}

int sl_h_routes_add(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *value, struct sl_diags *d)
{
	(void)h;
	return change_one(l, in, ADD, value, d);
}

int sl_h_routes_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *value, struct sl_diags *d)
{
	(void)h;
	return change_one(l, in, SET, value, d);
}

int sl_h_routes_remove(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *value, struct sl_diags *d)
{
	(void)h;
	return change_one(l, in, REMOVE, value, d);
}

/* One line of `ctrl`; empty ones do nothing. */
static int run_line(struct change *c, const char *line)
{
	_free_ char *word = NULL, *message = NULL;

	line += strspn(line, " \t\r");
	if (!*line)
		return 0;
	word = sl_next_word(&line);
	if (!word)
		return -ENOMEM;
	if (!strcmp(word, "add"))
		return run(c, ADD, line);
	if (!strcmp(word, "set"))
		return run(c, SET, line);
	if (!strcmp(word, "remove"))
		return run(c, REMOVE, line);
	if (asprintf(&message, "bad command '%s'", word) < 0)
		return -ENOMEM;
	return refuse(c, message, NULL, "", "lines begin with add, set or remove");
}

int sl_h_routes_ctrl(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *value, struct sl_diags *d)
{
	SL_CLEANUP(change_free) struct change c = {.l = l, .in = in, .d = d};
	_free_ char *text = strdup(value);
	int ret = text ? begin(&c) : -ENOMEM;
	char *rest = text, *line;

	(void)h;
	while (!ret && (line = strsep(&rest, "\n")))
		ret = run_line(&c, line);
	return ret ? ret : finish(&c);
}

int sl_h_routes_flush(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *value, struct sl_diags *d)
{
	SL_CLEANUP(change_free) struct change c = {.l = l, .in = in, .d = d};

	int ret = in_map(in) ? add_op(&c, SL_LPM_FLUSH, NULL) : 0;

	(void)h, (void)value;
	return ret ? ret : finish(&c);
}
