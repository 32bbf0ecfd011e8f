/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looking up in route tables, as lpm.h lays them out. Stands on sl_table_find() (pkt.h). */
#ifndef SL_BPF_LPM_FIND_H
#define SL_BPF_LPM_FIND_H

#include "lpm.h"

sl_inline __u32 sl_lpm_bits(__u64 x)
{
	x -= (x >> 1) & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + ((x >> 2) & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (__u32)((x * 0x0101010101010101ull) >> 56);
}

sl_inline void *sl_lpm_page(void *image, __u32 page)
{
	return sl_table_find(image, &page);
}

/* A pointer that was tested: compilers would add to it first and test later, which the verifier
 * does not have. Or a number that is about to be. */
#ifdef __bpf__
#define SL_LPM_TESTED(p) asm volatile("" : "+r"(p))
#else
#define SL_LPM_TESTED(p) ((void)(p))
#endif

/* An index that is bounded where it is used: compilers find masks needless that Linux 6.1's
 * verifier needs. */
sl_inline __u64 sl_lpm_index(__u64 i, __u64 mask)
{
	SL_LPM_TESTED(i);
	return i & mask;
}

/* The word for `byte` in the node that `word` leads to; 0 if there is none. */
sl_inline __u32 sl_lpm_step(void *image, __u32 word, __u32 byte)
{
	__u32 unit = word & ~SL_LPM_NODE, n;
	__u64 at = sl_lpm_index(unit, 63) * SL_LPM_UNIT_WORDS;
	const __u32 *page = sl_lpm_page(image, unit >> 6);
	__u64 bits;

	if (!page)
		return 0;
	byte &= 255;
	bits = *(const __u64 *)(page + at + 2 * sl_lpm_index(byte >> 6, 3)) << (63 - (byte & 63));
	n = (page[at + SL_LPM_SUMS] >> (8 * (byte >> 6))) & 255;
	return page[sl_lpm_index(n + sl_lpm_bits(bits) + at + SL_LPM_SUMS, SL_LPM_PAGE_WORDS - 1)];
}

sl_inline const struct sl_hop4 *sl_lpm_wide(void *image, __u32 addr)
{
	const __u16 *page = sl_lpm_page(image, addr >> 19);
	const struct sl_hop4 *hops;
	__u32 word;

	if (!page)
		return NULL;
	word = page[sl_lpm_index(addr >> 8, 2047)];
	if (word & SL_LPM_CHUNK) {
		word &= SL_LPM_CHUNK - 1;
		page = sl_lpm_page(image, SL_LPM_WIDE_ROOT + SL_LPM_WIDE_HOPS + (word >> 3));
		if (!page)
			return NULL;
		word = page[sl_lpm_index((word & 7) << 8 | (addr & 255), 2047)];
	}
	if (!word)
		return NULL;
	hops = sl_lpm_page(image, SL_LPM_WIDE_ROOT + (word >> 9));
	if (!hops)
		return NULL;
	SL_LPM_TESTED(hops);
	return &hops[sl_lpm_index(word, 511)];
}

/* The route of an IPv4 address (host order), or NULL. */
sl_inline const struct sl_hop4 *sl_lpm_find4(void *table, void *wide, __u32 addr)
{
	__u32 slot = 0, word;
	const struct sl_hop4 *hops;
	const __u32 *root;
	void *image = sl_table_find(wide, &slot);

	if (image)
		return sl_lpm_wide(image, addr);
	slot = SL_LPM_IMAGE;
	image = sl_table_find(table, &slot);
	if (!image)
		return NULL;
	root = sl_lpm_page(image, addr >> 26);
	if (!root)
		return NULL;
	word = root[sl_lpm_index(addr >> 16, SL_LPM_PAGE_WORDS - 1)];
	if (word & SL_LPM_NODE)
		word = sl_lpm_step(image, word, addr >> 8);
	if (word & SL_LPM_NODE)
		word = sl_lpm_step(image, word, addr);
	if (!word || word & SL_LPM_NODE)
		return NULL;
	hops = sl_lpm_page(image, SL_LPM_ROOT_PAGES + (word >> 9));
	if (!hops)
		return NULL;
	SL_LPM_TESTED(hops);
	return &hops[sl_lpm_index(word, 511)];
}

/* The route of an IPv6 address, as sent, or NULL. */
sl_inline const struct sl_hop6 *sl_lpm_find6(void *table, const __be32 addr[4])
{
	__u32 slot = SL_LPM_IMAGE, first = sl_ntohl(addr[0]), word, i;
	const struct sl_hop6 *hops;
	const __u32 *root;
	void *image = sl_table_find(table, &slot);
	__u64 high, low;

	if (!image)
		return NULL;
	root = sl_lpm_page(image, first >> 26);
	if (!root)
		return NULL;
	word = root[sl_lpm_index(first >> 16, SL_LPM_PAGE_WORDS - 1)];
	/* What is left of the address, the next byte on top. */
	high = (__u64)first << 48 | (__u64)sl_ntohl(addr[1]) << 16 | sl_ntohl(addr[2]) >> 16;
	low = (__u64)sl_ntohl(addr[2]) << 48 | (__u64)sl_ntohl(addr[3]) << 16;
	for (i = 0; i < 14 && word & SL_LPM_NODE; i++) {
		word = sl_lpm_step(image, word, (__u32)(high >> 56));
		high = high << 8 | low >> 56;
		low <<= 8;
	}
	if (!word || word & SL_LPM_NODE)
		return NULL;
	hops = sl_lpm_page(image, SL_LPM_ROOT_PAGES + (word >> 7));
	if (!hops)
		return NULL;
	SL_LPM_TESTED(hops);
	return &hops[sl_lpm_index(word, 127)];
}

#endif
