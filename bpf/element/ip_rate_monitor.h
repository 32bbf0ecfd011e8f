/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPRateMonitor: rates of packets from and to networks, which are looked at more closely the busier
 * they are. A network of 8, 16, 24 or 32 bits has a row in one table; a row that is open has rows
 * of the networks inside. Rows are opened here, when a packet finds them busy; loader/element
 * closes those that no longer are, once a second, and takes away what was inside.
 */
#ifndef SL_ELEMENT_IP_RATE_MONITOR_H
#define SL_ELEMENT_IP_RATE_MONITOR_H

#include "verdict.h"

/* As Click's rates are: what came within 8 ms weighs a thirty-second, ten bits of fraction. */
#define IP_RATE_MONITOR_EPOCH_NS 8000000
#define IP_RATE_MONITOR_EPOCHS 125 /* a second */
#define IP_RATE_MONITOR_STABILITY 5
#define IP_RATE_MONITOR_SCALE 10
#define IP_RATE_MONITOR_LEVELS 4
#define IP_RATE_MONITOR_ALWAYS (1u << 28)

/* Offsets of Click's annotations. */
#define IP_RATE_MONITOR_FWD_ANNO 20
#define IP_RATE_MONITOR_REV_ANNO 24

struct ip_rate_monitor_conf {
	__u8 bytes;
	__u8 anno;
	__u32 ratio; /* of the packets that count, times 2^28 */
	__u32 thresh;
	__u32 capacity;
};

struct ip_rate_monitor_rw {
	__u64 since; /* when the first packet came, or it was reset; 0: not yet */
	__u64 tidied;
	__u64 thresh; /* for who reads no arguments */
};

struct ip_rate_monitor_key {
	__u32 prefix; /* host order, what is behind the network's bits is 0 */
	__u32 level;  /* (bits / 8) - 1 */
};

/* Times are epochs. Rates: 0 by source (forward), 1 by destination (reverse). */
struct ip_rate_monitor_row {
	__u64 epoch;	/* what is being counted */
	__u64 count[2]; /* what came in it */
	__u64 avg[2];	/* of an epoch, times 2^10 */
	__u64 open;
	__u64 until; /* it stays closed so long */
};

sl_inline __u32 ip_rate_monitor_prefix(__u32 addr, __u32 level)
{
	return addr & (0xffffffffu << (24 - 8 * (level & 3)));
}

/* The average after an epoch with `count` and `empty` more with nothing, 31/32 each. */
sl_inline __u64 ip_rate_monitor_after(__u64 avg, __u64 count, __u64 empty)
{
	__s64 more = (__s64)((count << IP_RATE_MONITOR_SCALE) +
			     (1 << (IP_RATE_MONITOR_STABILITY - 1)) - avg);

	avg += (__u64)(more >> IP_RATE_MONITOR_STABILITY);
	if (!empty)
		return avg;
	if (empty >= 512)
		return 0;
#define IP_RATE_MONITOR_LEFT(bit, factor)                                                          \
	if (empty & (bit))                                                                         \
	avg = avg * (factor) >> 16
	IP_RATE_MONITOR_LEFT(1, 63488);
	IP_RATE_MONITOR_LEFT(2, 61504);
	IP_RATE_MONITOR_LEFT(4, 57720);
	IP_RATE_MONITOR_LEFT(8, 50836);
	IP_RATE_MONITOR_LEFT(16, 39434);
	IP_RATE_MONITOR_LEFT(32, 23728);
	IP_RATE_MONITOR_LEFT(64, 8591);
	IP_RATE_MONITOR_LEFT(128, 1126);
	IP_RATE_MONITOR_LEFT(256, 19);
	return avg;
}

/* A second's worth of an average. */
sl_inline __u64 ip_rate_monitor_rate(__u64 avg)
{
	return avg * IP_RATE_MONITOR_EPOCHS >> IP_RATE_MONITOR_SCALE;
}

/* `n` more came by source (0) or destination (1). The CPU that first sees a new epoch takes what
 * all of them counted in the last. */
