// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links in the platform's maps. Whatever demux looks up is entered last and taken away first, so a
 * packet never meets half a link; what a crash in between leaves, platform_repair.c puts right.
 */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include "loader/runtime/config.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_keys.h"
#include "loader/runtime/template.h"

void sl_link_bind_from(const struct sl_node_link *l, uint32_t tenant, unsigned int n_tags,
		       uint32_t ifindex, struct sl_link_bind *b)
{
	memset(b, 0, sizeof(*b));
	b->tenant = tenant;
	b->dev = l->dev;
	b->kind = l->kind;
	b->payload = l->payload;
	b->gre = l->gre;
	b->in_len = sl_template_len(l, n_tags);
	memcpy(b->mac, l->mac, 6);
	memcpy(b->peer_mac, l->peer_mac, 6);
	if (l->kind == SL_LINK_DIRECT) {
		b->ifindex = ifindex;
		b->vlan = l->vlan;
		return;
	}
	/* As on received packets: the far end is the source. */
	memcpy(b->saddr, l->remote.bytes, 16);
	memcpy(b->daddr, l->local.bytes, 16);
	b->key = l->key;
}

/* ---- Keys ------------------------------------------------------------------------------------*/

void sl_link_key(const struct sl_link_bind *b, struct sl_link_key *k)
{
	bool keyed = b->gre & SL_GRE_KEY;

	memset(k, 0, sizeof(*k));
	k->pair_map = SL_MAP_N;
	switch (b->kind) {
	case SL_LINK_GRE4:
		k->map = SL_MAP_LINK4;
		k->pair_map = SL_MAP_PAIR4;
		memcpy(&k->v4.saddr, b->saddr, 4);
		memcpy(&k->v4.daddr, b->daddr, 4);
		k->v4.key = keyed ? htonl(b->key) : 0;
		k->v4.has_key = keyed;
		k->size = sizeof(k->v4);
		break;
	case SL_LINK_GRE6:
		k->map = SL_MAP_LINK6;
		k->pair_map = SL_MAP_PAIR6;
		memcpy(k->v6.saddr, b->saddr, 16);
		memcpy(k->v6.daddr, b->daddr, 16);
		k->v6.key = keyed ? htonl(b->key) : 0;
		k->v6.has_key = keyed;
		k->size = sizeof(k->v6);
		break;
	default:
		k->map = SL_MAP_DIRECT;
		k->direct.ifindex = b->ifindex;
		k->direct.vlan = b->vlan;
		k->size = sizeof(k->direct);
		break;
	}
}

static bool same_key(const struct sl_link_key *a, const struct sl_link_key *b)
{
	return a->map == b->map && !memcmp(a->bytes, b->bytes, a->size);
}

/* Counts what hints at a key: its address pair, or the ports with direct links. */
static int count_key(struct sl_platform *p, const struct sl_link_key *k, int by)
{
	__u32 n = 0;
	int fd;

	if (k->map == SL_MAP_DIRECT) {
		p->direct_on[k->direct.ifindex & ((1 << SL_DIRECT_BITS) - 1)].n += by;
		return 0;
	}
	fd = p->maps[k->pair_map];
	/* A pair is what a link's key begins with. */
	if (bpf_map_lookup_elem(fd, k->bytes, &n) < 0 && errno != ENOENT)
		return -errno;
	n += by;
	if (n)
		return bpf_map_update_elem(fd, k->bytes, &n, BPF_ANY) < 0 ? -errno : 0;
	return bpf_map_delete_elem(fd, k->bytes) < 0 && errno != ENOENT ? -errno : 0;
}

static int enter_key(struct sl_platform *p, const struct sl_link_key *k, __u32 index)
{
	int ret = count_key(p, k, 1);

	if (ret)
		return ret;
	sl_fault("key counted");
	if (bpf_map_update_elem(p->maps[k->map], k->bytes, &index, BPF_NOEXIST) == 0) {
		sl_fault("key entered");
		return 0;
	}
	ret = -errno;
	count_key(p, k, -1);
	return ret;
}

static int remove_key(struct sl_platform *p, const struct sl_link_key *k)
{
	if (bpf_map_delete_elem(p->maps[k->map], k->bytes) < 0)
		return errno == ENOENT ? 0 : -errno;
	sl_fault("key removed");
	return count_key(p, k, -1);
}

void sl_link_remember(struct sl_link_rec *rec, const struct sl_link_key *k)
{
	uint64_t words[sizeof(rec->in) / sizeof(rec->in[0])] = {0};

	if (k->map != SL_MAP_DIRECT)
		memcpy(words, k->bytes, k->size);
	for (size_t i = sizeof(words) / sizeof(words[0]); i-- > 0;)
		__atomic_store_n(&rec->in[i], words[i], __ATOMIC_RELEASE);
}

