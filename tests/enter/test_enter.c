// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trusted program enters a stranger's chain of tail calls and is back in control when it ends:
 * the property the node's program rests on, shown on the running kernel. Needs root; also run in
 * virtual machines with the oldest and newer kernels (selftests/kernels).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/enter/enter.h"

#define OBJECT "build/tests/enter/enter.bpf.o"

static struct bpf_object *object;
static int ask_fd, tell_fd;

/* What libbpf said last: only shown, or looked at, when a load failed. */
static char load_log[64 * 1024];

static int keep_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t used = strlen(load_log);

	if (level == LIBBPF_DEBUG)
		return 0;
	return vsnprintf(load_log + used, sizeof(load_log) - used, fmt, ap);
}

static int prog_fd(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);

	return prog ? bpf_program__fd(prog) : -ENOENT;
}

static int put(const char *map, __u32 slot, const char *prog)
{
	int fd = prog_fd(prog);

	return bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, map), &slot, &fd,
				   BPF_ANY);
}

static int load(void **state)
{
	int err;

	(void)state;
	if (geteuid())
		return 0;
	libbpf_set_print(keep_log);
	object = bpf_object__open_file(OBJECT, NULL);
	if (!object)
		return -1;
	err = bpf_object__load(object);
	if (err) {
		fprintf(stderr, "%s", load_log);
		return -1;
	}
	ask_fd = bpf_object__find_map_fd_by_name(object, "asks");
	tell_fd = bpf_object__find_map_fd_by_name(object, "tells");
	err |= put("chains", ENTER_SLOT_CHAIN, "segment0");
	err |= put("chains", ENTER_SLOT_DEEP, "deep");
	err |= put("chains", ENTER_SLOT_WIDE, "wide");
	err |= put("chains", ENTER_SLOT_THIEF, "thief");
	err |= put("chains", ENTER_SLOT_SLY, "sly_thief");
	err |= put("segments", ENTER_SEG_1, "segment1");
	err |= put("segments", ENTER_SEG_2, "segment2");
	err |= put("segments", ENTER_SEG_DEEP, "deep");
	return err ? -1 : 0;
}

static int unload(void **state)
{
	(void)state;
	bpf_object__close(object);
	return 0;
}

static int need_root(void **state)
{
	(void)state;
	if (!object)
		skip();
	return 0;
}

static const struct enter_told nothing;

static void ask(const struct enter_ask *a)
{
	__u32 zero = 0;

	assert_int_equal(bpf_map_update_elem(ask_fd, &zero, a, BPF_ANY), 0);
	assert_int_equal(bpf_map_update_elem(tell_fd, &zero, &nothing, BPF_ANY), 0);
}

static struct enter_told told(void)
{
	struct enter_told t;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(tell_fd, &zero, &t), 0);
	return t;
}

static unsigned char packet[128];
static unsigned char packet_out[512];

/* One packet through a program; returns its action, and the packet's new length if asked. */
static __u32 run(const char *prog, __u32 *len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .data_out = packet_out, .data_size_out = sizeof(packet_out), .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(prog_fd(prog), &opts), 0);
	if (len)
		*len = opts.data_size_out;
	return opts.retval;
}

/* ---- Tests ----------------------------------------------------------------------------------*/

static void check_answer(__u32 answer)
{
	struct enter_ask a = {.slot = ENTER_SLOT_CHAIN, .answer = answer};
	struct enter_told t;
	__u32 action;

	ask(&a);
	action = run("node", NULL);
	t = told();
	assert_int_equal(t.back, 1);
	assert_int_equal(t.answer, answer);
	assert_int_equal(action, answer >> 28 == 1 ? XDP_TX : XDP_DROP);
}

static void every_answer_comes_back(void **state)
{
	(void)state;
	for (__u32 i = 0; i < 32; i++) {
		check_answer(1u << i);
		check_answer(~(1u << i));
		check_answer((1u << i) - 1);
	}
	for (__u32 i = 0; i < 16; i++)
		check_answer(i << 28 | 0x00120034);
	check_answer(0xffffffff);
	check_answer(ENTER_EMPTY);
	for (__u32 i = 0, x = 1; i < 256; i++, x = x * 1664525u + 1013904223u)
		check_answer(x);
}

