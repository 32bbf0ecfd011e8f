/* SPDX-License-Identifier: GPL-2.0-only */
/* Links: what the node file wants against what is bound. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node_int.h"

/* ---- Book-keeping ----------------------------------------------------------------------------*/

static int remember(struct sl_node *n, uint32_t index, uint32_t slot, uint8_t dev)
{
	if (SL_GROW(n->links, n->n_links, n->cap_links))
		return -ENOMEM;
	n->links[n->n_links++] = (struct link_rt){index, slot, dev};
	return 0;
}

static int adopt_one(void *arg, uint32_t index, const struct sl_link_bind *b)
{
	return remember(arg, index, b->tenant, b->dev);
}

int node_links_adopt(struct sl_node *n)
{
	return sl_platform_links_each(n->pf, adopt_one, n);
}

const struct link_rt *node_link_find(const struct sl_node *n, uint32_t slot, uint8_t dev)
{
	for (size_t i = 0; i < n->n_links; i++)
		if (n->links[i].slot == slot && n->links[i].dev == dev)
			return &n->links[i];
	return NULL;
}

static void unbind(struct sl_node *n, size_t i, struct sl_diags *d)
{
	uint32_t index = n->links[i].index;
	int ret;

	sl_netlink_unwatch(n->nl, index);
	ret = sl_platform_link_unbind(n->pf, index);
	if (ret)
		sl_warn(d, SL_NOPOS, "link", "link %u cannot be taken away: %s", index,
			strerror(-ret));
	sl_platform_link_stats_reset(n->pf, index);
	n->links[i] = n->links[--n->n_links];
	sl_fault("link unbound");
}

/* ---- Binding ---------------------------------------------------------------------------------*/

static bool bind_equal(const struct sl_link_bind *a, const struct sl_link_bind *b)
{
	return a->tenant == b->tenant && a->dev == b->dev && a->kind == b->kind &&
	       a->payload == b->payload && a->gre == b->gre && a->in_len == b->in_len &&
	       !memcmp(a->mac, b->mac, 6) && !memcmp(a->peer_mac, b->peer_mac, 6) &&
	       !memcmp(a->saddr, b->saddr, 16) && !memcmp(a->daddr, b->daddr, 16) &&
	       a->key == b->key && a->ifindex == b->ifindex && a->vlan == b->vlan;
}

static uint32_t port_ifindex(struct sl_node *n, const char *port)
{
	struct sl_port_info info;

	return port && !sl_port_find(n->pf, port, &info) ? info.ifindex : 0;
}

static int bind_one(struct sl_node *n, const struct tenant_state *t, const struct sl_node_link *l,
		    struct link_rt *have, struct sl_diags *d)
{
	struct sl_link_bind want = {0}, is = {0};
	uint32_t index;
	int ret;

	sl_link_bind_from(l, t->slot, sl_netlink_tags(n->nl, l),
			  l->kind == SL_LINK_DIRECT ? port_ifindex(n, l->port) : 0, &want);
	if (have) {
		index = have->index;
		ret = sl_platform_link_get(n->pf, index, &is);
		if (!ret && !bind_equal(&want, &is)) {
			ret = sl_platform_link_rebind(n->pf, index, &want);
			sl_fault("link moved");
		}
		have->slot = t->slot;
	} else {
		ret = sl_platform_link_alloc(n->pf, &index);
		if (!ret) {
			ret = sl_platform_link_bind(n->pf, index, &want);
			if (ret)
				sl_platform_link_release(n->pf, index);
		}
		sl_fault("link bound");
		if (!ret)
			ret = remember(n, index, t->slot, l->dev);
	}
	if (ret) {
		sl_diag_hint(sl_error(d, l->pos, "link", "link %s/%s cannot be set up: %s", t->name,
				      l->device,
				      ret == -EEXIST
					      ? "its outer addresses and key are another link's"
					      : strerror(-ret)),
			     "`sluicectl link list` shows what is in use");
		return ret;
	}
	ret = sl_netlink_watch(n->nl, index, l);
	sl_fault("link watched");
	return ret;
}

int node_links_reconcile(struct sl_node *n, const struct tenant_state *t,
			 const struct sl_node_tenant *conf, struct sl_diags *d)
{
	struct tenant_rt *rt = node_rt(n, t->name);
	uint32_t old = rt ? rt->slot : t->slot;
	int first = 0;

	/* First what is no longer wanted, so that its addresses are free for others. */
	for (size_t i = n->n_links; i-- > 0;) {
		bool wanted = false;

		if (n->links[i].slot != t->slot && n->links[i].slot != old)
			continue;
		for (size_t k = 0; k < conf->n_links && !wanted; k++)
			wanted = conf->links[k].dev == n->links[i].dev;
		if (!wanted)
			unbind(n, i, d);
	}
	for (size_t k = 0; k < conf->n_links; k++) {
		struct link_rt *have =
			(struct link_rt *)node_link_find(n, t->slot, conf->links[k].dev);
		int ret;

		if (!have && old != t->slot)
			have = (struct link_rt *)node_link_find(n, old, conf->links[k].dev);
		ret = bind_one(n, t, &conf->links[k], have, d);
		first = first ? first : ret;
	}
	return first;
}

void node_links_sweep(struct sl_node *n, struct sl_diags *d)
{
	_free_ bool *owned = calloc(SL_MAX_TENANTS, sizeof(*owned));

	if (!owned)
		return; /* the next change finds them */
	for (size_t k = 0; k < n->st.n_tenants; k++)
		if (n->st.tenants[k].slot < SL_MAX_TENANTS)
			owned[n->st.tenants[k].slot] = true;
	for (size_t i = n->n_links; i-- > 0;)
		if (!owned[n->links[i].slot])
			unbind(n, i, d);
}

/* ---- What graphs are compiled for ------------------------------------------------------------*/

static unsigned int tags_of(void *arg, const struct sl_node_link *l)
{
	return sl_netlink_tags(arg, l);
}

uint32_t node_links_head(struct sl_node *n, const struct sl_node_tenant *conf)
{
	return sl_devices_head(conf, tags_of, n->nl);
}

void node_links_devices(struct sl_node *n, const struct node_state *st,
			const struct sl_node_tenant *conf, uint32_t head, struct sl_device *list,
			struct sl_devices *out)
{
	sl_devices_of(st->config, conf, head, tags_of, n->nl, list, out);
}

struct json_object *sl_node_devices(struct sl_node *n, const char *tenant)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	_free_ struct sl_device *list = calloc(SL_MAX_DEVS, sizeof(*list));
	struct sl_devices devices;

	if (!t || !conf || !list)
		return NULL;
	node_links_devices(n, &n->st, conf, t->head, list, &devices);
	return sl_devices_json(&devices);
}
