// SPDX-License-Identifier: GPL-2.0-only
/*
 * Route tables against a plain list of routes that is searched from end to end. Random changes;
 * each is looked at between every two of its stores, too, by lookups that run at once and by slow
 * ones that are interrupted at every word they read: whatever they answer, the list said before the
 * change or says after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/types.h"
#include "loader/lpm/lpm.h"
#include "loader/mem.h"

/* ---- What programs do ------------------------------------------------------------------------*/

struct view {
	enum { VIEW_TABLE, VIEW_IMAGE } kind;
	unsigned int first; /* slot */
	const struct sl_lpm_memory *m;
	const struct sl_lpm_region *image;
	struct view *inner;
};

static void *sl_table_find(void *table, const uint32_t *key)
{
	struct view *v = table;

	if (v->kind == VIEW_IMAGE)
		return *key < v->image->pages ? (uint8_t *)v->image->words + *key * 4096ul : NULL;
	v->inner->kind = VIEW_IMAGE;
	v->inner->image = &v->m->slots[v->first + *key];
	return v->inner->image->words ? v->inner : NULL;
}

#include "bpf/lpm_find.h"

/* ---- Random numbers, addresses, routes -------------------------------------------------------*/

static uint64_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 16) % n);
}

#define SAMPLES 24
#define SLOW 6
#define MAX_ROUTES 6000

struct answer {
	bool found;
	uint8_t gw[16];
	uint32_t port;
};

/* A lookup that stops before each word it reads. */
struct slow {
	unsigned int step, depth;
	uint8_t addr[16];
	struct sl_lpm_region image;
	bool wide, running;
	uint32_t word;
	struct answer allowed[16];
	unsigned int n_allowed;
};

struct fixture {
	enum sl_lpm_family family;
	struct sl_lpm_memory mem;
	struct sl_lpm_backend backend;
	struct sl_lpm *t;
	size_t wide_from;
	uint32_t spread; /* how many different values a byte of a prefix has */

	struct sl_lpm_route list[MAX_ROUTES];
	size_t n;

	/* The change under way. */
	uint8_t addrs[SAMPLES][16];
	struct answer before[SAMPLES], after[SAMPLES];
	bool checking, one_instant, flipped[SAMPLES];
	uint64_t hooks, waits, slow_done;
	struct slow slow[SLOW];
	/* To make new answers allowed for slow lookups. */
	const struct sl_lpm_route *next;
	size_t n_next;
};

