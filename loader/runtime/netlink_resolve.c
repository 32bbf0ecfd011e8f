// SPDX-License-Identifier: GPL-2.0-only
/* From a link's ends to the path its packets take, by the kernel's tables, and from there to the
 * link's template. */
#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "bpf/net.h"
#include "loader/runtime/netlink_priv.h"

/* States in which an entry's address may be used (the kernel's NUD_VALID). */
#define NUD_USABLE (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)
/* Entries the kernel does not resolve: somebody set them. */
#define NUD_FIXED (NUD_PERMANENT | NUD_NOARP)

#define MAX_STACK 4 /* VLAN devices on top of each other */

const struct sl_known_port *sl_known_port(const struct sl_netlink *nl, const char *name,
					  uint32_t ifindex)
{
	for (size_t i = 0; i < nl->n_ports; i++)
		if (name ? !strcmp(nl->ports[i].name, name) : nl->ports[i].ifindex == ifindex)
			return &nl->ports[i];
	return NULL;
}

/* ---- Devices ---------------------------------------------------------------------------------*/

/* What lies between the device a route names and the port. */
struct stack {
	const struct sl_dev *top;
	const struct sl_dev *base;     /* below all VLAN devices */
	struct sl_tag tags[MAX_STACK]; /* innermost first */
	unsigned int n_tags;
	uint32_t mtu;
	bool up;
};

static bool read_stack(const struct sl_netlink *nl, uint32_t ifindex, struct stack *s)
{
	const struct sl_dev *dev = sl_devs_find(&nl->devs, ifindex);

	memset(s, 0, sizeof(*s));
	s->top = dev;
	s->mtu = UINT32_MAX;
	s->up = true;
	for (; dev; dev = sl_devs_find(&nl->devs, dev->lower)) {
		s->mtu = dev->mtu < s->mtu ? dev->mtu : s->mtu;
		s->up = s->up && sl_dev_is_up(dev);
		s->base = dev;
		if (strcmp(dev->kind, "vlan"))
			return true;
		if (s->n_tags == MAX_STACK)
			return false;
		s->tags[s->n_tags++] = (struct sl_tag){dev->vlan_proto, dev->vlan_id};
	}
	return false;
}

/* The port a device stack stands on: its base, or a member of a bond, bridge or VRF it is. */
static const struct sl_known_port *port_below(const struct sl_netlink *nl, const struct stack *s,
					      const char *wanted)
{
	const struct sl_known_port *port = sl_known_port(nl, NULL, s->base->ifindex);
	const struct sl_dev *dev;

	if (port || !wanted)
		return port;
	port = sl_known_port(nl, wanted, 0);
	dev = port ? sl_devs_find(&nl->devs, port->ifindex) : NULL;
	return dev && dev->master == s->base->ifindex ? port : NULL;
}

/* Tags as the node file has them, where no VLAN devices say otherwise. */
static void explicit_tags(const struct sl_node_link *l, struct sl_path *path)
{
	path->n_tags = l->inner_vlan ? 2 : l->vlan ? 1 : 0;
	path->tags[0].vid = l->vlan;
	path->tags[0].proto = l->inner_vlan ? SL_ETH_P_8021AD : SL_ETH_P_8021Q;
	path->tags[1].vid = l->inner_vlan;
	path->tags[1].proto = SL_ETH_P_8021Q;
}

static bool set_tags(const struct sl_node_link *l, const struct stack *s, struct sl_path *path)
{
	if (s->n_tags > 2)
		return false;
	if (!s->n_tags) {
		explicit_tags(l, path);
		return true;
	}
	path->n_tags = s->n_tags;
	for (unsigned int i = 0; i < s->n_tags; i++)
		path->tags[i] = s->tags[s->n_tags - 1 - i];
	return true;
}

/* The device a link's `port` and `vlan` name: the VLAN device, where there is one. */
static uint32_t named_device(const struct sl_netlink *nl, const struct sl_node_link *l,
			     const struct sl_known_port *port)
{
	const struct sl_dev *outer, *inner;

	if (!l->vlan)
		return port->ifindex;
	outer = sl_devs_vlan(&nl->devs, port->ifindex, l->vlan);
	if (!outer || !l->inner_vlan)
		return outer ? outer->ifindex : port->ifindex;
	inner = sl_devs_vlan(&nl->devs, outer->ifindex, l->inner_vlan);
	return inner ? inner->ifindex : port->ifindex;
}

