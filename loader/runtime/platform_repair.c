// SPDX-License-Identifier: GPL-2.0-only
/*
 * What links there are, read back from the maps, and what is left of a change that was interrupted:
 * records nobody looks up, devices that point at a link of somebody else, counts that are too high.
 * The maps demux looks up are the truth; the rest is made to agree.
 */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/platform_keys.h"

/* Sets what a key says; the rest comes from the record. */
static void bind_from_key(enum sl_platform_map map, const void *bytes, struct sl_link_bind *b)
{
	const struct sl_link4_key *v4 = bytes;
	const struct sl_link6_key *v6 = bytes;
	const struct sl_direct_key *direct = bytes;

	switch (map) {
	case SL_MAP_LINK4:
		memcpy(b->saddr, &v4->saddr, 4);
		memcpy(b->daddr, &v4->daddr, 4);
		b->key = ntohl(v4->key);
		break;
	case SL_MAP_LINK6:
		memcpy(b->saddr, v6->saddr, 16);
		memcpy(b->daddr, v6->daddr, 16);
		b->key = ntohl(v6->key);
		break;
	default:
		b->ifindex = direct->ifindex;
		b->vlan = direct->vlan;
		break;
	}
}

static void bind_from_record(const struct sl_link_rec *rec, struct sl_link_bind *b)
{
	b->tenant = rec->tenant;
	b->dev = rec->dev;
	b->kind = rec->kind;
	b->payload = rec->payload;
	b->gre = rec->gre;
	b->in_len = rec->in_len;
	memcpy(b->mac, rec->mac, 6);
	memcpy(b->peer_mac, rec->peer, 6);
}

/* Keys to take away: two of one link (a change of key was cut off), or of a record that is none. */
struct stale {
	struct sl_link_key *list;
	size_t n, cap;
};

static bool fits(const struct sl_platform *p, enum sl_platform_map map, const void *key,
		 __u32 index)
{
	static const __u8 kinds[] = {
		[SL_MAP_LINK4] = SL_LINK_GRE4,
		[SL_MAP_LINK6] = SL_LINK_GRE6,
		[SL_MAP_DIRECT] = SL_LINK_DIRECT,
	};
	const struct sl_link_rec *rec;
	const struct sl_link4_key *v4 = key;
	const struct sl_link6_key *v6 = key;
	bool keyed;

	if (index >= SL_MAX_LINKS)
		return false;
	rec = &p->links[index];
	keyed = rec->gre & SL_GRE_KEY;
	if (rec->kind != kinds[map] || rec->tenant >= SL_MAX_TENANTS || rec->dev >= SL_MAX_DEVS)
		return false;
	return map == SL_MAP_DIRECT || (map == SL_MAP_LINK4 ? v4->has_key : v6->has_key) == keyed;
}

static int read_keys(struct sl_platform *p, enum sl_platform_map map, size_t size,
		     struct stale *stale)
{
	struct sl_link_key key = {.map = map, .size = size};
	uint8_t *from = NULL;
	__u32 index;

	/* Only this process changes the maps, so the order is stable. */
	while (bpf_map_get_next_key(p->maps[map], from, key.bytes) == 0) {
		from = key.bytes;
		if (bpf_map_lookup_elem(p->maps[map], key.bytes, &index) < 0)
			continue;
		if (fits(p, map, key.bytes, index) && p->binds[index].kind == SL_LINK_NONE) {
			bind_from_record(&p->links[index], &p->binds[index]);
			bind_from_key(map, key.bytes, &p->binds[index]);
			continue;
		}
		if (SL_GROW(stale->list, stale->n, stale->cap) < 0)
			return -ENOMEM;
		stale->list[stale->n++] = key;
	}
	return errno == ENOENT ? 0 : -errno;
}

