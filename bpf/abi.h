/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the trusted program, the tenants' programs and user space agree on: the entry record, the
 * answer word, drop reasons, and the values of the platform's maps. One header for all three, so
 * a layout exists once.
 */
#ifndef SL_BPF_ABI_H
#define SL_BPF_ABI_H

#include "budget.h"

/* Changes whenever a layout below changes, or what elements' tables hold comes to mean something
 * else (a unit of time); pins of another version are not taken over. */
#define SL_ABI_VERSION 12

/* With a thousand tenants each packet finds what is its tenant's in no cache near. So what every
 * packet needs of a record is in one line of it, and records are whole lines. */
#define SL_LINE 64
#define SL_TO_LINE(words) ((8 - (words) % 8) % 8)

/* From one CPU's counters to the next's in a page of `size` bytes each. A cache line lies between,
 * wherever the first begins in one. */
#define SL_PAGE_STRIDE(size) ((((size) + 63u) & ~63u) + 64u)

/* ---- Limits -------------------------------------------------------------------------------- */
#define SL_MAX_TENANTS 4096 /* chain slots; more than tenants, as a change of H takes a new one */
#define SL_MAX_LINKS 16384
#define SL_MAX_PORTS 64
#define SL_MAX_DEVS 64	   /* devices (links) a tenant */
#define SL_MAX_SEGMENTS 64 /* segments a graph */
#define SL_MAX_HOPS 16	   /* cut back edges one packet may take before it counts as a loop */
#define SL_ELEM_NONE 0xffff
/* Copies a graph may make of a packet that came in, those of copies included: more are refused when
 * it is planned. */
#define SL_MAX_COPIES 63
/* Copies the platform makes of one, whatever the graph: the planner can say how they are to be
 * divided among branches only for the worst case. */
#define SL_COPY_CREDIT 255
#define SL_MAX_WAYS 4096 /* outputs that copies leave by, in a graph */

/* ---- Entry record ---------------------------------------------------------------------------
 * What the trusted program tells segment 0. The tenant's Ethernet frame starts at data + H. With
 * H >= SL_ENTRY_LEN the record is at data, in the dead outer bytes; otherwise (links of kind
 * direct) it is XDP metadata, at data_meta.
 */
struct sl_entry {
	__u8 dev;    /* tenant's device index the frame arrived on */
	__u8 flags;  /* SL_ENTRY_* */
	__u16 point; /* with SL_ENTRY_COPY: as the answer said */
	__u32 generation;
};
#define SL_ENTRY_LEN 8
#define SL_ENTRY_COPY 0x01 /* resume at `point`; the saved cursor (struct sl_saved) follows */
#define SL_ENTRY_BRANCH                                                                            \
	0x02 /* with COPY: set on the branch that leaves by way `point`, clear on                  \
	      * that which goes on to the ways behind it */

/* ---- Answer word ----------------------------------------------------------------------------
 * What a tenant's chain returns: verdict << 28 | arg << 16 | low. Hostile until range-checked.
 * 0 is "drop, aborted", so that a program which falls off its end drops.
 */
enum sl_verdict {
	SL_V_DROP = 0, /* arg: reason; low: element index or SL_ELEM_NONE */
	SL_V_OUT = 1,  /* arg: device; low: offset of the Ethernet frame from data */
	SL_V_HOST = 2, /* to the host's stack; low: offset of the frame */
	SL_V_COPY = 3, /* arg: the way out of the graph's that one copy takes; low: offset of the
			* Ethernet frame. At data: struct sl_split, in the place of the entry
			* record each branch gets, then struct sl_saved */
};
#define SL_ANSWER(verdict, arg, low)                                                               \
	(((__u32)(verdict) << 28) | (((__u32)(arg)&0xfff) << 16) | ((__u32)(low)&0xffff))
#define SL_ANSWER_VERDICT(a) ((a) >> 28)
#define SL_ANSWER_ARG(a) (((a) >> 16) & 0xfff)
#define SL_ANSWER_LOW(a) ((a)&0xffff)

/* How the copies that may still be made of a packet are divided when it is copied: `branch` (1:
 * that with SL_ENTRY_BRANCH) may have `copies` of those left, the other has the rest. */
struct sl_split {
	__u8 branch, copies;
	__u8 zero[6];
};

#define SL_LOW_MAX 0x3fff /* frames that go out begin within 16 KiB of data */

/* ---- Drop reasons ---------------------------------------------------------------------------
 * X(symbol, name in stats and JSON, one line for people)
 * First those a graph can give, then those of the platform.
 */
