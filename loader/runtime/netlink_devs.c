// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's devices, by index. */
#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "loader/mem.h"
#include "loader/runtime/netlink_priv.h"

/* Where `ifindex` is, or would have to be put. */
static size_t place(const struct sl_devs *devs, uint32_t ifindex)
{
	size_t lo = 0, hi = devs->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (devs->list[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct sl_dev *sl_devs_find(const struct sl_devs *devs, uint32_t ifindex)
{
	size_t at = place(devs, ifindex);

	return at < devs->n && devs->list[at].ifindex == ifindex ? &devs->list[at] : NULL;
}

int sl_devs_put(struct sl_devs *devs, const struct sl_dev *dev)
{
	size_t at = place(devs, dev->ifindex);

	if (at == devs->n || devs->list[at].ifindex != dev->ifindex) {
		if (SL_GROW(devs->list, devs->n, devs->cap) < 0)
			return -ENOMEM;
		memmove(&devs->list[at + 1], &devs->list[at], (devs->n - at) * sizeof(*dev));
		devs->n++;
	}
	devs->list[at] = *dev;
	return 0;
}

void sl_devs_remove(struct sl_devs *devs, uint32_t ifindex)
{
	size_t at = place(devs, ifindex);

	if (at == devs->n || devs->list[at].ifindex != ifindex)
		return;
	devs->n--;
	memmove(&devs->list[at], &devs->list[at + 1], (devs->n - at) * sizeof(*devs->list));
}

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct sl_dev dev;

	return sl_rtnl_parse_dev(nlh, &dev) ? sl_devs_put(arg, &dev) : 0;
}

int sl_devs_read(struct sl_devs *devs, struct sl_rtnl *r)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	int ret = -EINTR;

	/* A dump that changes met is read again; a host that never rests gets what there is. */
	for (int tries = 0; ret == -EINTR && tries < 5; tries++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
		struct ifinfomsg *ifi;

		nlh->nlmsg_type = RTM_GETLINK;
		nlh->nlmsg_flags = NLM_F_DUMP;
		ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
		ifi->ifi_family = AF_UNSPEC;
		devs->n = 0;
		ret = sl_rtnl_talk(r, nlh, take, devs);
	}
	return ret == -EINTR ? 0 : ret;
}

const struct sl_dev *sl_devs_vlan(const struct sl_devs *devs, uint32_t lower, uint16_t vid)
{
	for (size_t i = 0; i < devs->n; i++)
		if (devs->list[i].lower == lower && devs->list[i].vlan_id == vid &&
		    !strcmp(devs->list[i].kind, "vlan"))
			return &devs->list[i];
	return NULL;
}
