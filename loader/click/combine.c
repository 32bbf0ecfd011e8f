// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routers joined to one graph. A link takes the place of the two devices at its ends; links that
 * share an end are one segment of the network, where every packet sent comes to all who listen.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/click/args.h"
#include "loader/click/combine.h"
#include "loader/click/tools.h"
#include "loader/mem.h"

const struct sl_class_spec sl_router_link = {
	.name = ROUTER_LINK, .ports = "1-/1-", .processing = "a/h"};

#define NOTHING UINT32_MAX

/* What becomes of an element. */
struct end {
	uint32_t segment; /* NOTHING: the element stays */
	uint32_t elem;	  /* where it is now: itself, or the link in its place, */
	uint32_t port;	  /* and which of the link's ports */
};

/* The segment's number while links are read; ends found equal are merged into the lower one. */
struct link {
	const char *text;
	uint32_t from, to; /* first elements found, in the combined graph */
	uint32_t segment;
};

struct combine {
	const struct sl_router *routers;
	size_t n_routers;
	uint32_t *base; /* router to the number of its first element among all */
	const struct sl_elem **all;
	struct end *ends; /* all elements, one router after the other */
	struct link *links;
	size_t n_links;
	struct sl_diags *d;
	struct sl_graph *g;
	struct click_arena mem;
};

/* ---- Names -----------------------------------------------------------------------------------*/

static bool good_name(const char *s)
{
	bool digits = true;

	if (!*s || strlen(s) > 100)
		return false;
	for (; *s; s++) {
		if (!click_isword(*s))
			return false;
		digits = digits && click_isdigit(*s);
	}
	return !digits;
}

static int check_names(struct combine *c)
{
	unsigned int errors = c->d->errors;

	for (size_t i = 0; i < c->n_routers; i++) {
		const char *name = c->routers[i].name;

		if (!good_name(name))
			sl_diag_hint(sl_error(c->d, SL_NOPOS, "router-name",
					      "'%s' cannot be a router's name", name),
				     "take letters, digits, '_' and '@', not digits alone");
		for (size_t k = 0; k < i; k++) {
			if (strcmp(c->routers[k].name, name))
				continue;
			sl_diag_hint(sl_error(c->d, SL_NOPOS, "router-name",
					      "two routers are called '%s'", name),
				     "give each a name of its own");
			break;
		}
	}
	return c->d->errors == errors ? 0 : -EINVAL;
}

/* ---- Ends of links ---------------------------------------------------------------------------*/

static bool is_sender(const struct sl_elem *e)
{
	return !strcmp(e->class_name, "ToDevice");
}

static bool is_receiver(const struct sl_elem *e)
{
	return !strcmp(e->class_name, "FromDevice") || !strcmp(e->class_name, "PollDevice");
}

/* Whether the element's first argument, or DEVNAME, is `device`. */
static int on_device(const struct sl_elem *e, const char *device)
{
	static const char key[] = "DEVNAME";
	bool same = false;

	for (size_t i = 0; i < e->n_args && !same; i++) {
		const char *s = e->args[i].text;
		_free_ char *name = NULL;
		size_t len;

		if (!strncmp(s, key, sizeof(key) - 1) && click_isspace(s[sizeof(key) - 1]))
			s = click_skip_space(s + sizeof(key), s + strlen(s));
		else if (i)
			continue;
		name = sl_unquote(s, &len);
		if (!name)
			return -ENOMEM;
		same = len == strlen(device) && !memcmp(name, device, len);
	}
	return same;
}

static const struct sl_router *router_of(const struct combine *c, const char *name, size_t len)
{
	for (size_t i = 0; i < c->n_routers; i++)
		if (strlen(c->routers[i].name) == len && !memcmp(c->routers[i].name, name, len))
			return &c->routers[i];
	return NULL;
}

