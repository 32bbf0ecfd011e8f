// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bounds are made of, measured by programs written for it, an instruction at a time: a chain
 * of instructions that wait for each other, and tables so large that nothing of them is near.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "loader/cost/cost.h"
#include "loader/mem.h"

#define STEPS 512	   /* of the chain, of four instructions each */
#define LOOKUPS 16	   /* in one program */
#define ENTRIES (1u << 17) /* of a table: some tens of MiB */
#define ROUNDS_MAX 99

struct program {
	struct bpf_insn insns[STEPS * 4 + 16];
	uint32_t n;
};

static void put(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};
}

static void put_end(struct program *p)
{
	put(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 2);
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A number is changed, put into memory, changed and fetched again. */
static void put_chain(struct program *p)
{
	put(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 7);
	for (int i = 0; i < STEPS; i++) {
		put(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, i + 1);
		put(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -8, 0);
		put(p, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -8, 0);
		put(p, BPF_ALU64 | BPF_XOR | BPF_K, BPF_REG_1, 0, 0, i + 3);
	}
}

/* A random key on the stack, below `keys`, and the entry of it found and put back. */
static void put_access(struct program *p, int map, uint32_t keys)
{
	put(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32);
	put(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_0, 0, 0, (int)(keys - 1));
	put(p, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, -4, 0);
	put(p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -16, 1);
	if (map < 0)
		return;
	for (int call = 0; call < 2; call++) {
		put(p, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map);
		put(p, 0, 0, 0, 0, 0);
		put(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
		put(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4);
		put(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_10, 0, 0);
		put(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, -16);
		put(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_ANY);
		put(p, BPF_JMP | BPF_CALL, 0, 0, 0,
		    call ? BPF_FUNC_map_update_elem : BPF_FUNC_map_lookup_elem);
	}
}

static int load(struct program *p)
{
	int fd;

	put_end(p);
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "calibrate", "GPL", p->insns, p->n, NULL);
	return fd < 0 ? -errno : fd;
}

static int run(int fd, int repeat, double *ns)
{
	uint8_t frame[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = repeat);

	if (bpf_prog_test_run_opts(fd, &o))
		return -errno;
	*ns = o.duration;
	return 0;
}

/* The median of what `much` takes more than `little`. */
static int compare(struct program *much, struct program *little, unsigned int rounds, double *ns)
{
	_close_ int a = load(much), b = load(little);
	double v[ROUNDS_MAX];
	int ret = a < 0 ? a : b < 0 ? b : 0;

	for (unsigned int i = 0; i < rounds && !ret; i++) {
		double x = 0, y = 0;

		ret = run(a, 2000, &x);
		ret = ret ? ret : run(b, 2000, &y);
		v[i] = x - y;
	}
	if (!ret)
		*ns = cost_median(v, rounds);
	if (!ret && *ns < 0)
		*ns = 0;
	return ret;
}

static int measure_chain(unsigned int rounds, double *ns)
{
	_free_ struct program *much = calloc(1, sizeof(*much));
	_free_ struct program *little = calloc(1, sizeof(*little));
	int ret;

	if (!much || !little)
		return -ENOMEM;
	put_chain(much);
	ret = compare(much, little, rounds, ns);
	*ns /= STEPS * 4;
	return ret;
}

static int fill(int map)
{
	_free_ uint32_t *keys = malloc(ENTRIES * sizeof(*keys));
	_free_ uint64_t *values = calloc(ENTRIES, sizeof(*values));
	uint32_t n = ENTRIES;

	if (!keys || !values)
		return -ENOMEM;
	for (uint32_t i = 0; i < ENTRIES; i++)
		keys[i] = i;
	return bpf_map_update_batch(map, keys, values, &n, NULL) ? -errno : 0;
}

static int measure_table(enum bpf_map_type type, unsigned int rounds, double *ns)
{
	_free_ struct program *much = calloc(1, sizeof(*much));
	_free_ struct program *little = calloc(1, sizeof(*little));
	_close_ int map = bpf_map_create(type, "calibrate", 4, 8, ENTRIES, NULL);
	/* Of an LRU table half of the keys are always new. */
	uint32_t keys = type == BPF_MAP_TYPE_LRU_HASH ? 2 * ENTRIES : ENTRIES;
	int ret;

	if (map < 0 || !much || !little)
		return map < 0 ? -errno : -ENOMEM;
	ret = type == BPF_MAP_TYPE_HASH ? fill(map) : 0;
	for (int i = 0; i < LOOKUPS; i++) {
		put_access(much, map, keys);
		put_access(little, -1, keys);
	}
	ret = ret ? ret : compare(much, little, rounds, ns);
	*ns /= LOOKUPS;
	return ret;
}

int cost_primitives(unsigned int rounds, struct sl_calibration *c)
{
	int ret = measure_chain(rounds, &c->insn_ns);

	ret = ret ? ret : measure_table(BPF_MAP_TYPE_HASH, rounds, &c->hash_ns);
	ret = ret ? ret : measure_table(BPF_MAP_TYPE_LRU_HASH, rounds, &c->lru_ns);
	return ret ? ret : measure_table(BPF_MAP_TYPE_ARRAY, rounds, &c->array_ns);
}
