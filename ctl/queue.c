// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose request is next. Users take turns: among those with a request waiting, the one served least
 * recently is next, with the request that came first. So a user with sixteen connections gets no
 * more than one with a single one. Nor does one whose requests take long (handlers that are asked
 * in the sandbox, writes that compile) get more of the daemon's time than his share: once he has
 * used up what he may take at once, he waits until the others have had theirs.
 *
 * How often a tenant may change its graph: each has an account of a few changes, given back one at
 * a time. What compiling one takes counts, too: a change that took long is several. Root has none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/server.h"
#include "loader/mem.h"

#define N_SERVED (sizeof(((struct ctl_server *)0)->served) / sizeof(struct ctl_served))
/* Accounts that are full again are forgotten past this many. */
#define MAX_BUCKETS 8192

/* ---- Turns -----------------------------------------------------------------------------------*/

static struct ctl_served *served_of(struct ctl_server *s, uid_t uid)
{
	for (size_t i = 0; i < N_SERVED; i++)
		if (s->served[i].stamp && s->served[i].uid == uid)
			return &s->served[i];
	return NULL;
}

/* 0: not served within memory. */
static unsigned long long last_served(struct ctl_server *s, uid_t uid)
{
	const struct ctl_served *v = served_of(s, uid);

	return v ? v->stamp : 0;
}

/* What has been forgiven is no longer spent. */
static void forgive(const struct ctl_server *s, struct ctl_served *v, uint64_t now)
{
	uint64_t ms = (now - v->since_ms) / s->limits.time_share;

	v->since_ms += ms * s->limits.time_share;
	v->spent_ms = v->spent_ms > ms ? v->spent_ms - ms : 0;
}

/* For how long a user has to wait for a turn; root never has. */
static uint64_t waits_ms(struct ctl_server *s, uid_t uid, uint64_t now)
{
	struct ctl_served *v = uid && s->limits.time_share ? served_of(s, uid) : NULL;

	if (!v)
		return 0;
	forgive(s, v, now);
	return v->spent_ms > s->limits.time_ms
		       ? (v->spent_ms - s->limits.time_ms) * s->limits.time_share
		       : 0;
}

/* Of two who were served, the one to be forgotten: rather not one who has to wait. */
static struct ctl_served *lesser(struct ctl_served *a, struct ctl_served *b, uint64_t least)
{
	bool keep_a = a->spent_ms > least, keep_b = b->spent_ms > least;

	if (keep_a != keep_b)
		return keep_a ? b : a;
	return b->stamp < a->stamp ? b : a;
}

static void mark_served(struct ctl_server *s, uid_t uid)
{
	struct ctl_served *v = served_of(s, uid), *least = &s->served[0];

	if (v) {
		v->stamp = ++s->served_stamp;
		return;
	}
	for (size_t i = 1; i < N_SERVED; i++)
		least = lesser(least, &s->served[i], s->limits.time_ms);
	*least = (struct ctl_served){uid, ++s->served_stamp, 0, ctl_now_ms()};
}

void ctl_queue_spent(struct ctl_server *s, uid_t uid, uint64_t ms)
{
	struct ctl_served *v = s->limits.time_share ? served_of(s, uid) : NULL;

	if (!v)
		return;
	forgive(s, v, ctl_now_ms());
	v->spent_ms += ms;
}

/* Its being due is all: whoever waits for the loop looks at the queue then. */
static void on_turn(struct ctl_timer *t)
{
	(void)t;
}

static void wake_in(struct ctl_server *s, uint64_t ms)
{
	s->turn.fn = on_turn;
	s->turn.arg = s;
	ctl_timer_set(s->loop, &s->turn, ms);
}

struct ctl_conn *ctl_queue_next(struct ctl_server *s, bool (*ready)(const struct ctl_conn *c))
{
	struct ctl_conn *best = NULL;
	unsigned long long best_stamp = 0;
	uint64_t now = ctl_now_ms(), soonest = UINT64_MAX;

	for (struct ctl_conn *c = s->conns; c; c = c->next) {
		unsigned long long stamp;
		uint64_t wait;

		if (c->state != CTL_CONN_QUEUED || !ready(c))
			continue;
		wait = waits_ms(s, c->uid, now);
		if (wait) {
			soonest = wait < soonest ? wait : soonest;
			continue;
		}
		stamp = last_served(s, c->uid);
		if (!best || stamp < best_stamp ||
		    (stamp == best_stamp && c->arrived < best->arrived)) {
			best = c;
			best_stamp = stamp;
		}
	}
	if (best)
		mark_served(s, best->uid);
	else if (soonest != UINT64_MAX)
		wake_in(s, soonest);
	return best;
}

/* ---- Accounts --------------------------------------------------------------------------------*/

static void refill(const struct ctl_server *s, struct ctl_bucket *b, uint64_t now)
{
	uint64_t n = s->limits.refill_ms ? (now - b->since_ms) / s->limits.refill_ms : 0;
	uint64_t owed = n < b->owed ? n : b->owed;

	b->owed -= (unsigned int)owed;
	b->since_ms += owed * s->limits.refill_ms;
	n -= owed;
	if (b->tokens + n >= s->limits.burst) {
		b->tokens = s->limits.burst;
		b->since_ms = now;
		return;
	}
	b->tokens += (unsigned int)n;
	b->since_ms += n * s->limits.refill_ms;
}

