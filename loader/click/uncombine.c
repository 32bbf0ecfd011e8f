// SPDX-License-Identifier: GPL-2.0-only
/* One router taken out of a combined graph: its elements, and devices where it was linked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/arena.h"
#include "loader/click/combine.h"
#include "loader/click/text.h"
#include "loader/click/tools.h"
#include "loader/mem.h"

#define NOTHING UINT32_MAX
#define MAX_LISTED 12

/* A device that a RouterLink stands for. */
struct dev {
	uint32_t link, port;
	bool sender;
	unsigned long index; /* where it was among its router's elements */
	char *name, *class_name, *config;
	uint32_t elem; /* where it is now */
};

struct uncombine {
	const struct sl_graph *g;
	const char *name;
	struct sl_diags *d;
	struct sl_graph *out;
	struct click_arena mem;
	uint32_t *to; /* element of `g` to that of `out`, or NOTHING */
	struct dev *devs;
	size_t n_devs, cap_devs;
	uint32_t idle, idle_in, idle_out; /* of `out`; its ports so far */
};

/* The name within the router, or NULL: not one of its elements. */
static const char *inner(const struct uncombine *u, const char *name)
{
	size_t n = strlen(u->name);

	return !strncmp(name, u->name, n) && name[n] == '/' && name[n + 1] ? name + n + 1 : NULL;
}

/* ---- Links -----------------------------------------------------------------------------------*/

static char *word(struct uncombine *u, const char **s)
{
	_free_ char *quoted = sl_next_word(s);
	_free_ char *plain = NULL;
	size_t len;

	if (!quoted)
		return NULL;
	plain = sl_unquote(quoted, &len);
	return plain ? click_strndup(&u->mem, plain, len) : NULL;
}

static int bad_link(struct uncombine *u, const struct sl_elem *e, struct sl_pos pos)
{
	sl_diag_hint(sl_diag_element(
			     sl_error(u->d, pos, "router-link", "not what a RouterLink stands for"),
			     e->name),
		     "it says ROUTER/ELEMENT INDEX CLASS \"CONFIGURATION\" for each end, as "
		     "`graph combine` writes it");
	return -EINVAL;
}

static int read_end(struct uncombine *u, uint32_t link, const struct sl_arg *arg, uint32_t *n_in,
		    uint32_t *n_out)
{
	const struct sl_elem *e = &u->g->elems[link];
	const char *s = arg->text, *mine;
	struct dev dev = {.link = link, .elem = NOTHING};
	char *name = word(u, &s), *index = word(u, &s), *end;

	dev.class_name = word(u, &s);
	dev.config = word(u, &s);
	if (!name || !index || !dev.class_name || !dev.config || *s || !strchr(name, '/'))
		return bad_link(u, e, arg->pos);
	dev.index = strtoul(index, &end, 10);
	if (!click_isdigit(*index) || *end)
		return bad_link(u, e, arg->pos);
	dev.sender = !strcmp(dev.class_name, "ToDevice");
	if (!dev.sender && strcmp(dev.class_name, "FromDevice") &&
	    strcmp(dev.class_name, "PollDevice"))
		return bad_link(u, e, arg->pos);
	dev.port = dev.sender ? (*n_in)++ : (*n_out)++;
	mine = inner(u, name);
	if (!mine)
		return 0;
	dev.name = click_strndup(&u->mem, mine, strlen(mine));
	if (!dev.name || SL_GROW(u->devs, u->n_devs, u->cap_devs))
		return -ENOMEM;
	u->devs[u->n_devs++] = dev;
	return 0;
}

static int read_links(struct uncombine *u)
{
	for (uint32_t i = 0; i < u->g->n_elems; i++) {
		const struct sl_elem *e = &u->g->elems[i];
		uint32_t n_in = 0, n_out = 0;

		if (strcmp(e->class_name, ROUTER_LINK))
			continue;
		for (size_t a = 0; a < e->n_args; a++) {
			int ret = read_end(u, i, &e->args[a], &n_in, &n_out);

			if (ret)
				return ret;
		}
	}
	return 0;
}

/* ---- Elements --------------------------------------------------------------------------------*/

