// SPDX-License-Identifier: GPL-2.0-only
/* Images in this process's memory. */
#include <errno.h>
#include <stdlib.h>

#include "loader/lpm/image.h"

static int get(void *arg, unsigned int slot, size_t pages, struct sl_lpm_region *out)
{
	void *words = aligned_alloc(SL_LPM_PAGE, pages * SL_LPM_PAGE);

	(void)arg, (void)slot;
	if (!words)
		return -ENOMEM;
	__builtin_memset(words, 0, pages * SL_LPM_PAGE);
	*out = (struct sl_lpm_region){words, pages, -1};
	return 0;
}

static int grace(void *arg)
{
	struct sl_lpm_memory *m = arg;

	if (m->wait)
		m->wait(m->arg);
	return 0;
}

static int publish(void *arg, unsigned int slot, const struct sl_lpm_region *r)
{
	struct sl_lpm_memory *m = arg;

	m->slots[slot] = r ? *r : (struct sl_lpm_region){0};
	return grace(m);
}

static void put(void *arg, struct sl_lpm_region *r)
{
	struct sl_lpm_memory *m = arg;

	for (unsigned int i = 0; i < SL_LPM_ALL_SLOTS; i++)
		if (m->slots[i].words == r->words)
			return;
	free(r->words);
}

static int current(void *arg, unsigned int slot, struct sl_lpm_region *out)
{
	struct sl_lpm_memory *m = arg;

	if (!m->slots[slot].words)
		return -ENOENT;
	*out = m->slots[slot];
	return 0;
}

const struct sl_lpm_backend sl_lpm_memory_backend = {
	.get = get, .publish = publish, .put = put, .grace = grace, .current = current};

void sl_lpm_memory_free(struct sl_lpm_memory *m)
{
	for (unsigned int i = 0; i < SL_LPM_ALL_SLOTS; i++)
		free(m->slots[i].words);
	*m = (struct sl_lpm_memory){0};
}