#define SL_REASONS(X)                                                                              \
	X(ABORTED, "aborted", "the chain ended without an answer")                                 \
	X(ELEMENT, "element", "dropped by an element whose job that is")                           \
	X(UNCONNECTED, "unconnected", "left by an output that has nothing behind it")              \
	X(SHORT, "short", "too short for the header an element needs")                             \
	X(BADHDR, "bad-header", "malformed header")                                                \
	X(BADSUM, "bad-checksum", "wrong checksum")                                                \
	X(BADADDR, "bad-address", "source or destination address not allowed")                     \
	X(TTL, "ttl", "time to live or hop limit exceeded")                                        \
	X(NOMATCH, "no-match", "no pattern of a classifier matched")                               \
	X(NOROUTE, "no-route", "no route to the destination")                                      \
	X(NOARP, "no-neighbour", "next hop's Ethernet address not known yet")                      \
	X(OPTIONS, "bad-options", "IP options refused")                                            \
	X(FRAGMENT, "fragment", "needs fragmentation or is a fragment where none is allowed")      \
	X(SAMPLED, "sampled", "left out by a sampler")                                             \
	X(BROADCAST, "broadcast", "link-level broadcast or multicast")                             \
	X(POLICY, "policy", "denied by a filter")                                                  \
	X(NOICMP, "no-icmp", "an ICMP error may not be sent for this packet")                      \
	X(PAINT, "paint", "other colour")                                                          \
	X(NOTFORUS, "not-for-us", "for another Ethernet address")                                  \
	X(HEADROOM, "headroom", "no room to prepend a header")                                     \
	X(LOOP, "loop", "went round the graph more often than the hop limit")                      \
	X(NODEV, "no-device", "the graph has no FromDevice for the device it came in on")          \
	X(STATE, "state", "a table was full or a lookup impossible")                               \
	X(TAILCALL, "tail-call", "the next segment was not there")                                 \
	X(NOPROG, "no-program", "the tenant has no running graph")                                 \
	X(BADANSWER, "bad-answer", "the chain's answer was out of range")                          \
	X(NOLINK, "no-link", "out of a device that is no link of this tenant")                     \
	X(LINKDOWN, "link-down", "the link's next hop or neighbour is not known")                  \
	X(TOOBIG, "too-big", "larger than the link's MTU")                                         \
	X(BADETHER, "bad-ether", "not IP on a link that carries only IP")                          \
	X(OUTERFRAG, "outer-fragment", "fragment of an outer packet")                              \
	X(OUTERSHORT, "outer-truncated", "truncated outer or GRE header")                          \
	X(OUTERSUM, "outer-checksum", "wrong checksum of the outer IPv4 header")                   \
	X(GREFLAGS, "gre-flags", "GRE flags a receiver must refuse (RFC 2784, 2.3)")               \
	X(GRESUM, "gre-checksum", "wrong or missing GRE checksum")                                 \
	X(GRESEQ, "gre-sequence", "old or missing GRE sequence number")                            \
	X(GREPROTO, "gre-protocol", "GRE payload of another kind than the link carries")           \
	X(STALE, "stale", "came back for a graph that is gone")                                    \
	X(COPY, "copy", "a copy could not be made")                                                \
	X(REDIRECT, "redirect", "the kernel refused the redirect")                                 \
	X(STRAY, "stray", "came in on a device that is the platform's own")                        \
	X(CPULIMIT, "cpu-limit", "the tenant used as much CPU time as it may")                     \
	X(CPUSHARE, "cpu-share", "the CPU is busy, and the tenant had its share of it")            \
	X(RXLIMIT, "rx-limit", "more bits a second came in than the tenant may have")              \
	X(PPSLIMIT, "pps-limit", "more packets a second came in than the tenant may have")         \
	X(TXLIMIT, "tx-limit", "more bits a second went out than the tenant may send")             \
	X(QUARANTINE, "quarantine", "the tenant's packets cost more than it declared")             \
	X(QUEUE, "queue", "the queue of the tenant's thread was full")                             \
	X(ECN, "ecn", "marked by a router on the way, and not capable of it (RFC 6040)")           \
	X(UNKNOWNKEY, "unknown-key", "more packets with a key of no link than go to the host")

enum sl_reason {
#define X(sym, name, text) SL_R_##sym,
	SL_REASONS(X)
#undef X
		SL_R_MAX
};

/* Counters of drops by their names, for who dumps a map that has them. */
struct sl_drops {
#define X(sym, name, text) __u64 SL_R_##sym;
	SL_REASONS(X)
#undef X
};

/* ---- Platform maps --------------------------------------------------------------------------
 * All live under the pin root (default /sys/fs/bpf/sluice/platform).
 */