static int by_index(const void *a, const void *b)
{
	const struct dev *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static int put_dev(struct uncombine *u, struct dev *dev)
{
	const struct sl_elem e = {.class_name = dev->class_name, .config = dev->config};

	dev->elem = (uint32_t)u->out->n_elems;
	return click_copy_elem(u->out, &e, dev->name);
}

/* Devices go back to where they were, as far as the others are still there. */
static int put_elems(struct uncombine *u)
{
	size_t next = 0;
	int ret = 0;

	if (u->n_devs)
		qsort(u->devs, u->n_devs, sizeof(*u->devs), by_index);
	for (size_t i = 0; i < u->g->n_elems && !ret; i++) {
		const char *name = inner(u, u->g->elems[i].name);

		u->to[i] = NOTHING;
		if (!name)
			continue;
		while (next < u->n_devs && u->devs[next].index <= u->out->n_elems && !ret)
			ret = put_dev(u, &u->devs[next++]);
		u->to[i] = (uint32_t)u->out->n_elems;
		ret = ret ? ret : click_copy_elem(u->out, &u->g->elems[i], name);
	}
	while (next < u->n_devs && !ret)
		ret = put_dev(u, &u->devs[next++]);
	return ret;
}

static int no_router(struct uncombine *u)
{
	_free_ char *list = NULL;
	size_t len, n = 0, n_last = 0;
	const char *last = "";
	struct sl_diag *m = sl_error(u->d, (struct sl_pos){0}, "router-name",
				     "there is no router '%s' in this graph", u->name);
	FILE *f = open_memstream(&list, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < u->g->n_elems && n < MAX_LISTED; i++) {
		const char *name = u->g->elems[i].name, *slash = strchr(name, '/');
		size_t k = slash ? (size_t)(slash - name) : 0;

		if (!k || (k == n_last && !memcmp(name, last, k)))
			continue;
		fprintf(f, "%s%.*s", n++ ? ", " : "", (int)k, name);
		last = name;
		n_last = k;
	}
	if (fclose(f))
		return -ENOMEM;
	if (n)
		sl_diag_hint(m, "it has: %s", list);
	else
		sl_diag_hint(m, "`graph combine` makes graphs that have routers in them");
	return -EINVAL;
}

/* ---- Connections -----------------------------------------------------------------------------*/

static int add_idle(struct uncombine *u)
{
	const struct sl_elem idle = {.class_name = (char *)"Idle", .config = (char *)""};
	char name[32];

	if (u->idle != NOTHING)
		return 0;
	for (unsigned int k = 1;; k++) {
		snprintf(name, sizeof(name), "Idle@%u", k);
		if (sl_graph_find(u->out, name) < 0)
			break;
	}
	u->idle = (uint32_t)u->out->n_elems;
	return click_copy_elem(u->out, &idle, name);
}

/* Where a port of `g` is in the router: in *elem and *port. False: not there. */
static bool find_port(const struct uncombine *u, uint32_t elem, bool output, uint32_t *new_elem,
		      uint32_t *port)
{
	*new_elem = u->to[elem];
	for (size_t i = 0; i < u->n_devs && *new_elem == NOTHING; i++) {
		const struct dev *dev = &u->devs[i];

		if (dev->link != elem || dev->port != *port || dev->sender == output)
			continue;
		*new_elem = dev->elem;
		*port = 0;
		return true;
	}
	return *new_elem != NOTHING;
}

static int put_conn(struct uncombine *u, const struct sl_conn *c)
{
	const struct sl_elem *from = &u->g->elems[c->from], *to = &u->g->elems[c->to];
	struct sl_conn conn = *c;
	uint32_t a, b;
	bool here = find_port(u, c->from, true, &a, &conn.from_port);
	bool there = find_port(u, c->to, false, &b, &conn.to_port);

	if (!here && !there)
		return 0;
	/* What stands for ports without use belongs to everybody. */
	if (!here && !strcmp(from->class_name, "Idle") && !strchr(from->name, '/')) {
		if (add_idle(u))
			return -ENOMEM;
		a = u->idle;
		conn.from_port = u->idle_out++;
	} else if (!there && !strcmp(to->class_name, "Idle") && !strchr(to->name, '/')) {
		if (add_idle(u))
			return -ENOMEM;
		b = u->idle;
		conn.to_port = u->idle_in++;
	} else if (!here || !there) {
		sl_diag_hint(sl_diag_element(sl_error(u->d, c->origin ? c->origin->pos : SL_NOPOS,
						      "router-link",
						      "a connection leads out of router '%s': '%s' "
						      "to '%s'",
						      u->name, from->name, to->name),
					     (here ? from : to)->name),
			     "routers are connected by RouterLinks only, as `graph combine` makes "
			     "them");
		return -EINVAL;
	}
	return click_copy_conn(u->out, &conn, a, b);
}

static int build(struct uncombine *u)
{
	int ret;

	u->to = click_alloc_array(&u->mem, u->g->n_elems + 1, sizeof(*u->to));
	if (!u->to)
		return -ENOMEM;
	ret = click_copy_requirements(u->out, u->g);
	ret = ret ? ret : read_links(u);
	ret = ret ? ret : put_elems(u);
	if (!ret && !u->out->n_elems)
		ret = no_router(u);
	for (size_t k = 0; k < u->g->n_conns && !ret; k++)
		ret = put_conn(u, &u->g->conns[k]);
	return ret;
}

int sl_graph_uncombine(const struct sl_graph *g, const char *name, struct sl_diags *d,
		       struct sl_graph **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *new = sl_graph_new();
	struct uncombine u = {.g = g, .name = name, .d = d, .out = new, .idle = NOTHING};
	int ret = new ? build(&u) : -ENOMEM;

	click_arena_free(&u.mem);
	free(u.devs);
	if (!ret)
		*out = TAKE_PTR(new);
	return ret;
}
