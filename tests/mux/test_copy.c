/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies: out to the two veths, and back into their branches. */
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/mux/node.h"

#define LINK 1
#define DEV 5
#define GEN 6
#define POINT 0x123
#define ROOM (SL_ENTRY_LEN + 64) /* what a tenant puts in front of the frame: record, cursor */
#define META 24			 /* of a copy */

static uint8_t inner[256], packet[512];
static const struct tunnel t = {.ip = 4, .far = 9};

static struct bpf_program *branch_prog(int branch)
{
	return branch ? node.port->progs.sl_copy1 : node.port->progs.sl_copy0;
}

static void set_up(void)
{
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
}

static void tear_down(void)
{
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

/* A chain that moves its frame back by ROOM, writes in front of it, and asks for a copy. */
static const struct plan copier = {
	.answer = SL_ANSWER(SL_V_COPY, POINT, 24 + ROOM),
	.head = 24,
	.move_head = -ROOM,
	.scribble = 64,
};

/* A packet with its metadata, as the kernel would carry it to the veths. */
struct copy {
	size_t meta, len; /* len: with the metadata */
	uint8_t bytes[1024];
};

static struct copy keep(const struct result *r)
{
	struct copy c = {.meta = r->meta, .len = r->meta + r->len};

	assert_true(c.len <= sizeof(c.bytes));
	memcpy(c.bytes, r->all, c.len);
	return c;
}

/* Lets the chain ask for a copy; the packet that goes to both veths. */
static struct copy make_copy(void)
{
	const struct result *r;

	expect(0, 24);
	plan(0, copier);
	r = feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64));
	assert_int_equal(r->action, XDP_REDIRECT);
	return keep(r);
}

/* The copy arrives at a veth; the branch answers `p`. */
static const struct result *come_back(const struct copy *c, int branch, struct plan p)
{
	expect(0, 0);
	plan(0, p);
	return feed_meta(branch_prog(branch), c->bytes, c->len, c->meta);
}

static const struct plan drop = {.answer = SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 0),
				 .head = 24 + ROOM};

/* ---- Tests ----------------------------------------------------------------------------------*/
static void a_copy_leaves_with_trusted_metadata(void **state)
{
	struct copy c;
	uint8_t frame[256];
	size_t n = frame_of(frame, &t, SL_ETH_P_IP, inner, 64);

	(void)state;
	set_up();
	c = make_copy();
	assert_int_equal(c.meta, META);
	assert_int_equal(c.len, c.meta + 24 + ROOM + n);
	assert_memory_equal(c.bytes + c.meta + 24 + ROOM, frame, n);
	assert_int_equal(tenant_counts(SLOT).copies, 1);
	assert_conserved(SLOT);
	tear_down();
}

static void both_branches_are_entered(void **state)
{
	struct copy c;
	struct sl_entry e;
	uint8_t frame[256], want[512];
	size_t n = frame_of(frame, &t, SL_ETH_P_IP, inner, 64), m;
	const struct result *r;

	(void)state;
	set_up();
	c = make_copy();
	m = wrap(want, &t, OUT, SL_ETH_P_IP, inner, 64);
	for (int branch = 0; branch < 2; branch++) {
		struct plan p = {.answer = SL_ANSWER(SL_V_OUT, DEV, 24 + ROOM), .head = 24 + ROOM};

		r = come_back(&c, branch, p);
		assert_int_equal(tallied().runs, 1);
		assert_int_equal(tallied().resumed, 1);
		memcpy(&e, &saw(0)->entry, sizeof(e));
		assert_int_equal(e.flags, SL_ENTRY_COPY | (branch ? SL_ENTRY_BRANCH : 0));
		assert_int_equal(e.point, POINT);
		assert_int_equal(e.dev, DEV);
		assert_int_equal(e.generation, GEN);
		assert_int_equal(saw(0)->meta, 0);
		/* Behind the entry record, what the tenant wrote is as it was. */
		for (int i = SL_ENTRY_LEN; i < 64; i++)
			assert_int_equal(saw(0)->front[i], 0xa0 + i);
		assert_int_equal(saw(0)->len, n);
		assert_memory_equal(saw(0)->frame, frame, n);

		assert_int_equal(r->action, XDP_REDIRECT);
		assert_int_equal(r->len, m);
		assert_int_equal(r->meta, 0);
		assert_memory_equal(r->bytes, want, m);
		assert_int_equal(tenant_counts(SLOT).resumed, 1);
		assert_int_equal(tenant_counts(SLOT).packets, 0);
		assert_int_equal(tenant_counts(SLOT).out, 1);
		assert_conserved(SLOT);
	}
	tear_down();
}

