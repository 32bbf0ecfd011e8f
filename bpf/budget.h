/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layouts of budgets: what the trusted program (account.h, share.h) and user space agree on. Part
 * of the platform's ABI (abi.h).
 */
#ifndef SL_BPF_BUDGET_H
#define SL_BPF_BUDGET_H

#include "types.h"

/* ---- What a tenant has ------------------------------------------------------------------------
 * A bucket of tokens for each resource, shared by all CPUs. It fills with time and may be in debt:
 * who took too much waits until that is paid back, so nothing is ever lost track of.
 */
enum sl_resource {
	SL_RES_CPU,	 /* ns: most that all CPUs together may spend on it (cpu.max) */
	SL_RES_PROMISED, /* ns: it has these whatever others ask for (cpu.min) */
	SL_RES_RX,	 /* bytes in, 2^-9 of one */
	SL_RES_PPS,	 /* packets in, 2^-20 of one */
	SL_RES_TX,	 /* bytes out, 2^-9 of one */
	SL_RES_N
};
#define SL_PPS_SHIFT 20
#define SL_BYTES_SHIFT 9 /* small steps of a slow bucket come to something, the fastest fits */

/* Rates are in units of the resource in 2^20 ns, a little more than a millisecond. */
#define SL_RATE_SHIFT 20
#define SL_BURST_SHIFT 13
struct sl_tokens {
	__s64 left;  /* negative: debt */
	__u64 rate;  /* 0: no limit, or nothing promised; at most 2^40 */
	__u64 burst; /* `left` does not grow beyond; at most `rate` << SL_BURST_SHIFT */
};

/* Map accounts: array, mmap-able, by chain slot. */
struct sl_account {
	__u64 filled_ns; /* up to when (CLOCK_MONOTONIC) the buckets are filled */
	union {
		struct sl_tokens tokens[SL_RES_N];
		struct {
			struct sl_tokens cpu, promised, rx, pps, tx;
		}; /* the same, for who dumps the map */
	};
};

/* One CPU's part of it, in struct sl_tenant_stats. Private to the CPU. */
struct sl_local {
	__u32 random;	/* decides what is measured; 0: not begun */
	__u32 rest;	/* packets from `until` to the next that is measured */
	__u32 gap;	/* packets from the one before to that: what it stands for */
	__u32 mean;	/* what that is on average */
	__u32 scale;	/* the same, as sample.h computes with it */
	__u32 room;	/* packets the account has for it behind those, until the next look */
	__u16 limit;	/* the reason, of those the account has for it */
	__u16 promised; /* some of the time promised is left */
	__u32 zero;
	__s64 share_left;  /* ns of its share of this CPU; means something while the CPU is busy */
	__u64 share_ns;	   /* up to when that is filled */
	__u64 expected_ns; /* of a packet, by those measured before */
	__s64 less_ns;	   /* what they were charged too much, as less than nothing */
	/* Not settled yet. */
	__u64 owed_ns;
	__u64 promised_ns;
	/* Of its counters, what is settled. */
	__u64 packets, bytes, out_bytes;
	__u64 refused;	/* as far as the CPU knows what refusing cost it */
	__u64 overruns; /* last 64 samples, the latest in the lowest bit: 1 for an overrun */
	__u64 zero2;
	/* What the gate needs of every packet: in one line with counters behind it. */
	__u64 jiffy;	  /* of the last look at the account */
	__u32 until;	  /* packets to let in until it looks again or measures one */
	__u16 closed;	  /* packets in are dropped for this reason; 0: the gate is open */
	__u16 closed_out; /* the same for packets out */
};

/* ---- What a CPU has ---------------------------------------------------------------------------
 * Map cpu_share: per-CPU array of one. A CPU is busy when what several tenants were charged, and
 * what refusing packets cost beyond the reserve, is more than the tenants' part of it, and the
 * kernel had no time for anything else. Then each tenant gets time in proportion to its weight, as
 * much as the CPU has room for (share.h).
 */
#define SL_SHARE_INTERVAL (1ull << SL_RATE_SHIFT) /* ns */
struct sl_cpu_share {
	__u64 since_ns; /* begin of the interval */
	__u64 used_ns;	/* charged in it */
	__u64 spent_ns; /* on refusing packets */
	__u64 rate;	/* 2^-32 of the CPU, by weight unit; 0: the CPU is not busy, all may pass */
	__u64 over_ns;	/* what was charged beyond the part of late */
	__u64 several_ns;      /* when last one tenant came behind another; 0: only one ever did */
	__u64 busy_ns;	       /* time it was busy, in all */
	__u32 trusted;	       /* the kernel confirmed it when charges last said that it is busy */
	__u32 tenant;	       /* that came last: its slot and 1 */
	__u64 strangers_ns;    /* up to when those that went to the host have used its time */
	__u64 strangers_jiffy; /* in which there were too many */
	__u32 denied;	       /* times a look found a share used up */
	__u32 samples;	       /* packets measured in the interval */
	__u32 calm;	       /* intervals in a row in which there was room for all */
};

/* ---- What the node says -----------------------------------------------------------------------
 * Map node_conf: array of one, mmap-able.
 */
/* What a CPU did besides packets, as the kernel says and the daemon passes on: processes' time, and
 * twice what it was idle, 2^-10 of the time. */
#define SL_SPARE_CPUS 1024
#define SL_SPARE_SHIFT 10
struct sl_cpu_spare {
	__u64 at_ns; /* end of the last window (CLOCK_MONOTONIC) */
	__u32 last;  /* in that */
	__u32 least; /* the least of some windows up to that */
};

#define SL_ACTIONS 16
#define SL_ACT_HAND 5	/* enum xdp_action has five; handed to the tenant's thread */
#define SL_ACT_THREAD 8 /* and this: an action in a thread */
struct sl_node_conf {
	__u64 tenants_part; /* 2^-32 of a CPU: all but the reserve; 0: it is never busy */
	__u32 clock_ns;	    /* what reading the clock adds to a measured time */
	__u32 sample_ns;    /* what measuring a packet costs */
	__u32 refuse_ns;    /* what a packet costs that the gate refuses, receiving included */
	__u32 act_ns[SL_ACTIONS]; /* by what became of the packet: the part that is not measured */
	__u32 overruns;		  /* of the last 64 samples, as many put a tenant into quarantine;
				     0: none is */
	__u32 stranger_ns; /* of packets between a link's addresses with a key that no link has,
			      one in so many ns goes to the host, on each CPU; 0: all do */
	__u32 moves;	   /* number of the last (abi.h) */
	struct sl_cpu_spare spare[SL_SPARE_CPUS];
};

#endif
