/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the key of a packet to the link's record. The hash map has the truth; a look-up there costs
 * more than the rest of demux together, so the last answers are remembered in an array by a cheap
 * hash of the key, and believed only if the record they lead to has that very key.
 */
#ifndef SL_BPF_FIND_H
#define SL_BPF_FIND_H

#include "maps.h"
#include "words.h"

/* Odd numbers with as many ones as zeroes and no pattern: the golden ratio's and others' bits. */
#define MIX_A 0x9e3779b97f4a7c15ull
#define MIX_B 0xc2b2ae3d27d4eb4full
#define MIX_C 0x165667b19e3779f9ull
#define MIX_D 0xd6e8feb86659fd93ull

sl_inline __u32 hint_index(__u64 mixed)
{
	return (__u32)((mixed ^ mixed >> 32) * MIX_A >> (64 - SL_HINT_BITS));
}

/* The record a hint leads to, and its index; NULL without one. */
sl_inline struct sl_link_rec *hinted(const __u32 *hint, __u32 *link)
{
	*link = *hint - 1;
	return bpf_map_lookup_elem(&links, link);
}

sl_inline int same4(const struct sl_link_rec *rec, const struct sl_link4_key *key)
{
	return rec->kind == SL_LINK_GRE4 && rec->in[0] == ld64(key) &&
	       rec->in[1] == ld64(&key->key);
}

sl_inline int same6(const struct sl_link_rec *rec, const __u64 *key)
{
	return rec->kind == SL_LINK_GRE6 && rec->in[0] == key[0] && rec->in[1] == key[1] &&
	       rec->in[2] == key[2] && rec->in[3] == key[3] && rec->in[4] == key[4];
}

/* The record of the link with this key, and its index; NULL if there is no such link. */
sl_inline struct sl_link_rec *find4(const struct sl_link4_key *key, __u32 *link)
{
	__u32 at = hint_index(ld64(key) + ld64(&key->key) * MIX_B), *hint, *found;
	struct sl_link_rec *rec;

	hint = bpf_map_lookup_elem(&link_hint, &at);
	if (!hint)
		return NULL;
	rec = hinted(hint, link);
	if (sl_likely(rec && same4(rec, key)))
		return rec;
	found = bpf_map_lookup_elem(&link4, key);
	if (!found)
		return NULL;
	*link = *found;
	rec = bpf_map_lookup_elem(&links, link);
	if (rec && same4(rec, key))
		*hint = *link + 1;
	return rec;
}

sl_inline struct sl_link_rec *find6(const struct sl_link6_key *key, __u32 *link)
{
	const __u64 *w = (const void *)key;
	__u32 at = hint_index(w[0] + w[1] * MIX_B + w[2] * MIX_C + w[3] * MIX_D + w[4] * MIX_A);
	__u32 *hint, *found;
	struct sl_link_rec *rec;

	hint = bpf_map_lookup_elem(&link_hint, &at);
	if (!hint)
		return NULL;
	rec = hinted(hint, link);
	if (sl_likely(rec && same6(rec, w)))
		return rec;
	found = bpf_map_lookup_elem(&link6, key);
	if (!found)
		return NULL;
	*link = *found;
	rec = bpf_map_lookup_elem(&links, link);
	if (rec && same6(rec, w))
		*hint = *link + 1;
	return rec;
}

#endif
