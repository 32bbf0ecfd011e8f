// SPDX-License-Identifier: GPL-2.0-only
/* Shares of packets from counters, what is worth a change, and how often there is one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/shares.h"

static const char graph[] = "FromDevice(eth0) -> c :: Classifier(12/0806, 12/0800, 12/86dd, -);"
			    "c[0] -> Discard; c[1] -> n :: Counter -> t :: DecIPTTL -> Discard;"
			    "c[2] -> d :: Discard; c[3] -> d; t[1] -> Discard;";

struct running {
	struct sl_compiled *c;
	uint64_t *cells;
	struct sl_submission s, none;
};

static struct running begin(void)
{
	struct sl_submission s = {.graph = {(char *)"g", (char *)graph, strlen(graph)}};
	struct sl_compile_opts o = {.target = SL_TARGET_CHECK};
	struct running r = {NULL};
	struct sl_diags d = {0};

	assert_int_equal(sl_compile(&s, &o, &d, &r.c), 0);
	sl_diags_free(&d);
	r.cells = calloc(r.c->bundle->n_cells + 1, sizeof(*r.cells));
	assert_non_null(r.cells);
	return r;
}

static void end(struct running *r)
{
	sl_submission_free(&r->s);
	free(r->cells);
	sl_compiled_free(r->c);
}

static uint32_t at(const struct running *r, const char *name)
{
	long i = sl_graph_find(r->c->program->graph, name);

	assert_true(i >= 0);
	return (uint32_t)i;
}

/* Counts `n` packets on the `k`-th edge from one element to another, or into it, as programs do. */
static void take(struct running *r, uint32_t from, uint32_t to, int k, uint64_t n)
{
	const struct sl_bundle *b = r->c->bundle;

	for (uint32_t e = 0; e < b->n_edges; e++) {
		if (b->edges[e].from != from || b->edges[e].to != to || k--)
			continue;
		if (b->edges[e].cell != SL_FLOW_DERIVED)
			r->cells[b->edges[e].cell] += n;
		return;
	}
	fail_msg("no edge from %u to %u", from, to);
}

static uint32_t next_of(const struct running *r, uint32_t i, uint32_t port)
{
	const struct sl_graph *g = r->c->program->graph;

	for (size_t k = 0; k < g->n_conns; k++)
		if (g->conns[k].from == i && g->conns[k].from_port == port)
			return g->conns[k].to;
	fail();
	return 0;
}

/* `n` packets in by eth0 and by output `o` of the classifier to the end. */
static void send(struct running *r, uint32_t o, uint64_t n)
{
	uint32_t c = at(r, "c"), from = SL_FLOW_OUTSIDE, to;

	for (size_t i = 0; i < r->c->program->graph->n_elems; i++)
		if (next_of(r, (uint32_t)i, 0) == c) {
			from = (uint32_t)i;
			break;
		}
	take(r, SL_FLOW_OUTSIDE, from, 0, n);
	take(r, from, c, 0, n);
	to = next_of(r, c, o);
	/* Outputs 2 and 3 go to one element, by an edge each. */
	take(r, c, to, o == 3, n);
	while (to != SL_FLOW_OUTSIDE) {
		uint32_t on = to == at(r, "n")	 ? at(r, "t")
			      : to == at(r, "t") ? next_of(r, to, 0)
						 : SL_FLOW_OUTSIDE;

		take(r, to, on, 0, n);
		to = on;
	}
}

static const struct sl_share *share(const struct running *r, const char *name)
{
	for (size_t i = 0; i < r->s.n_shares; i++)
		if (!strcmp(r->s.shares[i].element, name))
			return &r->s.shares[i];
	fail();
	return NULL;
}

static void close_to(uint32_t a, uint32_t b)
{
	if (a + 2 < b || b + 2 < a)
		fail_msg("%u instead of %u", a, b);
}

static void shares_follow_from_counters(void **state)
{
	struct running r = begin();
	uint64_t packets;

	(void)state;
	send(&r, 0, 100);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(packets, 100);
	assert_int_equal(r.s.n_shares, 0); /* too few */
	send(&r, 1, 7900);
	send(&r, 2, 1500);
	send(&r, 3, 500);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(packets, 10000);
	close_to(share(&r, "c")->outs[0], 10000);
	close_to(share(&r, "c")->outs[1], 790000);
	close_to(share(&r, "c")->outs[2], 150000);
	close_to(share(&r, "c")->outs[3], 50000);
	close_to(share(&r, "t")->outs[0], 790000);
	close_to(share(&r, "t")->outs[1], 0);
	end(&r);
}

static void what_was_counted_long_ago_does_not_matter(void **state)
{
	struct running r = begin();
	struct sl_window w = {0};
	size_t size = (r.c->bundle->n_cells + 1) * sizeof(uint64_t);
	uint64_t packets, now = 5000;

	(void)state;
	send(&r, 0, 1000000);
	for (int i = 0; i < 3; i++, now += SL_WINDOW_MS) {
		uint64_t *copy = malloc(size);

		assert_true(sl_window_wants(&w, 7, now));
		memcpy(copy, r.cells, size);
		sl_window_put(&w, 7, now, copy);
		assert_false(sl_window_wants(&w, 7, now + SL_WINDOW_MS - 1));
		send(&r, 1, 3000);
	}
	assert_int_equal(sl_shares_count(r.c, r.cells, &w, &r.s, &packets), 0);
	/* Of the last window and what came since. */
	assert_int_equal(packets, 6000);
	close_to(share(&r, "c")->outs[0], 0);
	close_to(share(&r, "c")->outs[1], 1000000);
	/* Another graph, another count. */
	assert_true(sl_window_wants(&w, 8, now));
	sl_window_free(&w);
	end(&r);
}

