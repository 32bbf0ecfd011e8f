/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages programs count in (loader/codegen/layout.h): an array with one value, in which each CPU
 * has SL_PAGE_STRIDE(size) bytes. `size` is what a page has in it for one CPU, a multiple of 8.
 */
#ifndef SL_PAGES_H
#define SL_PAGES_H

#include <stddef.h>
#include <stdint.h>

/* How many CPUs a page has room for, a power of two: all that can ever be, and what a mask of their
 * numbers allows besides. Or -errno. */
int sl_page_cpus(void);

/* All CPUs' values, SL_PAGE_STRIDE(size) apart. malloc'ed, or NULL and errno. */
uint8_t *sl_page_read(int fd, uint32_t size);

/* The words at `offset`, added up over CPUs. 0 or -errno. */
int sl_page_sum(int fd, uint32_t size, uint32_t offset, void *buf, size_t len);

/*
 * Adds `delta` (64-bit words, laid out as sl_page_read() has it), modulo 2^64, while programs are
 * counting: exact, on every CPU. Runs a small program on each CPU in turn, which adds by single
 * instructions: a count made by a packet at the same time is never lost. What belongs to a CPU that
 * is not online is added on one that is.
 *
 * `done_fd` (-1: none) is an array of __u64 with sl_page_cpus() entries from `done_at` on: the
 * program marks what it has added there, in the same run, and adds nothing that is marked. So the
 * call can be made again after a process was killed in the middle of it. 0 or -errno.
 */
int sl_page_add(int fd, uint32_t size, const void *delta, int done_fd, uint32_t done_at);

#endif
