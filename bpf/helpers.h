/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's side of every BPF program here: context, map definitions, helper functions. Only
 * what is used, without system headers, so that a graph compiles in tens of milliseconds and
 * tenants' code sees nothing else. Numbers and layouts are the kernel's ABI
 * (include/uapi/linux/bpf.h); names are the kernel's and libbpf's.
 */
#ifndef SL_BPF_HELPERS_H
#define SL_BPF_HELPERS_H

#include "types.h"

#define SEC(name) __attribute__((section(name), used))
#define LICENSE(text) char _license[] SEC("license") = text

/* A function of its own: a frame in the verifier's eyes, checked at each call. */
#define sl_noinline static __attribute__((noinline, unused))
/* A function the verifier checks once, on its own, whatever its callers pass. */
#define sl_global __attribute__((noinline))

/* ---- Context --------------------------------------------------------------------------------*/
struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex; /* only in programs of a devmap */
};

enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

/* ---- Maps: members of the anonymous struct that libbpf reads from BTF -------------------------*/
#define __uint(name, value) int(*name)[value]
#define __type(name, value) __typeof__(value) *name
#define __array(name, value) __typeof__(value) *name[]
enum { LIBBPF_PIN_NONE, LIBBPF_PIN_BY_NAME };

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_CPUMAP = 16,
	BPF_MAP_TYPE_XSKMAP = 17,
	BPF_MAP_TYPE_DEVMAP_HASH = 25,
	BPF_MAP_TYPE_RINGBUF = 27,
};

/* Flags of map definitions. */
#define BPF_F_NO_PREALLOC (1u << 0)
#define BPF_F_RDONLY_PROG (1u << 7)
#define BPF_F_MMAPABLE (1u << 10)
#define BPF_F_INNER_MAP (1u << 12)

/* Flags of bpf_map_update_elem. */
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };

/* Flags of bpf_redirect_map. */
#define BPF_F_BROADCAST (1ULL << 3)
#define BPF_F_EXCLUDE_INGRESS (1ULL << 4)

/* Flags of bpf_ringbuf_output. */
#define BPF_RB_NO_WAKEUP (1ULL << 0)
#define BPF_RB_FORCE_WAKEUP (1ULL << 1)

struct bpf_spin_lock {
	__u32 val;
};

/* A value of an array of devices or of a cpumap. */
struct bpf_devmap_val {
	__u32 ifindex;
	int prog_fd;
};
struct bpf_cpumap_val {
	__u32 qsize;
	int prog_fd;
};

/* Key of a longest-prefix-match trie, IPv4 and IPv6; `prefixlen` in bits, addresses as sent. */
struct sl_lpm4_key {
	__u32 prefixlen;
	__be32 addr;
};
struct sl_lpm6_key {
	__u32 prefixlen;
	__u8 addr[16];
};

/* ---- Looking up the host's routes -------------------------------------------------------------*/
struct bpf_fib_lookup {
	__u8 family; /* 2: IPv4, 10: IPv6 */
	__u8 l4_protocol;
	__be16 sport, dport;
	__u16 tot_len; /* in: length to check; out: the route's MTU */
	__u32 ifindex;
	union {
		__u8 tos;
		__be32 flowinfo;
		__u32 rt_metric;
	};
	union {
		__be32 ipv4_src;
		__be32 ipv6_src[4];
	};
	union {
		__be32 ipv4_dst; /* out: the gateway */
		__be32 ipv6_dst[4];
	};
	__be16 h_vlan_proto, h_vlan_TCI;
	__u8 smac[6], dmac[6];
};
_Static_assert(sizeof(struct bpf_fib_lookup) == 64, "the kernel's layout");

/* ---- Helper functions -------------------------------------------------------------------------
 * Each is the number the kernel knows it by; all are there from Linux 6.1 on.
 */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 __u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static long (*const bpf_trace_printk)(const char *fmt, __u32 fmt_size, ...) = (void *)6;
static __u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static __u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_tail_call)(void *ctx, void *prog_array, __u32 index) = (void *)12;
static long (*const bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)23;
/* At most 512 bytes a call, sizes multiples of 4. */
static __s64 (*const bpf_csum_diff)(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size,
				    __wsum seed) = (void *)28;
static long (*const bpf_xdp_adjust_head)(struct xdp_md *ctx, int delta) = (void *)44;
static long (*const bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)51;
static long (*const bpf_xdp_adjust_meta)(struct xdp_md *ctx, int delta) = (void *)54;
static long (*const bpf_xdp_adjust_tail)(struct xdp_md *ctx, int delta) = (void *)65;
static long (*const bpf_fib_lookup)(void *ctx, struct bpf_fib_lookup *params, int plen,
				    __u32 flags) = (void *)69;
static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;
static __u64 (*const bpf_jiffies64)(void) = (void *)118;
static long (*const bpf_ringbuf_output)(void *ring, void *data, __u64 size,
					__u64 flags) = (void *)130;
static void *(*const bpf_ringbuf_reserve)(void *ring, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *data, __u64 flags) = (void *)132;
static void (*const bpf_ringbuf_discard)(void *data, __u64 flags) = (void *)133;
static __u64 (*const bpf_ktime_get_coarse_ns)(void) = (void *)160;
static long (*const bpf_loop)(__u32 nr_loops, void *callback, void *callback_ctx,
			      __u64 flags) = (void *)181;
static __u64 (*const bpf_xdp_get_buff_len)(struct xdp_md *ctx) = (void *)188;
static long (*const bpf_xdp_load_bytes)(struct xdp_md *ctx, __u32 offset, void *buf,
					__u32 len) = (void *)189;
static long (*const bpf_xdp_store_bytes)(struct xdp_md *ctx, __u32 offset, void *buf,
					 __u32 len) = (void *)190;
static __u64 (*const bpf_ktime_get_tai_ns)(void) = (void *)208;

#endif
