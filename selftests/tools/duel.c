/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A victim's packets beside an adversary's, on one CPU, and what becomes of the victim's.
 *
 *   duel gen-ns=NS gen-dev=DEV sink-ns=NS sink-dev=DEV frames=FILE [victim=20000]
 *        [flood=off,max,off] [phase-ms=100] [settle-ms=10] [rounds=5] [lag-ms=10] [cpu=0]
 * [nice=-10]
 *
 * A line of FILE is a frame: `victim` or `adversary`, its bytes in hexadecimal, and up to four
 * places in it that are made random: AT (two bytes there) or AT:INVERSE (and two that are the
 * opposite, so that an Internet checksum over both stays right, if both are 0). Frames of a side
 * are sent in turn. The last 16 bytes of a victim's become phase and time.
 *
 * The victim sends `victim` packets a second. The adversary's rate changes from phase to phase:
 * `off`, packets a second, or `max`, as many as there is time for; so many rounds of that. Both are
 * paced by the clock; what is late by more than `lag-ms` is not sent, which is counted. `nice`
 * is how much of the CPU others leave to it.
 *
 * Prints "ready" when it begins. The last line is JSON: {"others" (frames seen that are none of the
 * victim's), "seconds", "cpu_seconds" (that it took), "phases": [{"flood", "seconds", "sent",
 * "late", "seen" (of the victim), "flood_sent", "flood_late", "p50", "p99", "p999", "max" (ns from
 * making to seeing)}]}, a phase for each of `flood`. Bounded: at most 300 s.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "selftests/duel.h"
#include "selftests/flood_time.h"
#include "selftests/flood_tool.h"

#define SECOND 1000000000ull
#define MAX_NS (300 * SECOND)

static uint64_t number(const char *key, const char *otherwise, uint64_t most)
{
	const char *text = arg(key, otherwise);
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (end == text || *end || n > most) {
		fprintf(stderr, "duel: %s is a number up to %llu\n", key, (unsigned long long)most);
		exit(2);
	}
	return n;
}

/* ---- What is sent ----------------------------------------------------------------------------*/

struct frames {
	struct duel_frame frame[DUEL_FRAMES];
	int side[DUEL_FRAMES];
	uint32_t n, longest;
};

static int read_bytes(struct duel_frame *f, const char *hex)
{
	unsigned int byte;

	for (; *hex; hex += 2) {
		if (f->len == DUEL_FRAME_MAX || sscanf(hex, "%2x", &byte) != 1 || !hex[1])
			return -1;
		f->bytes[f->len++] = (uint8_t)byte;
	}
	return f->len < 14 + sizeof(struct duel_stamp) ? -1 : 0;
}

static int read_vary(struct duel_frame *f, int i, const char *text)
{
	unsigned int at, inverse = 0;

	if (i == DUEL_VARY || sscanf(text, "%u:%u", &at, &inverse) < 1)
		return -1;
	if (!at || at + 2 > f->len || inverse + 2 > f->len)
		return -1;
	f->vary[i].at = (uint16_t)at;
	f->vary[i].inverse = (uint16_t)inverse;
	return 0;
}

static int read_frame(struct frames *all, char *line)
{
	struct duel_frame *f = &all->frame[all->n];
	char *word = strtok(line, " \n");

	if (!word)
		return 0;
	if (all->n == DUEL_FRAMES || (strcmp(word, "victim") && strcmp(word, "adversary")))
		return -1;
	all->side[all->n] = strcmp(word, "victim") ? DUEL_ADVERSARY : DUEL_VICTIM;
	word = strtok(NULL, " \n");
	if (!word || read_bytes(f, word))
		return -1;
	for (int i = 0; (word = strtok(NULL, " \n")); i++)
		if (read_vary(f, i, word))
			return -1;
	if (f->len > all->longest)
		all->longest = f->len;
	all->n++;
	return 0;
}

