// SPDX-License-Identifier: GPL-2.0-only
/* Next hops: resolved, followed when they change, kept fresh, let go. */
#include "tests/runtime/follow.h"

/* ---- Next hops -------------------------------------------------------------------------------*/

static void a_link_goes_up_when_its_far_end_is_resolved(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint8_t mine[6], theirs[6];
	struct sl_link_state s;
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	mac_of("w0", false, mine);
	mac_of("w0p", true, theirs);
	assert_memory_equal(used(index)->bytes, theirs, 6);
	assert_memory_equal(used(index)->bytes + 6, mine, 6);
	assert_memory_equal(used(index)->bytes + 12, "\x08\x00\x45", 3);
	assert_int_equal(used(index)->len, 42);
	assert_int_equal(used(index)->mtu, 1500 - 28);
	s = state_of(index);
	assert_string_equal(s.egress, "w0");
	assert_true(sl_addr_equal(&s.next_hop, &l.remote));
	assert_int_equal(s.mtu, 1472);
	assert_int_equal(s.changes, 1);
	assert_false(s.local_missing);
	assert_true(seen.links >= 1);
	/* The kernel keeps it fresh by itself. */
	sh("ip neigh show dev w0 | grep -q '10.9.0.2 .*managed'");
	assert_int_equal(sl_netlink_tags(nl, &l), 0);
}

static void a_changed_address_of_the_far_end_flips_the_template(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	static const uint8_t other[6] = {2, 0, 0, 0, 0x99, 0x99};
	uint32_t index, cur;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	cur = sl_platform_links(p)[index].cur;
	/* The peer's card is exchanged, and it speaks. */
	peer("ip link set w0p address 02:00:00:00:99:99");
	peer("ip neigh flush dev w0p");
	peer("ping -c 1 -W 2 10.9.0.1 >/dev/null");
	until_mac(index, other);
	assert_int_not_equal(sl_platform_links(p)[index].cur & 1, cur & 1);
	assert_int_equal(state_of(index).changes, 2);
}

static void a_changed_route_moves_the_link_to_another_port(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t first[6], second[6];
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port_device("w1", "10.9.1.1/24", "10.9.1.2/24");
	add_port("p0", "w0");
	add_port("p1", "w1");
	mac_of("w0p", true, first);
	mac_of("w1p", true, second);
	index = watched(&l);
	until_why(index, SL_LINK_NO_ROUTE);
	sh("ip route add 203.0.113.0/24 via 10.9.0.2");
	until_mac(index, first);
	assert_int_equal(used(index)->port, 0);
	sh("ip route change 203.0.113.0/24 via 10.9.1.2");
	until_mac(index, second);
	assert_int_equal(used(index)->port, 1);
	assert_int_equal(used(index)->ifindex, if_nametoindex("w1"));
	/* A more specific route, and it gone again. */
	sh("ip route add 203.0.113.5 via 10.9.0.2");
	until_mac(index, first);
	sh("ip route del 203.0.113.5");
	until_mac(index, second);
	/* The way fails: the other route takes over. */
	sh("ip route add 203.0.113.0/24 via 10.9.0.2 metric 100");
	sh("ip link set w1 down");
	until_mac(index, first);
	sh("ip link set w1 up && ip route replace 203.0.113.0/24 via 10.9.1.2");
	until_mac(index, second);
	/* The neighbour left behind is not kept fresh for us any more. */
	sh("! ip neigh show dev w0 | grep -q managed");
	sh("ip route flush 203.0.113.0/24");
	until_why(index, SL_LINK_NO_ROUTE);
}

static void a_new_way_is_taken_only_when_it_answers(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t first[6];
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	mac_of("w0p", true, first);
	sh("ip route add 203.0.113.0/24 via 10.9.0.2");
	index = watched(&l);
	until_mac(index, first);
	/* Nobody is there: the old way stays until that is sure. */
	sh("ip route change 203.0.113.0/24 via 10.9.0.77");
	assert_true(sl_netlink_process(nl) >= 0);
	assert_true(goes_to(index, first));
	assert_int_equal(state_of(index).why, SL_LINK_UP);
	until_why(index, SL_LINK_NO_NEIGHBOUR);
	/* It comes: the kernel asks again by itself. */
	peer("ip addr add 10.9.0.77/24 dev w0p");
	until_why(index, SL_LINK_UP);
	assert_true(goes_to(index, first));
}

static void a_forgotten_neighbour_is_asked_for_again(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.2");
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_UP);
	sh("ip neigh del 10.9.0.2 dev w0");
	assert_true(sl_netlink_process(nl) >= 0);
	/* In use all the while. */
	assert_int_equal(used(index)->up, 1);
	for (int i = 0; i < 50 && !(state_of(index).nud & NUD_REACHABLE); i++) {
		struct pollfd fd = {.fd = sl_netlink_fd(nl), .events = POLLIN};

		if (poll(&fd, 1, 100) > 0)
			sl_netlink_process(nl);
		assert_int_equal(used(index)->up, 1);
	}
	assert_true(state_of(index).nud & NUD_REACHABLE);
	sh("ip neigh show dev w0 | grep -q '10.9.0.2 .*managed'");
}

