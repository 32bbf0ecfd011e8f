// SPDX-License-Identifier: GPL-2.0-only
/* Lists the kernel's maps without opening one; see map_names.h. */
#include "helpers.h"

#define KERNELS __attribute__((preserve_access_index))

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
} KERNELS;
struct bpf_map {
	__u32 id;
	char name[16];
} KERNELS;
struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} KERNELS;

static long (*bpf_probe_read_kernel)(void *dst, __u32 size, const void *src) = (void *)113;
static long (*bpf_seq_write)(struct seq_file *seq, const void *data, __u32 len) = (void *)127;

SEC("iter/bpf_map")
int map_names(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;
	struct {
		__u32 id;
		char name[16];
	} row = {};

	if (!map)
		return 0;
	row.id = map->id;
	bpf_probe_read_kernel(row.name, sizeof(row.name), map->name);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

LICENSE("GPL");
