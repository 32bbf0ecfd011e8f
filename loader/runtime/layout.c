// SPDX-License-Identifier: GPL-2.0-only
/* Comparing layouts of maps by sizes and by BTF. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/layout.h"

/* Types in map values nest a few levels; pointers are not followed, so nothing is circular. */
#define MAX_DEPTH 32

static __u32 strip(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

static bool equal(const struct btf *a, __u32 id_a, const struct btf *b, __u32 id_b, int depth);

static bool members_equal(const struct btf *a, const struct btf_type *ta, const struct btf *b,
			  const struct btf_type *tb, int depth)
{
	const struct btf_member *ma = btf_members(ta), *mb = btf_members(tb);

	for (__u32 i = 0; i < btf_vlen(ta); i++) {
		if (btf_member_bit_offset(ta, i) != btf_member_bit_offset(tb, i) ||
		    btf_member_bitfield_size(ta, i) != btf_member_bitfield_size(tb, i) ||
		    strcmp(btf__name_by_offset(a, ma[i].name_off),
			   btf__name_by_offset(b, mb[i].name_off)) ||
		    !equal(a, ma[i].type, b, mb[i].type, depth))
			return false;
	}
	return true;
}

static bool equal(const struct btf *a, __u32 id_a, const struct btf *b, __u32 id_b, int depth)
{
	const struct btf_type *ta, *tb;

	id_a = strip(a, id_a);
	id_b = strip(b, id_b);
	if (!id_a || !id_b)
		return id_a == id_b;
	ta = btf__type_by_id(a, id_a);
	tb = btf__type_by_id(b, id_b);
	if (depth == MAX_DEPTH || !ta || !tb || btf_kind(ta) != btf_kind(tb))
		return false;
	switch (btf_kind(ta)) {
	case BTF_KIND_ARRAY:
		return btf_array(ta)->nelems == btf_array(tb)->nelems &&
		       equal(a, btf_array(ta)->type, b, btf_array(tb)->type, depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return ta->size == tb->size && btf_vlen(ta) == btf_vlen(tb) &&
		       members_equal(a, ta, b, tb, depth + 1);
	case BTF_KIND_INT:
		return ta->size == tb->size && btf_int_encoding(ta) == btf_int_encoding(tb) &&
		       btf_int_bits(ta) == btf_int_bits(tb);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return ta->size == tb->size;
	default:
		/* Pointers and functions mean nothing outside the program that wrote them. */
		return false;
	}
}

bool sl_btf_equal(const struct btf *a, __u32 id_a, const struct btf *b, __u32 id_b)
{
	return equal(a, id_a, b, id_b, 0);
}

int sl_map_layout_equal(int fd, const struct bpf_map *map, const struct btf *object_btf,
			bool *equal_out)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);
	struct btf *btf;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	/* The kernel adds this to every devmap by itself. */
	if (info.type == BPF_MAP_TYPE_DEVMAP || info.type == BPF_MAP_TYPE_DEVMAP_HASH)
		info.map_flags &= ~BPF_F_RDONLY_PROG;
	if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map) ||
	    info.max_entries != bpf_map__max_entries(map) ||
	    info.map_flags != bpf_map__map_flags(map)) {
		*equal_out = false;
		return 0;
	}
	/* Maps of programs and devices have no types in the kernel. */
	if (!info.btf_id || !object_btf) {
		*equal_out = true;
		return 0;
	}
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return -errno;
	*equal_out = sl_btf_equal(btf, info.btf_key_type_id, object_btf,
				  bpf_map__btf_key_type_id(map)) &&
		     sl_btf_equal(btf, info.btf_value_type_id, object_btf,
				  bpf_map__btf_value_type_id(map));
	btf__free(btf);
	return 0;
}
