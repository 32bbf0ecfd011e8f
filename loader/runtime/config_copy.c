// SPDX-License-Identifier: GPL-2.0-only
/* Copies of what was read from a node file: a change to one tenant is made to a copy. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/config_build.h"

/* A string of our own; NULL stays NULL. */
static int own(char **text)
{
	if (!*text)
		return 0;
	*text = strdup(*text);
	return *text ? 0 : -ENOMEM;
}

static int copy_link(const struct sl_node_link *from, struct sl_node_link *to)
{
	int device, port;

	*to = *from;
	/* Both, whatever becomes of the first: nothing of the original's stays. */
	device = own(&to->device);
	port = own(&to->port);
	return device ? device : port;
}

static int copy_vars(const struct sl_node_tenant *from, struct sl_node_tenant *to)
{
	to->n_vars = 0;
	to->vars = calloc(from->n_vars + 1, sizeof(*to->vars));
	for (size_t i = 0; to->vars && i < from->n_vars; i++) {
		struct sl_node_var *v = &to->vars[to->n_vars++];
		int name, value;

		*v = from->vars[i];
		name = own(&v->name);
		value = own(&v->value);
		if (name || value)
			return -ENOMEM;
	}
	return to->vars ? 0 : -ENOMEM;
}

/* `to` can be cleared afterwards, whatever is returned. */
static int copy_tenant(const struct sl_node_tenant *from, struct sl_node_tenant *to)
{
	int name, owner, graph, vars;
	int ret = 0;

	*to = *from;
	name = own(&to->name);
	owner = own(&to->owner);
	graph = own(&to->graph);
	vars = copy_vars(from, to);
	to->n_links = 0;
	to->links = calloc(from->n_links + 1, sizeof(*to->links));
	for (size_t i = 0; to->links && !ret && i < from->n_links; i++)
		ret = copy_link(&from->links[i], &to->links[to->n_links++]);
	return name || owner || graph || vars || !to->links ? -ENOMEM : ret;
}

/* Places are in the original's file, under its name; the copy has a name of its own. */
static void move_pos(struct sl_pos *pos, const char *file)
{
	if (pos->file)
		pos->file = file;
}

static void move_places(struct sl_node_tenant *t, const char *file)
{
	move_pos(&t->pos, file);
	move_pos(&t->graph_pos, file);
	move_pos(&t->cpu_pos, file);
	move_pos(&t->cpu_min_pos, file);
	move_pos(&t->memory_pos, file);
	for (size_t i = 0; i < t->n_links; i++) {
		move_pos(&t->links[i].pos, file);
		move_pos(&t->links[i].remote_pos, file);
		move_pos(&t->links[i].port_pos, file);
	}
}

static int copy_ports(const struct sl_node_config *from, struct sl_node_config *to)
{
	to->ports = calloc(from->n_ports + 1, sizeof(*to->ports));
	if (!to->ports)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_ports; i++) {
		struct sl_node_port *p = &to->ports[to->n_ports++];
		int name, interface;

		*p = from->ports[i];
		name = own(&p->name);
		interface = own(&p->interface);
		if (name || interface)
			return -ENOMEM;
		move_pos(&p->pos, to->file);
	}
	return 0;
}

static int copy_experiments(const struct sl_node_config *from, struct sl_node_config *to)
{
	to->experiments = calloc(from->n_experiments + 1, sizeof(*to->experiments));
	if (!to->experiments)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_experiments; i++) {
		to->experiments[i] = strdup(from->experiments[i]);
		if (!to->experiments[i])
			return -ENOMEM;
		to->n_experiments++;
	}
	return 0;
}

int sl_node_config_copy(const struct sl_node_config *c, struct sl_node_config **out)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *to = calloc(1, sizeof(*to));
	int ret;

	if (!to)
		return -ENOMEM;
	*to = *c;
	to->text = NULL; /* nobody asks a copy for it */
	to->text_len = 0;
	to->ports = NULL;
	to->tenants = NULL;
	to->experiments = NULL;
	to->n_ports = to->n_tenants = to->n_experiments = 0;
	to->others = 0;
	to->file = strdup(c->file);
	to->dir = strdup(c->dir);
	to->tenants = calloc(c->n_tenants + 1, sizeof(*to->tenants));
	ret = to->file && to->dir && to->tenants ? copy_ports(c, to) : -ENOMEM;
	ret = ret ? ret : copy_experiments(c, to);
	for (size_t i = 0; !ret && i < c->n_tenants; i++) {
		ret = copy_tenant(&c->tenants[i], &to->tenants[to->n_tenants++]);
		if (!ret)
			move_places(&to->tenants[i], to->file);
	}
	if (!ret)
		*out = TAKE_PTR(to);
	return ret;
}

int sl_node_config_add_tenant(struct sl_node_config *c, const struct sl_node_tenant *t)
{
	struct sl_node_tenant *grown =
		realloc(c->tenants, (c->n_tenants + 2) * sizeof(*c->tenants));
	int ret;

	if (!grown)
		return -ENOMEM;
	c->tenants = grown;
	ret = copy_tenant(t, &c->tenants[c->n_tenants++]);
	/* It was written in another file than the others. */
	move_places(&c->tenants[c->n_tenants - 1], NULL);
	return ret;
}

void sl_node_config_remove_tenant(struct sl_node_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_tenants; i++) {
		if (strcmp(c->tenants[i].name, name))
			continue;
		sl_config_clear_tenant(&c->tenants[i]);
		memmove(&c->tenants[i], &c->tenants[i + 1],
			(--c->n_tenants - i) * sizeof(*c->tenants));
		return;
	}
}
