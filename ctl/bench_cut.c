// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring a graph and its segments. The chain is cut: the slots of all segments but the first k
 * on the packet's way are filled with a program that only answers, and what the k-th adds to the
 * time is its cost. The answer of that program also tells which segment comes next on the way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "ctl/bench.h"
#include "loader/mem.h"

/* Reason in the answer of a program that stands where the chain is cut: none that a graph can give.
 */
#define CUT 0xabc

struct ctl_cutter {
	struct sl_replay *replay;
	struct sl_loaded *loaded;
	int ends[SL_MAX_SEGMENTS];
};

/* ---- Cutting ---------------------------------------------------------------------------------*/

static int make_ends(struct ctl_cutter *c)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);

	for (uint32_t i = 0; i < c->loaded->n_segments; i++) {
		struct bpf_insn insns[] = {
			{.code = BPF_ALU | BPF_MOV | BPF_K,
			 .dst_reg = BPF_REG_0,
			 .imm = (int)SL_ANSWER(SL_V_DROP, CUT, i)},
			{.code = BPF_JMP | BPF_EXIT},
		};

		c->ends[i] = bpf_prog_load(BPF_PROG_TYPE_XDP, "end", "GPL", insns, 2, &o);
		if (c->ends[i] < 0)
			return -errno;
	}
	return 0;
}

/* Segments of path[0..n) stay, the others become ends; n == ~0: all stay. */
static int cut(struct ctl_cutter *c, const uint32_t *path, size_t n)
{
	for (uint32_t i = 1; i < c->loaded->n_segments; i++) {
		bool stays = n == ~(size_t)0;
		int fd;

		for (size_t k = 0; !stays && k < n; k++)
			stays = path[k] == i;
		fd = stays ? c->loaded->progs[i] : c->ends[i];
		if (bpf_map_update_elem(c->loaded->chain, &i, &fd, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* Which segments the frame goes through, in order. */
static int find_path(struct ctl_cutter *c, struct ctl_sample *s)
{
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	struct sl_replay *r = c->replay;

	s->path[0] = 0;
	s->n_path = 1;
	while (s->n_path < c->loaded->n_segments) {
		int n, ret = cut(c, s->path, s->n_path);

		n = ret ? ret : sl_replay_packet(r, s->dev, s->bytes, s->len, out);
		if (n < 0)
			return n;
		if (out[0].verdict != SL_V_DROP || out[0].reason != CUT ||
		    out[0].elem >= c->loaded->n_segments)
			break;
		s->path[s->n_path++] = out[0].elem;
	}
	return cut(c, NULL, ~(size_t)0);
}

/* ---- Measuring -------------------------------------------------------------------------------*/

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* One round: the whole chain, then each beginning of it. */
static int measure_round(struct ctl_cutter *c, struct ctl_sample *s, unsigned int repeat,
			 double *whole, double *empty, double *upto)
{
	struct sl_replay *r = c->replay;
	int ret = sl_replay_bench(r, s->dev, s->bytes, s->len, repeat, whole, empty);

	for (size_t k = 1; !ret && k < s->n_path; k++) {
		double ignored;

		ret = cut(c, s->path, k);
		ret = ret ? ret
			  : sl_replay_bench(r, s->dev, s->bytes, s->len, repeat, &upto[k - 1],
					    &ignored);
	}
	if (!ret && s->n_path > 1)
		ret = cut(c, NULL, ~(size_t)0);
	upto[s->n_path - 1] = *whole;
	return ret;
}

int ctl_cutter_measure(struct ctl_cutter *c, struct ctl_sample *s, unsigned int rounds,
		       unsigned int repeat)
{
	double whole[CTL_BENCH_ROUNDS], empty[CTL_BENCH_ROUNDS], before = 0;
	double upto[CTL_BENCH_ROUNDS][SL_MAX_SEGMENTS], column[CTL_BENCH_ROUNDS];
	int ret = find_path(c, s);

	for (unsigned int i = 0; !ret && i < rounds; i++)
		ret = measure_round(c, s, repeat, &whole[i], &empty[i], upto[i]);
	if (ret)
		return ret;
	s->whole = median(whole, rounds);
	s->empty = median(empty, rounds);
	for (size_t k = 0; k < s->n_path; k++) {
		double t;

		for (unsigned int i = 0; i < rounds; i++)
			column[i] = upto[i][k];
		t = median(column, rounds);
		s->part[k] = t - before;
		before = t;
	}
	return 0;
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

void ctl_cutter_free(struct ctl_cutter *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SL_MAX_SEGMENTS; i++)
		if (c->ends[i] >= 0)
			close(c->ends[i]);
	free(c);
}

int ctl_cutter_new(struct sl_replay *r, struct ctl_cutter **out)
{
	struct ctl_cutter *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	memset(c->ends, 0xff, sizeof(c->ends));
	c->replay = r;
	c->loaded = sl_replay_loaded(r);
	ret = make_ends(c);
	if (ret) {
		ctl_cutter_free(c);
		return ret;
	}
	*out = c;
	return 0;
}
