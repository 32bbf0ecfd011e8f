/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of neighbours that an ARPQuerier works with: its own, or that of an ARPTable, which
 * several ARPQueriers may share.
 *
 * In front of the tables is an array that remembers for a few ticks what was found: looking into a
 * table and at a clock for each packet costs more than all else a router does.
 */
#ifndef SL_ELEMENT_ARP_TABLE_H
#define SL_ELEMENT_ARP_TABLE_H

#include "mac.h"
#include "../neigh.h"

struct arp_table_conf {
	__u64 timeout_ns; /* an entry is valid so long; 0: for ever */
	/* Not for the data path. */
	__u32 entries, waiting, slots; /* sizes of the tables */
};

struct arp_table_rw {
	__u32 epoch; /* goes up when a handler changes the tables: slots of another are void */
	__u32 zero;
};

/*
 * A neighbour looked up lately, in the array of slots. Several CPUs write without a lock: each word
 * that holds a part of the Ethernet address says whose it is.
 */
struct arp_table_slot {
	__u64 front; /* IP address, first four bytes of its Ethernet address */
	__u64 back;  /* IP address, last two bytes, epoch */
	__u64 tick;  /* when it was looked up */
};
#define ARP_TABLE_SLOTS 1024
#define ARP_TABLE_TICKS 8

/* A slot's word as it is in memory at this moment. */
#define ARP_TABLE_WORD(w) (*(volatile __u64 *)&(w))

/* Index of an address's slot; neighbours of one network get different ones. */
sl_inline __u32 arp_table_index(__be32 ip)
{
	__u32 a = sl_ntohl(ip);

	return (a ^ a >> 10 ^ a >> 20) & (ARP_TABLE_SLOTS - 1);
}

/* Takes an Ethernet address from a slot. 0 when it is not there, or old. */
sl_inline int arp_table_recall(struct arp_table_slot *s, __be32 ip, __u64 tick, __u32 epoch,
			       __u8 mac[SL_ETH_ALEN])
{
	__u64 front = ARP_TABLE_WORD(s->front), back = ARP_TABLE_WORD(s->back);
	__u32 head = (__u32)front;
	__u16 tail = (__u16)(back >> 16);

	if ((__u32)(front >> 32) != ip || (__u32)(back >> 32) != ip || (__u16)back != (__u16)epoch)
		return 0;
	if (tick - ARP_TABLE_WORD(s->tick) >= ARP_TABLE_TICKS)
		return 0;
	__builtin_memcpy(mac, &head, 4);
	__builtin_memcpy(mac + 4, &tail, 2);
	return 1;
}

sl_inline void arp_table_remember(struct arp_table_slot *s, __be32 ip, __u64 tick, __u32 epoch,
				  const __u8 mac[SL_ETH_ALEN])
{
	__u32 head;
	__u16 tail;

	__builtin_memcpy(&head, mac, 4);
	__builtin_memcpy(&tail, mac + 4, 2);
	ARP_TABLE_WORD(s->front) = (__u64)ip << 32 | head;
	ARP_TABLE_WORD(s->back) = (__u64)ip << 32 | (__u32)tail << 16 | (epoch & 0xffff);
	ARP_TABLE_WORD(s->tick) = tick;
}

/* Whether an answer that came at `updated` is still good. */
sl_inline int arp_table_valid(const struct arp_table_conf *c, __u64 updated, __u64 now)
{
	return !c->timeout_ns || (__s64)(now - updated) <= (__s64)c->timeout_ns;
}

/* `ip` is at `mac`, as it has just said. */
sl_inline void arp_table_learn(void *known, void *wait, void *slots, __be32 ip, const __u8 *mac,
			       __u64 now)
{
	struct sl_neigh_known k = {0};
	struct arp_table_slot *slot;
	__u32 index;

	sl_mac_copy(k.eth, mac);
	k.updated = now;
	k.asked = now - SL_NEIGH_SLOW_GAP_NS;
	sl_table_set(known, &ip, &k, 0);
	sl_table_del(wait, &ip);
	index = arp_table_index(ip);
	slot = sl_table_find(slots, &index);
	SL_SURELY(slot, );
	ARP_TABLE_WORD(slot->front) = 0;
}

#endif