enum sl_link_kind { SL_LINK_NONE, SL_LINK_GRE4, SL_LINK_GRE6, SL_LINK_DIRECT };
enum sl_payload { SL_PAYLOAD_IP, SL_PAYLOAD_ETHER };

#define SL_GRE_CSUM 0x01
#define SL_GRE_KEY 0x02
#define SL_GRE_SEQ 0x04

/* Hash keys of the maps link4 and link6: outer addresses as on received packets (source = the
 * far end). `key` is in network order, 0 when has_key is 0. Value: __u32 link index. */
struct sl_link4_key {
	__be32 saddr, daddr;
	__be32 key;
	__u32 has_key;
};
struct sl_link6_key {
	__u8 saddr[16], daddr[16];
	__be32 key;
	__u32 has_key;
};
/* Map link_hint: __u32 link index + 1 by a hash of the key; demux's memory of the last look-ups. A
 * wrong entry costs time only: of 1,024 links that are used in turn, one of 32 shares its place
 * with another. */
#define SL_HINT_BITS 15

/* Pairs that belong to any link (maps pair4 and pair6, value __u32 number of links), consulted
 * only when there is no such link: fragments, unknown keys. */
struct sl_pair4_key {
	__be32 saddr, daddr;
};
struct sl_pair6_key {
	__u8 saddr[16], daddr[16];
};
/* Map direct: a port, or one VLAN of it (vlan 0: untagged and all tags not claimed), consulted
 * before anything else. Value: __u32 link index. */
struct sl_direct_key {
	__u32 ifindex;
	__u16 vlan; /* identifier, host order; the tag is taken off */
	__u16 zero;
};
/* Map direct_on: array, mmap-able, __u32: how many keys of `direct` have an ifindex with these low
 * bits. Spares ports of tunnels the look-up; counted up before a key is added, down after. */
#define SL_DIRECT_BITS 8

/* Outer headers of a link, ready to be copied in front of the payload. */
#define SL_TEMPLATE_MAX 80
#define SL_L3_OFF_MAX 22
struct sl_template {
	__u8 up;     /* next hop and neighbour known */
	__u8 len;    /* Ethernet, VLAN tags, IP, GRE: 38..58 for GRE4, 58..78 for GRE6; direct: 0,
		      * or 4 for a VLAN tag, which is then all of `bytes` */
	__u8 l3_off; /* where the outer IP header begins: 14, 18 or 22; the GRE header follows
		      * an IPv4 header of 20 or an IPv6 header of 40 bytes */
	__u8 port;   /* index in the devmap `ports` */
	__u32 ifindex;
	__u16 mtu;     /* largest payload behind the outer headers, bytes, as the tenant's device
			* MTU: an IP packet on IP links, an Ethernet payload (frame - 14) otherwise */
	__u16 ip4_sum; /* GRE4: one's complement sum of the header with tot_len and check 0 */
	__u8 bytes[SL_TEMPLATE_MAX]; /* GRE protocol 0x6558 on Ethernet links; lengths and checksums
				      * and, on IP links, the GRE protocol are filled in */
	__u8 zero[2 * SL_LINE - 12 - SL_TEMPLATE_MAX];
};
_Static_assert(sizeof(struct sl_template) == 2 * SL_LINE, "cache lines");

/* Map links: array, mmap-able, by link index. User space fills the template that is not in use,
 * then flips `cur` with one store; so a packet sees the old or the new whole, as long as a
 * millisecond lies between two flips. */
struct sl_link_rec {
	__u32 tenant; /* chain slot */
	__u8 kind;    /* enum sl_link_kind */
	__u8 payload; /* enum sl_payload */
	__u8 dev;     /* the tenant's device index */
	__u8 gre;     /* SL_GRE_* sent and expected */
	__u8 in_len;  /* template length as received without options: what demux expects to strip */
	__u8 peek;    /* its packets are looked at: index in map peeks + 1, 0 for none */
	__u8 zero[2];
	__u8 mac[6];  /* IP links: destination of the synthetic Ethernet header (tenant's device) */
	__u8 peer[6]; /* IP links: its source */
	__u32 cur;    /* template in use: 0 or 1 */
	__u32 last_rx_jiffy; /* lower half */
	/* The link's key in link4 or link6 (zero behind the shorter one), so that demux can tell
	 * that its first guess at the link was right; all zero: packets take the longer way through
	 * the hash map. Written from the last word to the first, cleared from the first to the last
	 * and before the key leaves the hash map: a packet never meets a mixture it could match. */
	union {
		struct sl_link4_key in4;
		struct sl_link6_key in6;
		__u64 in[5];
	};
	/* Sequence numbers (RFC 2890), each one word that CPUs agree by: the last accepted, with
	 * SL_SEQ_SEEN once there was one; the next to send. */
	__u64 seq_in;
	__u32 seq_out;
	__u32 generation; /* counts changes; for user space */
	__u64 last_rx_ns; /* CLOCK_MONOTONIC of about the last packet in; written at most once a
			     jiffy */
	__u64 zero2[4];
	struct sl_template out[2];
};
_Static_assert(__builtin_offsetof(struct sl_link_rec, in4) + sizeof(struct sl_link4_key) <= SL_LINE,
	       "what every packet needs");
