// SPDX-License-Identifier: GPL-2.0-only
/* Following the kernel as a whole: reasons, devices told of, lost messages, restarts, many links.
 */
#include "tests/runtime/follow.h"

/* ---- Why a link is down ----------------------------------------------------------------------*/

static void each_reason_is_named(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5"), m;
	struct json_object *obj, *val;
	struct sl_link_state s;
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port_device("w1", "10.9.1.1/24", "10.9.1.2/24");
	add_port_device("w2", "10.9.2.1/24", "10.9.2.2/24");
	add_port("p0", "w0");
	add_port("p1", "w1");
	index = watched(&l);
	until_why(index, SL_LINK_NO_ROUTE);
	sh("ip route add unreachable 203.0.113.0/24");
	until_why(index, SL_LINK_UNREACHABLE);
	sh("ip route del unreachable 203.0.113.0/24 && ip route add blackhole 203.0.113.0/24");
	until_why(index, SL_LINK_UNREACHABLE);
	sh("ip route del blackhole 203.0.113.0/24 && ip route add prohibit 203.0.113.0/24");
	until_why(index, SL_LINK_UNREACHABLE);
	sh("ip route del prohibit 203.0.113.0/24 && ip addr add 203.0.113.5/32 dev lo");
	until_why(index, SL_LINK_REMOTE_IS_LOCAL);
	sh("ip addr del 203.0.113.5/32 dev lo && ip route add 203.0.113.0/24 via 10.9.2.2");
	until_why(index, SL_LINK_NOT_A_PORT);
	sh("ip route change 203.0.113.0/24 via 10.9.1.2");
	until_why(index, SL_LINK_UP);
	assert_int_equal(used(index)->port, 1);
	/* Local addresses of nobody are told, and do no harm. */
	s = state_of(index);
	assert_false(s.local_missing);
	sh("ip addr del 10.9.0.1/24 dev w0");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_true(state_of(index).local_missing);
	until_why(index, SL_LINK_UP);
	sh("ip addr add 10.9.0.1/24 dev w0");

	/* A link that wants one port, while the best route leads elsewhere. */
	m = l;
	m.port = (char *)"p0";
	assert_int_equal(sl_netlink_watch(nl, index, &m), 0);
	/* Out of that port the kernel takes the far end to be on the wire. */
	until_why(index, SL_LINK_NO_NEIGHBOUR);
	sh("ip route add 203.0.113.0/24 via 10.9.0.2 metric 50");
	until_why(index, SL_LINK_UP);
	assert_int_equal(used(index)->port, 0);
	sl_netlink_port_del(nl, "p0");
	assert_true(sl_netlink_process(nl) >= 0);
	until_why(index, SL_LINK_NO_PORT);
	s = state_of(index);
	obj = sl_link_state_json(&s);
	assert_true(json_object_object_get_ex(obj, "state", &val));
	assert_string_equal(json_object_get_string(val), "down");
	assert_true(json_object_object_get_ex(obj, "reason", &val));
	assert_string_equal(json_object_get_string(val), "no-port");
	json_object_put(obj);
}

static void a_port_that_goes_down_takes_its_links_along(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	struct sl_node_link d = {.device = "eth1",
				 .kind = SL_LINK_DIRECT,
				 .payload = SL_PAYLOAD_ETHER,
				 .port = (char *)"p0",
				 .vlan = 5};
	uint32_t index, whole;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	whole = watched(&d);
	until_why(index, SL_LINK_UP);
	until_why(whole, SL_LINK_UP);
	assert_int_equal(used(whole)->len, 4);
	assert_int_equal(used(whole)->mtu, 1500);
	/* No carrier: the other end is down. Its address and route are still there. */
	peer("ip link set w0p down");
	until_why(whole, SL_LINK_PORT_DOWN);
	until_why(index, SL_LINK_PORT_DOWN);
	peer("ip link set w0p up");
	until_why(index, SL_LINK_UP);
	until_why(whole, SL_LINK_UP);
	sh("ip link set w0 down");
	until_why(whole, SL_LINK_PORT_DOWN);
	assert_int_equal(used(index)->up, 0);
	sh("ip link set w0 up");
	until_why(index, SL_LINK_UP);
	/* Gone, and another of that name. */
	sh("ip link del w0");
	until_why(whole, SL_LINK_NO_PORT);
	assert_int_equal(used(index)->up, 0);
	assert_string_equal(seen.device, "w0");
	assert_false(seen.present);
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	assert_true(sl_netlink_process(nl) >= 0);
	until_why(index, SL_LINK_UP);
	until_why(whole, SL_LINK_UP);
}

/* ---- The whole -------------------------------------------------------------------------------*/

