/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node with a NAT and flows in its tables, which no packets made: a flow is told by the number of
 * its slot.
 */
#ifndef SL_TESTS_RUNTIME_FLOWS_H
#define SL_TESTS_RUNTIME_FLOWS_H

#include <bpf/bpf.h>

#include "bpf/element/rewrite.h"
#include "tests/runtime/one_node.h"

static const char node_file[] =
	"tenants:\n"
	"  - name: red\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n"
	"      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 2}\n";

static const char nat[] =
	"FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> rw ::\n"
	"  IPRewriter(pattern 192.0.2.9 1024-65535 - - 0 0, MAPPING_CAPACITY %u)\n"
	"  -> Unstrip(14) -> Queue -> ToDevice(eth1); FromDevice(eth1) -> Discard;\n";

enum { MAP, FLOWS };

static inline int table(const struct sl_generation *g, unsigned int k)
{
	long at = sl_graph_find(g->compiled->program->graph, "rw");

	assert_true(at >= 0);
	return g->loaded->tables[g->compiled->layout->elems[at].table + k];
}

static inline struct rewrite_key key(uint32_t slot, bool answer)
{
	return (struct rewrite_key){.saddr = answer, .sport = (uint16_t)slot};
}

static inline struct rewrite_flow flow(const struct sl_generation *g, uint32_t slot)
{
	struct rewrite_flow f;

	assert_int_equal(bpf_map_lookup_elem(table(g, FLOWS), &slot, &f), 0);
	return f;
}

/* What a packet writes that makes a flow in a slot, or is one of it. */
static inline void packet(const struct sl_generation *g, uint32_t slot, uint32_t expires)
{
	struct rewrite_flow f = flow(g, slot);

	if (!f.word)
		f = (struct rewrite_flow){.word = 4 | REWRITE_LIVE,
					  .sport = (uint16_t)slot,
					  .back_saddr = 1,
					  .back_sport = (uint16_t)slot};
	f.expires = expires;
	assert_int_equal(bpf_map_update_elem(table(g, FLOWS), &slot, &f, BPF_ANY), 0);
	for (int answer = 0; answer < 2; answer++) {
		struct rewrite_key k = key(slot, answer);
		uint64_t ref = REWRITE_REF(slot, (uint32_t)answer);

		assert_int_equal(bpf_map_update_elem(table(g, MAP), &k, &ref, BPF_ANY), 0);
	}
}

static inline struct sl_node *open_nat(unsigned int capacity)
{
	struct sl_node *n = open_node();
	struct sl_submission s;
	struct sl_diags d = {0};
	_free_ char *text = NULL;

	apply_text(n, node_file);
	assert_true(asprintf(&text, nat, capacity) > 0);
	s = one_graph(text);
	must(sl_node_install(n, "red", &s, &d, NULL), &d);
	sl_diags_free(&d);
	return n;
}

#endif
