/* SPDX-License-Identifier: GPL-2.0-only */
/* What duel.bpf.c and tools/duel.c agree on. */
#ifndef SL_SELFTESTS_DUEL_H
#define SL_SELFTESTS_DUEL_H

#include "bpf/types.h"

#define DUEL_FRAME_MAX 512 /* powers of two, both */
#define DUEL_PHASES 16
#define DUEL_FRAMES 64	 /* of both sides together */
#define DUEL_VARY 4	 /* places in a frame that are random */
#define DUEL_BUCKETS 512 /* 16 for each power of two of ns */
#define DUEL_MAGIC 0x6c656475

enum { DUEL_VICTIM, DUEL_ADVERSARY, DUEL_SIDES };

/* The last bytes of a victim's frame. */
struct duel_stamp {
	__u32 magic, phase;
	__u64 ns; /* when it was made */
};

/* Two bytes become random; those at `inverse`, if there are any, the opposite, so that a sum over
 * both stays what it is with both 0. */
struct duel_vary {
	__u16 at, inverse;
};

struct duel_frame {
	__u32 len;
	struct duel_vary vary[DUEL_VARY]; /* up to the first at 0 */
	__u32 zero;
	__u8 bytes[DUEL_FRAME_MAX];
};

#define DUEL_FLAT_OUT (~0ull)
struct duel_conf {
	__u64 start_ns, phase_ns;
	__u64 settle_ns; /* at the begin of a phase nothing is counted */
	__u64 lag_ns;	 /* what is further behind is left out */
	__u32 ifindex;
	__u32 n_phases;		 /* different ones, in turn */
	__u32 phases;		 /* in all */
	__u32 first[DUEL_SIDES]; /* frames of a side, in turn */
	__u32 n[DUEL_SIDES];
	__u32 zero;
	__u64 flood_ns[DUEL_PHASES]; /* between two packets of the adversary; 0: none */
};

struct duel_state {
	__u64 due_ns[DUEL_SIDES], interval_ns[DUEL_SIDES];
	__u64 others; /* seen, and none of the victim's */
	__u32 next[DUEL_SIDES];
	__u32 at, phase; /* of all phases; of the different ones */
	__u32 flat_out, zero;
};

struct duel_counts {
	__u64 sent[DUEL_SIDES];
	__u64 late[DUEL_SIDES]; /* not sent, as it was too late */
	__u64 seen;		/* of the victim's */
	__u64 took[DUEL_BUCKETS];
};

#endif
