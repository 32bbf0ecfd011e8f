/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A graph built natively, loaded into this process: its memory, its tables, its clock. Single
 * thread.
 */
#ifndef SL_NATIVE_H
#define SL_NATIVE_H

#include "loader/codegen/compile.h"

struct sl_native;

/* 0, -EINVAL with a message in `d` (not an object of ours), -ENOMEM. */
int sl_native_new(const struct sl_compiled *c, struct sl_diags *d, struct sl_native **out);
void sl_native_free(struct sl_native *n);

/* What elements see: a clock and a generator of the caller's, or the machine's. */
void sl_native_fix(struct sl_native *n, bool fixed, uint64_t now_ns, uint32_t rnd);

/* Sets the clock alone; the generator goes on. */
void sl_native_clock(struct sl_native *n, uint64_t now_ns);

/* Whether a full SL_TABLE_LRU lost an entry for a new one. From then on the kernel's, which loses
 * many at a time, may hold others. */
bool sl_native_evicted(const struct sl_native *n);

/*
 * Runs one packet: `buf` holds `len` bytes as segment 0 is to find them (entry record included;
 * with `meta` the entry record is metadata, elsewhere). Returns the answer word; *buf and *len are
 * what is left of the packet, valid until the next run.
 */
uint32_t sl_native_run(struct sl_native *n, const void *meta, size_t meta_len, const uint8_t **buf,
		       size_t *len, bool resume);

/* Where a packet is after an element. Offsets count from the packet's start, 0xffffffff: unset. */
struct sl_native_step {
	uint32_t elem;
	uint32_t r; /* what the element returned (bpf/element/verdict.h) */
	uint32_t off, mac, nh, th;
	uint8_t type;
	const void *anno; /* struct sl_anno */
	long start;	  /* of the packet, from where it was when the run began */
	const uint8_t *bytes;
	size_t len;
};
/* Calls `fn` after each element of the packets to come; NULL: no more. */
void sl_native_follow(struct sl_native *n, void (*fn)(void *arg, const struct sl_native_step *step),
		      void *arg);

/* sl_live over it. `arg` is the sl_native. */
extern const struct sl_live_ops sl_live_native_ops;

/* Records sent to the event ring since the last call, each given to `fn`. */
void sl_native_events(struct sl_native *n, void (*fn)(void *arg, const void *record, size_t len),
		      void *arg);

#endif
