// SPDX-License-Identifier: GPL-2.0-only
/* The way out of a port: MTU, our own address, bridges, VLAN devices. */
#include "tests/runtime/follow.h"

/* ---- Devices ---------------------------------------------------------------------------------*/

static bool has_mtu(uint32_t index, const void *mtu)
{
	return used(index)->mtu == *(const uint16_t *)mtu;
}

static void the_mtu_follows_device_route_and_node_file(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint16_t mtu = 1400 - 28;
	struct sl_port_info info;
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	sh("ip link set w0 mtu 1400");
	until(has_mtu, index, &mtu, "the device's MTU");
	sh("ip route add 10.9.0.2/32 dev w0 src 10.9.0.1 mtu 1000");
	mtu = 1000 - 28;
	until(has_mtu, index, &mtu, "the route's MTU");
	assert_int_equal(sl_port_find(p, "p0", &info), 0);
	assert_int_equal(sl_netlink_port_add(nl, "p0", info.ifindex, info.index, 900), 0);
	assert_true(sl_netlink_process(nl) >= 0);
	mtu = 900 - 28;
	until(has_mtu, index, &mtu, "the node file's MTU");
	assert_int_equal(sl_netlink_port_add(nl, "p0", info.ifindex, info.index, 2000), 0);
	sh("ip route del 10.9.0.2/32");
	mtu = 1400 - 28;
	until(has_mtu, index, &mtu, "the device's MTU again");
	assert_int_equal(sl_netlink_port_add(nl, "p0", info.ifindex, info.index, 95), 0);
	assert_true(sl_netlink_process(nl) >= 0);
	until_why(index, SL_LINK_MTU_TOO_SMALL);
}

static bool comes_from(uint32_t index, const void *mac)
{
	return used(index)->up && !memcmp(used(index)->bytes + 6, mac, 6);
}

static void our_own_address_is_the_devices(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	sh("ip link set w0 address 02:00:00:00:77:77");
	until(comes_from, index, "\2\0\0\0\x77\x77", "our own address");
}

static void a_port_in_a_bridge_is_used_by_name(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint8_t bridge[6], theirs[6];
	uint32_t index;

	(void)state;
	add_wire("w0");
	sh("ip link add br0 type bridge && ip link set br0 address 02:00:00:00:00:b0 && "
	   "ip link set w0 master br0 && ip link set br0 up && ip addr add 10.9.0.1/24 dev br0");
	peer("ip addr add 10.9.0.2/24 dev w0p");
	impatient("br0", "ipv4");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_NOT_A_PORT);
	l.port = (char *)"p0";
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	until_why(index, SL_LINK_UP);
	mac_of("br0", false, bridge);
	mac_of("w0p", true, theirs);
	assert_true(goes_to(index, theirs));
	assert_true(comes_from(index, bridge));
	assert_int_equal(used(index)->ifindex, if_nametoindex("w0"));
	assert_string_equal(state_of(index).egress, "br0");
}

struct bytes {
	const char *bytes;
	size_t len;
};

static bool has_bytes(uint32_t index, const void *arg)
{
	const struct bytes *b = arg;

	return used(index)->up && !memcmp(used(index)->bytes + 12, b->bytes, b->len);
}

/* What follows the Ethernet addresses. */
static void until_bytes(uint32_t index, const char *bytes, size_t len)
{
	struct bytes b = {bytes, len};

	until(has_bytes, index, &b, "the tags");
}

/* This kernel may have no VLAN devices: a veth is passed off as one, in what we know of it. */
static void pretend_vlan(const char *name, const char *lower, uint16_t proto, uint16_t vid)
{
	struct sl_dev dev;

	assert_int_equal(sl_rtnl_get_dev(&nl->ask, name, 0, &dev), 0);
	strcpy(dev.kind, "vlan");
	dev.lower = if_nametoindex(lower);
	dev.vlan_proto = proto;
	dev.vlan_id = vid;
	assert_int_equal(sl_devs_put(&nl->devs, &dev), 0);
}

static void vlan_devices_above_a_port_say_the_tags(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t inner[6];
	struct sl_link_state s;
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port_device("w1", "10.9.1.1/24", "10.9.1.2/24");
	add_port_device("w2", "10.9.2.1/24", "10.9.2.2/24");
	sh("ip link set w2 mtu 1496");
	add_port("p0", "w0");
	assert_true(sl_netlink_process(nl) >= 0);
	pretend_vlan("w1", "w0", 0x88a8, 100);
	pretend_vlan("w2", "w1", 0x8100, 200);
	sh("ip route add 203.0.113.0/24 via 10.9.1.2");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	assert_int_equal(used(index)->port, 0);
	assert_int_equal(used(index)->ifindex, if_nametoindex("w0"));
	until_bytes(index, "\x88\xa8\0\x64\x08\0\x45", 7);
	assert_int_equal(sl_netlink_tags(nl, &l), 1);
	/* What demux expects to strip follows. */
	assert_int_equal(sl_platform_links(p)[index].in_len, 46);
	/* One on top of the other: outermost first, and the lowest MTU. */
	sh("ip route change 203.0.113.0/24 via 10.9.2.2");
	mac_of("w2p", true, inner);
	until_mac(index, inner);
	until_bytes(index, "\x88\xa8\0\x64\x81\0\0\xc8\x08\0\x45", 11);
	assert_int_equal(used(index)->mtu, 1496 - 28 - 4);
	s = state_of(index);
	assert_int_equal(s.path.n_tags, 2);
	/* The node file names port and tag: its device is found, another route or not. */
	l.port = (char *)"p0";
	l.vlan = 100;
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	assert_string_equal(state_of(index).egress, "w1");
	/* No device for the tag: the port's own neighbours, our tag. */
	l.vlan = 300;
	sh("ip route add 203.0.113.0/24 via 10.9.0.2 metric 9");
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	until_why(index, SL_LINK_UP);
	assert_string_equal(state_of(index).egress, "w0");
	until_bytes(index, "\x81\0\x01\x2c\x08\0\x45", 7);
	l.inner_vlan = 301;
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	until_why(index, SL_LINK_UP);
	assert_memory_equal(used(index)->bytes + 12, "\x88\xa8\x01\x2c\x81\0\x01\x2d\x08\0\x45",
			    11);
	assert_int_equal(sl_netlink_tags(nl, &l), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NETLINK_TEST(the_mtu_follows_device_route_and_node_file),
		NETLINK_TEST(our_own_address_is_the_devices),
		NETLINK_TEST(a_port_in_a_bridge_is_used_by_name),
		NETLINK_TEST(vlan_devices_above_a_port_say_the_tags),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