_Static_assert(__builtin_offsetof(struct sl_link_rec, out) == 2 * SL_LINE, "cache lines");
_Static_assert(sizeof(struct sl_link_rec) == 6 * SL_LINE, "cache lines");
#define SL_SEQ_SEEN (1ull << 32)

/* Map tenant_dev: array by chain slot * SL_MAX_DEVS + device index: link index + 1, 0 for none. */

/*
 * Programs of a graph: maps tenants (segment 0) and resume (where copies come back), PROG_ARRAYs of
 * 2 * SL_MAX_TENANTS, at sl_chain_index(). So a graph and its successor stand side by side, and the
 * one store into sl_tenant_rec.generation is the swap: it decides the program, the generation in
 * the entry record and the generation copies carry, all at once. Order of a change: the program of
 * generation g in `resume` and resume_gen[g & 1] = g, the one in `tenants`, then generation = g.
 * The entries of the graph before stay until every CPU has left it and its copies are back.
 */
sl_inline __u32 sl_chain_index(__u32 slot, __u32 generation)
{
	return 2 * slot + (generation & 1);
}

/*
 * Class of a tenant: `inline`, its graph runs where the packet came in, or `thread`, it runs in a
 * kernel thread of its own, behind a cpumap (thread.h). The kernel keeps programs of the two kinds
 * apart, so it is the generation that has a class, and its number says so wherever the programs
 * see one: a change of class is a change of generation, by the same one store. Those of class
 * `thread` are in the maps on_thread and back_on_thread instead of tenants and resume. Map queues:
 * array of maps, by chain slot: the tenant's cpumap, with entries on the CPUs that it has threads
 * on, none for class `inline`.
 */
#define SL_GEN_THREAD 0x80000000u

/* Map tenant_rec: array, mmap-able, by chain slot. */
struct sl_tenant_rec {
	__u16 head;	  /* H: where the tenant's frame starts behind data, at most SL_HEAD_MAX */
	__u8 active;	  /* a graph is installed and not stopped */
	__u8 host;	  /* may hand packets to the host's stack */
	__u32 generation; /* of the graph that packets enter */
	__u32 resume_gen[2]; /* by parity: graphs that copies may come back to */
	__u32 quarantined; /* nonzero: its samples said so; written by programs, cleared by users */
	__u32 sample;	   /* one packet of so many is measured, on average */
	__u32 bound_ns;	   /* what a packet may cost; 0: no bound */
	__u32 lump_ns;	   /* what it may be charged at a time, by its bound */
	__u32 weight;	   /* of its share of a busy CPU; at least 1 */
	__u32 cpu;	   /* class thread: where its graph runs */
	__u32 via;	   /* and whose queue its packets are put into: another, in a move */
	__u32 moving;	   /* a move's number << SL_MOVE_SHIFT, and SL_MOVE_*; 0: it stays */
	__u32 queue;	   /* nonzero: there may be one in `queues`; user space's own note, as Linux
			      6.1 waits for a grace period with each look at that map */
	__u32 first;	   /* number of the move's first try: of tickets, those from there on */
	__u32 zero[2];
};
_Static_assert(sizeof(struct sl_tenant_rec) == SL_LINE, "cache lines");
#define SL_HEAD_MAX 127

/*
 * A thread on its way to another CPU (move.h); one moves at a time. Map moves: array of one. Every
 * packet that is put into a queue meanwhile has a ticket.
 */
#define SL_MOVE_OPEN 1 /* packets may go straight to the new CPU once nothing is under way */
#define SL_MOVE_HOLD 2 /* until then they are dropped */
#define SL_MOVE_SHIFT 2
#define SL_MOVE_CPUS 1024

/*
 * Looking at packets (peek.h). Map peeks: array, mmap-able, of those that go on; a link's record
 * says which is its. Map peeked: ring of struct sl_peeked, each cut off behind its bytes.
 */