static bool holds(const struct sl_lpm_route *r, const uint8_t *addr)
{
	for (unsigned int i = 0; i < r->len; i++)
		if ((r->addr[i / 8] ^ addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static struct answer search(const struct sl_lpm_route *v, size_t n, const uint8_t *addr)
{
	struct answer a = {0};
	int best = -1;

	for (size_t i = 0; i < n; i++) {
		if (v[i].len <= best || !holds(&v[i], addr))
			continue;
		best = v[i].len;
		a.found = true;
		memcpy(a.gw, v[i].gw, 16);
		a.port = v[i].port;
	}
	return a;
}

static bool same(const struct answer *a, const struct answer *b)
{
	return a->found == b->found &&
	       (!a->found || (a->port == b->port && !memcmp(a->gw, b->gw, 16)));
}

static struct answer from_hop(const struct fixture *x, const void *hop)
{
	struct answer a = {.found = hop};

	if (hop && x->family == SL_LPM_IP4) {
		const struct sl_hop4 *h = hop;

		memcpy(a.gw, &h->gw, 4);
		a.port = h->port;
	} else if (hop) {
		const struct sl_hop6 *h = hop;

		memcpy(a.gw, h->gw, 16);
		a.port = h->port;
	}
	return a;
}

static struct answer look(const struct fixture *x, const uint8_t *addr)
{
	struct view inner[2], table = {.kind = VIEW_TABLE, .m = &x->mem, .inner = &inner[0]};
	struct view wide = {.first = SL_LPM_WIDE, .m = &x->mem, .inner = &inner[1]};

	if (x->family == SL_LPM_IP4)
		return from_hop(x, sl_lpm_find4(&table, &wide,
						(uint32_t)addr[0] << 24 | addr[1] << 16 |
							addr[2] << 8 | addr[3]));
	__be32 a[4];
	memcpy(a, addr, 16);
	return from_hop(x, sl_lpm_find6(&table, a));
}

static void mask(uint8_t addr[16], unsigned int len)
{
	for (unsigned int i = len; i < 128; i++)
		addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static void random_addr(const struct fixture *x, uint8_t addr[16])
{
	memset(addr, 0, 16);
	for (unsigned int i = 0; i < x->family; i++)
		addr[i] = (uint8_t)(rnd(x->spread) * 67);
}

/* The address itself, next to a route's ends, or in a route. */
static void sample_addr(const struct fixture *x, uint8_t addr[16])
{
	const struct sl_lpm_route *r = x->n ? &x->list[rnd((uint32_t)x->n)] : NULL;
	unsigned int bits = 8 * x->family, how = rnd(5);

	if (!r || how == 0) {
		for (unsigned int i = 0; i < x->family; i++)
			addr[i] = (uint8_t)rnd(256);
		memset(addr + x->family, 0, 16u - x->family);
		return;
	}
	memcpy(addr, r->addr, 16);
	for (unsigned int i = r->len; i < bits; i++)
		if (how == 1 || how == 4 || (how == 2 && rnd(2)))
			addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	/* One before the first, one behind the last. */
	for (int i = (int)x->family - 1; i >= 0 && how >= 3; i--)
		if (how == 3 ? addr[i]-- : ++addr[i])
			break;
}

static void random_route(const struct fixture *x, struct sl_lpm_route *r)
{
	memset(r, 0, sizeof(*r));
	random_addr(x, r->addr);
	r->len = (uint8_t)rnd(8 * x->family + 1);
	mask(r->addr, r->len);
	if (rnd(4))
		r->gw[rnd(2) ? 3 : x->family - 1] = (uint8_t)rnd(40);
	r->port = rnd(6);
}

/* ---- Slow lookups ----------------------------------------------------------------------------*/

static void slow_begin(struct fixture *x, struct slow *s)
{
	memset(s, 0, sizeof(*s));
	sample_addr(x, s->addr);
	s->running = true;
	s->allowed[s->n_allowed++] = search(x->list, x->n, s->addr);
	if (x->next)
		s->allowed[s->n_allowed++] = search(x->next, x->n_next, s->addr);
	s->wide = x->mem.slots[SL_LPM_WIDE].words;
	s->image = x->mem.slots[s->wide ? SL_LPM_WIDE : SL_LPM_IMAGE];
}

static void slow_end(struct fixture *x, struct slow *s, const void *hop)
{
	struct answer a = from_hop(x, hop);
	bool ok = false;

	for (unsigned int i = 0; i < s->n_allowed; i++)
		ok |= same(&a, &s->allowed[i]);
	assert_true(ok);
	s->running = false;
	x->slow_done++;
}

static void slow_step_wide(struct fixture *x, struct slow *s)
{
	const uint16_t *w = s->image.words;
	const uint8_t *a = s->addr;

	if (s->step++ == 0)
		s->word = w[(uint32_t)a[0] << 16 | a[1] << 8 | a[2]];
	else if (s->word & SL_LPM_CHUNK)
		s->word = w[8256 * 2048 + (s->word & 0x7fff) * 256 + a[3]];
	else
		slow_end(x, s,
			 s->word ? (uint8_t *)s->image.words + 8192 * 4096 + s->word * 8 : NULL);
}

static void slow_step(struct fixture *x, struct slow *s)
{
	const uint32_t *w = s->image.words;

	if (!w) {
		slow_end(x, s, NULL);
	} else if (s->wide) {
		slow_step_wide(x, s);
	} else if (s->step++ == 0) {
		s->word = w[s->addr[0] << 8 | s->addr[1]];
		s->depth = 2;
	} else if (s->word & SL_LPM_NODE) {
		const uint32_t *node = w + (s->word & ~SL_LPM_NODE) * 16;
		unsigned int at = 9, byte = s->addr[s->depth++];
		uint64_t bits[4];

		memcpy(bits, node, sizeof(bits));
		for (unsigned int i = 1; i <= byte; i++)
			at += bits[i / 64] >> i % 64 & 1;
		s->word = node[at];
	} else {
		size_t size = x->family == SL_LPM_IP4 ? 8 : 32;

		slow_end(x, s,
			 s->word ? (uint8_t *)s->image.words + 64 * 4096 + s->word * size : NULL);
	}
}

static void run_out(void *arg)
{
	struct fixture *x = arg;

	x->waits++;
	for (unsigned int i = 0; i < SLOW; i++)
		while (x->slow[i].running)
			slow_step(x, &x->slow[i]);
}

/* Between two stores. */
static void between(void *arg)
{
	struct fixture *x = arg;

	/* A short prefix writes millions of words: the first and some of the others. */
	if (!x->checking || (x->hooks++ > 150 && x->hooks % 251))
		return;
	for (unsigned int i = 0; i < SAMPLES; i++) {
		struct answer a = look(x, x->addrs[i]);
		bool new = !same(&a, &x->before[i]);

		assert_true(same(&a, &x->after[i]) || !new);
		/* Once new, it stays new. */
		assert_false(x->flipped[i] && !same(&a, &x->after[i]));
		x->flipped[i] |= new;
		if (x->one_instant && new)
			for (unsigned int k = 0; k < SAMPLES; k++) {
				struct answer b = look(x, x->addrs[k]);

				assert_true(same(&b, &x->after[k]));
			}
	}
	for (unsigned int i = 0; i < SLOW; i++) {
		if (!x->slow[i].running && rnd(2))
			slow_begin(x, &x->slow[i]);
		else if (x->slow[i].running && rnd(3))
			slow_step(x, &x->slow[i]);
	}
}

/* ---- Changes ---------------------------------------------------------------------------------*/

static long list_at(const struct sl_lpm_route *v, size_t n, const struct sl_lpm_route *r)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].len == r->len && !memcmp(v[i].addr, r->addr, 16))
			return (long)i;
	return -1;
}

/* The list after a change; what Click's handlers would say. */
static int list_change(struct sl_lpm_route *v, size_t *n, const struct sl_lpm_op *op)
{
	long at = list_at(v, *n, &op->route);

	switch (op->what) {
	case SL_LPM_FLUSH:
		*n = 0;
		return 0;
	case SL_LPM_REMOVE:
		if (at < 0 || (!op->any && (v[at].port != op->route.port ||
					    memcmp(v[at].gw, op->route.gw, 16))))
			return -ENOENT;
		v[at] = v[--*n];
		return 0;
	case SL_LPM_ADD:
		if (at >= 0)
			return -EEXIST;
		break;
	default:
		break;
	}
	if (at < 0)
		at = (long)(*n)++;
	v[at] = op->route;
	return 0;
}

static void random_op(const struct fixture *x, struct sl_lpm_op *op)
{
	*op = (struct sl_lpm_op){.what = rnd(3) ? SL_LPM_ADD : SL_LPM_SET};
	random_route(x, &op->route);
	if (x->n && !rnd(3)) {
		op->route = x->list[rnd((uint32_t)x->n)];
		op->what = rnd(6) ? SL_LPM_REMOVE : SL_LPM_SET;
		op->any = rnd(2);
		if (op->what == SL_LPM_SET || !rnd(8))
			op->route.port = rnd(6);
	}
}

static struct sl_lpm_route next[MAX_ROUTES];

static void prepare(struct fixture *x, const struct sl_lpm_op *ops, size_t n)
{
	for (unsigned int i = 0; i < SAMPLES; i++) {
		const struct sl_lpm_route *r = &ops[rnd((uint32_t)n)].route;

		sample_addr(x, x->addrs[i]);
		/* Half of them where something changes. */
		if (i % 2 && r->len <= 8 * x->family) {
			uint8_t a[16];

			for (unsigned int k = 0; k < 16; k++)
				a[k] = x->addrs[i][k];
			memcpy(x->addrs[i], r->addr, 16);
			for (unsigned int k = r->len; k < 8 * x->family; k++)
				x->addrs[i][k / 8] |= (uint8_t)(a[k / 8] & 0x80 >> k % 8);
		}
		x->before[i] = search(x->list, x->n, x->addrs[i]);
		x->flipped[i] = false;
	}
}

static void apply(struct fixture *x, const struct sl_lpm_op *ops, size_t n)
{
	size_t n_next = x->n, failed = 0, want_failed = 0;
	struct sl_lpm_route have;
	int want = 0, ret;

	memcpy(next, x->list, x->n * sizeof(*next));
	for (size_t i = 0; i < n && !want; i++) {
		want = list_change(next, &n_next, &ops[i]);
		want_failed = i;
	}
	if (want) {
		n_next = x->n;
		memcpy(next, x->list, x->n * sizeof(*next));
	}
	prepare(x, ops, n);
	for (unsigned int i = 0; i < SAMPLES; i++)
		x->after[i] = search(next, n_next, x->addrs[i]);
	x->next = next;
	x->n_next = n_next;
	for (unsigned int i = 0; i < SLOW; i++) {
		struct slow *s = &x->slow[i];

		while (s->running && s->n_allowed == 16)
			slow_step(x, s);
		if (s->running)
			s->allowed[s->n_allowed++] = search(next, n_next, s->addr);
	}
	x->checking = true;
	x->hooks = 0;
	x->one_instant = n > 1;
	ret = sl_lpm_apply(x->t, ops, n, &failed, &have);
	x->checking = false;
	assert_int_equal(ret, want);
	if (want)
		assert_int_equal(failed, want_failed);
	if (want == -EEXIST) {
		long at = list_at(x->list, x->n, &have);

		/* In a transaction it may be one that was added by it. */
		if (n == 1) {
			assert_true(at >= 0);
			assert_int_equal(have.port, x->list[at].port);
			assert_memory_equal(have.gw, x->list[at].gw, 16);
		}
	}
	memcpy(x->list, next, n_next * sizeof(*next));
	x->n = n_next;
	x->next = NULL;
	for (unsigned int i = 0; i < SAMPLES; i++) {
		struct answer a = look(x, x->addrs[i]);

		assert_true(same(&a, &x->after[i]));
	}
}

static void check_lookups(struct fixture *x, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct sl_lpm_route r;
		struct answer a, want, own = {0};
		uint8_t addr[16];

		sample_addr(x, addr);
		want = search(x->list, x->n, addr);
		a = look(x, addr);
		assert_true(same(&a, &want));
		own.found = !sl_lpm_lookup(x->t, addr, &r);
		if (own.found) {
			memcpy(own.gw, r.gw, 16);
			own.port = r.port;
			assert_true(holds(&r, addr));
		}
		assert_true(same(&own, &want));
	}
}

