// SPDX-License-Identifier: GPL-2.0-only
/* What only shows when ports, tenants and links of a node file are held against each other. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/config_build.h"

/* A link and whose it is. */
struct owned {
	const struct sl_node_tenant *tenant;
	const struct sl_node_link *link;
};

static unsigned int twice(struct sl_diags *d, struct sl_pos pos, struct sl_pos first,
			  const char *what, const char *name)
{
	sl_diag_hint(sl_error(d, pos, "duplicate-name", "%s '%s' is already in line %u", what, name,
			      first.line),
		     "give one of them another name, or remove it");
	return 1;
}

static unsigned int check_ports(const struct sl_node_config *c, struct sl_diags *d)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < c->n_ports; i++) {
		const struct sl_node_port *p = &c->ports[i];

		for (size_t j = 0; j < i; j++) {
			const struct sl_node_port *q = &c->ports[j];

			if (!strcmp(p->name, q->name))
				bad += twice(d, p->pos, q->pos, "the port", p->name);
			if (!strcmp(p->interface, q->interface))
				bad += twice(d, p->pos, q->pos, "a port on the interface",
					     p->interface);
		}
	}
	return bad;
}

static int by_name(const void *a, const void *b)
{
	const struct sl_node_tenant *ta = *(const struct sl_node_tenant *const *)a;
	const struct sl_node_tenant *tb = *(const struct sl_node_tenant *const *)b;
	int cmp = strcmp(ta->name, tb->name);

	return cmp ? cmp : ta < tb ? -1 : ta > tb;
}

static int check_tenant_names(const struct sl_node_config *c, struct sl_diags *d, unsigned int *bad)
{
	_free_ const struct sl_node_tenant **sorted = calloc(c->n_tenants + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_tenants; i++)
		sorted[i] = &c->tenants[i];
	qsort(sorted, c->n_tenants, sizeof(*sorted), by_name);
	for (size_t i = 1; i < c->n_tenants; i++)
		if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
			*bad += twice(d, sorted[i]->pos, sorted[i - 1]->pos, "the tenant",
				      sorted[i]->name);
	return 0;
}

/* Two devices' networks overlap when the shorter prefix holds both. */
static bool nets_overlap(const struct sl_node_link *a, const struct sl_node_link *b)
{
	uint8_t len = a->prefix_len < b->prefix_len ? a->prefix_len : b->prefix_len;

	return a->has_address && b->has_address &&
	       !((ntohl(a->address) ^ ntohl(b->address)) >> (32 - len));
}

static unsigned int check_devices(const struct sl_node_tenant *t, struct sl_diags *d)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < t->n_links; i++) {
		const struct sl_node_link *l = &t->links[i];

		for (size_t j = 0; j < i; j++) {
			const struct sl_node_link *k = &t->links[j];

			if (l->dev == k->dev)
				bad += twice(d, l->pos, k->pos, "the device", l->device);
			else if (nets_overlap(l, k))
				sl_diag_hint(sl_warn(d, l->pos, "overlap",
						     "the networks of %s and %s overlap", l->device,
						     k->device),
					     "give each device of '%s' a network of its own",
					     t->name);
		}
	}
	return bad;
}

static unsigned int check_port_names(const struct sl_node_config *c, const struct sl_node_link *l,
				     struct sl_diags *d)
{
	struct sl_diag *diag;

	if (!l->port || sl_node_config_port(c, l->port))
		return 0;
	diag = sl_error(d, l->port_pos, "unknown-port", "there is no port '%s'", l->port);
	if (!c->n_ports) {
		sl_diag_hint(diag, "add it under 'ports', with its interface");
		return 1;
	}
	sl_diag_hint(diag, "add it under 'ports', or take one of those listed below");
	for (size_t i = 0; i < c->n_ports; i++)
		sl_diag_detail(diag, "%s (%s)", c->ports[i].name, c->ports[i].interface);
	return 1;
}

/* ---- Links against links --------------------------------------------------------------------- */

/* Order in which links that would take each other's packets stand side by side: GRE by ends and
 * key, direct by port and VLAN; then as in the file. */
static int by_triple(const void *pa, const void *pb)
{
	const struct sl_node_link *a = ((const struct owned *)pa)->link;
	const struct sl_node_link *b = ((const struct owned *)pb)->link;
	int cmp;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind == SL_LINK_DIRECT) {
		cmp = strcmp(a->port ? a->port : "", b->port ? b->port : "");
		if (!cmp && a->vlan != b->vlan)
			cmp = a->vlan < b->vlan ? -1 : 1;
		return cmp;
	}
	cmp = memcmp(a->local.bytes, b->local.bytes, 16);
	if (!cmp)
		cmp = memcmp(a->remote.bytes, b->remote.bytes, 16);
	if (!cmp && (a->gre ^ b->gre) & SL_GRE_KEY)
		cmp = a->gre & SL_GRE_KEY ? 1 : -1;
	if (!cmp && a->key != b->key)
		cmp = a->key < b->key ? -1 : 1;
	return cmp;
}

