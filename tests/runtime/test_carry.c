/* SPDX-License-Identifier: GPL-2.0-only */
#include "loader/runtime/fault.h"
#include "tests/runtime/flows.h"
/*
 * Tables that go from a graph to one that has others: there when the new graph takes its first
 * packet, and none of what the old graph's packets changed meanwhile is lost. Packets are not sent:
 * what they would do to the tables is done at the steps of the change. Needs root.
 */

static struct sl_generation *old, *new;

static struct rewrite_rw *words(const struct sl_generation *g)
{
	long at = sl_graph_find(g->compiled->program->graph, "rw");

	return (void *)((uint8_t *)g->loaded->data_map + g->compiled->layout->elems[at].rw);
}

static void end_flow(const struct sl_generation *g, uint32_t slot)
{
	struct rewrite_flow f = flow(g, slot);

	f.word = 8 | REWRITE_FREE;
	assert_int_equal(bpf_map_update_elem(table(g, FLOWS), &slot, &f, BPF_ANY), 0);
	for (int answer = 0; answer < 2; answer++) {
		struct rewrite_key k = key(slot, answer);

		assert_int_equal(bpf_map_delete_elem(table(g, MAP), &k), 0);
	}
}

/* When a flow times out, or 0: it is not there, with all its entries or with none. */
static uint32_t times_out(const struct sl_generation *g, uint32_t slot)
{
	struct rewrite_flow f = flow(g, slot);
	bool live = (f.word & REWRITE_WORD_MASK) == REWRITE_LIVE;

	for (int answer = 0; answer < 2; answer++) {
		struct rewrite_key k = key(slot, answer);
		uint64_t ref = 0;

		assert_int_equal(!bpf_map_lookup_elem(table(g, MAP), &k, &ref), live);
		assert_int_equal(ref, live ? REWRITE_REF(slot, (uint32_t)answer) : 0);
	}
	return live ? f.expires : 0;
}

/* ---- What happens meanwhile ------------------------------------------------------------------*/

enum { STAYS = 1, ENDS, GOES_ON, COMES, NEW_TOO, COMES_LAST = 900 };

static unsigned int seen;

static void meanwhile(const char *step)
{
	if (!strcmp(step, "program")) {
		/* The old graph's packets, until the store that enters the new one. */
		seen |= 1;
		end_flow(old, ENDS);
		packet(old, GOES_ON, 200);
		packet(old, COMES, 100);
		packet(old, NEW_TOO, 200);
	} else if (!strcmp(step, "generation")) {
		seen |= 2;
		assert_int_equal(times_out(new, STAYS), 100);
		assert_int_equal(times_out(new, GOES_ON), 100);
		packet(new, NEW_TOO, 300);
	} else if (!strcmp(step, "tables followed up")) {
		/* Before the old graph's last packet is through. */
		seen |= 4;
		assert_int_equal(times_out(new, GOES_ON), 200);
		assert_int_equal(times_out(new, COMES), 100);
	} else if (!strcmp(step, "grace")) {
		seen |= 8;
		packet(old, COMES_LAST, 100);
	}
}

/* Installs the graph with another capacity; `fn` is called at its steps. */
static void change(struct sl_node *n, unsigned int capacity, void (*fn)(const char *))
{
	struct node_state next;
	struct sl_submission s;
	struct sl_diags d = {0};
	_free_ char *text = NULL;

	assert_true(asprintf(&text, nat, capacity) > 0);
	s = one_graph(text);
	must(node_state_clone(&n->st, &next), &d);
	must(node_graph_prepare(n, &next, "red", &s, NULL, &d, NULL), &d);
	new = node_rt(n, "red")->pending;
	sl_fault_call(fn);
	must(node_commit(n, &next, NULL, &d), &d);
	sl_fault_call(NULL);
	assert_ptr_equal(node_rt(n, "red")->run, new);
	sl_diags_free(&d);
}

static void flows_are_there_before_the_first_packet(void **state)
{
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_nat(1000);
	old = node_rt(n, "red")->run;
	seen = 0;
	for (uint32_t slot = STAYS; slot <= NEW_TOO; slot++)
		if (slot != COMES)
			packet(old, slot, 100);
	words(old)->hand = 7;
	words(old)->next[0] = 50;
	change(n, 3000, meanwhile);
	assert_int_equal(seen, 15);
	assert_int_equal(times_out(new, STAYS), 100);
	assert_int_equal(times_out(new, ENDS), 0);
	assert_int_equal(times_out(new, GOES_ON), 200);
	assert_int_equal(times_out(new, COMES), 100);
	assert_int_equal(times_out(new, NEW_TOO), 300);
	assert_int_equal(times_out(new, COMES_LAST), 100);
	/* New slots are given out elsewhere, sequences go on. */
	assert_int_equal(words(new)->hand, 7 + 128);
	assert_int_equal(words(new)->next[0], 50);
	sl_node_close(n);
}

/* As many as there can be, both ways. */
static void a_full_table_goes_to_a_smaller_one_and_back(void **state)
{
	enum { MANY = 20000, FEW = 1000 };
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_nat(MANY);
	old = node_rt(n, "red")->run;
	for (uint32_t slot = 1; slot <= MANY; slot++)
		packet(old, slot, slot);
	change(n, FEW, NULL);
	for (uint32_t slot = 1; slot <= 1024; slot++)
		assert_int_equal(flow(new, slot).expires, slot);
	old = new;
	change(n, MANY, NULL);
	for (uint32_t slot = 1; slot <= 1024; slot++)
		assert_int_equal(flow(new, slot).expires, slot);
	assert_int_equal(flow(new, 1025).word, 0);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_are_there_before_the_first_packet),
		cmocka_unit_test(a_full_table_goes_to_a_smaller_one_and_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