struct listing {
	struct fixture *x;
	struct sl_lpm_route last;
	size_t n;
};

static int list_one(void *arg, const struct sl_lpm_route *r)
{
	struct listing *l = arg;
	long at = list_at(l->x->list, l->x->n, r);
	int order = memcmp(l->last.addr, r->addr, 16);

	assert_true(at >= 0);
	assert_int_equal(r->port, l->x->list[at].port);
	assert_memory_equal(r->gw, l->x->list[at].gw, 16);
	assert_true(!l->n || order < 0 || (order == 0 && l->last.len < r->len));
	l->last = *r;
	l->n++;
	return 0;
}

static void check_list(struct fixture *x)
{
	struct listing l = {.x = x};

	assert_int_equal(sl_lpm_each(x->t, list_one, &l), 0);
	assert_int_equal(l.n, x->n);
}

/* Another process takes the table up. */
static void open_table(struct fixture *x)
{
	sl_lpm_free(x->t);
	run_out(x);
	x->t = NULL;
	assert_int_equal(sl_lpm_open(x->family, &x->backend, &x->t), 0);
	sl_lpm_set_wide_from(x->t, x->wide_from);
	sl_lpm_set_hook(x->t, between, x);
}

static struct fixture *begin(enum sl_lpm_family family, size_t wide_from, uint32_t spread)
{
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	x->family = family;
	x->wide_from = wide_from;
	x->spread = spread;
	x->mem.wait = run_out;
	x->mem.arg = x;
	x->backend = sl_lpm_memory_backend;
	x->backend.arg = &x->mem;
	open_table(x);
	return x;
}

