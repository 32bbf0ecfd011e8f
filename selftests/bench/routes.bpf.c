/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking up random IPv4 addresses: the route tables of lookup elements, BPF's LPM trie, and
 * DIR-24-8 in variables of the program. Many lookups a run; `chained` makes each address depend on
 * the answer before it, as a packet waits for its route, otherwise the CPU does several at once.
 */
#include "pkt.h"
#include "lpm_find.h"

LICENSE("GPL");

#define LOOKUPS 128
#define HOPS 2048
#define DIR_CHUNKS 16384
#define TRACKED 2048

struct image {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, SL_LPM_PAGE);
};
struct wide_image {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_LPM_WIDE_PAGES);
	__uint(key_size, 4);
	__uint(value_size, SL_LPM_PAGE);
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SL_LPM_SLOTS + 1);
	__type(key, __u32);
	__array(values, struct image);
} table SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct wide_image);
} wide SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1100000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sl_lpm4_key);
	__type(value, struct sl_hop4);
} trie SEC(".maps");

__u16 dir_root[1 << 24] SEC(".bss.dir_root");
__u16 dir_chunks[DIR_CHUNKS * 256] SEC(".bss.dir_chunks");
struct sl_hop4 dir_hops[HOPS] SEC(".bss.dir_hops");

__u64 seed = 88172645463325252ull;
__u64 sum;

sl_inline const struct sl_hop4 *find_dir(__u32 addr)
{
	__u32 w = dir_root[addr >> 8];

	if (w & 0x8000)
		w = dir_chunks[((w & 0x7fff) << 8 | (addr & 255)) & (DIR_CHUNKS * 256 - 1)];
	return w ? &dir_hops[w & (HOPS - 1)] : NULL;
}

sl_inline const struct sl_hop4 *find_trie(__u32 addr)
{
	struct sl_lpm4_key key = {32, sl_htonl(addr)};

	return bpf_map_lookup_elem(&trie, &key);
}

#define RUN(name, find, mix)                                                                       \
	SEC("xdp") int name(struct xdp_md *ctx)                                                    \
	{                                                                                          \
		__u64 x = seed, acc = 0;                                                           \
		(void)ctx;                                                                         \
		for (__u32 i = 0; i < LOOKUPS; i++) {                                              \
			__u32 addr;                                                                \
			const struct sl_hop4 *h;                                                   \
			x ^= x << 13;                                                              \
			x ^= x >> 7;                                                               \
			x ^= x << 17;                                                              \
			addr = (__u32)(x >> 20) ^ (mix);                                           \
			h = find;                                                                  \
			acc += h ? h->gw + h->port : 1;                                            \
			/* Nothing the verifier would follow: it would take each round for new. */ \
			asm volatile("%0 ^= 0" : "+r"(acc));                                       \
		}                                                                                  \
		seed = x;                                                                          \
		sum += acc;                                                                        \
		return XDP_DROP;                                                                   \
	}

sl_inline const struct sl_hop4 *find_none(__u32 addr)
{
	return addr == 1 ? &dir_hops[0] : NULL;
}

RUN(nothing, find_none(addr), 0)
RUN(nothing_chained, find_none(addr), (__u32)acc)
RUN(sluice, sl_lpm_find4(&table, &wide, addr), 0)
RUN(sluice_chained, sl_lpm_find4(&table, &wide, addr), (__u32)acc)
RUN(dir, find_dir(addr), 0)
RUN(dir_chained, find_dir(addr), (__u32)acc)
RUN(lpm_trie, find_trie(addr), 0)
RUN(lpm_trie_chained, find_trie(addr), (__u32)acc)

/*
 * While routes change: an address, what it is answered, and what it will be. `seq` is odd while a
 * change is under way.
 */
struct tracked {
	__u32 addr, seq;
	__u64 now, next;
};
struct tracked tracked[TRACKED] SEC(".bss.tracked");
struct {
	__u64 lookups, wrong, changed, unclear;
} seen SEC(".bss.seen");

SEC("xdp") int checked(struct xdp_md *ctx)
{
	__u64 x = seed;

	(void)ctx;
	for (__u32 i = 0; i < LOOKUPS; i++) {
		volatile struct tracked *t;
		const struct sl_hop4 *h;
		__u64 now, next, then, a;
		__u32 before, after;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		t = &tracked[(x >> 20) & (TRACKED - 1)];
		before = t->seq;
		now = t->now;
		next = t->next;
		h = sl_lpm_find4(&table, &wide, t->addr);
		a = h ? (__u64)h->gw << 32 | h->port : ~0ull;
		after = t->seq;
		then = t->next;
		seen.lookups++;
		if (after - before > 1)
			seen.unclear++;
		else if (a != now && (!((before | after) & 1) || (a != next && a != then)))
			seen.wrong++;
		if (before | after)
			seen.changed++;
	}
	seed = x;
	return XDP_DROP;
}