/* A copy that was measured is as old as the packet it was made of. */
static void a_copy_is_as_old_as_its_packet(void **state)
{
	static const struct plan send = {.answer = SL_ANSWER(SL_V_OUT, DEV, 24 + ROOM),
					 .head = 24 + ROOM};
	const struct timespec pause = {.tv_nsec = 20000000};
	struct copy c;

	(void)state;
	for (int measured = 1; measured >= 0; measured--) {
		set_up();
		c = make_copy();
		assert_int_equal(all_delays(SLOT), 0);
		nanosleep(&pause, NULL);
		if (!measured)
			memset(c.bytes + META - 4, 0, 4);
		for (int branch = 0; branch < 2; branch++) {
			assert_int_equal(come_back(&c, branch, send)->action, XDP_REDIRECT);
			assert_int_equal(all_delays(SLOT), measured);
			assert_int_equal(delays_from(SLOT, 1 << 24), measured);
		}
		assert_int_equal(come_back(&c, 0, drop)->action, XDP_DROP);
		assert_int_equal(all_delays(SLOT), 0);
		tear_down();
	}
}

static void heads_of_any_size_copy(void **state)
{
	(void)state;
	for (uint16_t head = 0; head <= SL_HEAD_MAX; head += head < 8 ? 4 : 17) {
		struct plan p = copier;
		struct copy c;

		install(SLOT, GEN, head);
		add_link(LINK, &t, SLOT, DEV);
		p.head = head;
		p.answer = SL_ANSWER(SL_V_COPY, POINT, head + ROOM);
		expect(0, head);
		plan(0, p);
		c = keep(feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64)));
		assert_int_equal(tenant_counts(SLOT).copies, 1);
		assert_int_equal(c.meta, META);
		come_back(&c, 1, drop);
		assert_int_equal(tallied().resumed, 1);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
		tear_down();
	}
}

/* A chain that asks for a copy, with its split where it answers. */
static struct plan splitter(uint8_t branch, uint8_t copies)
{
	struct plan again = copier;

	again.move_head = 0;
	again.head = 24 + ROOM;
	again.splits = 1;
	again.branch = branch;
	again.copies = copies;
	return again;
}

/* Whether the copy on `branch` may be copied once more; it then is *c. */
static bool copied_again(struct copy *c, int branch, struct plan p)
{
	const struct result *r = come_back(c, branch, p);
	bool again = r->action == XDP_REDIRECT;

	assert_int_equal(tenant_counts(SLOT).copies, again);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_COPY], !again);
	assert_conserved(SLOT);
	if (again)
		*c = keep(r);
	return again;
}

/* The side that is given most of them every time. */
static void copies_of_copies_end(void **state)
{
	(void)state;
	set_up();
	for (uint8_t branch = 0; branch < 2; branch++) {
		struct copy c = make_copy();
		/* What the first copy was made with was no split: take all there is. */
		unsigned int n = 0;

		while (copied_again(&c, branch, splitter(branch, 255)))
			assert_true(++n < SL_COPY_CREDIT);
		assert_true(n > 0);
	}
	tear_down();
}

static unsigned int count_copies(const struct copy *c, uint8_t branch, uint8_t copies)
{
	unsigned int n = 0;

	for (int side = 0; side < 2; side++) {
		struct copy next = *c;

		if (copied_again(&next, side, splitter(branch, copies)))
			n += 1 + count_copies(&next, branch, copies);
	}
	return n;
}

