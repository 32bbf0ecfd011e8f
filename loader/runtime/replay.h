/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a compiled graph on single packets with no network: through the real programs with
 * BPF_PROG_RUN (private maps, a trusted wrapper), or through the native build in this process.
 * Replay, bench and the element tests stand on this.
 */
#ifndef SL_REPLAY_H
#define SL_REPLAY_H

#include "bpf/abi.h"
#include "loader/codegen/compile.h"
#include "loader/element/element.h"
#include "loader/runtime/load.h"
#include "loader/runtime/native.h"

struct sl_replay;

struct sl_replay_opts {
	bool native;	  /* the native build instead of BPF */
	bool sanitize;	  /* native: built with ASan and UBSan (the caller must be, too) */
	bool fixed_clock; /* elements see now_ns and the generator seeded with rnd */
	uint64_t now_ns;
	uint32_t rnd;
	const char *tmpdir; /* native: where the shared object is put; NULL: a private one */
};

/* What became of one packet. Copies are more than one, in the order in which they left their
 * element. */
struct sl_replay_out {
	uint32_t verdict; /* enum sl_verdict, SL_V_COPY never */
	uint32_t dev;	  /* SL_V_OUT: device index */
	uint32_t reason;  /* SL_V_DROP: enum sl_reason */
	uint32_t elem;	  /* SL_V_DROP: element index, or SL_ELEM_NONE */
	size_t len;
	uint8_t *frame; /* SL_V_OUT, SL_V_HOST: the Ethernet frame; valid until the next packet */
};
#define SL_REPLAY_MAX_OUT (SL_MAX_COPIES + 1)

/* Takes a compiled graph (kept by the caller for the replay's lifetime). 0 or -errno with messages
 * in `d`; -EPERM without the privilege BPF needs. */
int sl_replay_new(const struct sl_compiled *c, const struct sl_replay_opts *opts,
		  struct sl_diags *d, struct sl_replay **out);
/* One Ethernet frame in on device index `dev`. Returns the number of results in `out`
 * (at least 1, at most SL_REPLAY_MAX_OUT), or -errno (-EMSGSIZE: BPF_PROG_RUN cannot take it). */
int sl_replay_packet(struct sl_replay *r, uint8_t dev, const void *frame, size_t len,
		     struct sl_replay_out out[SL_REPLAY_MAX_OUT]);
/*
 * Follows packets to come through a native replay: `fn` is called after each element, and where a
 * copy begins, as if the element that copied had returned SL_DONE_BRANCH(): the packet is once more
 * as it was when it was copied. 0, or -EOPNOTSUPP: runs in the kernel.
 */
int sl_replay_follow(struct sl_replay *r, void (*fn)(void *arg, const struct sl_native_step *step),
		     void *arg);
/* As sl_native_evicted(); false in the kernel, which does not say. */
bool sl_replay_evicted(const struct sl_replay *r);
void sl_replay_set_clock(struct sl_replay *r, uint64_t now_ns);
/* For handlers; valid as long as the replay. */
struct sl_live *sl_replay_live(struct sl_replay *r);
/* The programs and maps in the kernel; NULL for a native one. */
struct sl_loaded *sl_replay_loaded(struct sl_replay *r);
/* Calls `fn` for each record the graph sent to its event ring since the last call. */
int sl_replay_events(struct sl_replay *r, void (*fn)(void *arg, const void *record, size_t len),
		     void *arg);
/* Mean ns of one run of `frame` through the programs over `repeat` runs, the wrapper and the
 * restoring of the packet subtracted (not with `empty_ns` NULL); BPF only. 0 or -errno. */
int sl_replay_bench(struct sl_replay *r, uint8_t dev, const void *frame, size_t len,
		    unsigned int repeat, double *chain_ns, double *empty_ns);
void sl_replay_free(struct sl_replay *r);

#endif
