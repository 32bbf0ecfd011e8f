// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large graphs, in the kernel: Click's IP router between sixteen networks, every pair of them; and
 * five hundred elements of thirty classes with sixty-four ways through them, each taken by a
 * packet. How long they take to compile and load is printed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "bpf/net.h"
#include "loader/mem.h"
#include "loader/runtime/recut.h"
#include "loader/runtime/replay.h"
#include "tests/element/large.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* ---- A graph in the kernel -------------------------------------------------------------------*/

struct large {
	struct sl_submission sub;
	struct sl_device devs[SL_MAX_DEVS];
	size_t n_devs;
	struct sl_compiled *compiled;
	struct sl_replay *replay;
	double compile_ms, load_ms;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int compile_cut(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	struct large *l = arg;
	struct sl_compile_opts co = {.target = SL_TARGET_BPF,
				     .devices = {l->devs, l->n_devs, 32},
				     .max_weight = sl_recut_weight(0, cut),
				     .bpf_dir = "bpf"};
	double t = now_ms();
	int ret = sl_compile(&l->sub, &co, d, out);

	l->compile_ms += now_ms() - t;
	return ret;
}

static int load_cut(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	const struct sl_replay_opts ro = {
		.fixed_clock = true, .now_ns = 1000000000000ull, .rnd = 1};
	struct large *l = arg;
	double t = now_ms();
	int ret = sl_replay_new(c, &ro, d, &l->replay);

	l->load_ms += now_ms() - t;
	return ret;
}

/* 0, or -EPERM where programs cannot be loaded. `text` is the graph, freed in the end. */
static int open_large(struct large *l, const char *name, char *text, size_t devices)
{
	const struct sl_recut recut = {l, compile_cut, load_cut, 0};
	struct sl_diags d = {0};
	int ret;

	l->sub.graph.name = (char *)name;
	l->sub.graph.text = text;
	l->sub.graph.len = strlen(text);
	l->n_devs = devices;
	for (size_t i = 0; i < devices; i++) {
		struct sl_device *dev = &l->devs[i];

		snprintf(dev->name, sizeof(dev->name), "eth%zu", i);
		dev->index = (uint8_t)i;
		large_mac(dev->mac, (unsigned int)i, 0xa0);
		dev->mtu = 1500;
	}
	ret = sl_recut(&recut, &d, &l->compiled);
	if (ret && ret != -EPERM)
		sl_diags_print(&d, stderr);
	sl_diags_free(&d);
	if (!ret)
		print_message(
			"# %s: %zu elements, %u segments, compiled in %.0f ms, loaded in %.0f "
			"ms\n",
			name, l->compiled->program->graph->n_elems, l->compiled->bundle->n_segments,
			l->compile_ms, l->load_ms);
	return ret;
}

static void close_large(struct large *l)
{
	sl_replay_free(l->replay);
	sl_compiled_free(l->compiled);
	free(l->sub.graph.text);
	memset(l, 0, sizeof(*l));
}

static int send_one(struct large *l, unsigned int dev, const void *frame, size_t len,
		    struct sl_replay_out *out)
{
	int n = sl_replay_packet(l->replay, (uint8_t)dev, frame, len, out);

	assert_true(n > 0);
	return n;
}

static uint64_t entered(struct large *l, const char *element)
{
	struct sl_live *live = sl_replay_live(l->replay);
	long i = sl_graph_find(l->compiled->program->graph, element);
	uint64_t n = 0;

	assert_true(i >= 0);
	assert_int_equal(live->ops->packets(live, (uint32_t)i, &n), 0);
	return n;
}

/* ---- Sixteen networks ------------------------------------------------------------------------*/

#define PORTS 16

static void sixteen_networks(void **state)
{
	struct large l = {0};
	int ret = open_large(&l, "sixteen.click", large_router(PORTS), PORTS);

	(void)state;
	if (ret == -EPERM)
		skip();
	assert_int_equal(ret, 0);
	for (unsigned int i = 0; i < PORTS; i++) {
		struct sl_replay_out out[SL_REPLAY_MAX_OUT];
		struct large_arp arp;

		large_arp_reply(&arp, i);
		send_one(&l, i, &arp, sizeof(arp), out);
	}
	for (unsigned int i = 0; i < PORTS; i++) {
		for (unsigned int k = 0; k < PORTS; k++) {
			struct sl_replay_out out[SL_REPLAY_MAX_OUT];
			struct large_packet p, want;
			bool found = false;
			int n;

			large_packet(&p, i, k);
			n = send_one(&l, i, &p, sizeof(p), out);
			large_forwarded(&want, &p, k);
			/* What goes back where it came from is a copy, beside a redirect. */
			assert_int_equal(n, i == k ? 2 : 1);
			for (int o = 0; o < n; o++)
				found |= out[o].verdict == SL_V_OUT && out[o].dev == k &&
					 out[o].len == sizeof(want) &&
					 !memcmp(out[o].frame, &want, sizeof(want));
			if (!found)
				fail_msg("a packet from network %u to %u is not forwarded as it "
					 "should be",
					 i, k);
		}
	}
	assert_int_equal(entered(&l, "rt"), PORTS * PORTS + PORTS);
	close_large(&l);
}

/* ---- Sixty-four ways -------------------------------------------------------------------------*/

static size_t count_classes(const struct sl_graph *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_elems; i++) {
		size_t k = 0;

		while (strcmp(g->elems[k].class_name, g->elems[i].class_name))
			k++;
		n += k == i;
	}
	return n;
}

static void sixty_four_ways(void **state)
{
	struct large l = {0};
	int ret = open_large(&l, "ways.click", large_ways(), 2);
	const struct sl_graph *g;

	(void)state;
	if (ret == -EPERM)
		skip();
	assert_int_equal(ret, 0);
	g = l.compiled->program->graph;
	assert_true(g->n_elems >= 500);
	assert_true(count_classes(g) >= 30);
	for (unsigned int way = 0; way < LARGE_WAYS; way++) {
		struct sl_replay_out out[SL_REPLAY_MAX_OUT];
		struct large_packet p;
		char name[32];

		large_way_packet(&p, way);
		send_one(&l, 0, &p, sizeof(p), out);
		if (out[0].verdict != SL_V_OUT || out[0].dev != 1 || out[0].frame[11] != way)
			fail_msg("way %u: verdict %u, reason %u at element %u, frame for %u", way,
				 out[0].verdict, out[0].reason, out[0].elem,
				 out[0].verdict == SL_V_OUT ? out[0].frame[11] : 0);
		snprintf(name, sizeof(name), "n%u", way);
		assert_int_equal(entered(&l, name), 1);
	}
	/* Nothing was there for nothing. */
	for (size_t i = 0; i < g->n_elems; i++)
		if (g->elems[i].n_in && !entered(&l, g->elems[i].name))
			fail_msg("no packet came to %s", g->elems[i].name);
	close_large(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixteen_networks),
		cmocka_unit_test(sixty_four_ways),
	};

	/* The kernel's programs are the same in either build of this test: one graph is enough to
	 * have the compiler's side sanitized. */
	return _cmocka_run_group_tests("large", tests, SANITIZED ? 1 : 2, NULL, NULL);
}
