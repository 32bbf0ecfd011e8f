/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading pages, and exact addition to live ones. A program counts by load, add, store, in softirq;
 * a system call that writes the value could undo that. What runs here is a program, too, on the CPU
 * itself, that adds by one atomic instruction: no softirq comes between its load and its store, and
 * it never comes between a softirq's.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/pages.h"

int sl_page_cpus(void)
{
	int possible = libbpf_num_possible_cpus(), n = 1;

	while (n < possible)
		n *= 2;
	return possible < 0 ? possible : n;
}

uint8_t *sl_page_read(int fd, uint32_t size)
{
	int cpus = sl_page_cpus();
	_free_ uint8_t *values = NULL;
	uint32_t zero = 0;

	if (cpus < 0) {
		errno = -cpus;
		return NULL;
	}
	values = malloc(SL_PAGE_STRIDE(size) * (size_t)cpus);
	if (!values || bpf_map_lookup_elem(fd, &zero, values))
		return NULL;
	return TAKE_PTR(values);
}

int sl_page_sum(int fd, uint32_t size, uint32_t offset, void *buf, size_t len)
{
	int cpus = sl_page_cpus();
	_free_ uint8_t *values = NULL;

	if (offset + len > size)
		return -ERANGE;
	values = sl_page_read(fd, size);
	if (!values)
		return -errno;
	memset(buf, 0, len);
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t at = 0; at + 8 <= len; at += 8) {
			uint64_t sum, v;

			memcpy(&sum, (uint8_t *)buf + at, 8);
			memcpy(&v, values + (size_t)cpu * SL_PAGE_STRIDE(size) + offset + at, 8);
			sum += v;
			memcpy((uint8_t *)buf + at, &sum, 8);
		}
	return 0;
}

/* ---- Adding ----------------------------------------------------------------------------------*/

#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})

/* The value of the map that says what to add: an index into `done`, then the words. */
struct order {
	uint32_t done_index;
	uint32_t zero;
	uint8_t words[];
};

/*
 * if (done[order->done_index]) return 0;
 * done[order->done_index] = 1;
 * for (r1 = 0; r1 < size; r1 += 8) target[cpu][r1] += order->words[r1];
 *
 * r6 this CPU's values in the target, r7 order, r8 done entry.
 */
static int adder(int target_fd, int order_fd, int done_fd, uint32_t size, int cpus)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 7, BPF_PSEUDO_MAP_VALUE, 0, order_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_W, 1, 7, 0, 0),
		INSN(BPF_STX | BPF_MEM | BPF_W, 10, 1, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, done_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 19, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 8, 0, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 8, 0, 0),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 16, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id),
		INSN(BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, cpus - 1),
		INSN(BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, (int)SL_PAGE_STRIDE(size)),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 6, BPF_PSEUDO_MAP_VALUE, 0, target_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 6, 0, 0, 0),
		INSN(BPF_ST | BPF_MEM | BPF_DW, 8, 0, 0, 1),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 0),
		/* loop */
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 7, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 2, 1, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, 3, 2, 8, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 4, 6, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 4, 1, 0, 0),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 4, 3, 0, BPF_ADD),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 8),
		INSN(BPF_JMP | BPF_JLT | BPF_K, 1, 0, -8, (int)size),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "sl_add", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);

	return fd < 0 ? -errno : fd;
}

static int run_once(int prog)
{
	uint8_t packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 1);

	return bpf_prog_test_run_opts(prog, &o) ? -errno : 0;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static int add_on(int cpu, int prog, int order_fd, struct order *order, const void *delta,
		  size_t size)
{
	uint32_t zero = 0;
	cpu_set_t one;

	memcpy(order->words, delta, size);
	if (bpf_map_update_elem(order_fd, &zero, order, BPF_ANY))
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	/* A CPU that is not online (any more): wherever this thread is will do. */
	if (sched_setaffinity(0, sizeof(one), &one) && errno != EINVAL)
		return -errno;
	return run_once(prog);
}

int sl_page_add(int fd, uint32_t size, const void *delta, int done_fd, uint32_t done_at)
{
	size_t stride = SL_PAGE_STRIDE(size);
	int cpus = sl_page_cpus(), ret = 0;
	_close_ int order_fd = -1, prog = -1, own_done = -1;
	_free_ struct order *order = NULL;
	cpu_set_t before;

	if (cpus < 0)
		return cpus;
	if (size == 0 || size % 8)
		return -EINVAL;
	if (all_zero(delta, stride * (size_t)cpus))
		return 0;
	if (done_fd < 0) {
		done_at = 0;
		done_fd = own_done =
			bpf_map_create(BPF_MAP_TYPE_ARRAY, "sl_done", 4, 8, (uint32_t)cpus, NULL);
		if (done_fd < 0)
			return -errno;
	}
	order = calloc(1, sizeof(*order) + size);
	if (!order)
		return -ENOMEM;
	order_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sl_order", 4,
				  (uint32_t)sizeof(*order) + size, 1, NULL);
	if (order_fd < 0)
		return -errno;
	prog = adder(fd, order_fd, done_fd, size, cpus);
	if (prog < 0)
		return prog;
	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	for (int cpu = 0; cpu < cpus && !ret; cpu++) {
		const uint8_t *d = (const uint8_t *)delta + (size_t)cpu * stride;

		order->done_index = done_at + (uint32_t)cpu;
		if (!all_zero(d, size))
			ret = add_on(cpu, prog, order_fd, order, d, size);
	}
	sched_setaffinity(0, sizeof(before), &before);
	return ret;
}
