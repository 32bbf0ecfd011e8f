/* SPDX-License-Identifier: GPL-2.0-only */
/* Tenants of class thread: handed over at the port, taken up and run in a kernel thread. */
#include <time.h>

#include "tests/mux/node.h"

#define LINK 1
#define DEV 5
#define GEN (6 | SL_GEN_THREAD)
#define POINT 0x123
#define META 32 /* of a packet on its way to a thread */
#define FRAMES 8

static uint8_t inner[256], packet[512];
static const struct tunnel t = {.ip = 4, .far = 9};
/* The tenant once more, as programs for cpumaps; with the maps of the other. */
static struct bpf_object *threaded;

static int share_map(const char *name, int fd)
{
	return bpf_map__reuse_fd(bpf_object__find_map_by_name(threaded, name), fd);
}

static int open_both(void **state)
{
	struct bpf_program *p;

	if (node_open(state))
		return -1;
	if (!node.ready)
		return 0;
	threaded = bpf_object__open_file(TENANT_OBJECT, NULL);
	if (!threaded || share_map("plans", node.plans) || share_map("sights", node.sights) ||
	    share_map("tallies", node.tallies))
		return -1;
	bpf_object__for_each_program(p, threaded)
		bpf_program__set_expected_attach_type(p, BPF_XDP_CPUMAP);
	return bpf_object__load(threaded);
}

static int close_both(void **state)
{
	bpf_object__close(threaded);
	return node_close(state);
}

/* A queue with a thread on the first CPU. */
static void add_queue(void)
{
	struct bpf_cpumap_val v = {.qsize = 64,
				   .bpf_prog.fd = bpf_program__fd(node.port->progs.sl_thread)};
	int map = bpf_map_create(BPF_MAP_TYPE_CPUMAP, "test_queue", 4, sizeof(v), 1, NULL);

	assert_true(map >= 0);
	set_at(map, 0, &v);
	set_at(MAP(queues), SLOT, &map);
	close(map);
}

static void remove_queue(void)
{
	uint32_t slot = SLOT;

	bpf_map_delete_elem(MAP(queues), &slot);
}

static struct sl_tenant_rec record(uint16_t head)
{
	struct sl_tenant_rec rec = {.head = head, .active = 1, .generation = GEN};

	rec.resume_gen[GEN & 1] = GEN;
	return rec;
}

static void set_up(uint16_t head)
{
	struct sl_tenant_rec rec = record(head);
	uint32_t index = sl_chain_index(SLOT, GEN);
	int fd = bpf_program__fd(bpf_object__find_program_by_name(threaded, "chain"));

	set_at(MAP(on_thread), index, &fd);
	fd = bpf_program__fd(bpf_object__find_program_by_name(threaded, "resumed"));
	set_at(MAP(back_on_thread), index, &fd);
	set_at(MAP(tenant_rec), SLOT, &rec);
	add_queue();
	add_link(LINK, &t, SLOT, DEV);
}

static void tear_down(void)
{
	uint32_t index = sl_chain_index(SLOT, GEN);

	remove_link(LINK, &t, SLOT, DEV);
	remove_queue();
	uninstall(SLOT);
	bpf_map_delete_elem(MAP(on_thread), &index);
	bpf_map_delete_elem(MAP(back_on_thread), &index);
}

/* Sends a packet FRAMES times for real, and waits until so many were taken up. */
static void send_live(struct bpf_program *prog, const uint8_t *in, size_t len, size_t meta,
		      uint64_t want)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	struct xdp_md ctx = {
		.data = (uint32_t)meta, .data_end = (uint32_t)len, .ingress_ifindex = node.ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = FRAMES,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &o), 0);
	for (int i = 0; i < 5000 && tenant_counts(SLOT).taken[GEN & 1] < want; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(tenant_counts(SLOT).taken[GEN & 1], want);
	/* The last of them may still be under way. */
	for (int i = 0; i < 5000; i++) {
		struct sl_tenant_stats s = tenant_counts(SLOT);

		if (s.packets + s.resumed == s.out + s.copies + all_drops(s.drops))
			break;
		nanosleep(&pause, NULL);
	}
	assert_conserved(SLOT);
}

