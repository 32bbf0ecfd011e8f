/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of enter.bpf.c and test_enter.c tell each other, through two one-element maps.
 */
#ifndef SL_TESTS_ENTER_H
#define SL_TESTS_ENTER_H

#include "bpf/types.h"

/* Value of the volatile global that stands for "nobody was at home". */
#define ENTER_EMPTY 0x00c0ffeeu
/* What `deep` answers where a tail call failed: drop, as any program that falls off its end. */
#define ENTER_FELL_OFF 0u

#define ENTER_ETHERTYPE 0x88b5 /* for local experiments (IEEE 802) */

/* Slots of the map `chains`. */
enum {
	ENTER_SLOT_CHAIN,
	ENTER_SLOT_DEEP,
	ENTER_SLOT_WIDE,
	ENTER_SLOT_THIEF,
	ENTER_SLOT_SLY,
	ENTER_SLOT_VACANT,
	ENTER_SLOTS
};
/* Slots of the map `segments`. */
enum { ENTER_SEG_1, ENTER_SEG_2, ENTER_SEG_DEEP, ENTER_SEGS };

#define ENTER_INDEXES 8

struct enter_ask {
	__u32 slot;	     /* which chain `node` enters */
	__u32 second;	     /* which one `node_twice` enters after it */
	__u32 answer;	     /* what the chain is to answer */
	__u32 depth;	     /* tail calls `deep` is to make */
	__u32 out_ifindex;   /* where `node` sends to when the answer says "out"; 0: XDP_TX */
	__u32 thief_ifindex; /* where `thief` redirects to */
};

struct enter_told {
	__u32 back;   /* times control came back */
	__u32 answer; /* the chain's last answer */
	__u32 first;  /* the first one's, with node_twice */
	__u32 len;    /* the packet's length after the chain, from reloaded pointers */
	__u64 head;   /* its first eight bytes */
	__u32 calls;  /* tail calls `deep` made that arrived */
	__u32 seen;   /* frames of ours that reached the other end of the veth */
	__u32 zero;
	__u32 indexed[ENTER_INDEXES]; /* answers below ENTER_INDEXES, counted by value */
};

#endif
