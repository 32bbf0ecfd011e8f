// SPDX-License-Identifier: GPL-2.0-only
/*
 * A graph compiled for what its packets do: what most take is in the first segment and laid out
 * first, each packet becomes the same as before, and counts are the same. In the kernel, as root.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/replay.h"
#include "loader/runtime/shares.h"

/* Branches by kind of packet, all too heavy for one segment; some meet again. */
static const char branches[] =
	"FromDevice(eth0) -> c :: Classifier(12/0800 23/01, 12/0800 23/11, 12/0800 23/06, 12/86dd, "
	"-);"
	"c[0] -> Strip(14) -> i1 :: CheckIPHeader -> i2 :: CheckICMPHeader -> i3 :: SetIPDSCP(1)"
	"  -> Unstrip(14) -> join :: Counter -> Queue -> ToDevice(eth1);"
	"c[1] -> Strip(14) -> u1 :: CheckIPHeader -> u2 :: CheckUDPHeader -> u3 :: SetIPDSCP(3)"
	"  -> u4 :: SetUDPChecksum -> t :: DecIPTTL -> Unstrip(14) -> join;"
	"t[1] -> ICMPError(10.0.0.1, timeexceeded) -> Discard;"
	"c[2] -> Strip(14) -> t1 :: CheckIPHeader -> t2 :: CheckTCPHeader -> t3 :: SetTCPChecksum"
	"  -> Unstrip(14) -> join;"
	"c[3] -> Strip(14) -> s1 :: CheckIP6Header -> s2 :: DecIP6HLIM -> Unstrip(14) -> join;"
	"c[4] -> a :: ARPResponder(10.0.0.1 02:00:00:00:00:01) -> Queue -> ToDevice(eth0);";

/* One element where packets go sixteen ways. */
static const char rules[] =
	"FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> f :: IPClassifier(dst host 10.9.0.1,"
	"  dst host 10.9.0.2, dst host 10.9.0.3, dst host 10.9.0.4, dst host 10.9.0.5,"
	"  dst net 10.8.0.0/16, dst port 5000, udp, tcp, -);"
	"d :: Discard; f[0] -> d; f[1] -> d; f[2] -> d; f[3] -> d; f[4] -> d; f[5] -> d; f[6] -> d;"
	"f[7] -> Unstrip(14) -> Queue -> ToDevice(eth1); f[8] -> d; f[9] -> d;";

struct build {
	struct sl_compiled *c;
	struct sl_replay *r;
};

static bool build(const char *text, const struct sl_submission *shares, struct build *b)
{
	struct sl_submission s = {.graph = {(char *)"g", (char *)text, strlen(text)}};
	struct sl_compile_opts o = {.target = SL_TARGET_BPF, .devices = {.head = 28}};
	struct sl_replay_opts ro = {.fixed_clock = true, .now_ns = 1000000000, .rnd = 1};
	struct sl_diags d = {0};
	int ret;

	if (shares) {
		s.shares = shares->shares;
		s.n_shares = shares->n_shares;
	}
	ret = sl_compile(&s, &o, &d, &b->c);
	ret = ret ? ret : sl_replay_new(b->c, &ro, &d, &b->r);
	if (ret && ret != -EPERM) {
		sl_diags_print(&d, stderr);
		fail();
	}
	sl_diags_free(&d);
	return !ret;
}

static void end(struct build *b)
{
	sl_replay_free(b->r);
	sl_compiled_free(b->c);
}

/* Nineteen of twenty packets are of one kind; some are cut short or damaged. */
static size_t make(unsigned int i, enum cost_probe usual, uint8_t *frame)
{
	enum cost_probe kind = i % 20 ? usual : (enum cost_probe)(i / 20 % COST_PROBES);
	size_t len = cost_frame(kind, 64 + i % 7 * 31, frame);

	if (i % 23 == 0)
		len = 14 + i % 40;
	if (i % 29 == 0)
		frame[14 + i % 30] ^= (uint8_t)(1u << i % 8);
	return len;
}

/* What became of a packet, as a number that depends on all of it. */
static uint64_t fate(struct build *b, const uint8_t *frame, size_t len)
{
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	uint64_t h = 14695981039346656037ull;
	int n = sl_replay_packet(b->r, 0, frame, len, out);

	assert_true(n > 0);
	for (int k = 0; k < n; k++) {
		uint32_t head[4] = {out[k].verdict, out[k].dev, out[k].reason, out[k].elem};

		for (size_t i = 0; i < sizeof(head); i++)
			h = (h ^ ((uint8_t *)head)[i]) * 1099511628211ull;
		for (size_t i = 0; i < out[k].len && out[k].frame; i++)
			h = (h ^ out[k].frame[i]) * 1099511628211ull;
	}
	return h;
}

