/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Longest-prefix match over a table that user space changes while packets are looked up in it
 * (loader/lpm). A lookup reads one path of words; every change of what a path leads to is one
 * aligned store, so each lookup gives what the table said before or what it says after.
 *
 * A table is two arrays of maps. What is in a slot is an image: an array of 4096-byte pages that is
 * replaced as a whole when it has to grow.
 *
 * `table`, slot SL_LPM_IMAGE, the compact image, for IPv4 and IPv6:
 *   pages 0 to 63             root: 2^16 words by the address's first 16 bits
 *   the next pages            hops: what lookups answer, struct sl_hop4 or sl_hop6
 *   the others                nodes
 * A word is the number of a hop (0: no route), or SL_LPM_NODE and the place of a node in units of
 * 64 bytes. A node stands for the next 8 bits. It has a bit for each of 256 values, set where the
 * word differs from that of the value before; the sums of bits in front of each 64 (a byte each);
 * and the words that differ, from the first on. No node lies across two pages.
 *
 * `wide`, slot 0, for large IPv4 tables, DIR-24-8 (Gupta et al., INFOCOM 1998):
 *   pages 0 to 8191           root: 2^24 half words by the first 24 bits
 *   pages 8192 to 8255        hops
 *   pages 8256 to 9791        chunks of 256 half words, by the last 8 bits
 * A half word is the number of a hop, or SL_LPM_CHUNK and the number of a chunk.
 */
#ifndef SL_BPF_LPM_H
#define SL_BPF_LPM_H

#include "types.h"

#define SL_LPM_PAGE 4096u
#define SL_LPM_PAGE_WORDS 1024u

/* Slots of `table`; programs look at the first alone. */
enum { SL_LPM_IMAGE, SL_LPM_LOG, SL_LPM_HOPS, SL_LPM_SLOTS };

#define SL_LPM_ROOT_PAGES 64u
#define SL_LPM_NODE 0x80000000u
#define SL_LPM_UNIT_WORDS 16u
#define SL_LPM_SUMS 8u	/* word of a node with the sums of bits */
#define SL_LPM_FIRST 9u /* its first word that differs */

#define SL_LPM_CHUNK 0x8000u
#define SL_LPM_WIDE_ROOT 8192u /* pages */
#define SL_LPM_WIDE_HOPS 64u
#define SL_LPM_WIDE_CHUNKS 1536u
#define SL_LPM_WIDE_PAGES (SL_LPM_WIDE_ROOT + SL_LPM_WIDE_HOPS + SL_LPM_WIDE_CHUNKS)

struct sl_hop4 {
	__be32 gw; /* 0: none */
	__u32 port;
};

struct sl_hop6 {
	__be32 gw[4]; /* 0: none */
	__u32 port;
	__u32 zero[3];
};

#endif