sl_inline void ip_rate_monitor_count(struct ip_rate_monitor_row *row, __u64 now, __u32 which,
				     __u64 n)
{
	__u64 last = *(volatile __u64 *)&row->epoch;

	if ((__s64)(now - last) > 0 &&
	    __sync_val_compare_and_swap(&row->epoch, last, now) == last) {
		__u64 fwd = *(volatile __u64 *)&row->count[0];
		__u64 rev = *(volatile __u64 *)&row->count[1];

		__sync_fetch_and_add(&row->count[0], -fwd);
		__sync_fetch_and_add(&row->count[1], -rev);
		row->avg[0] = ip_rate_monitor_after(row->avg[0], fwd, now - last - 1);
		row->avg[1] = ip_rate_monitor_after(row->avg[1], rev, now - last - 1);
	}
	if (which)
		__sync_fetch_and_add(&row->count[1], n);
	else
		__sync_fetch_and_add(&row->count[0], n);
}

/* The row of a network, made if there is none. NULL: there is no room. */
sl_inline struct ip_rate_monitor_row *
ip_rate_monitor_row(void *rows, const struct ip_rate_monitor_key *k, __u64 now)
{
	struct ip_rate_monitor_row *row = sl_table_find(rows, k), none = {.epoch = now};

	if (sl_likely(row))
		return row;
	sl_table_set(rows, k, &none, 1);
	return sl_table_find(rows, k);
}

/* Opens a row: the network inside that the packet is of begins with the same rates. */
sl_inline void ip_rate_monitor_open(void *rows, struct ip_rate_monitor_row *row, __u32 addr,
				    __u32 level)
{
	struct ip_rate_monitor_key k = {ip_rate_monitor_prefix(addr, level + 1), level + 1};
	struct ip_rate_monitor_row inside = *row;

	inside.open = inside.until = 0;
	sl_table_set(rows, &k, &inside, 1);
	if (sl_table_find(rows, &k))
		row->open = 1;
}

sl_inline __u32 ip_rate_monitor(struct sl_pkt *p, __u32 port, const struct ip_rate_monitor_conf *c,
				struct ip_rate_monitor_rw *rw, void *rows)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct ip_rate_monitor_row *row = NULL;
	__u64 now = sl_now_ns(p) / IP_RATE_MONITOR_EPOCH_NS, fwd, rev;
	__u32 addr, level, n;
	int counts;

	if (!ip)
		return SL_KILL(SHORT);
	addr = sl_ntohl(port ? ip->dst : ip->src);
	n = c->bytes ? sl_ntohs(ip->len) : 1;
	counts = c->ratio >= IP_RATE_MONITOR_ALWAYS || (sl_random(p) >> 4) < c->ratio;
	if (!*(volatile __u64 *)&rw->since)
		rw->since = now;
	for (level = 0; level < IP_RATE_MONITOR_LEVELS; level++) {
		struct ip_rate_monitor_key k = {ip_rate_monitor_prefix(addr, level), level};

		row = ip_rate_monitor_row(rows, &k, now);
		if (!row)
			return SL_OUT(port);
		if (counts)
			ip_rate_monitor_count(row, now, port, n);
		/* Addresses' rows are never open. */
		if (!*(volatile __u64 *)&row->open)
			break;
	}
	fwd = ip_rate_monitor_rate(*(volatile __u64 *)&row->avg[0]);
	rev = ip_rate_monitor_rate(*(volatile __u64 *)&row->avg[1]);
	if (c->anno) {
		sl_set_anno_u32(p, IP_RATE_MONITOR_FWD_ANNO, (__u32)fwd);
		sl_set_anno_u32(p, IP_RATE_MONITOR_REV_ANNO, (__u32)rev);
	}
	if ((fwd >= c->thresh || rev >= c->thresh) && level < IP_RATE_MONITOR_LEVELS - 1 &&
	    *(volatile __u64 *)&row->until < now)
		ip_rate_monitor_open(rows, row, addr, level);
	return SL_OUT(port);
}

#endif
