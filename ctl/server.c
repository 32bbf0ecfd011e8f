// SPDX-License-Identifier: GPL-2.0-only
/* The control socket: who may connect, and what is done next. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/confirm.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "ctl/server.h"
#include "loader/mem.h"

/* Connections kept free for root when users have taken all others. */
#define ROOT_RESERVE 16
/* Connections taken up before others have their turn. */
#define ACCEPTS 16

const struct ctl_limits ctl_limits_default = {
	.clients = 256,
	.clients_per_uid = 16,
	.input_per_uid = 32u << 20,
	.idle_ms = 60000,
	.frame_ms = 10000,
	.drain_ms = 10000,
	.workers = 2,
	.worker_ms = 120000,
	.burst = 10,
	.refill_ms = 2000,
	.change_ms = 500,
	.click_per_tenant = 16,
	.captures_per_uid = 4,
	.time_ms = 5000,
	.time_share = 4,
};

/* ---- Connections -----------------------------------------------------------------------------*/

static bool too_many(const struct ctl_server *s, uid_t uid)
{
	unsigned int mine = 0;

	if (!uid)
		return s->n_conns >= s->limits.clients + ROOT_RESERVE;
	for (const struct ctl_conn *c = s->conns; c; c = c->next)
		mine += c->uid == uid && !c->click;
	return s->n_conns >= s->limits.clients || mine >= s->limits.clients_per_uid;
}

/* Tries to say why, and does not insist. */
static void turn_away(int fd)
{
	struct sl_diags d = {0};
	struct ctl_buf out = {0};
	struct json_object *o;

	sl_diag_hint(sl_error(&d, SL_NOPOS, "busy", "too many connections to the daemon"),
		     "close some (`sluicectl events`, `stats --watch`), or try again later");
	o = ctl_answer_new(-EBUSY, NULL, &d);
	if (o && !ctl_frame_put(&out, o, SIZE_MAX))
		ctl_buf_write(&out, fd);
	json_object_put(o);
	ctl_buf_free(&out);
	sl_diags_free(&d);
	close(fd);
}

int ctl_server_adopt(struct ctl_server *s, int fd, uid_t uid, pid_t pid)
{
	int ret;

	if (too_many(s, uid)) {
		turn_away(fd);
		return -EBUSY;
	}
	ret = ctl_conn_new(s, fd, uid, pid, NULL);
	if (ret)
		close(fd);
	return ret;
}

static void on_connect(void *arg, int fd, const struct ucred *who)
{
	ctl_server_adopt(arg, fd, who->uid, who->pid);
}

static int socket_error(const char *path, int err, struct sl_diags *d)
{
	sl_diag_hint(
		sl_error(d, SL_NOPOS, "socket", "no control socket at %s: %s", path, strerror(err)),
		"its directory must be there and writable; --run-dir names another one");
	return -err;
}

/* The lock of the run directory is ours, so a socket that is there is a dead daemon's. */
static int listen_at(struct ctl_server *s, const char *path, struct sl_diags *d)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return socket_error(path, errno, d);
	if (strlen(path) >= sizeof(sa.sun_path))
		return socket_error(path, ENAMETOOLONG, d);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	unlink(path);
	/* Everybody may connect: who it is decides what they may do. */
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || chmod(path, 0666) || listen(fd, 64))
		return socket_error(path, errno, d);
	s->socket = strdup(path);
	if (!s->socket)
		return -ENOMEM;
	ret = ctl_listen_start(&s->listen, s->loop, fd, ACCEPTS, on_connect, s);
	if (!ret)
		fd = -1;
	return ret;
}

/* ---- Life ------------------------------------------------------------------------------------*/

int ctl_server_new(struct ctl_loop *loop, const struct ctl_server_opts *opts,
		   const struct ctl_node_ops *ops, struct sl_node *node, struct ctl_log *log,
		   struct sl_diags *d, struct ctl_server **out)
{
	struct ctl_server *s = calloc(1, sizeof(*s));
	int ret = 0;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->ops = ops;
	s->node = node;
	s->log = log;
	s->limits = opts->limits ? *opts->limits : ctl_limits_default;
	s->listen.source.fd = -1;
	if (opts->run_dir) {
		s->run_dir = strdup(opts->run_dir);
		ret = s->run_dir ? ctl_confirm_load(s) : -ENOMEM;
	}
	if (!ret && opts->socket)
		ret = listen_at(s, opts->socket, d);
	if (ret) {
		ctl_server_free(s);
		return ret;
	}
	ctl_click_sync(s);
	ctl_optimize_start(s);
	ctl_quarantine_start(s);
	ctl_spare_start(s);
	*out = s;
	return 0;
}

void ctl_server_free(struct ctl_server *s)
{
	if (!s)
		return;
	while (s->conns)
		ctl_conn_free(s->conns);
	ctl_workers_free(s);
	ctl_confirm_free(s);
	ctl_queue_free(s);
	ctl_click_close(s);
	ctl_timer_cancel(s->loop, &s->drain);
	ctl_timer_cancel(s->loop, &s->turn);
	ctl_timer_cancel(s->loop, &s->optimize);
	ctl_timer_cancel(s->loop, &s->quarantine);
	ctl_timer_cancel(s->loop, &s->spare);
	if (s->listen.source.fd >= 0)
		unlink(s->socket);
	ctl_listen_stop(&s->listen);
	free(s->socket);
	free(s->run_dir);
	free(s);
}

/* ---- Work ------------------------------------------------------------------------------------*/

bool ctl_server_work(struct ctl_server *s)
{
	struct ctl_conn *c = ctl_queue_next(s, ctl_serve_ready);
	uint64_t start = ctl_now_ms();
	uid_t uid;

	if (!c)
		return false;
	uid = c->uid;
	ctl_serve_request(c);
	ctl_conn_update(c);
	ctl_queue_spent(s, uid, ctl_now_ms() - start);
	return true;
}