static void end(struct fixture *x)
{
	run_out(x);
	assert_true(x->slow_done > 0);
	sl_lpm_free(x->t);
	sl_lpm_memory_free(&x->mem);
	free(x);
}

static void random_changes(struct fixture *x, unsigned int steps)
{
	struct sl_lpm_op ops[12];

	for (unsigned int i = 0; i < steps; i++) {
		size_t n = rnd(40) ? 1 : rnd(12) + 1;

		for (size_t k = 0; k < n; k++)
			random_op(x, &ops[k]);
		if (n > 2 && !rnd(6))
			ops[0].what = SL_LPM_FLUSH;
		apply(x, ops, n);
		check_lookups(x, 4);
		if (i % 256 == 255) {
			open_table(x);
			check_list(x);
			check_lookups(x, 200);
		}
	}
	check_list(x);
	check_lookups(x, 2000);
}

static void test_ip4(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, SL_LPM_WIDE_FROM, 4);
	struct sl_lpm_stats st;

	(void)state;
	random_changes(x, 2500);
	sl_lpm_stats(x->t, &st);
	assert_false(st.wide);
	assert_true(x->waits > 50);
	end(x);
}

static void test_ip4_scattered(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, SL_LPM_WIDE_FROM, 256);

	(void)state;
	random_changes(x, 1500);
	end(x);
}

static void test_ip4_wide(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, 6, 4);
	struct sl_lpm_stats st;
	bool wide = false, compact = false;

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		random_changes(x, 25);
		sl_lpm_stats(x->t, &st);
		wide |= st.wide;
		compact |= !st.wide;
	}
	assert_true(wide);
	end(x);
}