/* ---- At the port ----------------------------------------------------------------------------*/
static void a_packet_leaves_with_trusted_metadata(void **state)
{
	uint8_t frame[256];
	size_t n = frame_of(frame, &t, SL_ETH_P_IP, inner, 64);
	const struct result *r;
	uint32_t word[META / 4];

	(void)state;
	set_up(24);
	expect(0, 24);
	r = feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64));
	assert_int_equal(r->action, XDP_REDIRECT);
	assert_int_equal(r->meta, META);
	memcpy(word, r->all, sizeof(word));
	assert_int_equal(word[1], SLOT);
	assert_int_equal(word[2], GEN);
	assert_int_equal(r->len, 24 + n);
	assert_memory_equal(r->bytes + 24, frame, n);
	assert_int_equal(tallied().runs, 0);
	assert_int_equal(tenant_counts(SLOT).packets, 1);
	assert_int_equal(tenant_counts(SLOT).handed[GEN & 1], 1);
	assert_int_equal(link_counts(LINK).rx_packets, 1);
	tear_down();
}

static void without_a_queue_packets_are_dropped(void **state)
{
	struct sl_tenant_rec rec = record(24);

	(void)state;
	set_up(24);
	for (int i = 0; i < 2; i++) {
		if (i) {
			remove_queue();
		} else {
			rec.via = 1; /* nobody there */
			set_at(MAP(tenant_rec), SLOT, &rec);
		}
		expect(0, 24);
		assert_int_equal(feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64))->action,
				 XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_QUEUE], 1);
		assert_int_equal(tenant_counts(SLOT).handed[GEN & 1], 0);
		assert_conserved(SLOT);
	}
	tear_down();
}

static void the_gate_is_in_front(void **state)
{
	struct sl_tenant_rec rec = record(24);

	(void)state;
	set_up(24);
	rec.active = 0;
	set_at(MAP(tenant_rec), SLOT, &rec);
	expect(0, 24);
	assert_int_equal(feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64))->action,
			 XDP_DROP);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_NOPROG], 1);
	assert_int_equal(tenant_counts(SLOT).handed[GEN & 1], 0);
	tear_down();
}

/* ---- In the thread --------------------------------------------------------------------------*/
static void the_thread_runs_the_chain(void **state)
{
	uint8_t frame[256];
	size_t n = frame_of(frame, &t, SL_ETH_P_IP, inner, 64), len;
	struct sl_entry e;

	(void)state;
	len = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
	for (uint16_t head = 0; head <= SL_HEAD_MAX; head += head < 8 ? 4 : 17) {
		set_up(head);
		expect(SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 0), head);
		send_live(node.port->progs.sl_port, packet, len, 0, FRAMES);
		assert_int_equal(tallied().runs, FRAMES);
		assert_int_equal(tallied().resumed, 0);
		memcpy(&e, &saw(0)->entry, sizeof(e));
		assert_int_equal(e.flags, 0);
		assert_int_equal(e.dev, DEV);
		assert_int_equal(e.generation, GEN);
		assert_int_equal(saw(0)->meta, head < SL_ENTRY_LEN ? SL_ENTRY_LEN : 0);
		assert_int_equal(saw(0)->len, n);
		assert_memory_equal(saw(0)->frame, frame, n);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
		assert_int_equal(tenant_counts(SLOT).packets, FRAMES);
		tear_down();
	}
}

static void what_the_chain_sends_leaves(void **state)
{
	struct plan p = {.answer = SL_ANSWER(SL_V_OUT, DEV, 24), .head = 24};

	(void)state;
	set_up(24);
	expect(p.answer, 24);
	for (uint32_t i = 0; i < SEEN_RUNS; i++)
		plan(i, p);
	send_live(node.port->progs.sl_port, packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64), 0,
		  FRAMES);
	assert_int_equal(tallied().runs, FRAMES);
	assert_int_equal(tenant_counts(SLOT).out, SEEN_RUNS);
	assert_int_equal(link_counts(LINK).tx_packets, SEEN_RUNS);
	/* All are measured; of those that left, it is known how long they were here. */
	assert_int_equal(all_delays(SLOT), SEEN_RUNS);
	tear_down();
}

static void graphs_that_are_gone_are_stale(void **state)
{
	struct sl_tenant_rec rec = record(24);

	(void)state;
	set_up(24);
	rec.resume_gen[GEN & 1] = GEN + 2;
	set_at(MAP(tenant_rec), SLOT, &rec);
	expect(0, 24);
	send_live(node.port->progs.sl_port, packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64), 0,
		  FRAMES);
	assert_int_equal(tallied().runs, 0);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_STALE], FRAMES);
	tear_down();
}