static struct sl_diag *link_error(struct combine *c, const struct link *l, const char *what,
				  const char *name)
{
	return sl_error(c->d, SL_NOPOS, "link", "link '%s': %s '%s'", l->text, what, name);
}

/* Ports other than the one that the link continues. */
static bool more_ports(const struct sl_graph *g, uint32_t e, bool receiver)
{
	for (size_t k = 0; k < g->n_conns; k++) {
		const struct sl_conn *conn = &g->conns[k];

		if (receiver ? conn->to == e || (conn->from == e && conn->from_port)
			     : conn->from == e || (conn->to == e && conn->to_port))
			return true;
	}
	return false;
}

/* Puts the element into the link's segment, which becomes one with the segment it was in. */
static void join(struct combine *c, struct link *l, uint32_t at)
{
	uint32_t other = c->ends[at].segment;

	if (other == NOTHING || other == l->segment) {
		c->ends[at].segment = l->segment;
		return;
	}
	for (uint32_t i = 0; i < c->base[c->n_routers]; i++)
		if (c->ends[i].segment == l->segment)
			c->ends[i].segment = other;
	for (size_t i = 0; i < c->n_links; i++)
		if (c->links[i].segment == l->segment && &c->links[i] != l)
			c->links[i].segment = other;
	l->segment = other;
}

/* "A.eth1": all of A's senders to eth1, or its one receiver from there. */
static int find_end(struct combine *c, struct link *l, const char *text, size_t len, bool receiver)
{
	const char *dot = memchr(text, '.', len);
	const struct sl_router *r = dot ? router_of(c, text, (size_t)(dot - text)) : NULL;
	char *name = click_strndup(&c->mem, text, len), *dev;
	const char *class = receiver ? "FromDevice" : "ToDevice";
	uint32_t first = NOTHING;
	bool by_name = false;

	if (!name)
		return -ENOMEM;
	if (!dot || dot == text || dot + 1 == text + len) {
		sl_diag_hint(link_error(c, l, "not an end of a link:", name),
			     "say it as ROUTER.DEVICE");
		return -EINVAL;
	}
	if (!r) {
		sl_diag_hint(link_error(c, l, "no router for", name),
			     "each router of a link is given as NAME=FILE");
		return -EINVAL;
	}
	dev = name + (dot - text) + 1;
	for (uint32_t i = 0; i < r->graph->n_elems && !by_name; i++) {
		const struct sl_elem *e = &r->graph->elems[i];
		uint32_t at = c->base[r - c->routers] + i;
		int same;

		if (!(receiver ? is_receiver(e) : is_sender(e)))
			continue;
		by_name = sl_graph_find(r->graph, dev) == (long)i;
		same = by_name ? 1 : sl_graph_find(r->graph, dev) >= 0 ? 0 : on_device(e, dev);
		if (same < 0)
			return same;
		if (!same)
			continue;
		if (receiver && first != NOTHING) {
			sl_diag_hint(link_error(c, l, "two elements receive from", name),
				     "name the element instead of the device");
			return -EINVAL;
		}
		if (more_ports(r->graph, i, receiver)) {
			sl_diag_hint(sl_diag_element(
					     link_error(c, l, "more than port 0 is used of", name),
					     e->name),
				     "a link continues one port; connect the others elsewhere");
			return -EINVAL;
		}
		join(c, l, at);
		if (first == NOTHING)
			first = at;
	}
	if (first == NOTHING) {
		struct sl_diag *m = link_error(c, l, "no such end:", name);

		sl_diag_hint(m, "the router's graph needs %s %s(%s), or an element of that name",
			     receiver ? "a" : "one or more", class, dev);
		return -EINVAL;
	}
	*(receiver ? &l->to : &l->from) = first;
	return 0;
}