static void forget_full(struct ctl_server *s, uint64_t now)
{
	for (size_t i = s->n_buckets; i-- > 0;) {
		refill(s, &s->buckets[i], now);
		if (s->buckets[i].tokens < s->limits.burst)
			continue;
		free(s->buckets[i].key);
		s->buckets[i] = s->buckets[--s->n_buckets];
	}
}

static struct ctl_bucket *bucket_of(struct ctl_server *s, const char *key, uint64_t now)
{
	struct ctl_bucket *b;

	for (size_t i = 0; i < s->n_buckets; i++)
		if (!strcmp(s->buckets[i].key, key))
			return &s->buckets[i];
	if (s->n_buckets >= MAX_BUCKETS)
		forget_full(s, now);
	if (SL_GROW(s->buckets, s->n_buckets, s->cap_buckets))
		return NULL;
	b = &s->buckets[s->n_buckets];
	*b = (struct ctl_bucket){strdup(key), s->limits.burst, 0, now};
	if (!b->key)
		return NULL;
	s->n_buckets++;
	return b;
}

/* The account `key`, refilled; NULL: out of memory. */
static struct ctl_bucket *account(struct ctl_server *s, const char *key)
{
	uint64_t now = ctl_now_ms();
	struct ctl_bucket *b = bucket_of(s, key, now);

	if (b)
		refill(s, b, now);
	return b;
}

int ctl_queue_check(struct ctl_server *s, const char *tenant, uid_t uid, struct sl_diags *d)
{
	struct ctl_bucket *b;

	if (!uid || !s->limits.burst)
		return 0;
	b = account(s, tenant);
	if (!b)
		return -ENOMEM;
	if (b->tokens)
		return 0;
	sl_diag_hint(sl_error(d, SL_NOPOS, "too-often", "tenant %s changes too often", tenant),
		     "try again in %.1f s",
		     (double)(b->since_ms + (1ull + b->owed) * s->limits.refill_ms - ctl_now_ms()) /
			     1000);
	return -EAGAIN;
}

bool ctl_queue_take(struct ctl_server *s, const char *key, uid_t uid)
{
	struct ctl_bucket *b;

	if (!uid || !s->limits.burst)
		return true;
	b = account(s, key);
	if (!b || !b->tokens)
		return false;
	b->tokens--;
	return true;
}

int ctl_queue_charge(struct ctl_server *s, const char *tenant, uid_t uid, struct sl_diags *d)
{
	int ret = ctl_queue_check(s, tenant, uid, d);

	if (!ret)
		ctl_queue_take(s, tenant, uid);
	return ret;
}

/* ---- What compiling takes --------------------------------------------------------------------*/

static struct ctl_worked *worked_of(const struct ctl_server *s, const char *tenant)
{
	for (size_t i = 0; i < s->n_worked; i++)
		if (!strcmp(s->worked[i].tenant, tenant))
			return &s->worked[i];
	return NULL;
}

uint64_t ctl_queue_worked_ns(const struct ctl_server *s, const char *tenant)
{
	const struct ctl_worked *w = worked_of(s, tenant);

	return w ? w->cpu_ns : 0;
}

static void note_worked(struct ctl_server *s, const char *tenant, uint64_t cpu_ns)
{
	struct ctl_worked *w = worked_of(s, tenant);

	if (!w) {
		if (s->n_worked >= MAX_BUCKETS || SL_GROW(s->worked, s->n_worked, s->cap_worked))
			return;
		w = &s->worked[s->n_worked];
		*w = (struct ctl_worked){.tenant = strdup(tenant)};
		if (!w->tenant)
			return;
		s->n_worked++;
	}
	w->cpu_ns += cpu_ns;
}

void ctl_queue_worked(struct ctl_server *s, const char *tenant, uid_t uid, uint64_t cpu_ns)
{
	uint64_t n = s->limits.change_ms ? cpu_ns / 1000000 / s->limits.change_ms : 0;
	struct ctl_bucket *b;

	note_worked(s, tenant, cpu_ns);
	b = n && uid && s->limits.burst ? account(s, tenant) : NULL;
	if (!b)
		return;
	b->owed += (unsigned int)(n > b->tokens ? n - b->tokens : 0);
	b->tokens -= n > b->tokens ? b->tokens : (unsigned int)n;
}

void ctl_queue_free(struct ctl_server *s)
{
	for (size_t i = 0; i < s->n_worked; i++)
		free(s->worked[i].tenant);
	free(s->worked);
	s->worked = NULL;
	s->n_worked = s->cap_worked = 0;
	for (size_t i = 0; i < s->n_buckets; i++)
		free(s->buckets[i].key);
	free(s->buckets);
	s->buckets = NULL;
	s->n_buckets = s->cap_buckets = 0;
}