static void test_ip6(void **state)
{
	struct fixture *x = begin(SL_LPM_IP6, 0, 3);

	(void)state;
	random_changes(x, 1500);
	end(x);
}

/* So many that they are made in another order. */
static void test_many_at_once(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, SL_LPM_WIDE_FROM, 60);
	struct sl_lpm_op *ops = calloc(2000, sizeof(*ops));

	(void)state;
	assert_non_null(ops);
	for (unsigned int round = 0; round < 6; round++) {
		for (unsigned int i = 0; i < 2000; i++) {
			random_op(x, &ops[i]);
			if (ops[i].what == SL_LPM_ADD || ops[i].what == SL_LPM_REMOVE)
				ops[i].what = SL_LPM_SET;
			/* Some prefixes come several times. */
			if (i > 10 && !rnd(5))
				ops[i].route = ops[1 + rnd(i - 1)].route;
		}
		ops[0].what = round == 3 ? SL_LPM_FLUSH : SL_LPM_SET;
		/* Of two that fail, the first is told. */
		if (round % 2) {
			ops[1400].what = SL_LPM_ADD;
			ops[1400].route = ops[1].route;
			ops[1800] = ops[1400];
		}
		apply(x, ops, 2000);
		check_list(x);
		check_lookups(x, 500);
	}
	assert_true(x->n > 2000);
	slow_begin(x, &x->slow[0]);
	free(ops);
	end(x);
}

static void test_refused(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, SL_LPM_WIDE_FROM, 4);
	struct sl_lpm_op op = {.route = {.addr = {10, 0, 0, 1}, .len = 24, .port = 1}};
	struct sl_lpm_route have;
	size_t failed;

	(void)state;
	assert_int_equal(sl_lpm_apply(x->t, &op, 1, &failed, &have), -EINVAL);
	op.route.len = 33;
	assert_int_equal(sl_lpm_apply(x->t, &op, 1, &failed, &have), -EINVAL);
	op.route.len = 32;
	assert_int_equal(sl_lpm_apply(x->t, &op, 1, &failed, &have), 0);
	assert_int_equal(sl_lpm_apply(x->t, &op, 1, &failed, &have), -EEXIST);
	struct sl_lpm_op late[2] = {op, {.what = SL_LPM_FLUSH}};
	late[0].route.addr[3] = 2;
	assert_int_equal(sl_lpm_apply(x->t, late, 2, &failed, &have), -EINVAL);
	assert_int_equal(failed, 1);
	x->list[0] = op.route;
	x->n = 1;
	check_list(x);
	slow_begin(x, &x->slow[0]);
	end(x);
}

/* Memory that runs out: nothing has changed, and the table works on when there is some again. */
static unsigned int get_left;
static int get_some(void *arg, unsigned int slot, size_t pages, struct sl_lpm_region *out)
{
	if (!get_left)
		return -ENOMEM;
	get_left--;
	return sl_lpm_memory_backend.get(arg, slot, pages, out);
}

static void test_no_memory(void **state)
{
	struct fixture *x = begin(SL_LPM_IP4, SL_LPM_WIDE_FROM, 5);
	unsigned int refused = 0;

	(void)state;
	x->backend.get = get_some;
	get_left = 100;
	open_table(x);
	for (unsigned int i = 0; i < 1500; i++) {
		struct sl_lpm_route have;
		struct sl_lpm_op ops[3];
		size_t failed, n = rnd(20) ? 1 : 3;
		int ret;

		for (size_t k = 0; k < n; k++) {
			random_route(x, &ops[k].route);
			ops[k].what = x->n > 1500 && rnd(2) ? SL_LPM_REMOVE : SL_LPM_SET;
			ops[k].any = true;
			if (ops[k].what == SL_LPM_REMOVE)
				ops[k].route = x->list[rnd((uint32_t)x->n)];
		}
		get_left = rnd(3) ? 8 : rnd(3);
		ret = sl_lpm_apply(x->t, ops, n, &failed, &have);
		refused += ret == -ENOMEM;
		for (size_t k = 0; k < n && !ret; k++)
			list_change(x->list, &x->n, &ops[k]);
		check_lookups(x, 20);
		get_left = 100;
		if (i % 500 == 499) {
			open_table(x);
			check_list(x);
		}
	}
	assert_true(refused > 3);
	slow_begin(x, &x->slow[0]);
	end(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip4),	     cmocka_unit_test(test_ip4_scattered),
		cmocka_unit_test(test_ip4_wide),     cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_many_at_once), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
