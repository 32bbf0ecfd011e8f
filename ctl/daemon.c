// SPDX-License-Identifier: GPL-2.0-only
/* The daemon: opens the node, serves the control socket, follows the kernel, until told to end. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/daemon.h"
#include "ctl/log.h"
#include "ctl/server.h"
#include "loader/mem.h"
#include "loader/runtime/fault.h"

struct daemon {
	const struct ctl_daemon_opts *opts;
	struct ctl_loop *loop;
	struct ctl_log *log;
	struct sl_node *node;
	struct ctl_server *server;
	struct ctl_source signals, node_source;
	struct ctl_timer refresh, scripts;
	int lock;
	bool quit;
};

/* Messages of the start, in the usual form. */
static void say(struct sl_diags *d)
{
	sl_diags_print(d, stderr);
	sl_diags_free(d);
}

/* ---- The node file ---------------------------------------------------------------------------*/

/* A file that is refused changes nothing, and what runs goes on running. */
static void apply_node_file(struct daemon *dm)
{
	const char *path = dm->opts->node_file;
	struct json_object *changes = json_object_new_array();
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	struct ctl_log_entry e = {.command = "node apply", .detail = path, .diags = &d};

	e.err = sl_node_config_load(path, &d, &c);
	if (!e.err)
		e.err = sl_node_apply(dm->node, c, false, &d, changes);
	ctl_log_add(dm->log, &e);
	for (size_t i = 0; i < json_object_array_length(changes) && !e.err; i++)
		ctl_log_say(dm->log, "%s",
			    json_object_to_json_string_ext(json_object_array_get_idx(changes, i),
							   JSON_C_TO_STRING_PLAIN));
	json_object_put(changes);
	say(&d);
	ctl_click_sync(dm->server);
	ctl_capture_sync(dm->server);
}

/* ---- Signals ---------------------------------------------------------------------------------*/

static void on_signal(struct ctl_source *s, uint32_t events)
{
	struct daemon *dm = s->arg;
	struct signalfd_siginfo si;

	(void)events;
	if (read(s->fd, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo != SIGHUP) {
		dm->quit = true;
		return;
	}
	if (ctl_log_reopen(dm->log))
		ctl_log_say(dm->log, "the log file cannot be opened again: %s", strerror(errno));
	if (dm->opts->node_file)
		apply_node_file(dm);
}

static int open_signals(struct daemon *dm)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	dm->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (dm->signals.fd < 0)
		return -errno;
	dm->signals.fn = on_signal;
	dm->signals.arg = dm;
	return ctl_loop_add(dm->loop, &dm->signals, EPOLLIN);
}

/* ---- The node --------------------------------------------------------------------------------*/

static void on_node(struct ctl_source *s, uint32_t events)
{
	struct daemon *dm = s->arg;
	int ret = sl_node_process(dm->node);

	(void)events;
	if (ret < 0)
		ctl_log_say(dm->log, "following the kernel's routes and neighbours: %s",
			    strerror(-ret));
}

static void on_refresh(struct ctl_timer *t)
{
	struct daemon *dm = t->arg;

	sl_node_refresh(dm->node);
	ctl_timer_set(dm->loop, t, SL_NODE_REFRESH_MS);
}

static void run_scripts(struct daemon *dm)
{
	int ms = sl_node_scripts(dm->node);

	if (ms < 0)
		ctl_timer_cancel(dm->loop, &dm->scripts);
	else
		ctl_timer_set(dm->loop, &dm->scripts, (uint64_t)ms);
}

/* Only wakes the loop, which runs them. */
static void on_scripts(struct ctl_timer *t)
{
	(void)t;
}

static int open_node(struct daemon *dm)
{
	struct sl_diags d = {0};
	int ret = sl_node_open(&dm->opts->node, &d, &dm->node);

	if (ret && !d.errors)
		sl_error(&d, SL_NOPOS, "node", "the node cannot be opened: %s", strerror(-ret));
	say(&d);
	if (ret)
		return ret;
	dm->refresh = (struct ctl_timer){.fn = on_refresh, .arg = dm};
	ctl_timer_set(dm->loop, &dm->refresh, SL_NODE_REFRESH_MS);
	dm->scripts = (struct ctl_timer){.fn = on_scripts, .arg = dm};
	dm->node_source = (struct ctl_source){.fd = sl_node_fd(dm->node), .fn = on_node, .arg = dm};
	return ctl_loop_add(dm->loop, &dm->node_source, EPOLLIN);
}

/* ---- Life ------------------------------------------------------------------------------------*/

static const char *run_dir(const struct ctl_daemon_opts *o)
{
	return o->run_dir ? o->run_dir : SL_RUN_DIR;
}

static int open_server(struct daemon *dm)
{
	_free_ char *path = NULL;
	struct ctl_server_opts so = {.run_dir = run_dir(dm->opts)};
	struct sl_diags d = {0};
	int ret;

	if (asprintf(&path, "%s/control", so.run_dir) < 0)
		return -ENOMEM;
	so.socket = path;
	ret = ctl_server_new(dm->loop, &so, &ctl_node_real, dm->node, dm->log, &d, &dm->server);
	say(&d);
	return ret;
}

static int open_all(struct daemon *dm)
{
	struct sl_diags d = {0};
	int ret;

	dm->lock = ctl_daemon_lock(run_dir(dm->opts), &d);
	say(&d);
	if (dm->lock < 0)
		return dm->lock;
	ret = ctl_log_open(dm->opts->log_file, false, &dm->log);
	if (ret) {
		sl_error(&d, (struct sl_pos){.file = dm->opts->log_file}, "log",
			 "cannot be written: %s", strerror(-ret));
		say(&d);
		return ret;
	}
	ret = ctl_loop_new(&dm->loop);
	ret = ret ? ret : open_signals(dm);
	ret = ret ? ret : open_node(dm);
	return ret ? ret : open_server(dm);
}

static void close_all(struct daemon *dm)
{
	ctl_server_free(dm->server);
	sl_node_close(dm->node);
	if (dm->signals.fd >= 0)
		close(dm->signals.fd);
	ctl_loop_free(dm->loop);
	ctl_log_close(dm->log);
	if (dm->lock >= 0)
		close(dm->lock);
}

int ctl_daemon_run(const struct ctl_daemon_opts *opts)
{
	struct daemon dm = {.opts = opts, .lock = -1, .signals.fd = -1};
	int ret;

	umask(022);
	ctl_daemon_files();
	ret = open_all(&dm);
	if (!ret) {
		if (opts->node_file)
			apply_node_file(&dm);
		ctl_log_say(dm.log, "sluiced %s serves %s", SL_VERSION, run_dir(opts));
		ctl_daemon_notify("READY=1");
		sl_fault_at(opts->fault_at);
	}
	while (!ret && !dm.quit) {
		/* A request at a time; in between, everything that has come is read. */
		bool more = ctl_server_work(dm.server);

		run_scripts(&dm);
		ret = ctl_loop_step(dm.loop, more ? 0 : -1);
	}
	if (!ret) {
		ctl_daemon_notify("STOPPING=1");
		ctl_log_say(dm.log, "sluiced ends; packets go on");
		sl_node_refresh(dm.node);
	}
	close_all(&dm);
	return ret ? 1 : 0;
}
