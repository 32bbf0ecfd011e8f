// SPDX-License-Identifier: GPL-2.0-only
/* Questions to the kernel over rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/veth.h>
#include <linux/rtnetlink.h>

#include "loader/mem.h"
#include "loader/runtime/rtnl.h"

int sl_rtnl_open(struct sl_rtnl *r)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int on = 1;

	if (!sock)
		return -errno;
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		int ret = -errno;

		mnl_socket_close(sock);
		return ret;
	}
	/* Wrong attributes are refused instead of ignored where the kernel can; kernels without the
	 * option work as well. */
	mnl_socket_setsockopt(sock, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &on, sizeof(on));
	r->sock = sock;
	r->seq = 0;
	return 0;
}

void sl_rtnl_close(struct sl_rtnl *r)
{
	if (r->sock)
		mnl_socket_close(r->sock);
	r->sock = NULL;
}

/* 1: end of the answer; 0: more to come; -errno. */
static int answer(const struct nlmsghdr *nlh, int (*cb)(const struct nlmsghdr *, void *), void *arg)
{
	const struct nlmsgerr *err;
	int ret;

	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
			return -EBADMSG;
		err = mnl_nlmsg_get_payload(nlh);
		return err->error ? err->error : 1;
	case NLMSG_DONE:
		return nlh->nlmsg_flags & NLM_F_DUMP_INTR ? -EINTR : 1;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return 0;
	default:
		ret = cb ? cb(nlh, arg) : 0;
		if (ret < 0)
			return ret;
		return nlh->nlmsg_flags & NLM_F_DUMP_INTR ? -EINTR : 0;
	}
}

int sl_rtnl_talk(struct sl_rtnl *r, struct nlmsghdr *req,
		 int (*cb)(const struct nlmsghdr *nlh, void *arg), void *arg)
{
	_free_ char *buf = malloc(SL_RTNL_BUF);
	/* Its two bits are NLM_F_REPLACE and NLM_F_EXCL in other requests. */
	bool dump = (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	int result = 0;

	if (!buf)
		return -ENOMEM;
	req->nlmsg_seq = ++r->seq;
	req->nlmsg_flags |= NLM_F_REQUEST | (dump ? 0 : NLM_F_ACK);
	if (mnl_socket_sendto(r->sock, req, req->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(r->sock, buf, SL_RTNL_BUF);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int left = got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			int ret;

			/* Left over from a question whose answer was not read to its end. */
			if (nlh->nlmsg_seq != req->nlmsg_seq)
				continue;
			ret = answer(nlh, cb, arg);
			if (ret < 0 && !result)
				result = ret;
			/* Everything up to the end is taken in, whatever happened before. */
			if (ret == 1 || nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return result;
		}
	}
}

/* ---- Devices --------------------------------------------------------------------------------- */

static void parse_vlan(const struct nlattr *data, struct sl_dev *dev)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, data)
	{
		if (mnl_attr_get_payload_len(a) < 2)
			continue;
		if (mnl_attr_get_type(a) == IFLA_VLAN_ID)
			dev->vlan_id = mnl_attr_get_u16(a);
		else if (mnl_attr_get_type(a) == IFLA_VLAN_PROTOCOL)
			dev->vlan_proto = ntohs(mnl_attr_get_u16(a));
	}
}

static void parse_info(const struct nlattr *info, struct sl_dev *dev)
{
	const struct nlattr *a, *data = NULL;

	mnl_attr_for_each_nested(a, info)
	{
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			snprintf(dev->kind, sizeof(dev->kind), "%.*s",
				 (int)mnl_attr_get_payload_len(a), mnl_attr_get_str(a));
		else if (mnl_attr_get_type(a) == IFLA_INFO_DATA)
			data = a;
	}
	if (data && !strcmp(dev->kind, "vlan"))
		parse_vlan(data, dev);
}

static uint32_t parse_xdp(const struct nlattr *xdp)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, xdp)
	{
		if (mnl_attr_get_type(a) == IFLA_XDP_PROG_ID && mnl_attr_get_payload_len(a) == 4)
			return mnl_attr_get_u32(a);
	}
	return 0;
}