static void a_fixed_neighbour_is_left_as_it_is(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.50");
	static const uint8_t fixed[6] = {2, 0, 0, 0, 0, 0x50}, other[6] = {2, 0, 0, 0, 0, 0x51};
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	sh("ip neigh add 10.9.0.50 lladdr 02:00:00:00:00:50 dev w0 nud permanent");
	index = watched(&l);
	until_mac(index, fixed);
	sh("ip neigh change 10.9.0.50 lladdr 02:00:00:00:00:51 dev w0 nud permanent");
	until_mac(index, other);
	sl_netlink_unwatch(nl, index);
	sh("ip neigh show dev w0 | grep '10.9.0.50 .*PERMANENT' | grep -vq managed");
}

static void a_given_address_needs_no_neighbour(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "10.9.0.60");
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	l.has_next_hop_mac = true;
	memcpy(l.next_hop_mac, "\2\0\0\0\0\x60", 6);
	index = watched(&l);
	assert_int_equal(state_of(index).why, SL_LINK_UP);
	assert_true(goes_to(index, "\2\0\0\0\0\x60"));
	sh("! ip neigh show dev w0 | grep -q 10.9.0.60");
}

static void neighbours_are_let_go_when_the_last_link_is(void **state)
{
	struct sl_node_link a = link_to("10.9.0.1", "10.9.0.2"), b = a;
	uint32_t one, two;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	add_port("p0", "w0");
	b.key = 8;
	one = watched(&a);
	two = watched(&b);
	until_why(one, SL_LINK_UP);
	until_why(two, SL_LINK_UP);
	/* Following anew is no letting go. */
	assert_int_equal(sl_netlink_watch(nl, one, &a), 0);
	sh("ip neigh show dev w0 | grep -q managed");
	sl_netlink_unwatch(nl, one);
	assert_int_equal(sl_netlink_state(nl, one, &(struct sl_link_state){0}), -ENOENT);
	sh("ip neigh show dev w0 | grep -q managed");
	sl_netlink_unwatch(nl, two);
	sh("! ip neigh show dev w0 | grep -q managed");
	sl_netlink_unwatch(nl, two);
}

static void ipv6_next_hops_are_followed_too(void **state)
{
	struct sl_node_link l = link_to("2001:db8::1", "2001:db8:9::5");
	uint8_t theirs[6];
	uint32_t index;

	(void)state;
	add_port_device("w0", "2001:db8::1/64 nodad", "2001:db8::2/64 nodad");
	impatient("w0", "ipv6");
	add_port("p0", "w0");
	index = watched(&l);
	until_why(index, SL_LINK_NO_ROUTE);
	sh("ip -6 route add 2001:db8:9::/48 via 2001:db8::2");
	mac_of("w0p", true, theirs);
	until_mac(index, theirs);
	assert_int_equal(used(index)->len, 14 + 40 + 8);
	assert_int_equal(used(index)->mtu, 1500 - 48);
	assert_memory_equal(used(index)->bytes + 12, "\x86\xdd\x60", 3);
}

static void an_ipv4_route_over_an_ipv6_gateway_is_taken(void **state)
{
	struct sl_node_link l = link_to("10.9.0.1", "203.0.113.5");
	uint8_t theirs[6];
	uint32_t index;

	(void)state;
	add_port_device("w0", "10.9.0.1/24", "10.9.0.2/24");
	sh("ip addr add 2001:db8::1/64 dev w0 nodad");
	peer("ip addr add 2001:db8::2/64 dev w0p nodad");
	add_port("p0", "w0");
	sh("ip route add 203.0.113.0/24 via inet6 2001:db8::2 dev w0");
	mac_of("w0p", true, theirs);
	index = watched(&l);
	until_mac(index, theirs);
	assert_int_equal(state_of(index).next_hop.family, AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NETLINK_TEST(a_link_goes_up_when_its_far_end_is_resolved),
		NETLINK_TEST(a_changed_address_of_the_far_end_flips_the_template),
		NETLINK_TEST(a_changed_route_moves_the_link_to_another_port),
		NETLINK_TEST(a_new_way_is_taken_only_when_it_answers),
		NETLINK_TEST(a_forgotten_neighbour_is_asked_for_again),
		NETLINK_TEST(a_fixed_neighbour_is_left_as_it_is),
		NETLINK_TEST(a_given_address_needs_no_neighbour),
		NETLINK_TEST(neighbours_are_let_go_when_the_last_link_is),
		NETLINK_TEST(ipv6_next_hops_are_followed_too),
		NETLINK_TEST(an_ipv4_route_over_an_ipv6_gateway_is_taken),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