static void read_frames(struct frames *all)
{
	char line[2 * DUEL_FRAME_MAX + 256];
	FILE *f = fopen(arg("frames", NULL), "re");

	if (!f)
		die(arg("frames", NULL));
	while (fgets(line, sizeof(line), f))
		if (read_frame(all, line)) {
			fprintf(stderr, "duel: frame %u is wrong\n", all->n + 1);
			exit(2);
		}
	fclose(f);
}

/* Of a side, one after the other. */
static void put_frames(int map, const struct frames *all, struct duel_conf *c)
{
	uint32_t at = 0;

	for (int side = 0; side < DUEL_SIDES; side++) {
		c->first[side] = at;
		for (uint32_t i = 0; i < all->n; i++) {
			if (all->side[i] != side)
				continue;
			if (bpf_map_update_elem(map, &at, &all->frame[i], BPF_ANY))
				die("frames");
			at++;
			c->n[side]++;
		}
	}
	if (!c->n[DUEL_VICTIM] || !c->n[DUEL_ADVERSARY]) {
		fprintf(stderr, "duel: each side needs a frame\n");
		exit(2);
	}
}

static void read_phases(struct duel_conf *c, char names[][24])
{
	const char *p = arg("flood", "off,max,off");

	while (*p) {
		size_t n = strcspn(p, ",");
		uint64_t rate;

		if (c->n_phases == DUEL_PHASES || !n || n >= sizeof(names[0])) {
			fprintf(stderr, "duel: flood is up to %d rates\n", DUEL_PHASES);
			exit(2);
		}
		memcpy(names[c->n_phases], p, n);
		rate = strtoull(p, NULL, 10);
		c->flood_ns[c->n_phases] = !strncmp(p, "max", n) ? DUEL_FLAT_OUT
					   : rate		 ? SECOND / rate
								 : 0;
		c->n_phases++;
		p += n + (p[n] == ',');
	}
}

/* ---- Running ---------------------------------------------------------------------------------*/

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void pin_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(number("cpu", "0", CPU_SETSIZE - 1), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("cpu");
}

/* Of our own, and of the group of processes that the scheduler makes of a session. */
static void set_nice(void)
{
	int nice = atoi(arg("nice", "-10")), fd;
	char text[16];

	setsid();
	if (setpriority(PRIO_PROCESS, 0, nice))
		die("nice");
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* there are none */
	snprintf(text, sizeof(text), "%d", nice);
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "duel: autogroup: %s\n", strerror(errno));
	close(fd);
}

static void run(int prog, const struct frames *all, uint64_t ends)
{
	uint64_t now = now_ns(), left = ends > now ? ends - now : 1;
	uint8_t room[DUEL_FRAME_MAX] = {0};
	struct itimerval timer = {.it_value = {.tv_sec = (time_t)(left / SECOND),
					       .tv_usec = (suseconds_t)(left % SECOND / 1000 + 1)}};

	setitimer(ITIMER_REAL, &timer, NULL);
	while (!stop && now_ns() < ends) {
		LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = room, .data_size_in = all->longest,
			    .repeat = 1 << 30, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			    .batch_size = 64);

		if (bpf_prog_test_run_opts(prog, &o) && errno != EINTR)
			die("live frames");
	}
}

/* ---- Telling ---------------------------------------------------------------------------------*/

/* The middle of a bucket. */
static double bucket_ns(uint32_t at)
{
	uint32_t shift = at < 32 ? 0 : at / 16 - 1;

	return ((double)(at - shift * 16) + (shift ? 0.5 : 0)) * (double)(1ull << shift);
}

static double quantile(const struct duel_counts *n, double part)
{
	double want = part * (double)n->seen, sum = 0, last = 0;

	for (uint32_t i = 0; i < DUEL_BUCKETS; i++) {
		if (!n->took[i])
			continue;
		sum += (double)n->took[i];
		last = bucket_ns(i);
		if (sum >= want)
			break;
	}
	return last;
}