void sl_link_forget(struct sl_link_rec *rec)
{
	for (size_t i = 0; i < sizeof(rec->in) / sizeof(rec->in[0]); i++)
		__atomic_store_n(&rec->in[i], 0, __ATOMIC_RELEASE);
}

/* ---- Records ---------------------------------------------------------------------------------*/

int sl_link_set_dev(struct sl_platform *p, uint32_t tenant, uint8_t dev, uint32_t value)
{
	__u32 at = tenant * SL_MAX_DEVS + dev;

	if (bpf_map_update_elem(p->maps[SL_MAP_TENANT_DEV], &at, &value, BPF_ANY) < 0)
		return -errno;
	sl_fault("tenant's device set");
	return 0;
}

static int get_dev(const struct sl_platform *p, uint32_t tenant, uint8_t dev, uint32_t *value)
{
	__u32 at = tenant * SL_MAX_DEVS + dev;

	return bpf_map_lookup_elem(p->maps[SL_MAP_TENANT_DEV], &at, value) < 0 ? -errno : 0;
}

/* Properties of a link that may be under traffic; each is one store but for the addresses. */
static void write_record(struct sl_link_rec *rec, const struct sl_link_bind *b)
{
	memcpy(rec->mac, b->mac, 6);
	memcpy(rec->peer, b->peer_mac, 6);
	rec->in_len = b->in_len;
	rec->payload = b->payload;
	rec->gre = b->gre;
	rec->dev = b->dev;
	rec->generation++;
	__atomic_store_n(&rec->tenant, b->tenant, __ATOMIC_RELEASE);
	__atomic_store_n(&rec->kind, b->kind, __ATOMIC_RELEASE);
	sl_fault("link's record written");
}

static bool valid(const struct sl_link_bind *b)
{
	return b->tenant < SL_MAX_TENANTS && b->dev < SL_MAX_DEVS && b->kind >= SL_LINK_GRE4 &&
	       b->kind <= SL_LINK_DIRECT && b->payload <= SL_PAYLOAD_ETHER && b->vlan < 4096;
}

int sl_platform_link_alloc(struct sl_platform *p, uint32_t *index)
{
	for (uint32_t i = 0; i < SL_MAX_LINKS; i++) {
		if (p->held[i] || p->binds[i].kind != SL_LINK_NONE)
			continue;
		p->held[i] = true;
		*index = i;
		return 0;
	}
	return -ENOSPC;
}

void sl_platform_link_release(struct sl_platform *p, uint32_t index)
{
	if (index < SL_MAX_LINKS)
		p->held[index] = false;
}

/* Clears what a link left that was unbound, once nobody can be reading it any more. */
static int clear_record(struct sl_platform *p, uint32_t index)
{
	int ret = 0;

	if (!p->unbound[index])
		return 0;
	if (p->unbound[index] == p->epoch + 1)
		ret = sl_platform_grace(p);
	if (!ret)
		ret = sl_platform_link_stats_reset(p, index);
	if (ret)
		return ret;
	memset(&p->links[index], 0, sizeof(p->links[index]));
	p->unbound[index] = 0;
	return 0;
}

int sl_platform_link_bind(struct sl_platform *p, uint32_t index, const struct sl_link_bind *b)
{
	struct sl_link_rec *rec;
	struct sl_link_key key;
	uint32_t taken;
	int ret;

	if (index >= SL_MAX_LINKS || !valid(b))
		return -EINVAL;
	if (p->binds[index].kind != SL_LINK_NONE)
		return -EBUSY;
	ret = get_dev(p, b->tenant, b->dev, &taken);
	if (!ret && taken)
		ret = -EEXIST;
	if (!ret)
		ret = clear_record(p, index);
	if (ret)
		return ret;
	rec = &p->links[index];
	write_record(rec, b);
	ret = sl_link_set_dev(p, b->tenant, b->dev, index + 1);
	if (!ret) {
		sl_link_key(b, &key);
		ret = enter_key(p, &key, index);
		if (ret)
			sl_link_set_dev(p, b->tenant, b->dev, 0);
	}
	if (ret) {
		/* No packet found it, but a chain may be about to send by it. */
		p->unbound[index] = p->epoch + 1;
		return ret;
	}
	sl_link_remember(rec, &key);
	p->binds[index] = *b;
	p->held[index] = false;
	p->flipped[index] = 0;
	return 0;
}