/* However a chain divides them, a packet has so many copies and no more. */
static void copies_are_counted_whatever_a_chain_asks_for(void **state)
{
	static const struct {
		uint8_t branch, copies;
	} ways[] = {{0, 0}, {1, 0}, {0, 255}, {1, 255}, {0, 1}, {1, 3}, {0xff, 100}, {0, 127}};

	(void)state;
	set_up();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct plan first = copier;
		struct copy c;

		first.splits = 1;
		first.branch = ways[i].branch;
		first.copies = ways[i].copies;
		expect(0, 24);
		plan(0, first);
		c = keep(feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64)));
		assert_int_equal(1 + count_copies(&c, ways[i].branch, ways[i].copies),
				 SL_COPY_CREDIT);
	}
	tear_down();
}

static void assert_stray(const struct copy *c)
{
	assert_int_equal(come_back(c, 0, drop)->action, XDP_DROP);
	assert_int_equal(node_counts().drops[SL_R_STRAY], 1);
	assert_int_equal(tallied().runs, 0);
	assert_int_equal(come_back(c, 1, drop)->action, XDP_DROP);
	assert_int_equal(node_counts().drops[SL_R_STRAY], 1);
	assert_int_equal(tallied().runs, 0);
}

static void packets_without_valid_metadata_are_strays(void **state)
{
	struct copy c, bad;
	uint32_t slot = SL_MAX_TENANTS;

	(void)state;
	set_up();
	c = make_copy();
	bad = c;
	bad.meta = 0; /* the same bytes, as packet */
	assert_stray(&bad);
	for (size_t less = 4; less < META; less += 4) {
		bad.meta = c.meta - less;
		bad.len = c.len - less;
		memcpy(bad.bytes, c.bytes + less, bad.len);
		assert_stray(&bad);
	}
	for (int bit = 0; bit < 32; bit++) {
		bad = c;
		bad.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_stray(&bad);
	}
	bad = c;
	memcpy(bad.bytes + 4, &slot, 4);
	assert_stray(&bad);
	tear_down();
}

static void copies_of_other_generations_are_stale(void **state)
{
	struct copy c;

	(void)state;
	set_up();
	c = make_copy();
	install(SLOT, GEN + 2, 24); /* of the same parity */
	assert_int_equal(come_back(&c, 0, drop)->action, XDP_DROP);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_STALE], 1);
	assert_int_equal(tenant_counts(SLOT).resumed, 1);
	assert_int_equal(tallied().runs, 0);
	assert_conserved(SLOT);
	tear_down();
}

static void copies_outlive_one_swap(void **state)
{
	struct sl_tenant_rec rec = {.head = 24, .active = 1, .generation = GEN};
	struct copy c;
	struct sl_entry e;

	(void)state;
	set_up();
	c = make_copy();
	rec.generation = GEN + 1;
	rec.resume_gen[GEN & 1] = GEN;
	rec.resume_gen[(GEN + 1) & 1] = GEN + 1;
	set_at(MAP(tenant_rec), SLOT, &rec);
	come_back(&c, 1, drop);
	assert_int_equal(tallied().resumed, 1);
	memcpy(&e, &saw(0)->entry, sizeof(e));
	assert_int_equal(e.generation, GEN);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
	tear_down();
}

static void stopped_tenants_and_missing_programs(void **state)
{
	struct sl_tenant_rec rec = {.head = 24, .generation = GEN};
	struct copy c;

	(void)state;
	set_up();
	c = make_copy();
	rec.resume_gen[GEN & 1] = GEN;
	for (int active = 1; active >= 0; active--) {
		uint32_t index = sl_chain_index(SLOT, GEN);

		rec.active = (__u8)active;
		set_at(MAP(tenant_rec), SLOT, &rec);
		bpf_map_delete_elem(MAP(resume), &index);
		assert_int_equal(come_back(&c, 0, drop)->action, XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_NOPROG], 1);
		assert_int_equal(tallied().runs, 0);
		assert_conserved(SLOT);
	}
	tear_down();
}

