/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether two maps are laid out alike, so that one can take the other's place with its contents. */
#ifndef SL_LAYOUT_H
#define SL_LAYOUT_H

#include <stdbool.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

/*
 * Whether two types are the same to who reads bytes by them: kinds, sizes, and names, places and
 * types of all members. Typedefs, const and volatile make no difference. Id 0 (void, or not known)
 * equals only itself.
 */
bool sl_btf_equal(const struct btf *a, __u32 id_a, const struct btf *b, __u32 id_b);

/*
 * Whether the live map `fd` could be `map` of an opened object: type, sizes, number of entries,
 * flags, and the types of key and value where the kernel knows them. 0 and *equal, or -errno.
 */
int sl_map_layout_equal(int fd, const struct bpf_map *map, const struct btf *object_btf,
			bool *equal);

#endif