int sl_platform_link_rebind(struct sl_platform *p, uint32_t index, const struct sl_link_bind *b)
{
	struct sl_link_key was, will;
	struct sl_link_bind old;
	struct sl_link_rec *rec;
	bool new_dev, new_key;
	uint32_t taken;
	int ret;

	if (index >= SL_MAX_LINKS || !valid(b))
		return -EINVAL;
	old = p->binds[index];
	if (old.kind == SL_LINK_NONE)
		return -ENOENT;
	rec = &p->links[index];
	sl_link_key(&old, &was);
	sl_link_key(b, &will);
	new_key = !same_key(&was, &will);
	new_dev = old.tenant != b->tenant || old.dev != b->dev;
	if (new_dev) {
		ret = get_dev(p, b->tenant, b->dev, &taken);
		if (!ret && taken)
			ret = -EEXIST;
		if (!ret)
			ret = sl_link_set_dev(p, b->tenant, b->dev, index + 1);
		if (ret)
			return ret;
	}
	if (new_key) {
		ret = enter_key(p, &will, index);
		if (ret) {
			if (new_dev)
				sl_link_set_dev(p, b->tenant, b->dev, 0);
			return ret;
		}
	}
	if (new_key)
		sl_link_forget(rec);
	if (old.kind != b->kind || old.gre != b->gre) {
		/* Other headers: the template has to be made anew before anything leaves. */
		sl_platform_link_down(p, index);
		rec->seq_in = 0;
		rec->seq_out = 0;
	}
	write_record(rec, b);
	p->binds[index] = *b;
	if (new_key)
		sl_link_remember(rec, &will);
	ret = new_key ? remove_key(p, &was) : 0;
	if (new_dev) {
		/* Chains of the old slot may still send until they have ended. */
		int err = sl_platform_grace(p);

		if (!err)
			err = sl_link_set_dev(p, old.tenant, old.dev, 0);
		ret = ret ? ret : err;
	}
	return ret;
}

int sl_platform_link_unbind(struct sl_platform *p, uint32_t index)
{
	struct sl_link_bind old;
	struct sl_link_key key;
	int ret;

	if (index >= SL_MAX_LINKS || p->binds[index].kind == SL_LINK_NONE)
		return -ENOENT;
	old = p->binds[index];
	sl_link_key(&old, &key);
	sl_link_forget(&p->links[index]);
	ret = remove_key(p, &key);
	if (!ret)
		ret = sl_link_set_dev(p, old.tenant, old.dev, 0);
	if (ret)
		return ret;
	memset(&p->binds[index], 0, sizeof(p->binds[index]));
	p->unbound[index] = p->epoch + 1;
	return 0;
}

int sl_platform_link_get(const struct sl_platform *p, uint32_t index, struct sl_link_bind *b)
{
	if (index >= SL_MAX_LINKS || p->binds[index].kind == SL_LINK_NONE)
		return -ENOENT;
	*b = p->binds[index];
	return 0;
}

int sl_platform_links_each(const struct sl_platform *p,
			   int (*fn)(void *arg, uint32_t index, const struct sl_link_bind *b),
			   void *arg)
{
	for (uint32_t i = 0; i < SL_MAX_LINKS; i++) {
		int ret = 0;

		if (p->binds[i].kind != SL_LINK_NONE)
			ret = fn(arg, i, &p->binds[i]);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- Templates -------------------------------------------------------------------------------*/

int sl_platform_link_template(struct sl_platform *p, uint32_t index, const struct sl_template *t)
{
	struct sl_link_rec *rec;
	__u32 cur;
	int ret;

	if (index >= SL_MAX_LINKS || p->binds[index].kind == SL_LINK_NONE)
		return -ENOENT;
	rec = &p->links[index];
	cur = rec->cur & 1;
	if (!memcmp(&rec->out[cur], t, sizeof(*t)))
		return 0;
	/* A packet may still be reading the one before. */
	if (p->flipped[index] == p->epoch + 1) {
		ret = sl_platform_grace(p);
		if (ret)
			return ret;
	}
	rec->out[!cur] = *t;
	/* What comes in bears the same headers as what goes out, as far as anybody knows. */
	if (t->up && rec->kind != SL_LINK_DIRECT)
		rec->in_len = p->binds[index].in_len = t->len;
	__atomic_store_n(&rec->cur, !cur, __ATOMIC_RELEASE);
	__atomic_add_fetch(&rec->generation, 1, __ATOMIC_RELAXED);
	p->flipped[index] = p->epoch + 1;
	return 1;
}

int sl_platform_link_down(struct sl_platform *p, uint32_t index)
{
	struct sl_template t;

	if (index >= SL_MAX_LINKS || p->binds[index].kind == SL_LINK_NONE)
		return -ENOENT;
	t = p->links[index].out[p->links[index].cur & 1];
	if (!t.up)
		return 0;
	t.up = 0;
	return sl_platform_link_template(p, index, &t);
}