/* ---- Routes ----------------------------------------------------------------------------------*/

static enum sl_link_why why_of_error(int err)
{
	switch (err) {
	case -ENETUNREACH:
	case -ENOENT:
	case -ENODEV:
		return SL_LINK_NO_ROUTE;
	case -EHOSTUNREACH: /* unreachable */
	case -EACCES:	    /* prohibit */
	case -EINVAL:	    /* blackhole */
		return SL_LINK_UNREACHABLE;
	default:
		return SL_LINK_ERROR;
	}
}

static int ask_route(struct sl_netlink *nl, const struct sl_node_link *l, uint32_t oif,
		     struct sl_route *route)
{
	int ret = sl_route_get(&nl->ask, &l->remote, &l->local, oif, route);

	/* A source that is not this host's is refused; others may still route it here. */
	if (ret == -EINVAL || ret == -ENETUNREACH)
		ret = sl_route_get(&nl->ask, &l->remote, NULL, oif, route);
	return ret;
}

/* Whether a route leads where the node file wants the link to leave. */
static bool leads_to(const struct sl_netlink *nl, const struct sl_node_link *l,
		     const struct sl_route *route, const struct sl_known_port *port, uint32_t named)
{
	struct stack s;

	if (l->vlan)
		return route->oif == named;
	return read_stack(nl, route->oif, &s) && port_below(nl, &s, l->port) == port;
}

/* The route of a link. SL_LINK_UP, or why there is none. */
static enum sl_link_why find_route(struct sl_netlink *nl, const struct sl_node_link *l,
				   struct sl_route *route, int *error)
{
	const struct sl_known_port *port = NULL;
	uint32_t named = 0;
	int ret;

	if (l->port) {
		port = sl_known_port(nl, l->port, 0);
		if (!port || !sl_devs_find(&nl->devs, port->ifindex))
			return SL_LINK_NO_PORT;
		named = named_device(nl, l, port);
	}
	ret = ask_route(nl, l, 0, route);
	/* The best route leads elsewhere: the best one out of that port, then. */
	if (port && (ret || !leads_to(nl, l, route, port, named)))
		ret = ask_route(nl, l, named, route);
	*error = ret;
	if (ret)
		return why_of_error(ret);
	switch (route->type) {
	case RTN_UNICAST:
		break;
	case RTN_LOCAL:
	case RTN_ANYCAST:
	case RTN_BROADCAST:
		return SL_LINK_REMOTE_IS_LOCAL;
	default:
		return SL_LINK_UNREACHABLE;
	}
	if (port && !leads_to(nl, l, route, port, named))
		return SL_LINK_WRONG_PORT;
	return SL_LINK_UP;
}

static bool is_local(struct sl_netlink *nl, const struct sl_addr *addr)
{
	struct sl_route route;

	return sl_route_get(&nl->ask, addr, NULL, 0, &route) == 0 && route.type == RTN_LOCAL;
}

/* ---- Neighbours ------------------------------------------------------------------------------*/

static enum sl_link_why find_neighbour(struct sl_netlink *nl, const struct sl_node_link *l,
				       struct sl_resolved *out)
{
	struct sl_neigh neigh = {0};
	int ret;

	if (l->has_next_hop_mac) {
		memcpy(out->path.dst_mac, l->next_hop_mac, 6);
		return SL_LINK_UP;
	}
	ret = sl_neigh_get(&nl->ask, out->egress, &out->next_hop, &neigh);
	if (ret && ret != -ENOENT) {
		out->error = ret;
		return SL_LINK_ERROR;
	}
	out->nud = neigh.nud;
	if (!(neigh.nud & NUD_FIXED) && !neigh.managed) {
		ret = sl_neigh_manage(&nl->ask, out->egress, &out->next_hop, true);
		if (ret) {
			out->error = ret;
			return SL_LINK_ERROR;
		}
	}
	if (neigh.nud & NUD_USABLE && neigh.has_mac) {
		memcpy(out->path.dst_mac, neigh.mac, 6);
		return SL_LINK_UP;
	}
	return neigh.nud & NUD_FAILED ? SL_LINK_NO_NEIGHBOUR : SL_LINK_RESOLVING;
}

