// SPDX-License-Identifier: GPL-2.0-only
/* The driver and offloads of an interface (SIOCETHTOOL), and its XDP features (generic netlink
 * family "netdev"). */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>

#include "loader/mem.h"
#include "loader/runtime/ethtool.h"
#include "loader/runtime/rtnl.h"

static int ask(const char *interface, void *cmd)
{
	_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	if (fd < 0)
		return -errno;
	if (strlen(interface) >= sizeof(ifr.ifr_name))
		return -ENODEV;
	strcpy(ifr.ifr_name, interface);
	ifr.ifr_data = cmd;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

void sl_ethtool_driver(const char *interface, char driver[32])
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	driver[0] = '\0';
	if (ask(interface, &info) == 0)
		snprintf(driver, 32, "%.31s", info.driver);
}

void sl_ethtool_offloads(const char *interface, struct sl_offloads *out)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};

	memset(out, 0, sizeof(*out));
	if (ask(interface, &flags))
		return;
	out->lro = flags.data & ETH_FLAG_LRO;
	out->rx_vlan = flags.data & ETH_FLAG_RXVLAN;
}

/* ---- Generic netlink -------------------------------------------------------------------------*/

/* From the family's specification; <linux/netdev.h> is newer than the headers built with. */
#define NETDEV_CMD_DEV_GET 1
#define NETDEV_A_DEV_IFINDEX 1
#define NETDEV_A_DEV_XDP_FEATURES 3

struct wanted {
	uint16_t attr;
	uint64_t value;
	bool found;
};

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct wanted *w = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(a) != w->attr)
			continue;
		if (mnl_attr_get_payload_len(a) == 2)
			w->value = mnl_attr_get_u16(a);
		else if (mnl_attr_get_payload_len(a) == 8)
			w->value = mnl_attr_get_u64(a);
		else
			continue;
		w->found = true;
	}
	return 0;
}

static struct nlmsghdr *start(void *buf, uint16_t family, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *gen = mnl_nlmsg_put_extra_header(nlh, sizeof(*gen));

	nlh->nlmsg_type = family;
	gen->cmd = cmd;
	gen->version = 1;
	return nlh;
}

static int ask_features(struct sl_rtnl *r, uint32_t ifindex, struct wanted *features)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct wanted family = {.attr = CTRL_ATTR_FAMILY_ID};
	struct nlmsghdr *nlh = start(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int ret;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "netdev");
	ret = sl_rtnl_talk(r, nlh, take, &family);
	if (ret == -ENOENT || (!ret && !family.found))
		return -EOPNOTSUPP;
	if (ret)
		return ret;
	nlh = start(buf, family.value, NETDEV_CMD_DEV_GET);
	mnl_attr_put_u32(nlh, NETDEV_A_DEV_IFINDEX, ifindex);
	return sl_rtnl_talk(r, nlh, take, features);
}

int sl_xdp_features(uint32_t ifindex, uint64_t *features)
{
	struct wanted w = {.attr = NETDEV_A_DEV_XDP_FEATURES};
	struct sl_rtnl r = {.sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC)};
	int ret = 0;

	if (!r.sock)
		return -errno;
	if (mnl_socket_bind(r.sock, 0, MNL_SOCKET_AUTOPID) < 0)
		ret = -errno;
	if (!ret)
		ret = ask_features(&r, ifindex, &w);
	sl_rtnl_close(&r);
	if (!ret && !w.found)
		ret = -EOPNOTSUPP;
	if (!ret)
		*features = w.value;
	return ret;
}
