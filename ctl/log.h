/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of changes: who asked for what, when, and what came of it. Goes to standard error (the
 * journal), to a file when one is named, and the last ones stay in memory for `sluicectl events`.
 */
#ifndef CTL_LOG_H
#define CTL_LOG_H

#include <stdbool.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "loader/diag.h"

#define CTL_LOG_KEPT 256

struct ctl_log;

struct ctl_log_entry {
	uid_t uid;
	pid_t pid; /* 0: the daemon itself */
	const char *command;
	const char *tenant;	      /* NULL: of no tenant */
	const char *detail;	      /* what it was done with; may be NULL */
	int err;		      /* 0, or -errno */
	const struct sl_diags *diags; /* the first error says why; may be NULL */
};

/* `file` NULL: none; `quiet`: not to standard error (tests). 0 or -errno. */
int ctl_log_open(const char *file, bool quiet, struct ctl_log **out);
/* Opens the file again (after it was moved away). */
int ctl_log_reopen(struct ctl_log *l);
void ctl_log_close(struct ctl_log *l);
/* Writes an entry and returns it as {event, time, uid, pid, command, tenant, detail, outcome,
 * text}, owned by the log until CTL_LOG_KEPT later ones; NULL when out of memory. */
struct json_object *ctl_log_add(struct ctl_log *l, const struct ctl_log_entry *e);
/* A line about the daemon itself. */
void ctl_log_say(struct ctl_log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Calls `fn` for the last `n` entries, oldest first, for which `want` says yes. */
void ctl_log_last(const struct ctl_log *l, unsigned int n,
		  bool (*want)(void *arg, struct json_object *entry),
		  void (*fn)(void *arg, struct json_object *entry), void *arg);
/* The wall clock as "2026-11-21T10:00:00.123Z" into a buffer of 32. */
const char *ctl_log_time(char *buf, size_t size);

#endif
