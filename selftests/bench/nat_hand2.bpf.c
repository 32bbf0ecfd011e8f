/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nat.click by hand, the second of two: no table of the kernel's. Flows stand in an array, a cache
 * line each; an index finds them by a hash of what the packet looks like, with a few places for
 * each hash and some bits of it to tell flows apart. Both are variables of the program, so that a
 * look-up is no call. Who ends flows does so from outside, by the times noted here, and clears
 * their places in the index before it frees them.
 */
#include "abi.h"
#include "helpers.h"

LICENSE("GPL");

#define START 28 /* where frames begin: H */
#define L3 (START + 14)

#define MAX_FLOWS 16384
#define PLACES (1u << 17)
#define NEAR 8		    /* places looked at for a hash */
#define OUTSIDE 0x016433c6u /* 198.51.100.1, as the other words as in memory */
#define PORTS 64512	    /* from 1024 on */
#define TRIES 16
#define LOOK 32 /* flows looked at for a free one */

struct flow {
	__u64 addresses, ports; /* of packets out: source | destination << 32; ports, protocol */
	__u64 back, back_ports; /* of answers */
	__u32 used, tick;
	__u32 sum_ip, sum_l4; /* what packets out add to their checksums' complement */
	__u32 seen[2];	      /* by direction: SEEN_* of TCP, otherwise packets up to 3 */
	__u64 zero;
};
#define SEEN_DATA 1
#define SEEN_DONE 2
#define SEEN_RESET 4

static struct flow flows[MAX_FLOWS];
/* Direction << 31 | bits of the hash << 16 | flow + 1, 0 for none. */
static __u32 places[PLACES];
static __u64 seed;
static __u32 next_port, next_flow;

sl_inline int refuse(__u32 reason)
{
	return (int)SL_ANSWER(SL_V_DROP, reason, SL_ELEM_NONE);
}

sl_inline __u64 mix(__u64 addresses, __u64 ports)
{
	__u64 x = (addresses ^ seed) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 32;
	x = (x ^ ports) * 0xd6e8feb86659fd93ull;
	return x ^ x >> 32;
}

/* Flow + 1 | direction << 31 of a packet, 0 if it has none. */
sl_inline __u32 find(__u64 addresses, __u64 ports, __u64 hash)
{
	__u32 at = (__u32)hash, tag = (__u32)(hash >> 33) & 0x7fff;

#pragma unroll
	for (int i = 0; i < NEAR; i++) {
		__u32 place = *(volatile __u32 *)&places[(at + i) & (PLACES - 1)];
		const struct flow *f = &flows[(place - 1) & (MAX_FLOWS - 1)];

		if (!place || (place >> 16 & 0x7fff) != tag)
			continue;
		if (place >> 31 ? f->back == addresses && f->back_ports == ports
				: f->addresses == addresses && f->ports == ports)
			return (place & 0xffff) | (place & 0x80000000u);
	}
	return 0;
}

/* ---- A new flow ------------------------------------------------------------------------------*/

sl_noinline int enter_place(__u64 hash, __u32 place)
{
	__u32 tag = (__u32)(hash >> 33) & 0x7fff;

	for (__u32 i = 0; i < NEAR; i++)
		if (!__sync_val_compare_and_swap(&places[((__u32)hash + i) & (PLACES - 1)], 0,
						 place | tag << 16))
			return 0;
	return -1;
}

sl_inline __u32 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Number of a free flow + 1, now used; 0 if there is none near. */
sl_noinline __u32 take_flow(void)
{
	__u32 at = __sync_fetch_and_add(&next_flow, 1);

	for (__u32 i = 0; i < LOOK; i++, at++)
		if (!__sync_val_compare_and_swap(&flows[at & (MAX_FLOWS - 1)].used, 0, 1))
			return (at & (MAX_FLOWS - 1)) + 1;
	return 0;
}

/* Flow + 1 of a packet out that begins one; 0 if there cannot be one. */
sl_noinline __u32 begin(__u64 addresses, __u64 ports)
{
	__u64 back = addresses >> 32 | (__u64)OUTSIDE << 32, back_ports = 0, hash = 0;
	__u32 src = (__u32)addresses, n, sum, port = 0;
	struct flow *f;
	int i;

	if (!seed)
		__sync_val_compare_and_swap(&seed, 0, (__u64)bpf_get_prandom_u32() << 32 | 1);
	for (i = 0; i < TRIES; i++) {
		port = 1024 + __sync_fetch_and_add(&next_port, 1) % PORTS;
		port = __builtin_bswap16((__u16)port);
		/* The destination's port, this one, the protocol. */
		back_ports = (ports >> 16 & 0xffff) | port << 16 | (ports >> 32 << 32);
		hash = mix(back, back_ports);
		if (!find(back, back_ports, hash))
			break;
	}
	n = i < TRIES ? take_flow() : 0;
	if (!n)
		return 0;
	f = &flows[(n - 1) & (MAX_FLOWS - 1)];
	f->addresses = addresses;
	f->ports = ports;
	f->back = back;
	f->back_ports = back_ports;
	sum = (~src & 0xffff) + (~src >> 16) + (OUTSIDE & 0xffff) + (OUTSIDE >> 16);
	f->sum_ip = fold(sum);
	f->sum_l4 = fold(sum + (~(__u32)ports & 0xffff) + port);
	f->seen[0] = f->seen[1] = 0;
	if (enter_place(hash, n | 1u << 31) || enter_place(mix(addresses, ports), n)) {
		f->used = 0;
		return 0;
	}
	return n;
}

/* ---- Packets ---------------------------------------------------------------------------------*/

