/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of the kernel's memory a map takes. */
#ifndef SL_MAP_BYTES_H
#define SL_MAP_BYTES_H

#include <stdint.h>

#include <bpf/bpf.h>

/* A map to be made. */
struct sl_map_spec {
	enum bpf_map_type type;
	const char *name;
	uint32_t key, value, entries, flags;
	int btf; /* type information, and where in it; 0 types: none */
	uint32_t btf_key, btf_value;
	int inner; /* what a map of maps is like: a descriptor; not used with other maps */
};

/* About what the kernel takes for it; per-CPU values on all CPUs included. */
uint64_t sl_map_bytes(const struct sl_map_spec *s);

#endif
