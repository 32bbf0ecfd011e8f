/* SPDX-License-Identifier: GPL-2.0-only */
/* The wrappers of replay and bench. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "replay.skel.h"
#include "tests/mux/tenant.h"

#define TENANT_OBJECT "build/tests/mux/tenant.bpf.o"

static struct replay *replay;
static struct bpf_object *tenant;
static bool ready;

static int map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(tenant, name);
}

static void set_zero(int map, const void *value)
{
	uint32_t zero = 0;

	assert_int_equal(bpf_map_update_elem(map, &zero, value, BPF_ANY), 0);
}

static int load(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	replay = replay__open_and_load();
	tenant = bpf_object__open_file(TENANT_OBJECT, NULL);
	ready = replay && tenant && !bpf_object__load(tenant);
	return ready ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	bpf_object__close(tenant);
	replay__destroy(replay);
	return 0;
}

/* Runs the test that is its state, or skips it without the privilege. */
static void as_root(void **state)
{
	if (!ready)
		skip();
	((CMUnitTestFunction)*state)(NULL);
}

#define TEST(test)                                                                                 \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test)               \
	}

/* Puts a program of the tenant's into the chain; forgets what was counted. */
static void install(const char *program, struct plan p)
{
	static const struct tally none;
	static const struct seen nothing;
	int fd = bpf_program__fd(bpf_object__find_program_by_name(tenant, program));

	set_zero(bpf_map__fd(replay->maps.chain), &fd);
	set_zero(map_fd("plans"), &p);
	set_zero(map_fd("tallies"), &none);
	for (uint32_t i = 0; i < SEEN_RUNS; i++)
		assert_int_equal(bpf_map_update_elem(map_fd("sights"), &i, &nothing, BPF_ANY), 0);
}

static struct tally tallied(void)
{
	struct tally t;
	uint32_t zero = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("tallies"), &zero, &t), 0);
	return t;
}

static uint8_t in[600], out[4096];

struct outcome {
	uint32_t answer;
	size_t len;
	uint32_t ns; /* mean of a run */
};

/* `meta` bytes of `in` are metadata. */
static struct outcome run(struct bpf_program *prog, size_t meta, size_t len, int repeat)
{
	struct xdp_md ctx = {.data = (uint32_t)meta, .data_end = (uint32_t)(meta + len)};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)(meta + len),
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = repeat);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &o), 0);
	return (struct outcome){.answer = o.retval, .len = o.data_size_out, .ns = o.duration};
}

/* ---- Replay -----------------------------------------------------------------------------------*/
static void the_answer_is_the_result(void **state)
{
	static const uint32_t answers[] = {0, 1, 4, 0x10000018, 0x3fff3fff, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		install("chain", (struct plan){.answer = answers[i] | 0x1234ull << 32, .head = 24});
		assert_int_equal(run(replay->progs.sl_replay, 0, 124, 1).answer, answers[i]);
		assert_int_equal(tallied().runs, 1);
	}
}

static void the_packet_is_left_as_the_chain_left_it(void **state)
{
	struct outcome o;

	(void)state;
	install("chain",
		(struct plan){.head = 24, .move_head = -40, .move_tail = -10, .scribble = 40});
	o = run(replay->progs.sl_replay, 0, 124, 1);
	assert_int_equal(o.len, 124 + 40 - 10);
	for (int i = 0; i < 40; i++)
		assert_int_equal(out[i], 0xa0 + i);
	assert_memory_equal(out + 40, in, 114);

	/* The entry record as metadata is not part of what is left. */
	install("chain", (struct plan){.move_head = -40, .scribble = 40});
	o = run(replay->progs.sl_replay, 8, 100, 1);
	assert_int_equal(o.len, 140);
	for (int i = 0; i < 40; i++)
		assert_int_equal(out[i], 0xa0 + i);
	assert_memory_equal(out + 40, in + 8, 100);
}

static void no_chain_is_no_program(void **state)
{
	uint32_t zero = 0;

	(void)state;
	bpf_map_delete_elem(bpf_map__fd(replay->maps.chain), &zero);
	assert_int_equal(run(replay->progs.sl_replay, 0, 100, 1).answer,
			 SL_ANSWER(SL_V_DROP, SL_R_NOPROG, SL_ELEM_NONE));
}

/* ---- Bench
 * --------------------------------------------------------------------------------------*/
static struct sl_bench bench_state(void)
{
	struct sl_bench b;
	uint32_t zero = 0;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(replay->maps.bench), &zero, &b), 0);
	return b;
}

static void set_bench(size_t len, bool meta, size_t bytes)
{
	static struct sl_bench b;

	b = (struct sl_bench){.len = (uint32_t)len, .meta = meta, .entry = {.dev = 3}};
	memcpy(b.bytes, in, bytes);
	set_zero(bpf_map__fd(replay->maps.bench), &b);
}

/* A chain that damages all it can finds the same packet, run after run. */
static void every_run_finds_the_same_packet(void **state)
{
	static const size_t lens[] = {40, 64, 124, 600};

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (int meta = 0; meta < 2; meta++) {
			struct plan p = {.answer = SL_ANSWER(SL_V_OUT, 1, 24),
					 .head = meta ? 0 : 24};

			set_bench(lens[i], meta, lens[i]);
			install("spoil", p);
			assert_int_equal(run(replay->progs.sl_bench, 0, lens[i], 20000).answer,
					 (uint32_t)p.answer);
			assert_int_equal(bench_state().runs, 20000);
			assert_int_equal(bench_state().failed, 0);
			assert_int_equal(tallied().runs, 20000);
			assert_int_equal(tallied().differ, 0);
		}
	}
}

/* The test above can fail: without the restoring, the packet is another one. */
static void without_restoring_the_packet_differs(void **state)
{
	(void)state;
	install("spoil", (struct plan){.head = 24});
	run(replay->progs.sl_replay, 0, 600, 4);
	assert_int_equal(tallied().runs, 4);
	assert_int_equal(tallied().differ, 3);
}

static void the_empty_bench_enters_nothing(void **state)
{
	(void)state;
	set_bench(124, false, 124);
	install("spoil", (struct plan){.head = 24});
	assert_int_equal(run(replay->progs.sl_bench_empty, 0, 124, 1000).answer, 0);
	assert_int_equal(bench_state().runs, 1000);
	assert_int_equal(tallied().runs, 0);
	assert_memory_equal(out, in, 124);
}

static void packets_that_cannot_be_restored_are_counted(void **state)
{
	static const size_t lens[] = {0, 13, SL_BENCH_BYTES, SL_BENCH_BYTES + 1, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		set_bench(lens[i], false, 64);
		install("spoil", (struct plan){.head = 24});
		run(replay->progs.sl_bench, 0, 64, 10);
		assert_int_equal(bench_state().failed, 10);
		assert_int_equal(tallied().runs, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_answer_is_the_result),
		TEST(the_packet_is_left_as_the_chain_left_it),
		TEST(no_chain_is_no_program),
		TEST(every_run_finds_the_same_packet),
		TEST(without_restoring_the_packet_differs),
		TEST(the_empty_bench_enters_nothing),
		TEST(packets_that_cannot_be_restored_are_counted),
	};

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + 1);
	return cmocka_run_group_tests(tests, load, unload);
}
