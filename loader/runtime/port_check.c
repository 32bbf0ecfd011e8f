// SPDX-License-Identifier: GPL-2.0-only
/* What to know of an interface before the trusted program is attached to it. */
#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "loader/runtime/ethtool.h"
#include "loader/runtime/port.h"
#include "loader/runtime/rtnl.h"

/* Without frags a packet lies in one page behind 256 bytes of headroom and in front of what the
 * kernel keeps there; most drivers draw the line a little below this. */
#define ONE_PAGE_MTU 3498

struct check {
	struct sl_dev dev;
	enum sl_port_mode mode;
	bool frags;
	struct sl_pos pos;
	struct sl_diags *d;
	int err; /* of the first error */
};

static struct sl_diag *refuse(struct check *c, int err, const char *code, const char *text)
{
	if (!c->err)
		c->err = err;
	return sl_error(c->d, c->pos, code, "'%s' %s", c->dev.name, text);
}

static void check_kind(struct check *c)
{
	if (c->dev.type != ARPHRD_ETHER)
		sl_diag_hint(refuse(c, -EINVAL, "port-kind", "is not an Ethernet interface"),
			     "a port is a network card, or a veth");
	if (!strcmp(c->dev.kind, "vlan") || !strcmp(c->dev.kind, "macvlan"))
		sl_diag_hint(
			refuse(c, -EINVAL, "port-kind", "is a device on top of another interface"),
			"make the interface below the port; tags are handled by the links");
	if (!(c->dev.flags & IFF_UP))
		sl_diag_hint(sl_warn(c->d, c->pos, "port-down", "'%s' is not up", c->dev.name),
			     "ip link set %s up", c->dev.name);
}

static void check_program(struct check *c)
{
	struct sl_diag *diag;

	if (!c->dev.xdp_prog)
		return;
	diag = refuse(c, -EBUSY, "port-busy", "has an XDP program already");
	sl_diag_hint(diag,
		     "see which: bpftool prog show id %u; take it off: ip link set %s xdp off",
		     c->dev.xdp_prog, c->dev.name);
}

static void check_native(struct check *c)
{
	uint64_t features;

	if (c->mode != SL_PORT_NATIVE) {
		sl_note(c->d, c->pos, "port-generic",
			"generic mode is slower and sees packets after the kernel's receive "
			"offloads");
		return;
	}
	if (sl_xdp_features(c->dev.ifindex, &features))
		return; /* kernels before 6.3 do not tell; attaching will */
	if (!(features & SL_XDP_BASIC))
		sl_diag_hint(refuse(c, -EOPNOTSUPP, "port-no-xdp", "has no native XDP"),
			     "ask for mode generic (slower)");
	else if (!(features & SL_XDP_REDIRECT))
		sl_diag_hint(refuse(c, -EOPNOTSUPP, "port-no-xdp",
				    "cannot redirect packets in native XDP"),
			     "ask for mode generic (slower)");
	if (c->frags && features & SL_XDP_BASIC && !(features & SL_XDP_RX_SG))
		sl_diag_hint(sl_warn(c->d, c->pos, "port-frags",
				     "the driver of '%s' takes no multi-buffer packets",
				     c->dev.name),
			     "keep its MTU below %d, or set 'frags: false'", ONE_PAGE_MTU);
}

static void check_mtu(struct check *c)
{
	if (c->mode == SL_PORT_NATIVE && !c->frags && c->dev.mtu > ONE_PAGE_MTU)
		sl_diag_hint(sl_warn(c->d, c->pos, "port-mtu",
				     "'%s' has an MTU of %u; without frags a packet has one page",
				     c->dev.name, c->dev.mtu),
			     "lower it to %d (ip link set %s mtu %d), or set 'frags: true'",
			     ONE_PAGE_MTU, c->dev.name, ONE_PAGE_MTU);
}

static void check_offloads(struct check *c)
{
	struct sl_offloads offloads;

	sl_ethtool_offloads(c->dev.name, &offloads);
	if (offloads.lro)
		sl_diag_hint(sl_warn(c->d, c->pos, "port-lro",
				     "'%s' merges received packets (LRO), which XDP cannot take",
				     c->dev.name),
			     "ethtool -K %s lro off", c->dev.name);
	if (offloads.rx_vlan)
		sl_diag_hint(sl_note(c->d, c->pos, "port-rxvlan",
				     "'%s' may take VLAN tags off before they are seen",
				     c->dev.name),
			     "where links use tags: ethtool -K %s rxvlan off", c->dev.name);
}

/* Drivers that set their rings up anew when a program comes or goes. */
static void check_driver(struct check *c)
{
	static const char *const resetting[] = {
		"ixgbe",   "ixgbevf", "i40e", "ice", "igb", "igc",    "mlx4_core", "mlx5_core",
		"bnxt_en", "ena",     "qede", "sfc", "gve", "mvneta", "atlantic"};
	char driver[32];

	sl_ethtool_driver(c->dev.name, driver);
	for (size_t i = 0; i < sizeof(resetting) / sizeof(*resetting); i++)
		if (!strcmp(driver, resetting[i]))
			sl_note(c->d, c->pos, "port-reset",
				"driver %s sets its rings up anew: '%s' may be without link for a "
				"moment",
				driver, c->dev.name);
	if (!strcmp(driver, "virtio_net"))
		sl_note(c->d, c->pos, "port-queues",
			"driver virtio_net needs a spare transmit queue for each CPU");
}

static void check_master(struct check *c)
{
	if (c->dev.master)
		sl_note(c->d, c->pos, "port-master",
			"'%s' is part of another device (bond, bridge, VRF): what is not a "
			"tenant's still reaches that",
			c->dev.name);
}

int sl_port_check(const char *interface, enum sl_port_mode mode, bool frags, struct sl_pos pos,
		  struct sl_diags *d)
{
	struct check c = {.mode = mode, .frags = frags, .pos = pos, .d = d};
	struct sl_rtnl r = {0};
	int ret = sl_rtnl_open(&r);

	if (!ret)
		ret = sl_rtnl_get_dev(&r, interface, 0, &c.dev);
	sl_rtnl_close(&r);
	if (ret) {
		sl_diag_hint(
			sl_error(d, pos, "port-missing", "there is no interface '%s'", interface),
			"'ip link' lists them; one that appears later can be attached then");
		return ret;
	}
	check_kind(&c);
	check_program(&c);
	if (!c.err)
		check_native(&c);
	check_mtu(&c);
	check_offloads(&c);
	check_driver(&c);
	check_master(&c);
	return c.err;
}