/* "A.eth1 B.eth0" or "A.eth1=B.eth0". */
static int read_link(struct combine *c, struct link *l)
{
	static const char seps[] = " \t\n=";
	const char *from = l->text + strspn(l->text, seps);
	size_t n_from = strcspn(from, seps);
	const char *to = from + n_from + strspn(from + n_from, seps);
	size_t n_to = strcspn(to, seps);
	int ret, ret2;

	if (!n_from || !n_to || to[n_to + strspn(to + n_to, seps)]) {
		sl_diag_hint(
			sl_error(c->d, SL_NOPOS, "link", "link '%s' has not two ends", l->text),
			"say it as 'A.eth1 B.eth0'");
		return -EINVAL;
	}
	ret = find_end(c, l, from, n_from, false);
	ret2 = ret == -ENOMEM ? 0 : find_end(c, l, to, n_to, true);
	return ret ? ret : ret2;
}

/* ---- Segments --------------------------------------------------------------------------------*/

static bool linked(const struct combine *c, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < c->n_links; i++) {
		const struct link *l = &c->links[i];

		/* Senders to one device are found together, and the first stands for them. */
		if (l->from == from && l->to == to)
			return true;
	}
	return false;
}

/* On a segment everybody hears everybody: then links say so, too. */
static int check_segment(struct combine *c, uint32_t segment)
{
	for (size_t i = 0; i < c->n_links; i++) {
		for (size_t k = 0; k < c->n_links; k++) {
			const struct link *a = &c->links[i], *b = &c->links[k];

			if (a->segment != segment || b->segment != segment ||
			    linked(c, a->from, b->to))
				continue;
			sl_diag_hint(sl_error(c->d, SL_NOPOS, "link",
					      "links '%s' and '%s' share a segment, but no link "
					      "leads from the one's sender to the other's receiver",
					      a->text, b->text),
				     "add that link: what is sent on a segment comes to all who "
				     "listen there");
			return -EINVAL;
		}
	}
	return 0;
}

static int put_end(struct combine *c, uint32_t at, bool first, FILE *f)
{
	const struct sl_elem *e = c->all[at];
	size_t r = 0;
	char *config = click_quote(&c->mem, e->config, strlen(e->config));

	while (c->base[r + 1] <= at)
		r++;
	if (!config)
		return -ENOMEM;
	fprintf(f, "%s%s/%s %" PRIu32 " %s %s", first ? "" : ", ", c->routers[r].name, e->name,
		at - c->base[r], e->class_name, config);
	return 0;
}

static int add_segment(struct combine *c, uint32_t segment, unsigned int *n_links)
{
	const uint32_t n = c->base[c->n_routers];
	_free_ char *config = NULL;
	struct sl_elem link = {.class_name = (char *)ROUTER_LINK};
	uint32_t n_in = 0, n_out = 0;
	char name[32];
	size_t len;
	FILE *f;
	int ret = check_segment(c, segment);

	if (ret)
		return ret;
	f = open_memstream(&config, &len);
	if (!f)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && !ret; i++) {
		if (c->ends[i].segment != segment || !is_sender(c->all[i]))
			continue;
		ret = put_end(c, i, !n_in, f);
		c->ends[i].port = n_in++;
	}
	for (uint32_t i = 0; i < n && !ret; i++) {
		if (c->ends[i].segment != segment || is_sender(c->all[i]))
			continue;
		ret = put_end(c, i, false, f);
		c->ends[i].port = n_out++;
	}
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	if (ret || !n_in)
		return ret;
	link.config = config;
	for (uint32_t i = 0; i < n; i++)
		if (c->ends[i].segment == segment)
			c->ends[i].elem = (uint32_t)c->g->n_elems;
	snprintf(name, sizeof(name), "link%u", ++*n_links);
	return click_copy_elem(c->g, &link, name);
}

/* ---- All together ----------------------------------------------------------------------------*/