static void parse_dev_attr(const struct nlattr *a, struct sl_dev *dev, bool *elsewhere)
{
	size_t len = mnl_attr_get_payload_len(a);

	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		snprintf(dev->name, sizeof(dev->name), "%.*s", (int)len, mnl_attr_get_str(a));
		break;
	case IFLA_ADDRESS:
		if (len == sizeof(dev->mac))
			memcpy(dev->mac, mnl_attr_get_payload(a), len);
		break;
	case IFLA_MTU:
		dev->mtu = len == 4 ? mnl_attr_get_u32(a) : 0;
		break;
	case IFLA_MAX_MTU:
		dev->max_mtu = len == 4 ? mnl_attr_get_u32(a) : 0;
		break;
	case IFLA_LINK:
		dev->lower = len == 4 ? mnl_attr_get_u32(a) : 0;
		break;
	case IFLA_LINK_NETNSID:
		*elsewhere = true;
		break;
	case IFLA_MASTER:
		dev->master = len == 4 ? mnl_attr_get_u32(a) : 0;
		break;
	case IFLA_LINKINFO:
		parse_info(a, dev);
		break;
	case IFLA_XDP:
		dev->xdp_prog = parse_xdp(a);
		break;
	default:
		break;
	}
}

bool sl_rtnl_parse_dev(const struct nlmsghdr *nlh, struct sl_dev *out)
{
	const struct ifinfomsg *ifi;
	struct sl_dev dev = {0};
	const struct nlattr *a;
	bool elsewhere = false;

	if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return false;
	ifi = mnl_nlmsg_get_payload(nlh);
	/* A bridge's view of its member; the device itself is told of as well. */
	if (ifi->ifi_family != AF_UNSPEC)
		return false;
	dev.ifindex = ifi->ifi_index;
	dev.type = ifi->ifi_type;
	dev.flags = ifi->ifi_flags;
	mnl_attr_for_each(a, nlh, sizeof(*ifi)) parse_dev_attr(a, &dev, &elsewhere);
	/* A veth's peer, or what a VLAN device in a container is over: not a device of ours. */
	if (elsewhere || !strcmp(dev.kind, "veth"))
		dev.lower = 0;
	*out = dev;
	return true;
}

bool sl_dev_is_up(const struct sl_dev *dev)
{
	/* IFF_LOWER_UP: carrier. <net/if.h> does not have it, and <linux/if.h> clashes with that.
	 */
	const uint32_t lower_up = 1 << 16;

	return (dev->flags & IFF_UP) && (dev->flags & lower_up);
}

static int take_dev(const struct nlmsghdr *nlh, void *arg)
{
	struct sl_dev *dev = arg;

	sl_rtnl_parse_dev(nlh, dev);
	return 0;
}

static struct nlmsghdr *start(void *buf, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	return nlh;
}

int sl_rtnl_get_dev(struct sl_rtnl *r, const char *name, uint32_t ifindex, struct sl_dev *out)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start(buf, RTM_GETLINK, 0, ifindex);
	struct sl_dev dev = {0};
	int ret;

	if (!ifindex) {
		if (strlen(name) >= IF_NAMESIZE)
			return -ENODEV;
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	}
	ret = sl_rtnl_talk(r, nlh, take_dev, &dev);
	if (ret)
		return ret;
	if (!dev.ifindex)
		return -ENODEV;
	*out = dev;
	return 0;
}

int sl_rtnl_add_veth(struct sl_rtnl *r, const char *name, const char *peer, unsigned int queues)
{
	char buf[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info, *data, *other;
	struct ifinfomsg *ifi;

	if (strlen(name) >= IF_NAMESIZE || strlen(peer) >= IF_NAMESIZE)
		return -EINVAL;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, queues);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, peer);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, queues);
	mnl_attr_nest_end(nlh, other);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return sl_rtnl_talk(r, nlh, NULL, NULL);
}

int sl_rtnl_set_up(struct sl_rtnl *r, uint32_t ifindex, bool up)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start(buf, RTM_NEWLINK, 0, ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	ifi->ifi_flags = up ? IFF_UP : 0;
	ifi->ifi_change = IFF_UP;
	return sl_rtnl_talk(r, nlh, NULL, NULL);
}

int sl_rtnl_set_mtu(struct sl_rtnl *r, uint32_t ifindex, uint32_t mtu)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start(buf, RTM_NEWLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return sl_rtnl_talk(r, nlh, NULL, NULL);
}

int sl_rtnl_set_addrgen_none(struct sl_rtnl *r, uint32_t ifindex)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = start(buf, RTM_NEWLINK, 0, ifindex);
	struct nlattr *spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(nlh, AF_INET6);

	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
	return sl_rtnl_talk(r, nlh, NULL, NULL);
}

int sl_rtnl_del_dev(struct sl_rtnl *r, uint32_t ifindex)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));

	return sl_rtnl_talk(r, start(buf, RTM_DELLINK, 0, ifindex), NULL, NULL);
}
