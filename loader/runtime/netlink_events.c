// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel tells of itself, and which links it concerns. Marks them; resolving is done once,
 * when everything that has come is taken in. */
#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "loader/runtime/netlink_priv.h"

void sl_netlink_mark_all(struct sl_netlink *nl)
{
	for (uint32_t i = 0; i < nl->top; i++)
		if (nl->watches[i])
			nl->watches[i]->dirty = true;
}

/* Marks what leaves by a device, and what does not leave at all. */
static void mark_device(struct sl_netlink *nl, uint32_t ifindex)
{
	for (uint32_t i = 0; i < nl->top; i++) {
		struct sl_watch *w = nl->watches[i];

		if (w && (w->state.why != SL_LINK_UP || w->state.egress_ifindex == ifindex ||
			  w->state.port_ifindex == ifindex))
			w->dirty = true;
	}
}

/* ---- Devices ---------------------------------------------------------------------------------*/

/* Whether links can leave by a device: it is a port, or something on top of one. */
static bool concerns_ports(const struct sl_netlink *nl, const struct sl_dev *dev)
{
	const struct sl_dev *below;

	if (sl_known_port(nl, NULL, dev->ifindex) || !strcmp(dev->kind, "vlan"))
		return true;
	for (size_t i = 0; i < nl->n_ports; i++) {
		below = sl_devs_find(&nl->devs, nl->ports[i].ifindex);
		if (below && below->master == dev->ifindex)
			return true;
	}
	return false;
}

static bool matters(const struct sl_dev *a, const struct sl_dev *b)
{
	return sl_dev_is_up(a) != sl_dev_is_up(b) || a->mtu != b->mtu || a->lower != b->lower ||
	       a->master != b->master || a->vlan_id != b->vlan_id ||
	       a->vlan_proto != b->vlan_proto || memcmp(a->mac, b->mac, 6) ||
	       strcmp(a->name, b->name) || strcmp(a->kind, b->kind);
}

static void tell_device(struct sl_netlink *nl, const struct sl_dev *dev, bool present)
{
	if (nl->events.device)
		nl->events.device(nl->events.arg, dev->ifindex, dev->name, present);
}

static int hear_device(struct sl_netlink *nl, const struct nlmsghdr *nlh)
{
	const struct sl_dev *old;
	struct sl_dev dev, was;
	bool known, concerned;
	int ret = 0;

	if (!sl_rtnl_parse_dev(nlh, &dev))
		return 0;
	old = sl_devs_find(&nl->devs, dev.ifindex);
	known = old != NULL;
	if (known)
		was = *old;
	if (nlh->nlmsg_type == RTM_NEWLINK && known && !matters(&was, &dev))
		return 0;
	/* Before and after: a VLAN device may go, a port may leave its bond. */
	concerned = concerns_ports(nl, &dev);
	if (nlh->nlmsg_type == RTM_DELLINK)
		sl_devs_remove(&nl->devs, dev.ifindex);
	else
		ret = sl_devs_put(&nl->devs, &dev);
	if (ret)
		return ret;
	if (concerned || concerns_ports(nl, &dev))
		sl_netlink_mark_all(nl);
	else
		mark_device(nl, dev.ifindex);
	if (nlh->nlmsg_type == RTM_DELLINK)
		tell_device(nl, &dev, false);
	else if (!known || strcmp(was.name, dev.name))
		tell_device(nl, &dev, true);
	return 0;
}

/* ---- Addresses, routes, neighbours -----------------------------------------------------------*/

static void take_addr(struct sl_addr *out, int family, const struct nlattr *a)
{
	if (mnl_attr_get_payload_len(a) == (family == AF_INET6 ? 16 : 4))
		sl_addr_set(out, family, mnl_attr_get_payload(a));
}

static void hear_addr(struct sl_netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct sl_addr addr = {0};
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return;
	mnl_attr_for_each(a, nlh, sizeof(*ifa))
	{
		/* IFA_LOCAL where there is one: IFA_ADDRESS is the peer's then. */
		if (mnl_attr_get_type(a) == IFA_LOCAL ||
		    (mnl_attr_get_type(a) == IFA_ADDRESS && !addr.family))
			take_addr(&addr, ifa->ifa_family, a);
	}
	mark_device(nl, ifa->ifa_index);
	for (uint32_t i = 0; i < nl->top; i++)
		if (nl->watches[i] && sl_addr_equal(&nl->watches[i]->link.local, &addr))
			nl->watches[i]->dirty = true;
}

static void hear_route(struct sl_netlink *nl, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct sl_addr dst = {0};
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) || rtm->rtm_flags & RTM_F_CLONED ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6))
		return;
	dst.family = rtm->rtm_family;
	mnl_attr_for_each(a, nlh, sizeof(*rtm))
	{
		if (mnl_attr_get_type(a) == RTA_DST)
			take_addr(&dst, rtm->rtm_family, a);
	}
	for (uint32_t i = 0; i < nl->top; i++) {
		struct sl_watch *w = nl->watches[i];

		if (w && (sl_addr_in(&w->link.remote, &dst, rtm->rtm_dst_len) ||
			  sl_addr_in(&w->link.local, &dst, rtm->rtm_dst_len)))
			w->dirty = true;
	}
}

static void hear_neigh(struct sl_netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct sl_addr addr = {0};
	const struct nlattr *a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return;
	mnl_attr_for_each(a, nlh, sizeof(*ndm))
	{
		if (mnl_attr_get_type(a) == NDA_DST)
			take_addr(&addr, ndm->ndm_family, a);
	}
	if (!addr.family)
		return;
	for (uint32_t i = 0; i < nl->top; i++) {
		struct sl_watch *w = nl->watches[i];

		if (w && w->state.egress_ifindex == (uint32_t)ndm->ndm_ifindex &&
		    sl_addr_equal(&w->state.next_hop, &addr))
			w->dirty = true;
	}
}

int sl_netlink_hear(const struct nlmsghdr *nlh, void *arg)
{
	struct sl_netlink *nl = arg;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return hear_device(nl, nlh);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		hear_addr(nl, nlh);
		return 0;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		hear_route(nl, nlh);
		return 0;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		hear_neigh(nl, nlh);
		return 0;
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		sl_netlink_mark_all(nl);
		return 0;
	default:
		return 0;
	}
}
