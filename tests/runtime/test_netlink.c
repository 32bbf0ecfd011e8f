// SPDX-License-Identifier: GPL-2.0-only
/* Links follow the kernel: next hops, addresses, devices and MTU reach the template, whatever
 * changes, in whatever order, and also when messages were lost. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/neighbour.h>

#include "loader/runtime/netlink_priv.h"
#include "tests/runtime/yard.h"

static struct sl_platform *p;
static struct sl_netlink *nl;
static struct seen {
	unsigned int links, resyncs;
	char device[IF_NAMESIZE];
	bool present;
} seen;

static void on_link(void *arg, uint32_t index, const struct sl_link_state *state)
{
	(void)arg;
	(void)index;
	(void)state;
	seen.links++;
}

static void on_device(void *arg, uint32_t ifindex, const char *name, bool present)
{
	(void)arg;
	(void)ifindex;
	snprintf(seen.device, sizeof(seen.device), "%s", name);
	seen.present = present;
}

static void on_resync(void *arg)
{
	(void)arg;
	seen.resyncs++;
}

static void open_netlink(void)
{
	struct sl_netlink_events events = {NULL, on_link, on_device, on_resync};

	assert_int_equal(sl_netlink_open(p, &events, &nl), 0);
}

/* The node has w0 (10.9.0.1/24) as port p0, the peer 10.9.0.2 on its end. Neighbours fail within a
 * second and are asked again soon. */
static int fresh(void **state)
{
	int ret = yard_clean(state);

	if (ret || !yard.ready)
		return ret;
	memset(&seen, 0, sizeof(seen));
	p = opened(SL_PLATFORM_FRESH);
	open_netlink();
	return 0;
}

static int done(void **state)
{
	(void)state;
	if (nl)
		sl_netlink_close(nl);
	if (p)
		sl_platform_close(p);
	nl = NULL;
	p = NULL;
	return 0;
}

#define NETLINK_TEST(test)                                                                         \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test),              \
		.setup_func = fresh, .teardown_func = done                                         \
	}

static void impatient(const char *name, const char *family)
{
	sh("cd /proc/sys/net/%s/neigh/%s && echo 100 > retrans_time_ms && echo 2 > mcast_solicit "
	   "&& "
	   "echo 1 > ucast_solicit && echo 300 > interval_probe_time_ms && echo 0 > "
	   "delay_first_probe_time",
	   family, name);
}

static void add_port_device(const char *name, const char *node, const char *far)
{
	add_wire(name);
	sh("ip addr add %s dev %s", node, name);
	peer("ip addr add %s dev %sp", far, name);
	impatient(name, "ipv4");
}

static void add_port(const char *port, const char *name)
{
	struct sl_port_info info = attached(p, port, name);

	assert_int_equal(sl_netlink_port_add(nl, port, info.ifindex, info.index, 0), 0);
}

static struct sl_node_link link_to(const char *local, const char *remote)
{
	struct sl_node_link l = {.device = "eth0", .ttl = 64, .gre = SL_GRE_KEY, .key = 7};

	assert_int_equal(sl_addr_parse(local, &l.local), 0);
	assert_int_equal(sl_addr_parse(remote, &l.remote), 0);
	l.kind = l.local.family == AF_INET6 ? SL_LINK_GRE6 : SL_LINK_GRE4;
	return l;
}

/* Binds a link and has it followed. */
static uint32_t watched(const struct sl_node_link *l)
{
	static uint8_t dev;
	struct sl_link_bind b;
	uint32_t index;

	sl_link_bind_from(l, 1, 0, if_nametoindex("w0"), &b);
	b.dev = dev++ % SL_MAX_DEVS;
	assert_int_equal(sl_platform_link_alloc(p, &index), 0);
	assert_int_equal(sl_platform_link_bind(p, index, &b), 0);
	assert_int_equal(sl_netlink_watch(nl, index, l), 0);
	return index;
}

static const struct sl_template *used(uint32_t index)
{
	const struct sl_link_rec *rec = &sl_platform_links(p)[index];

	return &rec->out[rec->cur & 1];
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Takes in what comes until `when` holds; at most 15 s. */
static void until(bool (*when)(uint32_t index, const void *arg), uint32_t index, const void *arg,
		  const char *what)
{
	uint64_t end = now_ms() + 15000;
	struct sl_link_state s;

	while (!when(index, arg) && now_ms() < end) {
		struct pollfd fd = {.fd = sl_netlink_fd(nl), .events = POLLIN};

		if (poll(&fd, 1, 100) > 0)
			assert_true(sl_netlink_process(nl) >= 0);
	}
	if (when(index, arg))
		return;
	sl_netlink_state(nl, index, &s);
	fail_msg("waited in vain for %s; the link is %s", what, sl_link_why_name(s.why));
}

static bool is_why(uint32_t index, const void *why)
{
	struct sl_link_state s;

	sl_netlink_state(nl, index, &s);
	return s.why == *(const enum sl_link_why *)why;
}

static void until_why(uint32_t index, enum sl_link_why why)
{
	until(is_why, index, &why, sl_link_why_name(why));
	/* What the packets meet agrees. */
	assert_int_equal(used(index)->up, why == SL_LINK_UP);
}

static bool goes_to(uint32_t index, const void *mac)
{
	return used(index)->up && !memcmp(used(index)->bytes, mac, 6);
}

static void until_mac(uint32_t index, const uint8_t mac[6])
{
	until(goes_to, index, mac, "the next hop's address");
}

/* The Ethernet address of a device, here or at the peer. */
static void mac_of(const char *name, bool at_peer, uint8_t mac[6])
{
	char command[128], text[32] = "";
	FILE *f;

	if (!at_peer)
		snprintf(command, sizeof(command),
			 "ip -o link show %s | sed 's/.*ether \\([^ ]*\\).*/\\1/'", name);
	else
		snprintf(command, sizeof(command),
			 "nsenter -t %d -n ip -o link show %s | sed 's/.*ether \\([^ ]*\\).*/\\1/'",
			 yard.peer, name);
	f = popen(command, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	pclose(f);
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(sl_mac_parse(text, mac), 0);
}

static struct sl_link_state state_of(uint32_t index)
{
	struct sl_link_state s;

	assert_int_equal(sl_netlink_state(nl, index, &s), 0);
	return s;
}

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
		NETLINK_TEST(each_reason_is_named),
		NETLINK_TEST(a_port_that_goes_down_takes_its_links_along),
		NETLINK_TEST(the_mtu_follows_device_route_and_node_file),
		NETLINK_TEST(our_own_address_is_the_devices),
		NETLINK_TEST(a_port_in_a_bridge_is_used_by_name),
		NETLINK_TEST(vlan_devices_above_a_port_say_the_tags),
		NETLINK_TEST(devices_are_told_as_they_come_and_go),
		NETLINK_TEST(lost_messages_mean_reading_everything_again),
		NETLINK_TEST(a_restart_changes_nothing),
		NETLINK_TEST(many_links_are_resolved_and_moved),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