static void vacant_slot_gives_the_global(void **state)
{
	static const __u32 slots[] = {ENTER_SLOT_VACANT, ENTER_SLOTS, 0x7fffffff, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		struct enter_ask a = {.slot = slots[i], .answer = 7};
		__u32 len;

		ask(&a);
		assert_int_equal(run("node", &len), XDP_DROP);
		assert_int_equal(told().back, 1);
		assert_int_equal(told().answer, ENTER_EMPTY);
		assert_int_equal(len, sizeof(packet));
	}
}

static void packet_is_seen_as_the_chain_left_it(void **state)
{
	struct enter_ask a = {.slot = ENTER_SLOT_CHAIN, .answer = 0x1000000e};
	struct enter_told t;
	unsigned char want[8];
	__u32 len;

	(void)state;
	for (size_t i = 0; i < sizeof(packet); i++)
		packet[i] = i;
	ask(&a);
	assert_int_equal(run("node", &len), XDP_TX);
	t = told();
	assert_int_equal(len, sizeof(packet) - 14 + 32);
	assert_int_equal(t.len, len);
	for (size_t i = 0; i < sizeof(want); i++)
		want[i] = 0xa0 + i;
	assert_memory_equal(&t.head, want, sizeof(want));
	assert_memory_equal(packet_out, want, sizeof(want));
	assert_memory_equal(packet_out + 32, packet + 14, sizeof(packet) - 14);
}

/* An index checked in 32 bits is used in 64: the upper half must be gone by then. */
static void upper_half_of_the_answer_is_cut_off(void **state)
{
	(void)state;
	for (__u32 answer = 0; answer < 2 * ENTER_INDEXES; answer++) {
		struct enter_ask a = {.slot = ENTER_SLOT_WIDE, .answer = answer};
		struct enter_told t;

		ask(&a);
		assert_int_equal(run("node", NULL), XDP_DROP);
		t = told();
		assert_int_equal(t.answer, answer);
		for (__u32 i = 0; i < ENTER_INDEXES; i++)
			assert_int_equal(t.indexed[i], i == answer);
	}
}

/* The kernel stops at 33 tail calls; `enter` is one of them. */
static void thirty_two_tail_calls_follow_enter(void **state)
{
	struct enter_ask a = {.slot = ENTER_SLOT_DEEP, .answer = 0x10000001, .depth = 32};

	(void)state;
	ask(&a);
	assert_int_equal(run("node", NULL), XDP_TX);
	assert_int_equal(told().answer, a.answer);
	assert_int_equal(told().calls, 32);
}

static void one_tail_call_more_fails_closed(void **state)
{
	(void)state;
	for (__u32 depth = 33; depth < 40; depth++) {
		struct enter_ask a = {
			.slot = ENTER_SLOT_DEEP, .answer = 0x10000001, .depth = depth};

		ask(&a);
		assert_int_equal(run("node", NULL), XDP_DROP);
		assert_int_equal(told().back, 1);
		assert_int_equal(told().answer, ENTER_FELL_OFF);
	}
}

/*
 * Kernels differ in what is left for a second `enter` when the first chain used up all tail calls:
 * some count the whole run, some each subprogram. Either way it arrives, or counts as vacant.
 */
static void second_enter_arrives_or_counts_as_vacant(void **state)
{
	struct enter_ask a = {.slot = ENTER_SLOT_CHAIN, .second = ENTER_SLOT_CHAIN, .answer = 5};
	struct enter_told t;

	(void)state;
	ask(&a);
	assert_int_equal(run("node_twice", NULL), XDP_DROP);
	t = told();
	assert_int_equal(t.first, 5);
	assert_int_equal(t.answer, 5);
	assert_int_equal(t.len, sizeof(packet) + 2 * (32 - 14));

	for (__u32 depth = 1; depth <= 32; depth++) {
		a = (struct enter_ask){.slot = ENTER_SLOT_DEEP,
				       .second = ENTER_SLOT_WIDE,
				       .answer = 5,
				       .depth = depth};
		ask(&a);
		assert_int_equal(run("node_twice", NULL), XDP_DROP);
		t = told();
		assert_int_equal(t.calls, depth);
		assert_int_equal(t.first, 5);
		if (depth == 32 && t.answer == ENTER_EMPTY)
			printf("# a second enter has what the first left of 33 tail calls\n");
		else
			assert_int_equal(t.answer, 5);
	}
}

