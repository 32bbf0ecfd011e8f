// SPDX-License-Identifier: GPL-2.0-only
/* Who did what when. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/log.h"
#include "ctl/protocol.h"
#include "loader/mem.h"

struct ctl_log {
	char *file;
	int fd;
	bool quiet;
	struct json_object *kept[CTL_LOG_KEPT];
	size_t next; /* where the next one goes */
};

static int open_file(struct ctl_log *l)
{
	int fd;

	if (!l->file)
		return 0;
	fd = open(l->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	return 0;
}

int ctl_log_open(const char *file, bool quiet, struct ctl_log **out)
{
	struct ctl_log *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return -ENOMEM;
	l->fd = -1;
	l->quiet = quiet;
	l->file = file ? strdup(file) : NULL;
	ret = file && !l->file ? -ENOMEM : open_file(l);
	if (ret) {
		ctl_log_close(l);
		return ret;
	}
	*out = l;
	return 0;
}

int ctl_log_reopen(struct ctl_log *l)
{
	return open_file(l);
}

void ctl_log_close(struct ctl_log *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < CTL_LOG_KEPT; i++)
		json_object_put(l->kept[i]);
	if (l->fd >= 0)
		close(l->fd);
	free(l->file);
	free(l);
}

const char *ctl_log_time(char *buf, size_t size)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%03ldZ", ts.tv_nsec / 1000000);
	return buf;
}

/* One line, whatever the text holds. A log that cannot be written stops nothing. */
static void put_line(struct ctl_log *l, const char *time, const char *text)
{
	_free_ char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return;
	fprintf(f, "%s ", time);
	sl_text_put(f, text, NULL);
	fputc('\n', f);
	if (fclose(f))
		return;
	if (!l->quiet)
		fputs(line, stderr);
	if (l->fd >= 0 && write(l->fd, line, len) < 0 && !l->quiet)
		fprintf(stderr, "sluiced: %s: %s\n", l->file, strerror(errno));
}

void ctl_log_say(struct ctl_log *l, const char *fmt, ...)
{
	_free_ char *text = NULL;
	char time[32];
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		put_line(l, ctl_log_time(time, sizeof(time)), text);
}

static const char *reason(const struct ctl_log_entry *e)
{
	for (size_t i = 0; e->diags && i < e->diags->n; i++)
		if (e->diags->list[i].level == SL_DIAG_ERROR)
			return e->diags->list[i].message;
	return strerror(-e->err);
}

/* "uid 1000 pid 42: tenant install red router.click: done" */
static char *entry_text(const struct ctl_log_entry *e)
{
	_free_ char *who = NULL;
	char *text = NULL;
	int n;

	if (!e->pid)
		n = asprintf(&who, "sluiced");
	else
		n = asprintf(&who, "uid %u pid %d", e->uid, e->pid);
	if (n < 0)
		return NULL;
	n = asprintf(&text, "%s: %s%s%s%s%s: %s%s", who, e->command, e->tenant ? " " : "",
		     e->tenant ? e->tenant : "", e->detail ? " " : "", e->detail ? e->detail : "",
		     e->err ? "refused: " : "done", e->err ? reason(e) : "");
	return n < 0 ? NULL : text;
}

static void put_member(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

struct json_object *ctl_log_add(struct ctl_log *l, const struct ctl_log_entry *e)
{
	struct json_object *o = json_object_new_object();
	_free_ char *text = entry_text(e);
	char time[32];

	if (!o || !text) {
		json_object_put(o);
		return NULL;
	}
	put_member(o, "event", "change");
	put_member(o, "time", ctl_log_time(time, sizeof(time)));
	put_member(o, "tenant", e->tenant);
	json_object_object_add(o, "uid", json_object_new_int64(e->uid));
	json_object_object_add(o, "pid", json_object_new_int(e->pid));
	put_member(o, "command", e->command);
	put_member(o, "detail", e->detail);
	put_member(o, "outcome", e->err ? ctl_errno_name(e->err) : "done");
	put_member(o, "text", text);
	put_line(l, time, text);
	json_object_put(l->kept[l->next]);
	l->kept[l->next] = o;
	l->next = (l->next + 1) % CTL_LOG_KEPT;
	return o;
}

void ctl_log_last(const struct ctl_log *l, unsigned int n,
		  bool (*want)(void *arg, struct json_object *entry),
		  void (*fn)(void *arg, struct json_object *entry), void *arg)
{
	struct json_object *match[CTL_LOG_KEPT];
	size_t found = 0;

	for (size_t i = 0; i < CTL_LOG_KEPT; i++) {
		struct json_object *o = l->kept[(l->next + i) % CTL_LOG_KEPT];

		if (o && want(arg, o))
			match[found++] = o;
	}
	for (size_t i = found > n ? found - n : 0; i < found; i++)
		fn(arg, match[i]);
}
