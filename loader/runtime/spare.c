// SPDX-License-Identifier: GPL-2.0-only
/* What CPUs do besides packets, out of /proc/stat. */
#include "loader/runtime/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"

/* Each look is a window; counters have steps of 10 ms, a shorter one says little. */
#define WINDOW_NS 100000000ull
/* After so long without a look what was seen before says nothing. */
#define LONG_NS (8 * WINDOW_NS)
#define LINE 160 /* a CPU's is no longer */

static void window(struct sl_spare_cpu *c, uint64_t ticks, uint64_t spare)
{
	uint64_t all = ticks - c->ticks, part = spare - c->spare;

	/* Counters of a CPU that was away may go back. */
	if (ticks < c->ticks || spare < c->spare || !all) {
		c->n = 0;
		return;
	}
	part = (part << SL_SPARE_SHIFT) / all;
	memmove(c->windows + 1, c->windows, sizeof(c->windows) - sizeof(c->windows[0]));
	c->windows[0] = (uint16_t)(part > UINT16_MAX ? UINT16_MAX : part);
	if (c->n < SL_SPARE_WINDOWS)
		c->n++;
}

static void publish(const struct sl_spare_cpu *c, uint64_t now_ns, struct sl_cpu_spare *out)
{
	uint32_t least = 0;

	if (!c->n)
		return;
	/* Until there are enough of them, none says that there was time all along. */
	if (c->n == SL_SPARE_WINDOWS) {
		least = c->windows[0];
		for (int i = 1; i < SL_SPARE_WINDOWS; i++)
			least = c->windows[i] < least ? c->windows[i] : least;
	}
	__atomic_store_n(&out->last, c->windows[0], __ATOMIC_RELAXED);
	__atomic_store_n(&out->least, least, __ATOMIC_RELAXED);
	__atomic_store_n(&out->at_ns, now_ns, __ATOMIC_RELEASE);
}

/* Time that was stolen is in none of the sums: nobody had it. */
static void take_cpu(struct sl_spare *s, const char *line, uint64_t now_ns, bool begin,
		     struct sl_cpu_spare *out)
{
	unsigned long long user, nice, sys, idle, iowait, irq, softirq;
	unsigned int cpu;
	uint64_t spare, ticks, procs;

	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu", &cpu, &user, &nice, &sys,
		   &idle, &iowait, &irq, &softirq) != 8 ||
	    cpu >= SL_SPARE_CPUS)
		return;
	procs = user + nice;
	spare = procs + 2 * (idle + iowait);
	ticks = user + nice + sys + idle + iowait + irq + softirq;
	if (begin)
		s->cpus[cpu].n = 0;
	else
		window(&s->cpus[cpu], ticks, spare);
	if (!begin && ticks > s->cpus[cpu].ticks && procs >= s->cpus[cpu].procs)
		s->cpus[cpu].procs_milli = (uint32_t)(1000 * (procs - s->cpus[cpu].procs) /
						      (ticks - s->cpus[cpu].ticks));
	s->cpus[cpu].procs = procs;
	s->cpus[cpu].ticks = ticks;
	s->cpus[cpu].spare = spare;
	publish(&s->cpus[cpu], now_ns, &out[cpu]);
}

void sl_spare_take(struct sl_spare *s, const char *text, uint64_t now_ns, struct sl_cpu_spare *out)
{
	bool begin = !s->at_ns || now_ns - s->at_ns > LONG_NS;

	if (!begin && now_ns - s->at_ns < WINDOW_NS)
		return;
	s->at_ns = now_ns;
	for (const char *at = text, *end; !strncmp(at, "cpu", 3); at = end + 1) {
		take_cpu(s, at, now_ns, begin, out);
		end = strchr(at, '\n');
		if (!end)
			break;
	}
}

/* CPUs are in front; what is behind them can be long, and is not read. */
int sl_spare_look(struct sl_spare *s, struct sl_cpu_spare *out)
{
	_close_ int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	size_t size = LINE * (size_t)(sysconf(_SC_NPROCESSORS_CONF) + 1), n = 0;
	_free_ char *text = NULL;
	struct timespec ts;

	if (fd < 0)
		return -errno;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while (n < size) {
		ssize_t got = read(fd, text + n, size - n);

		if (got < 0)
			return -errno;
		if (!got)
			break;
		n += (size_t)got;
	}
	text[n] = 0;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sl_spare_take(s, text, (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec, out);
	return 0;
}