/* A caller of the tail call may not use 256 bytes of stack. */
static void large_stack_below_the_tail_call_is_refused(void **state)
{
	struct bpf_object *other = bpf_object__open_file(OBJECT, NULL);
	struct bpf_program *prog;

	(void)state;
	assert_non_null(other);
	bpf_object__for_each_program(prog, other)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), "node_fat"));
	load_log[0] = 0;
	assert_true(bpf_object__load(other) < 0);
	assert_non_null(strstr(load_log, "tail_calls are not allowed when call stack of previous"));
	bpf_object__close(other);
}

/* ---- A stranger's redirect, on real devices --------------------------------------------------*/

static __u32 mine, thiefs; /* devices; what is sent out of either arrives at a counter */

/* Two veths in a namespace of their own, counters on the far ends. */
static int make_devices(void **state)
{
	(void)state;
	need_root(state);
	if (unshare(CLONE_NEWNET) ||
	    system("ip link add mine type veth peer name mine1 && ip link set mine up && "
		   "ip link set mine1 up && ip link add thiefs type veth peer name thiefs1 && "
		   "ip link set thiefs up && ip link set thiefs1 up"))
		return -1;
	mine = if_nametoindex("mine");
	thiefs = if_nametoindex("thiefs");
	return 0;
}

static int count_at(const char *dev)
{
	return bpf_xdp_attach(if_nametoindex(dev), prog_fd("count"), 0, NULL);
}

#define FRAMES 64

/* Frames as if received, so that a redirect is carried out. */
static void send_live(const char *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = FRAMES, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	memset(packet, 0xee, 12);
	packet[12] = ENTER_ETHERTYPE >> 8;
	packet[13] = ENTER_ETHERTYPE & 0xff;
	assert_int_equal(bpf_prog_test_run_opts(prog_fd(prog), &opts), 0);
}

/* Waits for `n` frames at the counters, at most ten seconds; returns how many came. */
static __u32 wait_seen(__u32 n)
{
	struct timespec ms = {.tv_nsec = 1000000};
	__u32 seen;

	for (int i = 0; (seen = told().seen) < n && i < 10000; i++)
		nanosleep(&ms, NULL);
	return seen;
}

static void strangers_redirect_is_not_forwarded(void **state)
{
	struct enter_ask a = {.slot = ENTER_SLOT_THIEF, .thief_ifindex = thiefs};

	(void)state;
	assert_int_equal(count_at("thiefs1"), 0);

	/* In one packet: he did ask for it, and the number of XDP_REDIRECT came back. */
	ask(&a);
	assert_int_equal(run("node", NULL), XDP_DROP);
	assert_int_equal(told().answer, XDP_REDIRECT);

	/* With live frames: behind `node` nothing comes out; his own program alone does send. What
	 * is sent later arrives later, so when that has come there is nothing on the way. */
	send_live("node");
	assert_int_equal(told().back, FRAMES + 1);
	send_live("thief");
	assert_int_equal(wait_seen(FRAMES), FRAMES);
}

static void trusted_redirect_wins_over_strangers(void **state)
{
	struct enter_ask a = {.slot = ENTER_SLOT_SLY,
			      .answer = 0x10000000,
			      .thief_ifindex = thiefs,
			      .out_ifindex = mine};

	(void)state;
	assert_int_equal(bpf_xdp_attach(if_nametoindex("thiefs1"), -1, 0, NULL), 0);
	assert_int_equal(count_at("mine1"), 0);
	ask(&a);
	send_live("node");
	assert_int_equal(wait_seen(FRAMES), FRAMES);
	assert_int_equal(told().back, FRAMES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_answer_comes_back, need_root),
		cmocka_unit_test_setup(vacant_slot_gives_the_global, need_root),
		cmocka_unit_test_setup(packet_is_seen_as_the_chain_left_it, need_root),
		cmocka_unit_test_setup(upper_half_of_the_answer_is_cut_off, need_root),
		cmocka_unit_test_setup(thirty_two_tail_calls_follow_enter, need_root),
		cmocka_unit_test_setup(one_tail_call_more_fails_closed, need_root),
		cmocka_unit_test_setup(second_enter_arrives_or_counts_as_vacant, need_root),
		cmocka_unit_test_setup(large_stack_below_the_tail_call_is_refused, need_root),
		cmocka_unit_test_setup(strangers_redirect_is_not_forwarded, make_devices),
		cmocka_unit_test(trusted_redirect_wins_over_strangers),
	};

	return cmocka_run_group_tests_name("enter", tests, load, unload);
}
