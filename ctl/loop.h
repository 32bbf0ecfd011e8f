/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's event loop: descriptors (epoll) and timers, each with a function to call. Sources
 * and timers are members of what they belong to, and may be taken away from inside any call.
 */
#ifndef CTL_LOOP_H
#define CTL_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct ctl_loop;

struct ctl_source {
	int fd;
	uint32_t events; /* EPOLL* asked for */
	void (*fn)(struct ctl_source *s, uint32_t events);
	void *arg;
};

struct ctl_timer {
	uint64_t due_ms;
	void (*fn)(struct ctl_timer *t);
	void *arg;
	struct ctl_timer *next;
	bool armed;
};

/* CLOCK_MONOTONIC, unless a test says what time it is. */
uint64_t ctl_now_ms(void);
void ctl_clock_set(uint64_t (*now_ms)(void)); /* NULL: the machine's */

int ctl_loop_new(struct ctl_loop **out);
void ctl_loop_free(struct ctl_loop *l);

int ctl_loop_add(struct ctl_loop *l, struct ctl_source *s, uint32_t events);
int ctl_loop_change(struct ctl_loop *l, struct ctl_source *s, uint32_t events);
void ctl_loop_del(struct ctl_loop *l, struct ctl_source *s);

/* Calls the timer's function once, `ms` from now; again while armed: moves it. */
void ctl_timer_set(struct ctl_loop *l, struct ctl_timer *t, uint64_t ms);
void ctl_timer_cancel(struct ctl_loop *l, struct ctl_timer *t);

/* Waits for something to do, at most `max_ms` (-1: for ever), and does it. 0 or -errno. */
int ctl_loop_step(struct ctl_loop *l, int max_ms);

#endif
