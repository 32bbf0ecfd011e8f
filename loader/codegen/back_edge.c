/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loops as Linux 6.1 wants them. Before it follows a program, its verifier goes through all
 * instructions, depth first; there only a jump may lead back to an instruction that it is still
 * behind. But clang likes to put the end of a loop in front of its beginning and to jump into the
 * middle, so that the loop is closed by going on to the next instruction. Such a place gets a jump
 * to the next instruction, which kernels remove when they have verified a program.
 */
#include <errno.h>
#include <stdlib.h>

#include "loader/codegen/bundle.h"
#include "loader/mem.h"

enum { NEW, OPEN, DONE };

/* Per instruction: whether it was seen, how many of its ways on were taken, whether a jump is to be
 * in front of it, and its new place; and those that are open. */
struct walk {
	const struct sl_bundle_prog *p;
	uint8_t *state, *taken;
	bool *jump;
	uint32_t *place, *open;
	uint32_t n_open, n_jumps;
};

static bool is_jump(const struct bpf_insn *in)
{
	uint8_t class = BPF_CLASS(in->code);

	return (class == BPF_JMP || class == BPF_JMP32) && BPF_OP(in->code) != BPF_CALL &&
	       BPF_OP(in->code) != BPF_EXIT;
}

static bool is_wide(const struct bpf_insn *in)
{
	return in->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Where an instruction leads to, its next one first; p->n_insns: nowhere more. */
static uint32_t way(const struct walk *w, uint32_t at, uint8_t k)
{
	const struct bpf_insn *in = &w->p->insns[at];
	uint32_t n = w->p->n_insns;
	int64_t to;

	if (is_jump(in) && (BPF_OP(in->code) == BPF_JA || k == 1))
		to = (int64_t)at + 1 + in->off;
	else
		to = (int64_t)at + (is_wide(in) ? 2 : 1);
	if (in->code == (BPF_JMP | BPF_EXIT))
		return n;
	if (k > (is_jump(in) && BPF_OP(in->code) != BPF_JA))
		return n;
	return to < 0 || to > n ? n : (uint32_t)to;
}

static void enter(struct walk *w, uint32_t at)
{
	w->state[at] = OPEN;
	w->open[w->n_open++] = at;
}

/* As check_cfg() of the kernel goes. */
static void find(struct walk *w)
{
	uint32_t n = w->p->n_insns;

	enter(w, 0);
	while (w->n_open) {
		uint32_t at = w->open[w->n_open - 1], to = n;
		bool jump = is_jump(&w->p->insns[at]);

		if (w->taken[at] < 2)
			to = way(w, at, w->taken[at]++);
		if (to == n) {
			w->state[at] = DONE;
			w->n_open--;
		} else if (w->state[to] == NEW) {
			enter(w, to);
		} else if (w->state[to] == OPEN && !jump && !w->jump[to]) {
			w->jump[to] = true;
			w->n_jumps++;
		}
	}
}

/* Copies the program with the new jumps. */
static int copy(const struct walk *w, struct bpf_insn *out)
{
	const struct sl_bundle_prog *p = w->p;

	for (uint32_t i = 0; i < p->n_insns; i++) {
		struct bpf_insn *in = &out[w->place[i]];

		if (w->jump[i])
			in[-1] = (struct bpf_insn){.code = BPF_JMP | BPF_JA};
		*in = p->insns[i];
		if (is_jump(in)) {
			int64_t to = (int64_t)i + 1 + in->off, off;

			if (to < 0 || to >= p->n_insns)
				return -EINVAL;
			off = (int64_t)w->place[to] - w->place[i] - 1;
			if (off < INT16_MIN || off > INT16_MAX)
				return -EINVAL;
			in->off = (int16_t)off;
		}
	}
	return 0;
}

static int insert(struct walk *w, struct sl_bundle_prog *p)
{
	_free_ struct bpf_insn *insns = NULL;
	uint32_t before = 0;
	int ret;

	insns = calloc(p->n_insns + w->n_jumps, sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n_insns; i++) {
		before += w->jump[i];
		w->place[i] = i + before;
	}
	ret = copy(w, insns);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < p->n_relocs; i++)
		p->relocs[i].insn = w->place[p->relocs[i].insn];
	for (uint32_t i = 0; i < p->n_lines; i++)
		p->lines[i].insn = w->place[p->lines[i].insn];
	free(p->insns);
	p->insns = TAKE_PTR(insns);
	p->n_insns += w->n_jumps;
	return 0;
}

int sl_bundle_close_loops(struct sl_bundle_prog *p)
{
	size_t n = (size_t)p->n_insns + 1;
	_free_ uint8_t *state = calloc(n, 1), *taken = calloc(n, 1);
	_free_ bool *jump = calloc(n, sizeof(*jump));
	_free_ uint32_t *place = calloc(n, sizeof(*place)), *open = calloc(n, sizeof(*open));
	struct walk w = {p, state, taken, jump, place, open, 0, 0};

	if (!state || !taken || !jump || !place || !open)
		return -ENOMEM;
	if (p->n_insns)
		find(&w);
	return w.n_jumps ? insert(&w, p) : 0;
}
