/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of the kernel's memory a map takes: what Linux 6.1 and later allocate when it is made.
 * All maps made here have their memory from the beginning.
 */
#include "loader/runtime/map_bytes.h"

#include <stdbool.h>

#include <bpf/libbpf.h>

/* The map itself, and the file that a descriptor leads to. */
#define MAP 1024u
#define FILE_OF 448u
/* Of a hash table: an entry beside key and value, a bucket, and each CPU's lists. */
#define ENTRY 48u
#define BUCKET 16u
#define LISTS 256u
#define PAGE 4096u

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint64_t power_of_2(uint64_t n)
{
	uint64_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

/* One allocation: of a power of two, or of whole pages. */
static uint64_t allocated(uint64_t n)
{
	return n <= 8 * PAGE ? power_of_2(n) : round_up(n, PAGE);
}

static uint64_t hash_bytes(const struct sl_map_spec *s, uint64_t cpus)
{
	bool lru = s->type == BPF_MAP_TYPE_LRU_HASH;
	uint64_t each = ENTRY + round_up(s->key, 8) + round_up(s->value, 8);
	/* One entry more a CPU, so that a full table can be updated. */
	uint64_t entries = s->entries + (lru ? 0 : cpus);

	return MAP + LISTS * cpus + allocated(each * entries) +
	       allocated(BUCKET * power_of_2(s->entries));
}

static uint64_t bytes(const struct sl_map_spec *s, uint64_t cpus)
{
	uint64_t values = round_up(s->value, 8) * s->entries;

	switch (s->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
		return hash_bytes(s, cpus);
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return MAP + 8ull * s->entries + values * cpus;
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return MAP + 8ull * s->entries;
	case BPF_MAP_TYPE_RINGBUF:
		/* Two positions, the ring's head, and the list of pages, which are there twice. */
		return round_up(s->entries, PAGE) + 4 * PAGE +
		       allocated(16ull * (s->entries / PAGE + 4));
	default:
		if (s->flags & BPF_F_MMAPABLE)
			return PAGE + round_up(values, PAGE);
		return allocated(MAP / 2 + values);
	}
}

uint64_t sl_map_bytes(const struct sl_map_spec *s)
{
	int possible = libbpf_num_possible_cpus();

	return FILE_OF + bytes(s, possible > 0 ? (uint64_t)possible : 1);
}
