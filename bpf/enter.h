/* SPDX-License-Identifier: GPL-2.0-only */
/* Calling a chain, and getting control back when it ends. */
#ifndef SL_BPF_ENTER_H
#define SL_BPF_ENTER_H

#include "abi.h"
#include "helpers.h"

/* What a chain that is not there answers. Clang and the verifiers before 6.13 follow only the tail
 * call that fails: were this a constant to them, they would drop the code behind ENTER's call. */
volatile __u64 no_chain = SL_ANSWER(SL_V_DROP, SL_R_NOPROG, SL_ELEM_NONE);

/*
 * Defines `name(ctx, index)`, which runs the chain at `index` of the PROG_ARRAY `array` and returns
 * its answer. A program that is tail-called from a function returns to that function's caller: so
 * it is a function of its own, and its callers use less than 256 bytes of stack. Afterwards the
 * packet may be another: pointers are to be read again (Linux 6.1 and 6.12 do not insist).
 *
 * The result is as wide as the register: a stranger's program may leave anything in the upper half,
 * which the verifier would take for zero if this function returned 32 bits. Callers cut it.
 */
#define ENTER(name, array)                                                                         \
	sl_noinline __u64 name(struct xdp_md *ctx, __u32 index)                                    \
	{                                                                                          \
		bpf_tail_call(ctx, &(array), index);                                               \
		return no_chain;                                                                   \
	}                                                                                          \
	_Static_assert(1, "takes a semicolon")

#endif