static void report(struct bpf_object *obj, const struct duel_conf *c, char names[][24],
		   const double *took)
{
	int counts = map_fd(obj, "counts");
	struct duel_state s;
	struct duel_counts n;
	uint32_t zero = 0;
	uint64_t turns = c->phases / c->n_phases; /* of each phase */

	if (bpf_map_lookup_elem(map_fd(obj, "state"), &zero, &s))
		die("state");
	printf("{\"others\": %llu, \"seconds\": %.3f, \"cpu_seconds\": %.6f, \"phases\": [",
	       (unsigned long long)s.others, took[0], took[1]);
	for (uint32_t i = 0; i < c->n_phases; i++) {
		if (bpf_map_lookup_elem(counts, &i, &n))
			die("counts");
		printf("%s{\"flood\": \"%s\", \"seconds\": %.3f, \"sent\": %llu, \"late\": %llu, "
		       "\"seen\": %llu, \"flood_sent\": %llu, \"flood_late\": %llu, \"p50\": %.0f, "
		       "\"p99\": %.0f, \"p999\": %.0f, \"max\": %.0f}",
		       i ? ", " : "", names[i],
		       (double)(turns * (c->phase_ns - c->settle_ns)) / (double)SECOND,
		       (unsigned long long)n.sent[DUEL_VICTIM],
		       (unsigned long long)n.late[DUEL_VICTIM], (unsigned long long)n.seen,
		       (unsigned long long)n.sent[DUEL_ADVERSARY],
		       (unsigned long long)n.late[DUEL_ADVERSARY], quantile(&n, 0.5),
		       quantile(&n, 0.99), quantile(&n, 0.999), quantile(&n, 1));
	}
	puts("]}");
}

int main(int argc, char **argv)
{
	static struct frames all;
	char names[DUEL_PHASES][24] = {""};
	struct duel_conf c = {0};
	struct duel_state s = {.at = ~0u};
	struct bpf_object *obj;
	double took[2], cpu;
	uint32_t zero = 0;

	n_args = argc;
	args = argv;
	signal(SIGTERM, on_signal);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_signal}, NULL);
	obj = load("duel");
	read_frames(&all);
	read_phases(&c, names);
	put_frames(map_fd(obj, "frames"), &all, &c);
	c.phase_ns = number("phase-ms", "100", 10000) * 1000000;
	c.settle_ns = number("settle-ms", "10", 1000) * 1000000;
	c.lag_ns = number("lag-ms", "10", 10000) * 1000000;
	c.phases = (uint32_t)number("rounds", "5", 10000) * c.n_phases;
	if (c.settle_ns >= c.phase_ns || c.phases * c.phase_ns > MAX_NS) {
		fprintf(stderr, "duel: phases are too short, or take too long\n");
		exit(2);
	}
	if (number("victim", "20000", SECOND))
		s.interval_ns[DUEL_VICTIM] = SECOND / number("victim", "20000", SECOND);
	enter(arg("sink-ns", NULL));
	if (bpf_link_create(prog_fd(obj, "duel_sink"), (int)if_nametoindex(arg("sink-dev", NULL)),
			    BPF_XDP, NULL) < 0)
		die("sink-dev");
	enter(arg("gen-ns", NULL));
	c.ifindex = if_nametoindex(arg("gen-dev", NULL));
	if (!c.ifindex)
		die("gen-dev");
	pin_cpu();
	set_nice();
	c.start_ns = now_ns() + 1000000;
	s.due_ns[DUEL_VICTIM] = c.start_ns;
	if (bpf_map_update_elem(map_fd(obj, "conf"), &zero, &c, BPF_ANY) ||
	    bpf_map_update_elem(map_fd(obj, "state"), &zero, &s, BPF_ANY))
		die("conf");
	puts("ready");
	fflush(stdout);
	cpu = cpu_seconds(atoi(arg("cpu", "0")));
	run(prog_fd(obj, "duel_gen"), &all, c.start_ns + c.phases * c.phase_ns);
	took[0] = (double)(now_ns() - c.start_ns) / (double)SECOND;
	took[1] = cpu_seconds(atoi(arg("cpu", "0"))) - cpu;
	/* What is under way arrives within moments. */
	usleep(100000);
	report(obj, &c, names, took);
	return 0;
}
