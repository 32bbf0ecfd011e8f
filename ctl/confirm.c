// SPDX-License-Identifier: GPL-2.0-only
/* Ports attached on trial. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/confirm.h"
#include "ctl/log.h"
#include "loader/mem.h"

struct ctl_confirm {
	struct ctl_server *server;
	struct ctl_timer timer;
	char port[SL_NAME_MAX + 1];
	uint64_t deadline_ms; /* CLOCK_BOOTTIME: goes on while the machine sleeps, and across
				 daemons */
	struct ctl_confirm *next;
};

static uint64_t boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static struct ctl_confirm *find(const struct ctl_server *s, const char *port)
{
	for (struct ctl_confirm *c = s->confirms; c; c = c->next)
		if (!strcmp(c->port, port))
			return c;
	return NULL;
}

static char *path_of(const struct ctl_server *s, const char *suffix)
{
	char *path = NULL;

	if (!s->run_dir || asprintf(&path, "%s/confirm%s", s->run_dir, suffix) < 0)
		return NULL;
	return path;
}

/* Written beside and renamed: a daemon that dies leaves the old or the new. */
static int save(const struct ctl_server *s)
{
	_free_ char *path = path_of(s, ""), *tmp = path_of(s, ".new");
	int ret = 0;
	FILE *f;

	if (!s->run_dir)
		return 0;
	if (!path || !tmp)
		return -ENOMEM;
	f = fopen(tmp, "we");
	if (!f)
		return -errno;
	for (const struct ctl_confirm *c = s->confirms; c; c = c->next)
		fprintf(f, "%s %" PRIu64 "\n", c->port, c->deadline_ms);
	if (fflush(f) || ferror(f))
		ret = -EIO;
	if (fclose(f) || ret || rename(tmp, path))
		ret = ret ? ret : -errno;
	return ret;
}

static void unlink_one(struct ctl_server *s, struct ctl_confirm *c)
{
	for (struct ctl_confirm **p = &s->confirms; *p; p = &(*p)->next) {
		if (*p != c)
			continue;
		*p = c->next;
		break;
	}
	ctl_timer_cancel(s->loop, &c->timer);
	free(c);
}

static void on_due(struct ctl_timer *t)
{
	struct ctl_confirm *c = t->arg;
	struct ctl_server *s = c->server;
	struct sl_diags d = {0};
	char port[SL_NAME_MAX + 1];
	struct ctl_log_entry e = {.command = "port detach", .detail = port, .diags = &d};
	struct json_object *o;

	memcpy(port, c->port, sizeof(port));
	unlink_one(s, c);
	save(s);
	ctl_log_say(s->log, "port %s was not confirmed in time", port);
	e.err = s->ops->port_detach(s->node, port, &d);
	o = ctl_log_add(s->log, &e);
	if (o)
		ctl_watch_change(s, NULL, o);
	sl_diags_free(&d);
}

static int add(struct ctl_server *s, const char *port, uint64_t deadline_ms)
{
	struct ctl_confirm *c = find(s, port);
	uint64_t now = boot_ms();

	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return -ENOMEM;
		snprintf(c->port, sizeof(c->port), "%s", port);
		c->server = s;
		c->timer = (struct ctl_timer){.fn = on_due, .arg = c};
		c->next = s->confirms;
		s->confirms = c;
	}
	c->deadline_ms = deadline_ms;
	ctl_timer_set(s->loop, &c->timer, deadline_ms > now ? deadline_ms - now : 0);
	return 0;
}

int ctl_confirm_add(struct ctl_server *s, const char *port, unsigned long long ms)
{
	int ret = add(s, port, boot_ms() + ms);

	ret = ret ? ret : save(s);
	if (ret && find(s, port))
		unlink_one(s, find(s, port));
	return ret;
}

int ctl_confirm_drop(struct ctl_server *s, const char *port)
{
	struct ctl_confirm *c = find(s, port);

	if (!c)
		return -ENOENT;
	unlink_one(s, c);
	return save(s);
}

long long ctl_confirm_left(const struct ctl_server *s, const char *port)
{
	const struct ctl_confirm *c = find(s, port);
	uint64_t now = boot_ms();

	if (!c)
		return -1;
	return c->deadline_ms > now ? (long long)(c->deadline_ms - now) : 0;
}

int ctl_confirm_load(struct ctl_server *s)
{
	_free_ char *path = path_of(s, "");
	_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	char line[128], port[SL_NAME_MAX + 1];
	uint64_t deadline;
	int ret = 0;

	if (!path)
		return -ENOMEM;
	while (!ret && f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %" SCNu64, port, &deadline) == 2 && sl_name_valid(port))
			ret = add(s, port, deadline);
	return ret;
}

void ctl_confirm_free(struct ctl_server *s)
{
	while (s->confirms)
		unlink_one(s, s->confirms);
}
