/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of netlink.h share: a node with ports and a peer, links that are followed, and waiting
 * for what the kernel's tables make of them. */
#ifndef SL_TESTS_RUNTIME_FOLLOW_H
#define SL_TESTS_RUNTIME_FOLLOW_H

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

static UNUSED void on_link(void *arg, uint32_t index, const struct sl_link_state *state)
{
	(void)arg;
	(void)index;
	(void)state;
	seen.links++;
}

static UNUSED void on_device(void *arg, uint32_t ifindex, const char *name, bool present)
{
	(void)arg;
	(void)ifindex;
	snprintf(seen.device, sizeof(seen.device), "%s", name);
	seen.present = present;
}

static UNUSED void on_resync(void *arg)
{
	(void)arg;
	seen.resyncs++;
}

static UNUSED void open_netlink(void)
{
	struct sl_netlink_events events = {NULL, on_link, on_device, on_resync};

	assert_int_equal(sl_netlink_open(p, &events, &nl), 0);
}

/* The node has w0 (10.9.0.1/24) as port p0, the peer 10.9.0.2 on its end. Neighbours fail within a
 * second and are asked again soon. */
static UNUSED int fresh(void **state)
{
	int ret = yard_clean(state);

	if (ret || !yard.ready)
		return ret;
	memset(&seen, 0, sizeof(seen));
	p = opened(SL_PLATFORM_FRESH);
	open_netlink();
	return 0;
}

static UNUSED int done(void **state)
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

static UNUSED void impatient(const char *name, const char *family)
{
	sh("cd /proc/sys/net/%s/neigh/%s && echo 100 > retrans_time_ms && echo 2 > mcast_solicit "
	   "&& "
	   "echo 1 > ucast_solicit && echo 300 > interval_probe_time_ms && echo 0 > "
	   "delay_first_probe_time",
	   family, name);
}

static UNUSED void add_port_device(const char *name, const char *node, const char *far)
{
	add_wire(name);
	sh("ip addr add %s dev %s", node, name);
	peer("ip addr add %s dev %sp", far, name);
	impatient(name, "ipv4");
}

static UNUSED void add_port(const char *port, const char *name)
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
static UNUSED uint32_t watched(const struct sl_node_link *l)
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

static UNUSED const struct sl_template *used(uint32_t index)
{
	const struct sl_link_rec *rec = &sl_platform_links(p)[index];

	return &rec->out[rec->cur & 1];
}

static UNUSED uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Takes in what comes until `when` holds; at most 15 s. */
static UNUSED void until(bool (*when)(uint32_t index, const void *arg), uint32_t index,
			 const void *arg, const char *what)
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

static UNUSED bool is_why(uint32_t index, const void *why)
{
	struct sl_link_state s;

	sl_netlink_state(nl, index, &s);
	return s.why == *(const enum sl_link_why *)why;
}

static UNUSED void until_why(uint32_t index, enum sl_link_why why)
{
	until(is_why, index, &why, sl_link_why_name(why));
	/* What the packets meet agrees. */
	assert_int_equal(used(index)->up, why == SL_LINK_UP);
}

static UNUSED bool goes_to(uint32_t index, const void *mac)
{
	return used(index)->up && !memcmp(used(index)->bytes, mac, 6);
}

static UNUSED void until_mac(uint32_t index, const uint8_t mac[6])
{
	until(goes_to, index, mac, "the next hop's address");
}

/* The Ethernet address of a device, here or at the peer. */
static UNUSED void mac_of(const char *name, bool at_peer, uint8_t mac[6])
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

static UNUSED struct sl_link_state state_of(uint32_t index)
{
	struct sl_link_state s;

	assert_int_equal(sl_netlink_state(nl, index, &s), 0);
	return s;
}

#endif
