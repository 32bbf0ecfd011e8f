/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements in a row that change an IPv4 header each update its checksum. That this is one update is
 * left to the compiler: it is told that all are about the same bytes, with nothing between them
 * that might read them. Here is what it makes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/codegen/compile.h"
#include "loader/mem.h"

/* Of segment 0: instructions, and those that read and write 16 bits of the packet. */
struct made {
	unsigned int insns, loads, stores;
};

static struct made count(const struct sl_bundle_prog *p)
{
	struct made m = {.insns = p->n_insns};

	for (uint32_t i = 0; i < p->n_insns; i++) {
		unsigned int code = p->insns[i].code;
		bool stack = p->insns[i].dst_reg == BPF_REG_10;

		m.loads += code == (BPF_LDX | BPF_MEM | BPF_H);
		m.stores += !stack && (code == (BPF_STX | BPF_MEM | BPF_H) ||
				       code == (BPF_ST | BPF_MEM | BPF_H));
	}
	return m;
}

/* The header is there, and has no options: nothing else reads 16 bits of it. */
static struct made make(const char *elements)
{
	struct sl_device devs[2] = {{.name = "eth0", .index = 0}, {.name = "eth1", .index = 1}};
	struct sl_compile_opts co = {
		.target = SL_TARGET_BPF, .devices = {devs, 2, 32}, .bpf_dir = "bpf"};
	struct sl_submission sub = {.graph = {.name = (char *)"sums.click"}};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_diags d = {0};
	struct made m;

	assert_true(asprintf(&sub.graph.text,
			     "FromDevice(eth0) -> Strip(14) -> MarkIPHeader -> IPFilter(allow ip "
			     "hl 5) -> %s -> Unstrip(14) -> Queue -> ToDevice(eth1);",
			     elements) > 0);
	sub.graph.len = strlen(sub.graph.text);
	if (sl_compile(&sub, &co, &d, &c))
		sl_diags_print(&d, stderr);
	assert_non_null(c);
	m = count(&c->bundle->progs[0]);
	printf("# %-45s %3u instructions, %u loads, %u stores\n", elements, m.insns, m.loads,
	       m.stores);
	free(sub.graph.text);
	sl_diags_free(&d);
	return m;
}

static void two_updates_are_one_store(void **state)
{
	struct made dscp = make("SetIPDSCP(9)"), ecn = make("SetIPECN(1)");
	struct made both = make("SetIPDSCP(9) -> SetIPECN(1)");

	(void)state;
	assert_int_equal(dscp.stores, 1);
	assert_int_equal(ecn.stores, 1);
	assert_int_equal(both.stores, 1);
	/* The checksum, and the version beside the byte that is changed, are in registers. */
	assert_true(both.loads < dscp.loads + ecn.loads);
	assert_true(both.insns < dscp.insns + ecn.insns - make("Null").insns);
}

/* A packet whose time is up leaves in between, with the checksum as it is then. */
static void what_leaves_in_between_has_its_checksum(void **state)
{
	struct made ttl = make("DecIPTTL"), dscp = make("SetIPDSCP(9)");
	struct made first = make("DecIPTTL -> SetIPDSCP(9)");
	struct made last = make("SetIPDSCP(9) -> DecIPTTL");

	(void)state;
	assert_int_equal(first.stores, 1);
	assert_int_equal(last.stores, 2);
	assert_int_equal(first.loads, ttl.loads + dscp.loads - 1);
	assert_int_equal(last.loads, ttl.loads + dscp.loads - 1);
}

/* What looks at packets comes between: it is to see the right checksum. */
static void what_is_looked_at_is_complete(void **state)
{
	struct made m = make("SetIPDSCP(9) -> IPPrint(x) -> SetIPECN(1)");

	(void)state;
	assert_int_equal(m.stores, 2);
}

/* What was updated before is not, where all of it is summed up anew. */
static void a_sum_made_anew_ends_what_came_before(void **state)
{
	struct made check = make("CheckIPHeader -> SetIPChecksum");
	struct made dscp = make("CheckIPHeader -> SetIPDSCP(9)");
	struct made both = make("CheckIPHeader -> SetIPDSCP(9) -> SetIPChecksum");

	(void)state;
	assert_int_equal(both.stores, check.stores);
	assert_true(both.insns - check.insns <
		    (dscp.insns - make("CheckIPHeader -> Null").insns) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_updates_are_one_store),
		cmocka_unit_test(what_leaves_in_between_has_its_checksum),
		cmocka_unit_test(what_is_looked_at_is_complete),
		cmocka_unit_test(a_sum_made_anew_ends_what_came_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
