// SPDX-License-Identifier: GPL-2.0-only
/* Looking at packets: who looks, at which links, and what the kernel copied. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"
#include "loader/runtime/node_peek.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

bool sl_node_peek_wants(const struct sl_node_peek *p, const struct sl_node_packet *pkt)
{
	return (p->dev < 0 || p->dev == pkt->dev) && (p->dirs & pkt->dir) &&
	       !strcmp(p->tenant, pkt->tenant);
}

/* ---- Links -----------------------------------------------------------------------------------*/

static const struct tenant_state *tenant_of(const struct sl_node *n, uint32_t slot)
{
	for (size_t i = 0; i < n->st.n_tenants; i++)
		if (n->st.tenants[i].slot == slot)
			return &n->st.tenants[i];
	return NULL;
}

static bool looks_at(const struct sl_node *n, const struct sl_node_peek *p, const struct link_rt *l)
{
	const struct tenant_state *t = tenant_of(n, l->slot);

	return t && !strcmp(t->name, p->tenant) && (p->dev < 0 || p->dev == l->dev);
}

/* What all who look at a link want together; false: nobody does. */
static bool wanted(const struct sl_node *n, const struct link_rt *l, struct sl_peek *k)
{
	*k = (struct sl_peek){.link = l->index};
	for (const struct sl_node_peek *p = n->peeks; p; p = p->next) {
		if (!looks_at(n, p, l))
			continue;
		k->dirs |= p->dirs;
		k->snap = p->snap > k->snap ? p->snap : k->snap;
	}
	return k->dirs != 0;
}

static const struct link_rt *link_at(const struct sl_node *n, uint32_t index)
{
	for (size_t i = 0; i < n->n_links; i++)
		if (n->links[i].index == index)
			return &n->links[i];
	return NULL;
}

static int place_of(const struct sl_node *n, uint32_t link, bool make)
{
	int room = -1;

	for (int i = 0; i < SL_MAX_PEEKS; i++) {
		if (n->peeked[i] && n->peeked[i] == link + 1)
			return i;
		if (!n->peeked[i] && room < 0)
			room = i;
	}
	return make ? room : -1;
}

/* ---- What the kernel is told -----------------------------------------------------------------*/

static void drop_place(struct sl_node *n, int i)
{
	struct sl_link_rec *rec = &sl_platform_links(n->pf)[n->peeked[i] - 1];

	if (rec->peek == i + 1)
		__atomic_store_n(&rec->peek, 0, __ATOMIC_RELAXED);
	sl_platform_peeks(n->pf)[i] = (struct sl_peek){0};
	n->peeked[i] = 0;
}

static void count_lost(struct sl_node *n, const struct link_rt *l, struct sl_peek *k)
{
	uint64_t lost = __atomic_exchange_n(&k->lost, 0, __ATOMIC_RELAXED);

	for (struct sl_node_peek *p = n->peeks; lost && p; p = p->next)
		if (looks_at(n, p, l))
			p->lost += lost;
}

static void renew(struct sl_node *n, const struct link_rt *l, int i, const struct sl_peek *want,
		  unsigned int n_used)
{
	struct sl_peek *k = &sl_platform_peeks(n->pf)[i];
	int64_t rate = SL_NODE_PEEK_RATE / (int)n_used;

	if (n->peeked[i])
		count_lost(n, l, k);
	else
		*k = (struct sl_peek){0};
	rate = rate < SL_NODE_PEEK_LINK_RATE ? rate : SL_NODE_PEEK_LINK_RATE;
	k->link = want->link;
	k->snap = want->snap;
	k->dirs = want->dirs;
	k->until_ns = clock_ns(CLOCK_MONOTONIC) + SL_NODE_PEEK_STALE_MS * 1000000ull;
	__atomic_store_n(&k->budget, rate * SL_NODE_PEEK_MS / 1000, __ATOMIC_RELEASE);
	n->peeked[i] = l->index + 1;
	__atomic_store_n(&sl_platform_links(n->pf)[l->index].peek, (uint8_t)(i + 1),
			 __ATOMIC_RELEASE);
}

void sl_node_peek_refresh(struct sl_node *n)
{
	unsigned int n_used = 0;
	struct sl_peek want;

	for (int i = 0; i < SL_MAX_PEEKS; i++) {
		const struct link_rt *l = n->peeked[i] ? link_at(n, n->peeked[i] - 1) : NULL;

		if (n->peeked[i] && (!l || !wanted(n, l, &want)))
			drop_place(n, i);
	}
	for (size_t i = 0; n->peeks && i < n->n_links; i++)
		n_used += wanted(n, &n->links[i], &want);
	for (size_t i = 0; n_used && i < n->n_links; i++) {
		int at;

		if (!wanted(n, &n->links[i], &want))
			continue;
		at = place_of(n, n->links[i].index, true);
		if (at >= 0)
			renew(n, &n->links[i], at, &want, n_used);
	}
}

/* ---- Packets ---------------------------------------------------------------------------------*/

struct reader {
	struct sl_node *node;
	void (*fn)(void *arg, const struct sl_node_packet *pkt);
	void *arg;
	uint64_t epoch_ns; /* of CLOCK_MONOTONIC */
};

