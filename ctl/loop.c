// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's event loop. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ctl/loop.h"

#define BATCH 64

struct ctl_loop {
	int epoll;
	struct ctl_timer *timers; /* in the order they are due */
	/* Being worked on: a source that is taken away meanwhile is taken out here. */
	struct epoll_event batch[BATCH];
	int n_batch;
};

static uint64_t (*test_clock)(void);

void ctl_clock_set(uint64_t (*now_ms)(void))
{
	test_clock = now_ms;
}

uint64_t ctl_now_ms(void)
{
	struct timespec ts;

	if (test_clock)
		return test_clock();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int ctl_loop_new(struct ctl_loop **out)
{
	struct ctl_loop *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0) {
		free(l);
		return -errno;
	}
	*out = l;
	return 0;
}

void ctl_loop_free(struct ctl_loop *l)
{
	if (!l)
		return;
	close(l->epoll);
	free(l);
}

int ctl_loop_add(struct ctl_loop *l, struct ctl_source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	s->events = events;
	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &ev) ? -errno : 0;
}

int ctl_loop_change(struct ctl_loop *l, struct ctl_source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	if (s->events == events)
		return 0;
	s->events = events;
	return epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &ev) ? -errno : 0;
}

void ctl_loop_del(struct ctl_loop *l, struct ctl_source *s)
{
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	for (int i = 0; i < l->n_batch; i++)
		if (l->batch[i].data.ptr == s)
			l->batch[i].data.ptr = NULL;
}

/* ---- Timers ----------------------------------------------------------------------------------*/

void ctl_timer_cancel(struct ctl_loop *l, struct ctl_timer *t)
{
	for (struct ctl_timer **p = &l->timers; t->armed && *p; p = &(*p)->next) {
		if (*p != t)
			continue;
		*p = t->next;
		t->armed = false;
		return;
	}
}

void ctl_timer_set(struct ctl_loop *l, struct ctl_timer *t, uint64_t ms)
{
	struct ctl_timer **p = &l->timers;

	ctl_timer_cancel(l, t);
	t->due_ms = ctl_now_ms() + ms;
	while (*p && (*p)->due_ms <= t->due_ms)
		p = &(*p)->next;
	t->next = *p;
	*p = t;
	t->armed = true;
}

static int until_timer(const struct ctl_loop *l, int max_ms)
{
	uint64_t now = ctl_now_ms(), wait;

	if (!l->timers)
		return max_ms;
	wait = l->timers->due_ms > now ? l->timers->due_ms - now : 0;
	if (max_ms >= 0 && wait > (uint64_t)max_ms)
		return max_ms;
	return wait > 3600000 ? 3600000 : (int)wait;
}

static void run_timers(struct ctl_loop *l)
{
	uint64_t now = ctl_now_ms();

	/* One that sets itself again is due later than now, so this ends. */
	while (l->timers && l->timers->due_ms <= now) {
		struct ctl_timer *t = l->timers;

		l->timers = t->next;
		t->armed = false;
		t->fn(t);
	}
}

int ctl_loop_step(struct ctl_loop *l, int max_ms)
{
	int n = epoll_wait(l->epoll, l->batch, BATCH, until_timer(l, max_ms));

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	l->n_batch = n;
	for (int i = 0; i < n; i++) {
		struct ctl_source *s = l->batch[i].data.ptr;

		if (s)
			s->fn(s, l->batch[i].events);
	}
	l->n_batch = 0;
	run_timers(l);
	return 0;
}
