/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The platform's maps, shared by all programs of port.bpf.c. What keys and values mean is in
 * abi.h; the daemon fills them and pins them by name. Sizes are the largest; whoever loads the
 * object may ask for less.
 */
#ifndef SL_BPF_MAPS_H
#define SL_BPF_MAPS_H

#include "abi.h"
#include "delay.h"
#include "helpers.h"

/* ---- From a packet to its link ------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, struct sl_link4_key);
	__type(value, __u32);
} link4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, struct sl_link6_key);
	__type(value, __u32);
} link6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << SL_HINT_BITS);
	__type(key, __u32);
	__type(value, __u32);
} link_hint SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, struct sl_pair4_key);
	__type(value, __u32);
} pair4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, struct sl_pair6_key);
	__type(value, __u32);
} pair6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, struct sl_direct_key);
	__type(value, __u32);
} direct SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << SL_DIRECT_BITS);
	__type(key, __u32);
	__type(value, __u32);
} direct_on SEC(".maps");

/* ---- Links and tenants --------------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, __u32);
	__type(value, struct sl_link_rec);
} links SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, struct sl_tenant_rec);
} tenant_rec SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_MAX_TENANTS *SL_MAX_DEVS);
	__type(key, __u32);
	__type(value, __u32);
} tenant_dev SEC(".maps");

/* ---- Budgets ------------------------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, struct sl_account);
} accounts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_cpu_share);
} cpu_share SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_node_conf);
} node_conf SEC(".maps");

/* ---- Programs and devices -----------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2 * SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, __u32);
} tenants SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2 * SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, __u32);
} resume SEC(".maps");

/* The same of class thread, and the way there. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2 * SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, __u32);
} on_thread SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2 * SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, __u32);
} back_on_thread SEC(".maps");

struct sl_move {
	struct bpf_spin_lock lock;
	__u32 number;
	__u32 under_way;	  /* CPUs that handed over what was not taken up yet */
	__u32 ticket;		  /* the last given */
	__u64 last[SL_MOVE_CPUS]; /* of each CPU that hands over: number << 32 | ticket, until that
				     is taken up */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_move);
} moves SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_CPUMAP);
			__uint(max_entries, 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct bpf_cpumap_val));
		});
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, SL_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

/* The platform's ends of the two veths whose other ends carry sl_copy0 and sl_copy1. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} copies SEC(".maps");

/* ---- Looking at packets -------------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_MAX_PEEKS);
	__type(key, __u32);
	__type(value, struct sl_peek);
} peeks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SL_PEEK_RING);
} peeked SEC(".maps");

/* Where a copy is put together. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_peeked);
} peek_copy SEC(".maps");

/* ---- Counters -----------------------------------------------------------------------------*/
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_MAX_LINKS);
	__type(key, __u32);
	__type(value, struct sl_link_stats);
} link_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, struct sl_tenant_stats);
} tenant_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, struct sl_delay);
} tenant_delay SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_node_stats);
} node_stats SEC(".maps");

#endif