/* ---- All of it -------------------------------------------------------------------------------*/

static void set_port(struct sl_resolved *out, const struct sl_known_port *port, uint32_t mtu)
{
	out->port = port->ifindex;
	out->path.ifindex = port->ifindex;
	out->path.port = port->index;
	out->path.mtu = port->mtu && port->mtu < mtu ? port->mtu : mtu;
}

static enum sl_link_why resolve_direct(struct sl_netlink *nl, const struct sl_node_link *l,
				       struct sl_resolved *out)
{
	const struct sl_known_port *port = sl_known_port(nl, l->port, 0);
	const struct sl_dev *dev = port ? sl_devs_find(&nl->devs, port->ifindex) : NULL;

	if (!dev)
		return SL_LINK_NO_PORT;
	out->egress = port->ifindex;
	set_port(out, port, dev->mtu);
	memcpy(out->path.src_mac, dev->mac, 6);
	return sl_dev_is_up(dev) ? SL_LINK_UP : SL_LINK_PORT_DOWN;
}

static enum sl_link_why resolve_gre(struct sl_netlink *nl, const struct sl_node_link *l,
				    struct sl_resolved *out)
{
	const struct sl_known_port *port;
	struct sl_route route;
	enum sl_link_why why;
	struct stack stack;

	out->local_missing = !is_local(nl, &l->local);
	why = find_route(nl, l, &route, &out->error);
	if (why != SL_LINK_UP)
		return why;
	out->egress = route.oif;
	out->next_hop = sl_addr_len(&route.gateway) ? route.gateway : l->remote;
	if (!read_stack(nl, route.oif, &stack))
		return SL_LINK_NOT_A_PORT;
	port = port_below(nl, &stack, l->port);
	if (!port)
		return SL_LINK_NOT_A_PORT;
	set_port(out, port, stack.mtu);
	if (route.mtu && route.mtu < out->path.mtu)
		out->path.mtu = route.mtu;
	if (!set_tags(l, &stack, &out->path))
		return SL_LINK_TOO_MANY_TAGS;
	memcpy(out->path.src_mac, stack.top->mac, 6);
	if (!stack.up || !sl_dev_is_up(sl_devs_find(&nl->devs, port->ifindex)))
		return SL_LINK_PORT_DOWN;
	return find_neighbour(nl, l, out);
}

void sl_resolve(struct sl_netlink *nl, const struct sl_node_link *l, struct sl_resolved *out)
{
	memset(out, 0, sizeof(*out));
	if (l->kind == SL_LINK_DIRECT)
		out->why = resolve_direct(nl, l, out);
	else
		out->why = resolve_gre(nl, l, out);
}

/* ---- Watches ---------------------------------------------------------------------------------*/

static bool needs_neighbour(const struct sl_watch *w, uint32_t ifindex, const struct sl_addr *addr)
{
	return w->manages && w->managed_ifindex == ifindex && sl_addr_equal(&w->managed_addr, addr);
}

void sl_watch_release(struct sl_netlink *nl, struct sl_watch *w)
{
	struct sl_neigh neigh;

	if (!w->manages)
		return;
	w->manages = false;
	for (uint32_t i = 0; i < nl->top; i++)
		if (nl->watches[i] &&
		    needs_neighbour(nl->watches[i], w->managed_ifindex, &w->managed_addr))
			return;
	/* Gone, or made permanent by somebody since: not ours any more. */
	if (sl_neigh_get(&nl->ask, w->managed_ifindex, &w->managed_addr, &neigh) ||
	    !neigh.managed || neigh.nud & NUD_FIXED)
		return;
	sl_neigh_manage(&nl->ask, w->managed_ifindex, &w->managed_addr, false);
}

static void note_neighbour(struct sl_netlink *nl, struct sl_watch *w, const struct sl_resolved *r)
{
	bool wants = w->link.kind != SL_LINK_DIRECT && !w->link.has_next_hop_mac &&
		     (r->why == SL_LINK_UP || r->why == SL_LINK_RESOLVING ||
		      r->why == SL_LINK_NO_NEIGHBOUR) &&
		     !(r->nud & NUD_FIXED);

	if (wants && needs_neighbour(w, r->egress, &r->next_hop))
		return;
	if (w->manages && (wants || r->why != SL_LINK_PORT_DOWN))
		sl_watch_release(nl, w);
	if (!wants)
		return;
	w->manages = true;
	w->managed_ifindex = r->egress;
	w->managed_addr = r->next_hop;
}

