/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Elements that take headers off and put others on move a packet's start in words of their own; the
 * kernel is asked to move it only where the sum of them leaves the room in front. Here is how often
 * what was compiled can ask.
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

#define ADJUST_HEAD 44 /* bpf_xdp_adjust_head */
#define ROOM 32	       /* in front of each frame */

/* Calls that move the head, in all segments. */
static unsigned int moves(const char *elements)
{
	struct sl_device devs[2] = {{.name = "eth0", .index = 0}, {.name = "eth1", .index = 1}};
	struct sl_compile_opts co = {
		.target = SL_TARGET_BPF, .devices = {devs, 2, ROOM}, .bpf_dir = "bpf"};
	struct sl_submission sub = {.graph = {.name = (char *)"head.click"}};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_diags d = {0};
	unsigned int n = 0;

	assert_true(asprintf(&sub.graph.text, "FromDevice(eth0) -> %s -> Queue -> ToDevice(eth1);",
			     elements) > 0);
	sub.graph.len = strlen(sub.graph.text);
	if (sl_compile(&sub, &co, &d, &c))
		sl_diags_print(&d, stderr);
	assert_non_null(c);
	for (uint32_t i = 0; i < c->bundle->n_progs; i++) {
		const struct sl_bundle_prog *p = &c->bundle->progs[i];

		for (uint32_t k = 0; k < p->n_insns; k++)
			n += p->insns[k].code == (BPF_JMP | BPF_CALL) && !p->insns[k].src_reg &&
			     p->insns[k].imm == ADJUST_HEAD;
	}
	printf("# %-70s %u\n", elements, n);
	free(sub.graph.text);
	sl_diags_free(&d);
	return n;
}

#define IP "Strip(14) -> CheckIPHeader -> "
#define ETHER "EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2)"

static void a_frame_that_keeps_its_length_does_not_move(void **state)
{
	(void)state;
	assert_int_equal(moves(IP "DecIPTTL -> Unstrip(14)"), 0);
	assert_int_equal(moves(IP "DecIPTTL -> " ETHER), 0);
	assert_int_equal(moves(IP "Strip(20) -> Unstrip(20) -> Unstrip(14)"), 0);
}

static void what_fits_in_front_is_not_asked_for(void **state)
{
	(void)state;
	/* Off 14, on 20 + 8 + 14: 28 of the 32 bytes there are. */
	assert_int_equal(moves(IP "UDPIPEncap(1.0.0.1, 1, 1.0.0.2, 2) -> " ETHER), 0);
	assert_int_equal(moves("VLANEncap(7) -> VLANDecap -> VLANEncap(8)"), 0);
}

/* 70 bytes, where 46 are: the test above can fail. */
static void what_does_not_fit_is_asked_for(void **state)
{
	(void)state;
	assert_true(moves(IP "UDPIPEncap(1.0.0.1, 1, 1.0.0.2, 2) -> "
			     "UDPIPEncap(1.0.0.1, 1, 1.0.0.2, 2) -> " ETHER) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_that_keeps_its_length_does_not_move),
		cmocka_unit_test(what_fits_in_front_is_not_asked_for),
		cmocka_unit_test(what_does_not_fit_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
