/* SPDX-License-Identifier: GPL-2.0-only */
/* What running graphs take: the kernel is asked what maps there are. */
#include <string.h>

#include "bpf/lpm.h"
#include "loader/mem.h"
#include "loader/runtime/load.h"
#include "loader/runtime/memory.h"

/* Maps that were counted, by id. */
struct seen {
	uint32_t *ids;
	size_t n, cap;
};

static bool first_time(struct seen *s, uint32_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->ids[i] == id)
			return false;
	if (!SL_GROW(s->ids, s->n, s->cap))
		s->ids[s->n++] = id;
	return true;
}

static uint64_t map_bytes(struct seen *seen, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	struct sl_map_spec s;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !first_time(seen, info.id))
		return 0;
	s = (struct sl_map_spec){.type = (enum bpf_map_type)info.type,
				 .key = info.key_size,
				 .value = info.value_size,
				 .entries = info.max_entries,
				 .flags = info.map_flags};
	return sl_map_bytes(&s);
}

/* A map of maps, and what is in it. */
static uint64_t table_bytes(struct seen *seen, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	uint64_t n = map_bytes(seen, fd);

	if (!n || bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    info.type != BPF_MAP_TYPE_ARRAY_OF_MAPS)
		return n;
	for (uint32_t k = 0; k < info.max_entries; k++) {
		_close_ int inner = -1;
		uint32_t id;

		if (bpf_map_lookup_elem(fd, &k, &id))
			continue;
		inner = bpf_map_get_fd_by_id(id);
		n += map_bytes(seen, inner);
	}
	return n;
}

void sl_memory_now(const struct sl_memory_user *users, size_t n, struct sl_memory_sum *out)
{
	struct seen seen = {0};

	*out = (struct sl_memory_sum){0};
	for (size_t i = 0; i < n; i++) {
		const struct sl_loaded *l = users[i].l;
		uint64_t scratch;

		if (!l)
			continue;
		for (uint32_t k = 0; k < l->n_pages; k++)
			out->counters += map_bytes(&seen, l->pages[k]);
		for (uint32_t k = 0; k < l->n_tables; k++)
			out->tables += table_bytes(&seen, l->tables[k]);
		out->words += map_bytes(&seen, l->shown) + map_bytes(&seen, l->data) +
			      map_bytes(&seen, l->rodata) + map_bytes(&seen, l->chain) +
			      map_bytes(&seen, l->events);
		scratch = map_bytes(&seen, l->scratch);
		out->per_cpu += scratch;
		out->programs += sl_memory_uncharged(users[i].c) - scratch;
	}
	free(seen.ids);
}