static void what_no_program_answers_is_dropped(void **state)
{
	uint32_t index = sl_chain_index(SLOT, GEN);

	(void)state;
	set_up(24);
	bpf_map_delete_elem(MAP(on_thread), &index);
	expect(0, 24);
	send_live(node.port->progs.sl_port, packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64), 0,
		  FRAMES);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_NOPROG], FRAMES);
	tear_down();
}

/* A copy as the kernel carries it to the veths: metadata, a place for the entry record, the cursor,
 * the frame. */
struct copy {
	uint32_t magic, slot, generation;
	uint16_t point;
	uint8_t dev, zero, left[2], zero2[2];
	uint32_t since_ns;
	uint8_t data[24 + 64 + 128];
};
static const struct copy a_copy = {.magic = 0x51c0b1e5,
				   .slot = SLOT,
				   .generation = GEN,
				   .point = POINT,
				   .dev = DEV,
				   .left = {3, 4}};

static void copies_come_back_to_the_thread(void **state)
{
	struct copy copy = a_copy;
	struct sl_entry e;

	(void)state;
	memset(copy.data + SL_ENTRY_LEN, 0xa5, 64);
	set_up(24);
	expect(SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 0), 24);
	send_live(node.port->progs.sl_copy1, (const uint8_t *)&copy, sizeof(copy),
		  offsetof(struct copy, data), FRAMES);
	assert_int_equal(tallied().runs, FRAMES);
	assert_int_equal(tallied().resumed, FRAMES);
	memcpy(&e, &saw(0)->entry, sizeof(e));
	assert_int_equal(e.flags, SL_ENTRY_COPY | SL_ENTRY_BRANCH);
	assert_int_equal(e.point, POINT);
	assert_int_equal(e.dev, DEV);
	assert_int_equal(e.generation, GEN);
	assert_int_equal(saw(0)->meta, 0);
	assert_memory_equal(saw(0)->front + SL_ENTRY_LEN, copy.data + SL_ENTRY_LEN, 64);
	assert_int_equal(tenant_counts(SLOT).resumed, FRAMES);
	assert_int_equal(tenant_counts(SLOT).packets, 0);
	tear_down();
}

/* What a packet waited for on its way, at the veths and in the queue, counts: it is as old as its
 * metadata says, and of no age if it was not decided that it is measured. */
static void a_packet_is_as_old_as_its_metadata_says(void **state)
{
	struct plan p = {.answer = SL_ANSWER(SL_V_OUT, DEV, 24 + 64), .head = 24 + 64};
	struct copy copy = a_copy;
	struct timespec ts;

	(void)state;
	frame_of(copy.data + 24 + 64, &t, SL_ETH_P_IP, inner, 64);
	for (int measured = 0; measured < 2; measured++) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		copy.since_ns = 0;
		if (measured)
			copy.since_ns = (uint32_t)((uint64_t)ts.tv_sec * 1000000000 +
						   (uint64_t)ts.tv_nsec - 20000000) |
					1;
		set_up(24);
		expect(p.answer, 24);
		for (uint32_t i = 0; i < SEEN_RUNS; i++)
			plan(i, p);
		send_live(node.port->progs.sl_copy1, (const uint8_t *)&copy, sizeof(copy),
			  offsetof(struct copy, data), FRAMES);
		assert_int_equal(tenant_counts(SLOT).out, SEEN_RUNS);
		assert_int_equal(all_delays(SLOT), measured ? SEEN_RUNS : 0);
		assert_int_equal(delays_from(SLOT, 1 << 24), measured ? SEEN_RUNS : 0);
		tear_down();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_leaves_with_trusted_metadata),
		TEST(without_a_queue_packets_are_dropped),
		TEST(the_gate_is_in_front),
		TEST(the_thread_runs_the_chain),
		TEST(what_the_chain_sends_leaves),
		TEST(graphs_that_are_gone_are_stale),
		TEST(what_no_program_answers_is_dropped),
		TEST(copies_come_back_to_the_thread),
		TEST(a_packet_is_as_old_as_its_metadata_says),
	};

	return cmocka_run_group_tests(tests, open_both, close_both);
}
