/* SPDX-License-Identifier: GPL-2.0-only */
/* Adding to counters that programs are counting in meanwhile: exact, on every CPU. */
#ifndef SL_PERCPU_H
#define SL_PERCPU_H

#include <stddef.h>
#include <stdint.h>

/* Bytes from one CPU's value to the next in a buffer of all CPUs' values. */
static inline size_t sl_percpu_stride(uint32_t value_size)
{
	return (value_size + 7) & ~(size_t)7;
}

/*
 * Adds `delta` (64-bit words; all possible CPUs' values, sl_percpu_stride() apart) to entry 0 of
 * the per-CPU array `fd`, modulo 2^64. Runs a small program on each CPU in turn, which adds by
 * single instructions: a count made by a packet at the same time is never lost. What belongs to a
 * CPU that is not online is added on one that is.
 *
 * `done_fd` (-1: none) is an array of __u64 with an entry a possible CPU from `done_at` on: the
 * program marks what it has added there, in the same run, and adds nothing that is marked. So the
 * call can be made again after a process was killed in the middle of it. 0 or -errno.
 */
int sl_percpu_add(int fd, uint32_t value_size, const void *delta, int done_fd, uint32_t done_at);

#endif