static void counts_are_equal(struct build *a, struct build *b)
{
	struct sl_live *x = sl_replay_live(a->r), *y = sl_replay_live(b->r);

	for (uint32_t i = 0; i < a->c->program->graph->n_elems; i++) {
		uint64_t m = 0, n = 1;

		assert_int_equal(x->ops->packets(x, i, &m), 0);
		assert_int_equal(y->ops->packets(y, i, &n), 0);
		if (m != n)
			fail_msg("%s: %lu, then %lu", a->c->program->graph->elems[i].name,
				 (unsigned long)m, (unsigned long)n);
	}
}

/* Runs packets through both builds: the same becomes of each. */
static void same(struct build *a, struct build *b, enum cost_probe usual)
{
	for (unsigned int i = 0; i < 2000; i++) {
		uint8_t frame[1514];
		size_t len = make(i, usual, frame);

		if (fate(a, frame, len) != fate(b, frame, len))
			fail_msg("packet %u becomes another", i);
	}
	counts_are_equal(a, b);
}

static void learn(struct build *b, enum cost_probe usual, struct sl_submission *s)
{
	struct sl_live_maps m = {.c = b->c, .l = sl_replay_loaded(b->r)};
	_free_ uint64_t *cells = calloc(b->c->bundle->n_cells + 1, sizeof(*cells));
	uint64_t packets;

	for (unsigned int i = 0; i < 2000; i++) {
		uint8_t frame[1514];
		size_t len = make(i, usual, frame);

		fate(b, frame, len);
	}
	assert_int_equal(sl_counts_cells(&m, cells), 0);
	assert_int_equal(sl_shares_count(b->c, cells, NULL, s, &packets), 0);
	assert_int_equal(packets, 2000);
}

static uint32_t segment(const struct build *b, const char *name)
{
	long i = sl_graph_find(b->c->program->graph, name);

	assert_true(i >= 0);
	return b->c->bundle->elems[i].segment;
}

static const struct {
	enum cost_probe usual;
	const char *way[5]; /* in order */
} ways[] = {
	{COST_UDP, {"u1", "u2", NULL}},
	{COST_TCP, {"t1", "t2", NULL}},
	{COST_PING, {"i1", "i2", "i3", "join", NULL}},
	{COST_UDP6, {"s1", "s2", "join", NULL}},
};

static void what_most_take_is_in_the_first_segment(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
		struct build plain = {NULL}, before = {NULL}, after = {NULL};
		struct sl_submission s = {0};
		bool moved = false;

		if (!build(branches, NULL, &before))
			skip();
		learn(&before, ways[k].usual, &s);
		assert_true(build(branches, NULL, &plain) && build(branches, &s, &after));
		for (const char *const *e = ways[k].way; *e; e++) {
			if (segment(&after, *e))
				fail_msg("%s is in segment %u", *e, segment(&after, *e));
			moved |= segment(&before, *e) != 0;
		}
		/* As the graph stands, not all of them are. */
		if (ways[k].usual == COST_UDP || ways[k].usual == COST_PING)
			assert_true(moved);
		same(&plain, &after, ways[k].usual);
		/* Also when packets come to do something else. */
		same(&plain, &after, ways[(k + 1) % 4].usual);
		sl_submission_free(&s);
		end(&plain);
		end(&before);
		end(&after);
	}
}

static void what_most_match_is_asked_first(void **state)
{
	struct build plain = {NULL}, before = {NULL}, after = {NULL};
	struct sl_submission s = {0};

	(void)state;
	if (!build(rules, NULL, &before))
		skip();
	learn(&before, COST_UDP, &s);
	assert_true(build(rules, NULL, &plain) && build(rules, &s, &after));
	assert_string_not_equal(plain.c->bundle->source, after.c->bundle->source);
	same(&plain, &after, COST_UDP);
	same(&plain, &after, COST_TCP);
	sl_submission_free(&s);
	end(&plain);
	end(&before);
	end(&after);
}

/* The way of most packets is counted at fewer places than the seldom ones. */
static void what_most_take_is_counted_least(void **state)
{
	struct build before = {NULL}, after = {NULL};
	struct sl_submission s = {0};
	const struct sl_bundle *b;
	long c;

	(void)state;
	if (!build(branches, NULL, &before))
		skip();
	learn(&before, COST_TCP, &s);
	assert_true(build(branches, &s, &after));
	b = after.c->bundle;
	c = sl_graph_find(after.c->program->graph, "c");
	for (uint32_t k = 0, o = 0; k < b->n_edges; k++) {
		if (b->edges[k].from != (uint32_t)c || b->edges[k].to == SL_FLOW_OUTSIDE)
			continue;
		if (o++ == 2)
			assert_int_equal(b->edges[k].cell, SL_FLOW_DERIVED);
	}
	sl_submission_free(&s);
	end(&before);
	end(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_most_take_is_in_the_first_segment),
		cmocka_unit_test(what_most_match_is_asked_first),
		cmocka_unit_test(what_most_take_is_counted_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