sl_noinline __u32 sum_of_options(struct xdp_md *ctx, __u32 words)
{
	__u32 sum = 0, w;

	for (__u32 i = 0; i < 15; i++) {
		if (i >= words)
			break;
		if (bpf_xdp_load_bytes(ctx, L3 + 4 * i, &w, 4))
			return 0;
		sum += (w & 0xffff) + (w >> 16);
	}
	return fold(sum);
}

/* `flags`: TCP's; `data`: there are bytes behind the headers. */
sl_inline __u32 note(__u32 seen, __u32 flags, int data)
{
	if (data)
		seen = (seen | SEEN_DATA) & (flags & 5 ? ~0u : ~(__u32)SEEN_DONE);
	if (sl_unlikely(flags & 7)) {
		if ((flags & 7) == 2)
			seen &= ~(__u32)SEEN_DONE;
		seen |= flags & 1 ? SEEN_DONE : 0;
		seen |= flags & 4 ? SEEN_RESET : 0;
	}
	return seen;
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	__u8 *p = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end, *l4;
	__u32 w0, w1, w2, dev, n, dir, delta, check, protocol, seen, tick;
	__u64 have, len, sum, addresses, ports, hlen = 20;
	struct flow *f;

	if (p + L3 > end)
		return refuse(SL_R_SHORT);
	dev = p[0];
	if (dev > 1)
		return refuse(SL_R_NODEV);
	if (*(__u16 *)(p + L3 - 2) != 8)
		return refuse(SL_R_ELEMENT);
	if (p + L3 + 20 > end)
		return refuse(SL_R_SHORT);
	w0 = *(__u32 *)(p + L3);
	w1 = *(__u32 *)(p + L3 + 4);
	w2 = *(__u32 *)(p + L3 + 8);
	addresses = *(__u64 *)(p + L3 + 12);
	len = __builtin_bswap16(w0 >> 16);
	have = (__u64)(end - (p + L3));
	if (sl_likely((w0 & 0xff) == 0x45)) {
		sum = (__u64)w0 + w1 + w2 + (addresses & 0xffffffff) + (addresses >> 32);
		sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
		sum = (sum & 0xffff) + (sum >> 16);
	} else {
		hlen = 4 * (w0 & 15);
		if ((w0 & 0xf0) != 0x40 || hlen < 20)
			return refuse(SL_R_BADHDR);
		sum = len < hlen || len > have ? 0xffff : sum_of_options(ctx, w0 & 15);
	}
	if (len < hlen || len > have)
		return refuse(SL_R_BADHDR);
	if (sum != 0xffff)
		return refuse(SL_R_BADSUM);
	if (sl_unlikely((__u32)addresses + 1 <= 1 || (__u32)addresses == 0xff00000a) && !dev &&
	    addresses >> 32 != 0xfe00000a)
		return refuse(SL_R_BADADDR);
	if ((w2 & 0xff) < 2)
		return refuse(SL_R_TTL);
	protocol = w2 >> 8 & 0xff;
	if (protocol != 6 && protocol != 17)
		return refuse(SL_R_ELEMENT);
	if (w1 & 0xff1f0000)
		return refuse(SL_R_FRAGMENT);
	l4 = p + L3 + hlen;
	if (l4 + 8 > end || len < hlen + 8)
		return refuse(SL_R_SHORT);
	ports = *(__u32 *)l4 | (__u64)protocol << 32;
	n = find(addresses, ports, mix(addresses, ports));
	if (sl_unlikely(!n)) {
		if (dev)
			return refuse(SL_R_ELEMENT);
		n = begin(addresses, ports);
		if (!n)
			return refuse(SL_R_STATE);
	}
	f = &flows[(n - 1) & (MAX_FLOWS - 1)];
	dir = n >> 31;

	/* Time to live and an address: one less in the one is fe ff more in the checksum. */
	delta = dir ? f->sum_ip ^ 0xffff : f->sum_ip;
	check = fold((~w2 >> 16) + delta + 0xfffe);
	*(__u32 *)(p + L3 + 8) = ((w2 - 1) & 0xffff) | (~check & 0xffff) << 16;
	delta = dir ? f->sum_l4 ^ 0xffff : f->sum_l4;
	/* Of packets out the source changes, of answers the destination. */
	if (dir) {
		*(__u32 *)(p + L3 + 16) = (__u32)f->addresses;
		*(__u16 *)(l4 + 2) = (__u16)f->ports;
	} else {
		*(__u32 *)(p + L3 + 12) = OUTSIDE;
		*(__u16 *)l4 = (__u16)(f->back_ports >> 16);
	}
	seen = f->seen[dir];
	if (protocol == 6) {
		if (l4 + 18 <= end && len >= hlen + 18) {
			__u32 now = note(seen, l4[13], hlen + (l4[12] >> 4) * 4u < len);

			check = *(__u16 *)(l4 + 16) ^ 0xffff;
			*(__u16 *)(l4 + 16) = (__u16)~fold(check + delta);
			if (now != seen)
				f->seen[dir] = now;
		}
	} else {
		check = *(__u16 *)(l4 + 6);
		if (check) {
			check = ~fold((check ^ 0xffff) + delta) & 0xffff;
			*(__u16 *)(l4 + 6) = (__u16)(check ? check : 0xffff);
		}
		if (seen < 3)
			f->seen[dir] = seen + 1;
	}
	tick = (__u32)bpf_jiffies64();
	if (f->tick != tick)
		f->tick = tick;
	dir = !dir;
	*(__u64 *)(p + START) = 0x0002a00000000006ull + ((__u64)dir << 40);
	*(__u32 *)(p + START + 8) = 0xa0000000u + (dir << 24);
	if (sl_unlikely(have != len) && bpf_xdp_adjust_tail(ctx, (int)(len - have)))
		return refuse(SL_R_BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, dir, START);
}