static int take_packet(void *ctx, void *data, size_t size)
{
	struct reader *r = ((struct sl_node *)ctx)->peek_reader;
	const struct sl_peeked *k = data;
	const struct tenant_state *t;
	const struct link_rt *l;

	if (!r || size < SL_PEEKED_HEAD || k->cap > size - SL_PEEKED_HEAD)
		return 0;
	l = link_at(r->node, k->link);
	t = l ? tenant_of(r->node, l->slot) : NULL;
	if (t) {
		const struct sl_node_packet pkt = {.tenant = t->name,
						   .dev = l->dev,
						   .dir = k->dir,
						   .ts_ns = r->epoch_ns + k->time_ns,
						   .len = k->len,
						   .cap = k->cap,
						   .bytes = k->bytes};

		r->fn(r->arg, &pkt);
	}
	return 0;
}

int sl_node_peek_read(struct sl_node *n, void (*fn)(void *arg, const struct sl_node_packet *pkt),
		      void *arg)
{
	struct reader r = {n, fn, arg, clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC)};
	int ret;

	if (!n->peek_ring)
		return 0;
	n->peek_reader = &r;
	ret = ring_buffer__consume(n->peek_ring);
	n->peek_reader = NULL;
	return ret < 0 ? ret : 0;
}

int sl_node_peek_fd(const struct sl_node *n)
{
	return n->peek_ring ? ring_buffer__epoll_fd(n->peek_ring) : -1;
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static void ignore(void *arg, const struct sl_node_packet *pkt)
{
	(void)arg, (void)pkt;
}

static int open_ring(struct sl_node *n)
{
	if (n->peek_ring)
		return 0;
	n->peek_ring =
		ring_buffer__new(sl_platform_map(n->pf, SL_MAP_PEEKED), take_packet, n, NULL);
	if (!n->peek_ring)
		return -errno;
	/* What is left of somebody before is nobody's. */
	return sl_node_peek_read(n, ignore, NULL);
}

/* Links that would have to be looked at and for which there is a place, or not. */
static int find_links(struct sl_node *n, const struct sl_node_peek *p, unsigned int *out)
{
	unsigned int used = 0, more = 0;

	*out = 0;
	for (int i = 0; i < SL_MAX_PEEKS; i++)
		used += n->peeked[i] != 0;
	for (size_t i = 0; i < n->n_links; i++) {
		if (!looks_at(n, p, &n->links[i]))
			continue;
		(*out)++;
		more += place_of(n, n->links[i].index, false) < 0;
	}
	return used + more > SL_MAX_PEEKS ? -EBUSY : 0;
}

static int refuse(struct sl_diags *d, const char *tenant, const char *device, int err)
{
	if (err == -EBUSY)
		sl_diag_hint(sl_error(d, SL_NOPOS, "busy", "%d links are looked at already",
				      SL_MAX_PEEKS),
			     "wait until others have seen enough, or name one device");
	else if (err == -ENOENT)
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-link", "tenant %s has no link %s", tenant,
				      device ? device : "at all"),
			     "`sluicectl link list %s` shows those it has", tenant);
	else
		sl_error(d, SL_NOPOS, "ring", "packets cannot be read: %s", strerror(-err));
	return err;
}

/* "eth3": 3. */
static int dev_of(const struct sl_node *n, const char *tenant, const char *device)
{
	const struct sl_node_tenant *t = sl_node_config_tenant(n->st.config, tenant);

	for (size_t i = 0; t && i < t->n_links; i++)
		if (!strcmp(t->links[i].device, device))
			return t->links[i].dev;
	return -1;
}

int sl_node_peek(struct sl_node *n, const char *tenant, const char *device, unsigned int dirs,
		 uint32_t snap, struct sl_diags *d, struct sl_node_peek **out)
{
	struct sl_node_peek *p = calloc(1, sizeof(*p));
	unsigned int links = 0;
	int ret = 0;

	if (!p)
		return -ENOMEM;
	snprintf(p->tenant, sizeof(p->tenant), "%s", tenant);
	p->dev = device ? dev_of(n, tenant, device) : -1;
	p->dirs = dirs;
	p->snap = snap < 1 || snap > SL_PEEK_MAX ? SL_PEEK_MAX : snap;
	if (device && p->dev < 0)
		ret = -ENOENT;
	ret = ret ? ret : find_links(n, p, &links);
	if (!ret && !links)
		ret = -ENOENT;
	ret = ret ? ret : open_ring(n);
	if (ret) {
		free(p);
		return refuse(d, tenant, device, ret);
	}
	p->next = n->peeks;
	n->peeks = p;
	sl_node_peek_refresh(n);
	*out = p;
	return 0;
}

void sl_node_peek_end(struct sl_node *n, struct sl_node_peek *p)
{
	for (struct sl_node_peek **q = &n->peeks; *q; q = &(*q)->next) {
		if (*q != p)
			continue;
		*q = p->next;
		break;
	}
	free(p);
	sl_node_peek_refresh(n);
	if (!n->peeks) {
		ring_buffer__free(n->peek_ring);
		n->peek_ring = NULL;
	}
}