#define SL_MAX_PEEKS 32
#define SL_PEEK_MAX 9216 /* bytes of a frame that can be copied */
#define SL_PEEK_RING (1u << 20)
#define SL_PEEK_IN 1  /* packets that enter the graph by the link */
#define SL_PEEK_OUT 2 /* packets that the graph sends by it */
struct sl_peek {
	__u32 link; /* index: a record that came to mean another link is not believed */
	__u32 snap; /* bytes of a frame to copy */
	__u32 dirs; /* SL_PEEK_* */
	__u32 zero;
	__s64 budget;	/* packets that may be copied until user space gives more */
	__u64 until_ns; /* CLOCK_MONOTONIC: after this, user space is gone */
	__u64 lost;	/* packets not copied: over budget, or the ring was full */
	__u64 zero2[3];
};
struct sl_peeked {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 link;
	__u32 len; /* of the frame, with its Ethernet header, as the tenant sees it */
	__u16 cap; /* of that, bytes that follow */
	__u8 dir;
	__u8 zero[5];
	__u8 bytes[SL_PEEK_MAX];
};
#define SL_PEEKED_HEAD 24
_Static_assert(__builtin_offsetof(struct sl_peeked, bytes) == SL_PEEKED_HEAD, "no hole");

/* Per-CPU, by link index (map link_stats). Frames with their Ethernet header, as the tenant sees
 * them. Drops are those the link itself is the cause of: what came in wrong, what could not be
 * sent (the latter count at the tenant, too). */
struct sl_link_stats {
	__u64 rx_packets, rx_bytes; /* handed to the tenant */
	__u64 tx_packets, tx_bytes; /* sent */
	union {
		__u64 drops[SL_R_MAX];
		struct sl_drops by;
	};
	__u64 zero[SL_TO_LINE(4 + SL_R_MAX)];
};
_Static_assert(sizeof(struct sl_link_stats) % SL_LINE == 0, "cache lines");
/* Per-CPU, by chain slot (map tenant_stats).
 * packets + resumed == out + host + copies + arp + sum of drops, when nothing is on its way to the
 * tenant's thread. What its queue had no room for the kernel drops, and tells no program: those
 * are handed - taken, and no drops here. */
struct sl_tenant_stats {
	struct sl_local local; /* no counters; of no meaning when added up */
	__u64 packets, bytes;  /* came for the tenant, and ARP replies to it */
	__u64 out, out_bytes, host;
	__u64 copies;	 /* packets that became two */
	__u64 resumed;	 /* halves of those that came back */
	__u64 arp;	 /* ARP requests answered by the platform */
	__u64 cpu_ns;	 /* charged */
	__u64 refused;	 /* packets, and halves, that the gate refused */
	__u64 samples;	 /* packets measured */
	__u64 overruns;	 /* of those, dearer than the bound */
	__u64 handed[2]; /* by parity of the generation: put into the queue of its thread */
	__u64 taken[2];	 /* and taken up by that */
	union {
		__u64 drops[SL_R_MAX];
		struct sl_drops by;
	};
	__u64 zero[SL_TO_LINE(sizeof(struct sl_local) / 8 + 16 + SL_R_MAX)];
};
_Static_assert(sizeof(struct sl_tenant_stats) % SL_LINE == 0, "cache lines");
_Static_assert((__builtin_offsetof(struct sl_tenant_stats, local.jiffy) ^
		__builtin_offsetof(struct sl_tenant_stats, host)) < SL_LINE,
	       "what every packet needs");
/* Per-CPU, by index 0 (map node_stats): what was not one link's. */
struct sl_node_stats {
	__u64 pass;	   /* handed to the host untouched */
	__u64 unknown_key; /* of those: a link's address pair, but no link with that key */
	union {
		__u64 drops[SL_R_MAX];
		struct sl_drops by;
	};
};

/* ---- Replay and bench ------------------------------------------------------------------------
 * Maps of replay.bpf.c: `chain` (PROG_ARRAY of one, segment 0) and `bench` (array of one).
 */
#define SL_BENCH_BYTES 4096
struct sl_bench {
	__u64 home; /* where the packet's start belongs; 0: where the first run finds it */
	__u32 len;  /* of `bytes`, 14 and more */
	__u32 meta; /* nonzero: the entry record is metadata (H < SL_ENTRY_LEN) */
	struct sl_entry entry; /* that record; otherwise `bytes` has it */
	__u64 scratch;
	__u64 runs, failed;	    /* packets restored, and not */
	__u8 bytes[SL_BENCH_BYTES]; /* the packet as segment 0 is to find it */
};

#endif
