// SPDX-License-Identifier: GPL-2.0-only
/* Questions to the kernel about routes and neighbours. */
#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "loader/runtime/netlink_priv.h"

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct sl_addr *a)
{
	mnl_attr_put(nlh, type, sl_addr_len(a), a->bytes);
}

/* ---- Routes ----------------------------------------------------------------------------------*/

static uint32_t metric_mtu(const struct nlattr *metrics)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, metrics)
	{
		if (mnl_attr_get_type(a) == RTAX_MTU && mnl_attr_get_payload_len(a) == 4)
			return mnl_attr_get_u32(a);
	}
	return 0;
}

/* A gateway of the other family (IPv4 over an IPv6 next hop). */
static void take_via(const struct nlattr *a, struct sl_addr *out)
{
	const struct rtvia *via = mnl_attr_get_payload(a);
	size_t len = mnl_attr_get_payload_len(a);

	if (len >= sizeof(*via) + 4 &&
	    len - sizeof(*via) == (via->rtvia_family == AF_INET6 ? 16 : 4))
		sl_addr_set(out, via->rtvia_family, via->rtvia_addr);
}

static int take_route(const struct nlmsghdr *nlh, void *arg)
{
	struct sl_route *route = arg;
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return 0;
	route->type = rtm->rtm_type;
	mnl_attr_for_each(a, nlh, sizeof(*rtm))
	{
		size_t len = mnl_attr_get_payload_len(a);

		switch (mnl_attr_get_type(a)) {
		case RTA_OIF:
			route->oif = len == 4 ? mnl_attr_get_u32(a) : 0;
			break;
		case RTA_GATEWAY:
			if (len == (rtm->rtm_family == AF_INET6 ? 16 : 4))
				sl_addr_set(&route->gateway, rtm->rtm_family,
					    mnl_attr_get_payload(a));
			break;
		case RTA_VIA:
			take_via(a, &route->gateway);
			break;
		case RTA_METRICS:
			route->mtu = metric_mtu(a);
			break;
		default:
			break;
		}
	}
	return 0;
}

int sl_route_get(struct sl_rtnl *r, const struct sl_addr *to, const struct sl_addr *from,
		 uint32_t oif, struct sl_route *out)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct sl_route route = {0};
	struct rtmsg *rtm;
	int ret;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = to->family;
	rtm->rtm_dst_len = sl_addr_len(to) * 8;
	put_addr(nlh, RTA_DST, to);
	if (from) {
		rtm->rtm_src_len = sl_addr_len(from) * 8;
		put_addr(nlh, RTA_SRC, from);
	}
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	ret = sl_rtnl_talk(r, nlh, take_route, &route);
	if (ret)
		return ret;
	if (!route.type)
		return -ENETUNREACH;
	*out = route;
	return 0;
}

/* ---- Neighbours ------------------------------------------------------------------------------*/

struct neigh_answer {
	struct sl_neigh neigh;
	bool found;
};

static int take_neigh(const struct nlmsghdr *nlh, void *arg)
{
	struct neigh_answer *answer = arg;
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return 0;
	answer->found = true;
	answer->neigh.nud = ndm->ndm_state;
	mnl_attr_for_each(a, nlh, sizeof(*ndm))
	{
		if (mnl_attr_get_type(a) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(a) == sizeof(answer->neigh.mac)) {
			memcpy(answer->neigh.mac, mnl_attr_get_payload(a), 6);
			answer->neigh.has_mac = true;
		} else if (mnl_attr_get_type(a) == NDA_FLAGS_EXT &&
			   mnl_attr_get_payload_len(a) == 4) {
			answer->neigh.managed = mnl_attr_get_u32(a) & NTF_EXT_MANAGED;
		}
	}
	return 0;
}

static struct nlmsghdr *start_neigh(void *buf, uint16_t type, uint32_t ifindex,
				    const struct sl_addr *addr)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

	nlh->nlmsg_type = type;
	ndm->ndm_family = addr->family;
	ndm->ndm_ifindex = ifindex;
	put_addr(nlh, NDA_DST, addr);
	return nlh;
}

int sl_neigh_get(struct sl_rtnl *r, uint32_t ifindex, const struct sl_addr *addr,
		 struct sl_neigh *out)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct neigh_answer answer = {0};
	int ret;

	ret = sl_rtnl_talk(r, start_neigh(buf, RTM_GETNEIGH, ifindex, addr), take_neigh, &answer);
	if (ret)
		return ret;
	if (!answer.found)
		return -ENOENT;
	*out = answer.neigh;
	return 0;
}

int sl_neigh_manage(struct sl_rtnl *r, uint32_t ifindex, const struct sl_addr *addr, bool managed)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start_neigh(buf, RTM_NEWNEIGH, ifindex, addr);
	struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);

	/* Asking for use leaves state and address alone; without the flag it takes it away. */
	ndm->ndm_state = NUD_NONE;
	ndm->ndm_flags = NTF_USE;
	nlh->nlmsg_flags = NLM_F_REPLACE;
	if (managed) {
		nlh->nlmsg_flags |= NLM_F_CREATE;
		mnl_attr_put_u32(nlh, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	}
	return sl_rtnl_talk(r, nlh, NULL, NULL);
}