static int number(struct combine *c)
{
	uint32_t n = 0;

	c->base = click_alloc_array(&c->mem, c->n_routers + 1, sizeof(*c->base));
	c->links = click_alloc_array(&c->mem, c->n_links + 1, sizeof(*c->links));
	if (!c->base || !c->links)
		return -ENOMEM;
	for (size_t r = 0; r < c->n_routers; r++) {
		c->base[r] = n;
		n += (uint32_t)c->routers[r].graph->n_elems;
	}
	c->base[c->n_routers] = n;
	c->all = click_alloc_array(&c->mem, (size_t)n + 1, sizeof(const struct sl_elem *));
	c->ends = click_alloc_array(&c->mem, (size_t)n + 1, sizeof(*c->ends));
	if (!c->all || !c->ends)
		return -ENOMEM;
	for (size_t r = 0; r < c->n_routers; r++)
		for (size_t i = 0; i < c->routers[r].graph->n_elems; i++)
			c->all[c->base[r] + i] = &c->routers[r].graph->elems[i];
	for (uint32_t i = 0; i < n; i++)
		c->ends[i].segment = NOTHING;
	return 0;
}

static int read_links(struct combine *c, const char *const *links)
{
	unsigned int errors = c->d->errors;

	for (uint32_t i = 0; i < c->n_links; i++)
		c->links[i] = (struct link){links[i], NOTHING, NOTHING, i};
	for (uint32_t i = 0; i < c->n_links; i++)
		if (read_link(c, &c->links[i]) == -ENOMEM)
			return -ENOMEM;
	return c->d->errors == errors ? 0 : -EINVAL;
}

static int copy_elems(struct combine *c)
{
	for (size_t r = 0; r < c->n_routers; r++) {
		const struct sl_router *router = &c->routers[r];

		for (uint32_t i = c->base[r]; i < c->base[r + 1]; i++) {
			_free_ char *name = NULL;

			if (c->ends[i].segment != NOTHING)
				continue;
			c->ends[i].elem = (uint32_t)c->g->n_elems;
			if (asprintf(&name, "%s/%s", router->name, c->all[i]->name) < 0) {
				name = NULL;
				return -ENOMEM;
			}
			if (click_copy_elem(c->g, c->all[i], name))
				return -ENOMEM;
		}
	}
	return 0;
}

static int copy_conns(struct combine *c)
{
	for (size_t r = 0; r < c->n_routers; r++) {
		const struct sl_graph *g = c->routers[r].graph;

		for (size_t k = 0; k < g->n_conns; k++) {
			const struct end *from = &c->ends[c->base[r] + g->conns[k].from];
			const struct end *to = &c->ends[c->base[r] + g->conns[k].to];
			struct sl_conn conn = g->conns[k];

			/* A link's port stands for port 0 of what was there. */
			if (from->segment != NOTHING)
				conn.from_port = from->port;
			if (to->segment != NOTHING)
				conn.to_port = to->port;
			if (click_copy_conn(c->g, &conn, from->elem, to->elem))
				return -ENOMEM;
		}
	}
	return 0;
}

static int build(struct combine *c, const char *const *links)
{
	unsigned int n_links = 0;
	int ret = check_names(c);

	ret = ret ? ret : number(c);
	ret = ret ? ret : read_links(c, links);
	for (size_t r = 0; r < c->n_routers && !ret; r++)
		ret = click_copy_requirements(c->g, c->routers[r].graph);
	ret = ret ? ret : copy_elems(c);
	for (uint32_t s = 0; s < c->n_links && !ret; s++)
		ret = add_segment(c, s, &n_links);
	return ret ? ret : copy_conns(c);
}

int sl_graph_combine(const struct sl_router *routers, size_t n_routers, const char *const *links,
		     size_t n_links, struct sl_diags *d, struct sl_graph **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = sl_graph_new();
	struct combine c = {
		.routers = routers, .n_routers = n_routers, .n_links = n_links, .d = d, .g = g};
	int ret = g ? build(&c, links) : -ENOMEM;

	click_arena_free(&c.mem);
	if (!ret)
		*out = TAKE_PTR(g);
	return ret;
}
