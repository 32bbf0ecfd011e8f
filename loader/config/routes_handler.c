// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of route tables. The table is the element's configuration; a change is a new
 * configuration, which is compiled and takes the place of the old at once. Messages are Click's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/routes.h"
#include "loader/mem.h"

#define _routes_ SL_CLEANUP(sl_routes_free)

/* The instance's table, read from its arguments; the first of two routes for a prefix counts. */
static int table_of(struct sl_live *l, const struct sl_inst *in, struct sl_routes *t)
{
	const struct sl_elem *e = in->elem;

	for (size_t i = 0; i < e->n_args; i++) {
		struct sl_route r;
		const char *why;
		int word, ret;

		ret = sl_route_parse(e->args[i].text, false, l->program, e, &r, &why, &word);
		if (ret)
			return ret;
		if (sl_routes_find(t, r.addr, r.len))
			continue;
		if (SL_GROW(t->v, t->n, t->cap))
			return -ENOMEM;
		t->v[t->n++] = r;
	}
	return 0;
}

int sl_h_routes_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	_routes_ struct sl_routes t = {0};
	int ret = table_of(l, in, &t);

	(void)h, (void)args, (void)d;
	for (size_t i = 0; !ret && i < t.n; i++) {
		sl_route_print(&t.v[i], true, out);
		fputc('\n', out);
	}
	return ret;
}

int sl_h_routes_lookup(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	_routes_ struct sl_routes t = {0};
	const struct sl_route *r;
	char gw[INET_ADDRSTRLEN];
	const char *why;
	uint32_t addr;
	int ret;

	(void)h;
	if (sl_parse_value(SL_T_IP4, args, l->program, in->elem, &addr, &why)) {
		sl_diag_hint(
			sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "expected IP address"),
					in->elem->name),
			"give the address to look up behind the handler's name");
		return -EINVAL;
	}
	ret = table_of(l, in, &t);
	if (ret)
		return ret;
	r = sl_routes_lookup(&t, ntohl(addr));
	fprintf(out, "%d", r ? r->port : -1);
	if (r && r->gw)
		fprintf(out, " %s", inet_ntop(AF_INET, &r->gw, gw, sizeof(gw)));
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
};

static void change_free(struct change *c)
{
	sl_routes_free(&c->t);
}

static int refuse(const struct change *c, const char *what, const struct sl_route *r,
		  const char *rest, const char *hint)
{
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	if (r)
		sl_route_print(r, false, f);
	if (fclose(f))
		return -ENOMEM;
	sl_diag_hint(sl_diag_element(sl_error(c->d, SL_NOPOS, "bad-route", "%s%s%s%s%s", what,
					      r ? "'" : "", r ? text : "", r ? "'" : "", rest),
				     c->in->elem->name),
		     "%s", hint);
	return -EINVAL;
}

static int remove_route(struct change *c, const struct sl_route *r)
{
	struct sl_route *have = sl_routes_find(&c->t, r->addr, r->len);

	if (!have || (r->port >= 0 && (have->gw != r->gw || have->port != r->port)))
		return refuse(c, "route ", r, " not found", "the handler 'table' lists the routes");
	memmove(have, have + 1, (size_t)(c->t.v + c->t.n - (have + 1)) * sizeof(*have));
	c->t.n--;
	return 0;
}

static int add_route(struct change *c, const struct sl_route *r, bool set)
{
	struct sl_route *have = sl_routes_find(&c->t, r->addr, r->len);

	if (have && !set)
		return refuse(c, "conflict with existing route ", have, "",
			      "write to 'set' to replace it");
	if (have) {
		*have = *r;
		return 0;
	}
	if (c->t.n >= SL_ROUTES_MAX)
		return refuse(c, "no memory to store route ", r, "",
			      "a table holds 1024 routes: remove some first");
	if (SL_GROW(c->t.v, c->t.n, c->t.cap))
		return -ENOMEM;
	c->t.v[c->t.n++] = *r;
	return 0;
}

static int run(struct change *c, enum command command, const char *text)
{
	struct sl_route r;
	const char *why;
	int word, ret;

	ret = sl_route_parse(text, command == REMOVE, c->l->program, c->in->elem, &r, &why, &word);
	if (ret == -EINVAL)
		return refuse(c,
			      command == REMOVE ? "expected 'ADDR/MASK [GATEWAY OUTPUT]'"
						: "expected 'ADDR/MASK [GATEWAY] OUTPUT'",
			      NULL, "", why);
	if (ret)
		return ret;
	if (r.port >= (int)c->in->elem->n_out)
		return refuse(c, "bad OUTPUT", NULL, "", "the element has no such output");
	return command == REMOVE ? remove_route(c, &r) : add_route(c, &r, command == SET);
}

/* Makes the changed table the new configuration. */
static int finish(struct change *c)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < c->t.n; i++) {
		fputs(i ? ", " : "", f);
		sl_route_print(&c->t.v[i], false, f);
	}
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
	int ret = table_of(l, in, &c.t);

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
	int ret = text ? table_of(l, in, &c.t) : -ENOMEM;
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

	(void)h, (void)value;
	return finish(&c);
}