static const char *dev_name(const struct sl_netlink *nl, uint32_t ifindex)
{
	const struct sl_dev *dev = sl_devs_find(&nl->devs, ifindex);

	return dev ? dev->name : "";
}

static bool same_path(const struct sl_path *a, const struct sl_path *b)
{
	for (unsigned int i = 0; i < a->n_tags && i < b->n_tags; i++)
		if (a->tags[i].proto != b->tags[i].proto || a->tags[i].vid != b->tags[i].vid)
			return false;
	return a->ifindex == b->ifindex && a->port == b->port && a->mtu == b->mtu &&
	       a->n_tags == b->n_tags && !memcmp(a->src_mac, b->src_mac, sizeof(a->src_mac)) &&
	       !memcmp(a->dst_mac, b->dst_mac, sizeof(a->dst_mac));
}

static bool same_state(const struct sl_link_state *a, const struct sl_link_state *b)
{
	return a->why == b->why && a->error == b->error && !strcmp(a->egress, b->egress) &&
	       a->egress_ifindex == b->egress_ifindex && a->port_ifindex == b->port_ifindex &&
	       sl_addr_equal(&a->next_hop, &b->next_hop) && a->nud == b->nud &&
	       a->local_missing == b->local_missing && a->mtu == b->mtu &&
	       same_path(&a->path, &b->path);
}

/* Writes the template. 1 or 0 as sl_platform_link_template(), or -errno. */
static int write_template(struct sl_netlink *nl, struct sl_watch *w, const struct sl_path *path,
			  struct sl_link_state *s)
{
	struct sl_template t;
	int ret = sl_template_build(&w->link, path, &t);

	if (ret) {
		s->why = ret == -EMSGSIZE ? SL_LINK_MTU_TOO_SMALL : SL_LINK_TOO_MANY_TAGS;
		return ret;
	}
	ret = sl_platform_link_template(nl->platform, w->index, &t);
	if (ret < 0) {
		s->why = SL_LINK_ERROR;
		s->error = ret;
		return ret;
	}
	s->path = *path;
	s->mtu = t.mtu;
	return ret;
}

int sl_watch_update(struct sl_netlink *nl, struct sl_watch *w)
{
	struct sl_link_state s = w->state;
	struct sl_resolved r;
	int wrote = 0;

	w->dirty = false;
	sl_resolve(nl, &w->link, &r);
	note_neighbour(nl, w, &r);
	/* A next hop that failed is asked again and again by the kernel: no news until it answers.
	 */
	if (r.why == SL_LINK_RESOLVING && s.why == SL_LINK_NO_NEIGHBOUR &&
	    sl_addr_equal(&s.next_hop, &r.next_hop))
		r.why = SL_LINK_NO_NEIGHBOUR;
	s.why = r.why;
	s.error = r.why == SL_LINK_ERROR ? r.error : 0;
	snprintf(s.egress, sizeof(s.egress), "%s", dev_name(nl, r.egress));
	s.egress_ifindex = r.egress;
	s.port_ifindex = r.port;
	s.next_hop = r.next_hop;
	s.nud = r.nud;
	s.local_missing = r.local_missing;
	if (s.why == SL_LINK_UP)
		wrote = write_template(nl, w, &r.path, &s);
	/* Until a new next hop has answered, the way used so far stays in use. */
	if (s.why == SL_LINK_RESOLVING && w->up)
		s.why = SL_LINK_UP;
	else if (s.why != SL_LINK_UP)
		wrote = sl_platform_link_down(nl->platform, w->index);
	w->up = s.why == SL_LINK_UP;
	if (wrote > 0)
		s.changes++;
	if (!same_state(&s, &w->state) || wrote > 0) {
		s.serial++;
		w->state = s;
		if (nl->events.link)
			nl->events.link(nl->events.arg, w->index, &w->state);
	}
	return wrote > 0;
}
