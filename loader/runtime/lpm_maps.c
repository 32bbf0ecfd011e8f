// SPDX-License-Identifier: GPL-2.0-only
/* Route tables in BPF maps. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/lpm.h"
#include "loader/mem.h"
#include "loader/runtime/lpm_maps.h"

#ifndef BPF_F_INNER_MAP
#define BPF_F_INNER_MAP (1U << 12)
#endif

/* Programs never look at the last slot: changing it waits for those that run. */
#define SLOT_GRACE SL_LPM_SLOTS

/* Images of `wide` are all of one size, which makes looking them up cheaper. */
static int new_image(bool wide, size_t pages, struct sl_charge *charge)
{
	const struct sl_map_spec s = {.type = BPF_MAP_TYPE_ARRAY,
				      .name = wide ? "sl_lpm_wide" : "sl_lpm",
				      .key = 4,
				      .value = SL_LPM_PAGE,
				      .entries = (uint32_t)pages,
				      .flags = BPF_F_MMAPABLE | (wide ? 0 : BPF_F_INNER_MAP)};

	return sl_charge_map(charge, &s);
}

int sl_lpm_maps_new(const char *name, bool wide, struct sl_charge *charge)
{
	/* Only what it is like is taken from it. */
	_close_ int inner = new_image(wide, wide ? SL_LPM_WIDE_PAGES : 1, NULL);
	const struct sl_map_spec s = {.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
				      .name = name,
				      .key = 4,
				      .value = 4,
				      .entries = wide ? 1 : SLOT_GRACE + 1,
				      .inner = inner};

	return inner < 0 ? inner : sl_charge_map(charge, &s);
}

static int map_in(int fd, size_t pages, struct sl_lpm_region *out)
{
	void *p = mmap(NULL, pages * SL_LPM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	*out = (struct sl_lpm_region){p, pages, fd};
	return 0;
}

static int get(void *arg, unsigned int slot, size_t pages, struct sl_lpm_region *out)
{
	const struct sl_lpm_maps *m = arg;
	_close_ int fd = new_image(slot == SL_LPM_WIDE, pages, m->charge);
	int ret = fd < 0 ? fd : map_in(fd, pages, out);

	if (!ret)
		TAKE_FD(fd);
	return ret;
}

static int entry_of(const struct sl_lpm_maps *m, unsigned int slot, uint32_t *entry)
{
	*entry = slot == SL_LPM_WIDE ? 0 : slot;
	return slot == SL_LPM_WIDE ? m->wide : m->table;
}

/* The kernel answers a change of a map of maps when programs that might use the old one are over.
 */
static int publish(void *arg, unsigned int slot, const struct sl_lpm_region *r)
{
	uint32_t entry;
	int outer = entry_of(arg, slot, &entry);

	if (r)
		return bpf_map_update_elem(outer, &entry, &r->fd, BPF_ANY) ? -errno : 0;
	return bpf_map_delete_elem(outer, &entry) && errno != ENOENT ? -errno : 0;
}

static void put(void *arg, struct sl_lpm_region *r)
{
	(void)arg;
	munmap(r->words, r->pages * SL_LPM_PAGE);
	close(r->fd);
}

static int grace(void *arg)
{
	const struct sl_lpm_maps *m = arg;
	_close_ int inner = new_image(false, 1, NULL);
	uint32_t entry = SLOT_GRACE;

	if (inner < 0)
		return inner;
	return bpf_map_update_elem(m->table, &entry, &inner, BPF_ANY) ? -errno : 0;
}

static int current(void *arg, unsigned int slot, struct sl_lpm_region *out)
{
	struct bpf_map_info info = {0};
	uint32_t entry, id, len = sizeof(info);
	int outer = entry_of(arg, slot, &entry), ret;
	_close_ int fd = -1;

	if (outer < 0 || bpf_map_lookup_elem(outer, &entry, &id))
		return outer < 0 ? -ENOENT : -errno;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	ret = map_in(fd, info.max_entries, out);
	if (!ret)
		TAKE_FD(fd);
	return ret;
}

const struct sl_lpm_backend sl_lpm_maps_backend = {
	.get = get, .publish = publish, .put = put, .grace = grace, .current = current};
