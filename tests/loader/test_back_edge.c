// SPDX-License-Identifier: GPL-2.0-only
/* Loops that are closed without a jump get one; all else stays as it is, and where it was. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/codegen/bundle.h"

#define MOV(r, v) ((struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = r, .imm = v})
#define ADD(r, v) ((struct bpf_insn){.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = r, .imm = v})
#define JA(o) ((struct bpf_insn){.code = BPF_JMP | BPF_JA, .off = o})
#define JLT(r, v, o)                                                                               \
	((struct bpf_insn){.code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = r, .imm = v, .off = o})
#define WIDE(r, v)                                                                                 \
	((struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = r, .imm = v}),            \
		((struct bpf_insn){0})
#define EXIT ((struct bpf_insn){.code = BPF_JMP | BPF_EXIT})

static struct sl_bundle_prog program(const struct bpf_insn *insns, uint32_t n)
{
	struct sl_bundle_prog p = {.n_insns = n};

	p.insns = malloc(n * sizeof(*insns));
	assert_non_null(p.insns);
	memcpy(p.insns, insns, n * sizeof(*insns));
	return p;
}

static void same(const struct sl_bundle_prog *p, const struct bpf_insn *want, uint32_t n)
{
	assert_int_equal(p->n_insns, n);
	assert_memory_equal(p->insns, want, n * sizeof(*want));
}

static void loops_with_a_jump_stay(void **state)
{
	const struct bpf_insn insns[] = {MOV(0, 0), ADD(0, 1), JLT(0, 9, -2), JLT(0, 19, 1),
					 EXIT,	    ADD(0, 1), JA(-4)};
	struct sl_bundle_prog p = program(insns, 7);

	(void)state;
	assert_int_equal(sl_bundle_close_loops(&p), 0);
	same(&p, insns, 7);
	free(p.insns);
}

/* The loop is entered in its middle, and closed by going on to there. */
static void loop_without_one_gets_one(void **state)
{
	const struct bpf_insn insns[] = {MOV(0, 0), JA(3),	   WIDE(1, 5),	  ADD(0, 1),
					 ADD(2, 1), JLT(0, 9, -5), JLT(0, 7, -2), EXIT};
	const struct bpf_insn want[] = {MOV(0, 0), JA(4),	  WIDE(1, 5),	 ADD(0, 1), JA(0),
					ADD(2, 1), JLT(0, 9, -6), JLT(0, 7, -2), EXIT};
	struct sl_reloc relocs[] = {{.insn = 2}};
	struct sl_line lines[] = {{.insn = 0}, {.insn = 4}, {.insn = 5}, {.insn = 8}};
	struct sl_bundle_prog p = program(insns, 9);

	(void)state;
	p.relocs = relocs;
	p.n_relocs = 1;
	p.lines = lines;
	p.n_lines = 4;
	assert_int_equal(sl_bundle_close_loops(&p), 0);
	same(&p, want, 10);
	assert_int_equal(relocs[0].insn, 2);
	assert_int_equal(lines[0].insn, 0);
	assert_int_equal(lines[1].insn, 4);
	assert_int_equal(lines[2].insn, 6);
	assert_int_equal(lines[3].insn, 9);
	/* Once is enough. */
	assert_int_equal(sl_bundle_close_loops(&p), 0);
	same(&p, want, 10);
	free(p.insns);
}

/* A jump over all that is as long as jumps can be. */
static void jump_that_gets_too_long_is_refused(void **state)
{
	uint32_t n = INT16_MAX + 3;
	struct bpf_insn *insns = calloc(n, sizeof(*insns));
	struct sl_bundle_prog p;

	(void)state;
	assert_non_null(insns);
	for (uint32_t i = 0; i < n; i++)
		insns[i] = ADD(3, 1);
	insns[0] = JLT(0, 9, INT16_MAX);
	insns[1] = JA(1);
	insns[4] = JLT(0, 9, -3);
	insns[n - 2] = insns[n - 1] = EXIT;
	p = program(insns, n);
	assert_int_equal(sl_bundle_close_loops(&p), -EINVAL);
	same(&p, insns, n);
	free(p.insns);
	free(insns);
}

/* What leads nowhere is left to the verifier. */
static void nonsense_stays(void **state)
{
	const struct bpf_insn insns[] = {JLT(0, 9, -30), JA(300), ADD(0, 1)};
	struct sl_bundle_prog p = program(insns, 3), none = {0};

	(void)state;
	assert_int_equal(sl_bundle_close_loops(&p), 0);
	same(&p, insns, 3);
	assert_int_equal(sl_bundle_close_loops(&none), 0);
	free(p.insns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_with_a_jump_stay),
		cmocka_unit_test(loop_without_one_gets_one),
		cmocka_unit_test(jump_that_gets_too_long_is_refused),
		cmocka_unit_test(nonsense_stays),
	};

	return cmocka_run_group_tests_name("back_edge", tests, NULL, NULL);
}
