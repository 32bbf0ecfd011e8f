// SPDX-License-Identifier: GPL-2.0-only
/* The platform's counters, summed over all CPUs. All their members are __u64. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/platform_priv.h"

static int sum(const struct sl_platform *p, enum sl_platform_map m, uint32_t key, void *out,
	       size_t size)
{
	_free_ __u64 *all = calloc(p->n_cpus, size);
	__u64 *total = out;
	size_t words = size / sizeof(__u64);

	if (!all)
		return -ENOMEM;
	if (bpf_map_lookup_elem(p->maps[m], &key, all) < 0)
		return -errno;
	memset(out, 0, size);
	for (int cpu = 0; cpu < p->n_cpus; cpu++)
		for (size_t i = 0; i < words; i++)
			total[i] += all[cpu * words + i];
	return 0;
}

static int reset(const struct sl_platform *p, enum sl_platform_map m, uint32_t key, size_t size)
{
	_free_ void *zero = calloc(p->n_cpus, size);

	if (!zero)
		return -ENOMEM;
	return bpf_map_update_elem(p->maps[m], &key, zero, BPF_EXIST) < 0 ? -errno : 0;
}

int sl_platform_link_stats(const struct sl_platform *p, uint32_t index, struct sl_link_stats *out)
{
	return sum(p, SL_MAP_LINK_STATS, index, out, sizeof(*out));
}

int sl_platform_tenant_stats(const struct sl_platform *p, uint32_t slot,
			     struct sl_tenant_stats *out)
{
	return sum(p, SL_MAP_TENANT_STATS, slot, out, sizeof(*out));
}

int sl_platform_tenant_delay(const struct sl_platform *p, uint32_t slot, struct sl_delay *out)
{
	return sum(p, SL_MAP_TENANT_DELAY, slot, out, sizeof(*out));
}

int sl_platform_tenant_cpus(const struct sl_platform *p, uint32_t slot, uint64_t *ns)
{
	_free_ struct sl_tenant_stats *all = calloc((size_t)p->n_cpus, sizeof(*all));

	if (!all)
		return -ENOMEM;
	if (bpf_map_lookup_elem(p->maps[SL_MAP_TENANT_STATS], &slot, all) < 0)
		return -errno;
	for (int cpu = 0; cpu < p->n_cpus; cpu++)
		ns[cpu] = all[cpu].cpu_ns;
	return 0;
}

uint32_t sl_platform_cpus(const struct sl_platform *p)
{
	return (uint32_t)p->n_cpus;
}

int sl_platform_node_stats(const struct sl_platform *p, struct sl_node_stats *out)
{
	return sum(p, SL_MAP_NODE_STATS, 0, out, sizeof(*out));
}

int sl_platform_link_stats_reset(struct sl_platform *p, uint32_t index)
{
	return reset(p, SL_MAP_LINK_STATS, index, sizeof(struct sl_link_stats));
}

int sl_platform_tenant_stats_reset(struct sl_platform *p, uint32_t slot)
{
	int ret = reset(p, SL_MAP_TENANT_DELAY, slot, sizeof(struct sl_delay));

	return ret ? ret : reset(p, SL_MAP_TENANT_STATS, slot, sizeof(struct sl_tenant_stats));
}