static int by_triple_then_file(const void *pa, const void *pb)
{
	const struct sl_pos *a = &((const struct owned *)pa)->link->pos;
	const struct sl_pos *b = &((const struct owned *)pb)->link->pos;
	int cmp = by_triple(pa, pb);

	if (!cmp && a->line != b->line)
		cmp = a->line < b->line ? -1 : 1;
	if (!cmp && a->col != b->col)
		cmp = a->col < b->col ? -1 : 1;
	return cmp;
}

static void say_same(struct sl_diags *d, const struct owned *o, const struct owned *first)
{
	const struct sl_node_link *l = o->link;

	if (l->kind == SL_LINK_DIRECT && l->vlan)
		sl_diag_hint(
			sl_error(d, l->port_pos, "overlap",
				 "VLAN %u of port '%s' already belongs to %s of '%s' (line %u)",
				 l->vlan, l->port, first->link->device, first->tenant->name,
				 first->link->pos.line),
			"take another VLAN or another port");
	else if (l->kind == SL_LINK_DIRECT)
		sl_diag_hint(sl_error(d, l->port_pos, "overlap",
				      "port '%s' already belongs to %s of '%s' (line %u)", l->port,
				      first->link->device, first->tenant->name,
				      first->link->pos.line),
			     "take another port, or give each a VLAN of this one");
	else
		sl_diag_hint(sl_error(d, l->remote_pos, "duplicate-link",
				      "the same addresses and key are %s of '%s' already (line %u)",
				      first->link->device, first->tenant->name,
				      first->link->pos.line),
			     "give one of the links another key");
}

/* The link of kind direct that owns a port (or one VLAN of it), or NULL. */
static const struct owned *owner_of(const struct owned *all, size_t n, const char *port,
				    uint16_t vlan)
{
	struct sl_node_link wanted = {.kind = SL_LINK_DIRECT, .port = (char *)port, .vlan = vlan};
	struct owned key = {NULL, &wanted};

	return bsearch(&key, all, n, sizeof(*all), by_triple);
}

/* A link that would get no packets, as another owns its port whole, or that VLAN of it. VLANs of a
 * port that a tenant has whole may be that tenant's own devices. */
static unsigned int check_swallowed(const struct owned *all, size_t n, const struct owned *o,
				    struct sl_diags *d)
{
	const struct sl_node_link *l = o->link;
	const struct owned *owner;

	if (!l->port || (l->kind == SL_LINK_DIRECT && !l->vlan))
		return 0;
	owner = owner_of(all, n, l->port, 0);
	if (l->kind == SL_LINK_DIRECT && owner && owner->tenant == o->tenant)
		owner = NULL;
	if (!owner && l->kind != SL_LINK_DIRECT && l->vlan)
		owner = owner_of(all, n, l->port, l->vlan);
	if (!owner)
		return 0;
	sl_diag_hint(sl_error(d, l->port_pos, "overlap", "%s of '%s' (line %u) owns %s port '%s'",
			      owner->link->device, owner->tenant->name, owner->link->pos.line,
			      owner->link->vlan ? "this VLAN of" : "the whole", l->port),
		     "let this link leave by another port");
	return 1;
}

static int check_links(const struct sl_node_config *c, struct sl_diags *d, unsigned int *bad)
{
	_free_ struct owned *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->n_tenants; i++)
		n += c->tenants[i].n_links;
	if (n > SL_MAX_LINKS) {
		sl_diag_hint(sl_error(d, ((struct sl_pos){c->file, 0, 0}), "too-many",
				      "the node file has %zu links", n),
			     "%d are possible", SL_MAX_LINKS);
		(*bad)++;
	}
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < c->n_tenants; i++)
		for (size_t j = 0; j < c->tenants[i].n_links; j++)
			all[n++] = (struct owned){&c->tenants[i], &c->tenants[i].links[j]};
	qsort(all, n, sizeof(*all), by_triple_then_file);
	for (size_t i = 1; i < n; i++) {
		size_t first = i - 1;

		/* Links that already were refused for want of ends or port compare equal too. */
		if (by_triple(&all[i - 1], &all[i]) ||
		    (all[i].link->kind == SL_LINK_DIRECT ? !all[i].link->port
							 : !all[i].link->local.family))
			continue;
		while (first > 0 && !by_triple(&all[first - 1], &all[i]))
			first--;
		say_same(d, &all[i], &all[first]);
		(*bad)++;
	}
	for (size_t i = 0; i < n; i++)
		*bad += check_swallowed(all, n, &all[i], d);
	return 0;
}

int sl_node_config_check(const struct sl_node_config *c, struct sl_diags *d)
{
	unsigned int bad = check_ports(c, d);

	if (check_tenant_names(c, d, &bad) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_tenants; i++) {
		const struct sl_node_tenant *t = &c->tenants[i];

		bad += check_devices(t, d);
		for (size_t j = 0; j < t->n_links; j++)
			bad += check_port_names(c, &t->links[j], d);
	}
	if (check_links(c, d, &bad) < 0)
		return -ENOMEM;
	return bad ? -EINVAL : 0;
}