static void without_a_veth_no_copy_is_made(void **state)
{
	(void)state;
	set_up();
	for (uint32_t gone = 0; gone < 2; gone++) {
		uint32_t dev = if_nametoindex(gone ? "c1" : "c0");

		assert_int_equal(bpf_map_delete_elem(MAP(copies), &gone), 0);
		expect(0, 24);
		plan(0, copier);
		assert_int_equal(feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64))->action,
				 XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_COPY], 1);
		assert_conserved(SLOT);
		set(MAP(copies), &gone, &dev);
	}
	tear_down();
}

/* A frame for the port, as from a wire. */
static int wire_open(const char *dev)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
				   .sll_ifindex = (int)if_nametoindex(dev)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static int attach(const char *dev, struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_link_create_opts, o);
	int fd = bpf_link_create(bpf_program__fd(prog), (int)if_nametoindex(dev), BPF_XDP, &o);

	if (fd < 0)
		fail_msg("attaching to %s: %d", dev, fd);
	return fd;
}

/* The whole way through the kernel: port, chain, broadcast, both veths, both branches. */
static void both_copies_come_back_through_the_veths(void **state)
{
	struct timespec pause = {.tv_nsec = 1000000};
	int links[3], wire, seen[2] = {};
	uint8_t frame[256];
	size_t len = frame_of(frame, &t, SL_ETH_P_IP, inner, 64);
	struct plan p = drop;
	struct sl_entry e;

	(void)state;
	assert_int_equal(system("for d in p0 q0 c0 c1 d0 d1; do"
				" echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6;"
				" ip link set $d up; done"),
			 0);
	set_up();
	links[0] = attach("p0", node.port->progs.sl_port);
	links[1] = attach("d0", node.port->progs.sl_copy0);
	links[2] = attach("d1", node.port->progs.sl_copy1);
	wire = wire_open("q0");
	expect(0, 24);
	plan(0, copier);
	p.head = 24 + ROOM;
	plan(1, p);
	plan(2, p);
	len = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
	assert_int_equal(write(wire, packet, len), len);
	for (int i = 0; i < 5000 && tallied().runs < 3; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(tallied().runs, 3);
	assert_int_equal(tallied().resumed, 2);
	len = frame_of(frame, &t, SL_ETH_P_IP, inner, 64);
	for (uint32_t run = 1; run < 3; run++) {
		memcpy(&e, &saw(run)->entry, sizeof(e));
		seen[!!(e.flags & SL_ENTRY_BRANCH)]++;
		assert_int_equal(saw(run)->len, len);
		assert_memory_equal(saw(run)->frame, frame, len);
	}
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 1);
	for (int i = 0; i < 5000 && all_drops(tenant_counts(SLOT).drops) < 2; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(tenant_counts(SLOT).packets, 1);
	assert_int_equal(tenant_counts(SLOT).copies, 1);
	assert_int_equal(tenant_counts(SLOT).resumed, 2);
	assert_conserved(SLOT);
	close(wire);
	for (int i = 0; i < 3; i++)
		close(links[i]);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_copy_leaves_with_trusted_metadata),
		TEST(both_branches_are_entered),
		TEST(a_copy_is_as_old_as_its_packet),
		TEST(heads_of_any_size_copy),
		TEST(copies_of_copies_end),
		TEST(copies_are_counted_whatever_a_chain_asks_for),
		TEST(packets_without_valid_metadata_are_strays),
		TEST(copies_of_other_generations_are_stale),
		TEST(copies_outlive_one_swap),
		TEST(stopped_tenants_and_missing_programs),
		TEST(without_a_veth_no_copy_is_made),
		TEST(both_copies_come_back_through_the_veths),
	};

	pattern(inner, sizeof(inner), 3);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