static size_t changes(struct running *r, const struct sl_submission *before, const char *want)
{
	json_object *a = sl_shares_changes(r->c, before, &r->s);
	size_t n = a ? json_object_array_length(a) : 99;

	if (n && want && !strstr(json_object_to_json_string_ext(a, JSON_C_TO_STRING_PLAIN), want))
		fail_msg("%s", json_object_to_json_string_ext(a, JSON_C_TO_STRING_PLAIN));
	json_object_put(a);
	return n;
}

static void only_what_pays_is_a_change(void **state)
{
	struct running r = begin();
	struct sl_submission first;
	uint64_t packets;

	(void)state;
	send(&r, 0, 4500);
	send(&r, 1, 5500);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	/* More than the first, but not by half as many again. */
	assert_int_equal(changes(&r, &r.none, NULL), 0);
	send(&r, 1, 20000);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(
		changes(&r, &r.none,
			"\"element\":\"c\",\"class\":\"Classifier\",\"output\":1,\"share\":85"),
		1);
	/* Laid out so, it stays; until most packets go elsewhere again. */
	first = r.s;
	r.s = (struct sl_submission){0};
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(changes(&r, &first, NULL), 0);
	send(&r, 2, 30000);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(changes(&r, &first, NULL), 0);
	send(&r, 2, 30000);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(changes(&r, &first, "\"output\":2"), 1);
	sl_submission_free(&first);
	end(&r);
}

static void seldom_entered_elements_do_not_count(void **state)
{
	struct running r = begin();
	uint64_t packets;

	(void)state;
	send(&r, 0, 100000);
	send(&r, 1, 10);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	assert_int_equal(changes(&r, &r.none, NULL), 0);
	end(&r);
}

static void shares_go_through_json(void **state)
{
	struct running r = begin();
	struct sl_submission back = {0};
	json_object *o;
	uint64_t packets;

	(void)state;
	send(&r, 1, 5000);
	assert_int_equal(sl_shares_count(r.c, r.cells, NULL, &r.s, &packets), 0);
	r.s.graph.name = strdup("g");
	r.s.graph.text = strdup(graph);
	r.s.graph.len = strlen(graph);
	o = sl_submission_json(&r.s);
	assert_int_equal(sl_submission_from_json(o, &back), 0);
	assert_int_equal(back.n_shares, r.s.n_shares);
	for (size_t i = 0; i < back.n_shares; i++) {
		assert_string_equal(back.shares[i].element, r.s.shares[i].element);
		assert_int_equal(back.shares[i].n_outs, r.s.shares[i].n_outs);
		assert_memory_equal(back.shares[i].outs, r.s.shares[i].outs,
				    back.shares[i].n_outs * sizeof(uint32_t));
	}
	json_object_put(o);
	sl_submission_free(&back);
	end(&r);
}

/* ---- Patience --------------------------------------------------------------------------------*/

#define INTERVAL 60000

/* Traffic that changes sides every `period` ms, for ten minutes: what is laid out is what was seen
 * last. Returns how often it was compiled, and checks that it was never twice in an interval. */
static unsigned int alternate(uint64_t period)
{
	struct sl_patience p = {0};
	unsigned int done = 0, laid_out = 0;
	uint64_t last = 0;

	for (uint64_t now = 1000; now < 601000; now += 1000) {
		unsigned int side = now / period % 2;

		if (!sl_patience_due(&p, INTERVAL, now) ||
		    !sl_patience_ask(&p, INTERVAL, now, side != laid_out))
			continue;
		if (last && now - last < INTERVAL)
			fail_msg("twice within %lu ms", (unsigned long)(now - last));
		last = now;
		laid_out = side;
		done++;
	}
	return done;
}

static void traffic_that_alternates_does_not_make_it_flap(void **state)
{
	(void)state;
	for (uint64_t period = 1000; period <= 120000; period += 1000)
		assert_true(alternate(period) <= 10);
	/* What does not last for two looks changes nothing. */
	assert_int_equal(alternate(SL_WINDOW_MS), 0);
	/* What lasts does. */
	assert_in_range(alternate(120000), 4, 5);
}

static void one_change_is_made_soon_and_once(void **state)
{
	struct sl_patience p = {0};
	uint64_t when = 0;

	(void)state;
	for (uint64_t now = 1000; now < 100000; now += 500) {
		if (!sl_patience_due(&p, INTERVAL, now) ||
		    !sl_patience_ask(&p, INTERVAL, now, !when))
			continue;
		assert_int_equal(when, 0);
		when = now;
	}
	assert_in_range(when, 1, 3 * SL_WINDOW_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_follow_from_counters),
		cmocka_unit_test(what_was_counted_long_ago_does_not_matter),
		cmocka_unit_test(only_what_pays_is_a_change),
		cmocka_unit_test(seldom_entered_elements_do_not_count),
		cmocka_unit_test(shares_go_through_json),
		cmocka_unit_test(traffic_that_alternates_does_not_make_it_flap),
		cmocka_unit_test(one_change_is_made_soon_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