static void devices_are_told_as_they_come_and_go(void **state)
{
	(void)state;
	sh("ip link add x0 type veth peer name x1 netns peer");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_true(seen.present);
	sh("ip link set x0 name renamed");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_string_equal(seen.device, "renamed");
	assert_true(seen.present);
	memset(&seen, 0, sizeof(seen));
	sh("ip link set renamed promisc on");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_string_equal(seen.device, "");
	sh("ip link del renamed");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_string_equal(seen.device, "renamed");
	assert_false(seen.present);
}

static void lost_messages_mean_reading_everything_again(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t first[6], second[6];
	int small = 1;
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port_device("w1", "10.9.1.1/24", "10.9.1.2/24");
	add_port("p0", "w0");
	add_port("p1", "w1");
	mac_of("w0p", true, first);
	mac_of("w1p", true, second);
	sh("ip route add 203.0.113.0/24 via 10.9.0.2");
	index = watched(&l);
	until_mac(index, first);
	/* Room for a few messages only; then a flood, with what matters at its end. */
	assert_int_equal(setsockopt(mnl_socket_get_fd(nl->hear), SOL_SOCKET, SO_RCVBUFFORCE, &small,
				    sizeof(small)),
			 0);
	sh("for i in $(seq 1 200); do echo route add 198.18.$i.0/24 via 10.9.0.2; done | ip -batch "
	   "-");
	sh("ip route change 203.0.113.0/24 via 10.9.1.2");
	until_mac(index, second);
	assert_true(seen.resyncs >= 1);
	/* And back to normal afterwards. */
	small = 1 << 20;
	setsockopt(mnl_socket_get_fd(nl->hear), SOL_SOCKET, SO_RCVBUFFORCE, &small, sizeof(small));
	sh("ip route change 203.0.113.0/24 via 10.9.0.2");
	until_mac(index, first);
}

static void a_restart_changes_nothing(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint32_t index, cur;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	cur = sl_platform_links(p)[index].cur;
	sl_netlink_close(nl);
	sl_platform_close(p);
	p = opened(SL_PLATFORM_ADOPTED);
	open_netlink();
	/* Before its port is known again the link would be down: ports first. */
	add_port("p0", "w0");
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	assert_int_equal(state_of(index).why, SL_LINK_UP);
	assert_int_equal(state_of(index).changes, 0);
	assert_int_equal(state_of(index).mtu, 1472);
	assert_int_equal(sl_platform_links(p)[index].cur, cur);
	/* The neighbour is gone meanwhile: in use until it is known not to answer. */
	sl_netlink_close(nl);
	sh("ip neigh del 10.9.0.2 dev w0");
	peer("ip addr del 10.9.0.2/24 dev w0p");
	open_netlink();
	add_port("p0", "w0");
	assert_int_equal(sl_netlink_watch(nl, index, &l), 0);
	assert_int_equal(used(index)->up, 1);
	until_why(index, SL_LINK_NO_NEIGHBOUR);
}

static void many_links_are_resolved_and_moved(void **state)
{
	enum { N = 300 };
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t first[6], second[6];
	uint32_t index[N];

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port_device("w1", "10.9.1.1/24", "10.9.1.2/24");
	add_port("p0", "w0");
	add_port("p1", "w1");
	mac_of("w0p", true, first);
	mac_of("w1p", true, second);
	sh("ip route add 203.0.113.0/24 via 10.9.0.2");
	for (uint32_t i = 0; i < N; i++) {
		struct sl_link_bind b;

		l.key = i;
		sl_link_bind_from(&l, 1 + i / SL_MAX_DEVS, 0, 0, &b);
		b.dev = i % SL_MAX_DEVS;
		assert_int_equal(sl_platform_link_alloc(p, &index[i]), 0);
		assert_int_equal(sl_platform_link_bind(p, index[i], &b), 0);
		assert_int_equal(sl_netlink_watch(nl, index[i], &l), 0);
	}
	for (uint32_t i = 0; i < N; i++)
		until_mac(index[i], first);
	sh("ip route change 203.0.113.0/24 via 10.9.1.2");
	for (uint32_t i = 0; i < N; i++) {
		until_mac(index[i], second);
		assert_memory_equal(used(index[i])->bytes + 38, &(uint32_t){htonl(i)}, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NETLINK_TEST(each_reason_is_named),
		NETLINK_TEST(a_port_that_goes_down_takes_its_links_along),
		NETLINK_TEST(devices_are_told_as_they_come_and_go),
		NETLINK_TEST(lost_messages_mean_reading_everything_again),
		NETLINK_TEST(a_restart_changes_nothing),
		NETLINK_TEST(many_links_are_resolved_and_moved),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