static int drop_stale(struct sl_platform *p, const struct stale *stale)
{
	for (size_t i = 0; i < stale->n; i++) {
		const struct sl_link_key *k = &stale->list[i];

		if (bpf_map_delete_elem(p->maps[k->map], k->bytes) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* ---- Counts ----------------------------------------------------------------------------------*/

/* One link's address pair. */
struct pair_count {
	uint8_t pair[sizeof(struct sl_pair6_key)];
	enum sl_platform_map map;
	size_t size;
};

static int by_pair(const void *pa, const void *pb)
{
	const struct pair_count *a = pa, *b = pb;

	return a->map != b->map ? (a->map < b->map ? -1 : 1) : memcmp(a->pair, b->pair, a->size);
}

/* Pairs that no link has any more go; the others get their number. Counts of pairs that are in use
 * never pass through zero. */
static int write_pairs(struct sl_platform *p, struct pair_count *pairs, size_t n)
{
	static const enum sl_platform_map maps[] = {SL_MAP_PAIR4, SL_MAP_PAIR6};

	qsort(pairs, n, sizeof(*pairs), by_pair);
	for (size_t i = 0; i < n; i++) {
		__u32 count = 1;

		while (i + 1 < n && !by_pair(&pairs[i], &pairs[i + 1])) {
			i++;
			count++;
		}
		if (bpf_map_update_elem(p->maps[pairs[i].map], pairs[i].pair, &count, BPF_ANY) < 0)
			return -errno;
	}
	for (size_t m = 0; m < 2; m++) {
		struct pair_count probe = {.map = maps[m], .size = m ? 32 : 8};
		uint8_t next[sizeof(probe.pair)] = {0};
		uint8_t *from = NULL;

		while (bpf_map_get_next_key(p->maps[maps[m]], from, next) == 0) {
			memcpy(probe.pair, next, sizeof(next));
			if (bsearch(&probe, pairs, n, sizeof(*pairs), by_pair)) {
				from = probe.pair;
				continue;
			}
			if (bpf_map_delete_elem(p->maps[maps[m]], next) < 0)
				return -errno;
			/* The walk begins again: its place is gone. */
			from = NULL;
		}
		if (errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int repair_counts(struct sl_platform *p)
{
	_free_ struct pair_count *pairs = calloc(SL_MAX_LINKS, sizeof(*pairs));
	__u32 direct[1 << SL_DIRECT_BITS] = {0};
	size_t n = 0;

	if (!pairs)
		return -ENOMEM;
	for (uint32_t i = 0; i < SL_MAX_LINKS; i++) {
		struct sl_link_key key;

		if (p->binds[i].kind == SL_LINK_NONE)
			continue;
		sl_link_key(&p->binds[i], &key);
		if (key.map == SL_MAP_DIRECT) {
			direct[key.direct.ifindex & ((1 << SL_DIRECT_BITS) - 1)]++;
			continue;
		}
		pairs[n].map = key.pair_map;
		pairs[n].size = key.map == SL_MAP_LINK4 ? 8 : 32;
		memcpy(pairs[n].pair, key.bytes, pairs[n].size);
		n++;
	}
	for (size_t i = 0; i < 1 << SL_DIRECT_BITS; i++)
		if (p->direct_on[i].n != direct[i])
			p->direct_on[i].n = direct[i];
	return write_pairs(p, pairs, n);
}

/* ---- Records and devices ---------------------------------------------------------------------*/

/* Calls back for each device entry that is set; returns the first failure. */
static int each_dev(struct sl_platform *p, int (*fn)(struct sl_platform *p, __u32 at, __u32 value))
{
	enum { STEP = 16384 };
	_free_ __u32 *keys = calloc(STEP, sizeof(*keys));
	_free_ __u32 *values = calloc(STEP, sizeof(*values));
	__u32 batch = 0, n;
	bool first = true, last = false;

	if (!keys || !values)
		return -ENOMEM;
	while (!last) {
		n = STEP;
		if (bpf_map_lookup_batch(p->maps[SL_MAP_TENANT_DEV], first ? NULL : &batch, &batch,
					 keys, values, &n, NULL) < 0) {
			if (errno != ENOENT)
				return -errno;
			last = true;
		}
		first = false;
		for (__u32 i = 0; i < n; i++) {
			int ret = values[i] ? fn(p, keys[i], values[i]) : 0;

			if (ret)
				return ret;
		}
	}
	return 0;
}

static int check_dev(struct sl_platform *p, __u32 at, __u32 value)
{
	__u32 tenant = at / SL_MAX_DEVS, dev = at % SL_MAX_DEVS;
	const struct sl_link_bind *b = value <= SL_MAX_LINKS ? &p->binds[value - 1] : NULL;

	if (b && b->kind != SL_LINK_NONE && b->tenant == tenant && b->dev == dev)
		return 0;
	return sl_link_set_dev(p, tenant, dev, 0);
}

static int repair(struct sl_platform *p, const struct stale *stale)
{
	int ret = drop_stale(p, stale);
	bool orphans = false;

	if (!ret)
		ret = each_dev(p, check_dev);
	for (uint32_t i = 0; !ret && i < SL_MAX_LINKS; i++) {
		const struct sl_link_bind *b = &p->binds[i];

		if (b->kind != SL_LINK_NONE) {
			struct sl_link_key key;

			sl_link_key(b, &key);
			sl_link_remember(&p->links[i], &key);
			ret = sl_link_set_dev(p, b->tenant, b->dev, i + 1);
		} else if (p->links[i].kind != SL_LINK_NONE) {
			sl_link_forget(&p->links[i]);
			orphans = true;
		}
	}
	if (!ret)
		ret = repair_counts(p);
	if (ret || !orphans)
		return ret;
	ret = sl_platform_grace(p);
	for (uint32_t i = 0; !ret && i < SL_MAX_LINKS; i++) {
		if (p->binds[i].kind != SL_LINK_NONE || p->links[i].kind == SL_LINK_NONE)
			continue;
		memset(&p->links[i], 0, sizeof(p->links[i]));
		ret = sl_platform_link_stats_reset(p, i);
	}
	return ret;
}

int sl_platform_read_links(struct sl_platform *p, bool fix)
{
	struct stale stale = {0};
	int ret;

	ret = read_keys(p, SL_MAP_LINK4, sizeof(struct sl_link4_key), &stale);
	if (!ret)
		ret = read_keys(p, SL_MAP_LINK6, sizeof(struct sl_link6_key), &stale);
	if (!ret)
		ret = read_keys(p, SL_MAP_DIRECT, sizeof(struct sl_direct_key), &stale);
	if (!ret && fix)
		ret = repair(p, &stale);
	free(stale.list);
	return ret;
}
