/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon around node and server: its directory, signals, and main loop. */
#ifndef CTL_DAEMON_H
#define CTL_DAEMON_H

#include "loader/runtime/node.h"

struct ctl_daemon_opts {
	struct sl_node_opts node;
	const char *run_dir;   /* NULL: SL_RUN_DIR */
	const char *log_file;  /* NULL: standard error alone */
	const char *node_file; /* applied at start and at SIGHUP; may be NULL */
	unsigned int fault_at; /* tests: dies at this step after the start; 0: never */
};

/* Runs until told to end. Exit status. */
int ctl_daemon_run(const struct ctl_daemon_opts *opts);

/* As many open files as may be, up to what many tenants need: links, maps, clients. */
void ctl_daemon_files(void);
/* Tells the service manager, if there is one ("READY=1", sd_notify(3)). */
void ctl_daemon_notify(const char *state);
/* Makes the run directory and takes its lock: one daemon a node. A descriptor to be kept open, or
 * -errno with a message. */
int ctl_daemon_lock(const char *run_dir, struct sl_diags *d);

#endif
