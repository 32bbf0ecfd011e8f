// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiling in a process of its own. The worker is a copy of the daemon that fills the compile
 * cache, loads what it compiled, sends that through a socket (loader/runtime/hand.h) and {ret,
 * stages, messages} through a pipe, and is gone; when the daemon then carries out the request, the
 * compiled graph is in the cache and its programs are there. So a compilation of seconds costs the
 * others nothing, and one that never ends is killed without touching the daemon.
 *
 * At most a few run at once, one a user (root excepted) and one a tenant; the others wait in the
 * queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "ctl/server.h"
#include "loader/mem.h"

/* Where the worker keeps its end of the pipe, and of the socket for what it loads. */
#define ANSWER_FD 3
#define HAND_FD 4

#define NICE 5

bool ctl_worker_can(const struct ctl_conn *c)
{
	const struct ctl_server *s = c->server;
	char buf[64];
	const char *what = ctl_serve_tenant(c->args, buf, sizeof(buf));

	if (s->n_workers >= s->limits.workers)
		return false;
	for (const struct ctl_worker *w = s->workers; w; w = w->next) {
		if (w->uid && w->uid == c->uid)
			return false;
		if (what && !strcmp(w->what, what))
			return false;
	}
	return true;
}

/* ---- In the worker ---------------------------------------------------------------------------*/

/* Nothing of the daemon's stays open: no client waits for a worker to see its connection end. */
static void keep_only(int answer, int hand)
{
	/* Out of each other's way first. */
	int high = fcntl(hand, F_DUPFD, HAND_FD + 1);

	if (answer != ANSWER_FD)
		dup2(answer, ANSWER_FD);
	dup2(high, HAND_FD);
	close_range(HAND_FD + 1, ~0U, 0);
}

static void send_all(struct ctl_buf *b)
{
	while (ctl_buf_len(b)) {
		ssize_t n = write(ANSWER_FD, b->bytes + b->start, ctl_buf_len(b));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		ctl_buf_drop(b, (size_t)n);
	}
}

/*
 * Behind the threads that forward packets: a kernel's, and tenants' of usual weight. Where
 * processes are grouped by session (autogroup), nice orders them in their group alone: a session of
 * its own has a nice of its own.
 */
static void step_back(int nice)
{
	_close_ int fd = -1;
	char text[8];
	int n = snprintf(text, sizeof(text), "%d", nice);

	setpriority(PRIO_PROCESS, 0, nice);
	if (setsid() < 0)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	/* That there is no such file is no error. */
	if (fd >= 0 && write(fd, text, (size_t)n) < 0)
		return;
}

static void __attribute__((noreturn))
work(struct ctl_server *s, const struct sl_ahead *a, const struct sl_submission *sub, bool patient,
     pid_t parent)
{
	struct json_object *answer = json_object_new_object();
	struct json_object *stages = json_object_new_object();
	struct sl_diags d = {0};
	struct ctl_buf out = {0};
	sigset_t none;
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* What nobody asked for may wait for everything else; the rest for what forwards packets.
	 */
	step_back(patient ? 19 : NICE);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	ret = s->ops->ahead_compile(a, sub, HAND_FD, &d, stages);
	json_object_object_add(answer, "ret", json_object_new_int(ret));
	json_object_object_add(answer, "stages", stages);
	json_object_object_add(answer, "messages", sl_diags_json(&d));
	if (!ctl_frame_put(&out, answer, SIZE_MAX))
		send_all(&out);
	/* Not exit(): what the daemon would do at its end is not this process's to do. */
	_exit(0);
}

/* ---- In the daemon ---------------------------------------------------------------------------*/

static uint64_t cpu_ns(const struct rusage *r)
{
	return (uint64_t)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) * 1000;
}

static void worker_free(struct ctl_worker *w)
{
	struct ctl_server *s = w->server;
	struct rusage used;

	ctl_timer_cancel(s->loop, &w->timer);
	ctl_loop_del(s->loop, &w->source);
	close(w->source.fd);
	close(w->hand);
	/* It has answered, or is not to: either way it ends now. */
	kill(w->pid, SIGKILL);
	/* With all that it started and waited for, compilers among them. */
	if (wait4(w->pid, NULL, 0, &used) == w->pid)
		ctl_queue_worked(s, w->what, w->uid, cpu_ns(&used));
	for (struct ctl_worker **p = &s->workers; *p; p = &(*p)->next) {
		if (*p != w)
			continue;
		*p = w->next;
		s->n_workers--;
		break;
	}
	ctl_buf_free(&w->in);
	if (w->own)
		sl_submission_free(w->own);
	free(w->own);
	free(w->what);
	free(w);
}

/* The request goes back into the queue, or is answered if the graph was refused. */
static void finish(struct ctl_worker *w, struct json_object *answer, const char *died)
{
	struct ctl_conn *c = w->conn;
	struct sl_hand *hand = answer ? sl_hand_receive(w->hand) : NULL;
	struct json_object *v;
	struct sl_diags d = {0};
	int ret = -EINVAL;

	if (w->own && answer && json_object_object_get_ex(answer, "ret", &v) &&
	    !json_object_get_int(v))
		ctl_optimize_install(w->server, w->what, w->own, hand);
	worker_free(w);
	if (!c) {
		sl_hand_free(hand);
		return;
	}
	if (answer && json_object_object_get_ex(answer, "ret", &v))
		ret = json_object_get_int(v);
	if (answer && json_object_object_get_ex(answer, "messages", &v))
		sl_diags_from_json(&d, v);
	if (!answer)
		sl_diag_hint(sl_error(&d, SL_NOPOS, "compiler", "the compiler process %s", died),
			     "the graph is too large, or triggers a mistake in Sluice");
	if (!ret) {
		/* Warnings come again with the real thing. */
		c->compiled = true;
		c->stages =
			json_object_object_get_ex(answer, "stages", &v) ? json_object_get(v) : NULL;
		c->hand = TAKE_PTR(hand);
		c->state = CTL_CONN_QUEUED;
	} else {
		ctl_serve_refused(c, ret, &d);
	}
	sl_hand_free(hand);
	sl_diags_free(&d);
	ctl_conn_update(c);
}

static void on_answer(struct ctl_source *src, uint32_t events)
{
	struct ctl_worker *w = src->arg;
	struct json_object *answer = NULL;
	int n = ctl_buf_read(&w->in, src->fd);

	(void)events;
	if (n > 0) {
		n = ctl_frame_get(&w->in, 0, &answer);
		if (n == 0)
			return;
		finish(w, n > 0 ? answer : NULL, "sent an unusable answer");
		json_object_put(answer);
	} else if (n != -EAGAIN) {
		finish(w, NULL, "ended without an answer");
	}
}

static void on_late(struct ctl_timer *t)
{
	finish(t->arg, NULL, "took too long");
}

/* For the answer, and for what is loaded; the second ends are the worker's. */
static int open_pair(int answer[2], int hand[2])
{
	int err;

	if (pipe2(answer, O_CLOEXEC))
		return -errno;
	if (!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, hand))
		return 0;
	err = errno;
	close(answer[0]);
	close(answer[1]);
	return -err;
}

/* Starts a worker for a connection's request, or for nobody (`c` NULL). */
static int start(struct ctl_server *s, struct ctl_conn *c, const char *what,
		 const struct sl_ahead *a, const struct sl_submission *sub, struct ctl_worker **out)
{
	struct ctl_worker *w = calloc(1, sizeof(*w));
	bool patient = !c || c->command->serve == ctl_serve_tenant_optimize;
	pid_t parent = getpid();
	int fds[2], hand[2], ret;
	size_t graphs;

	if (!w)
		return -ENOMEM;
	w->what = strdup(what);
	ret = w->what ? open_pair(fds, hand) : -ENOMEM;
	if (ret) {
		free(w->what);
		free(w);
		return ret;
	}
	graphs = s->ops->ahead_graphs(a);
	graphs = graphs ? graphs : 1;
	w->pid = fork();
	if (!w->pid) {
		keep_only(fds[1], hand[1]);
		work(s, a, sub, patient, parent);
	}
	ret = w->pid < 0 ? -errno : 0;
	close(fds[1]);
	close(hand[1]);
	w->hand = hand[0];
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	w->source = (struct ctl_source){.fd = fds[0], .fn = on_answer, .arg = w};
	w->timer = (struct ctl_timer){.fn = on_late, .arg = w};
	ret = ret ? ret : ctl_loop_add(s->loop, &w->source, EPOLLIN);
	if (ret) {
		if (w->pid > 0) {
			kill(w->pid, SIGKILL);
			waitpid(w->pid, NULL, 0);
		}
		close(fds[0]);
		close(hand[0]);
		free(w->what);
		free(w);
		return ret;
	}
	w->server = s;
	w->conn = c;
	w->uid = c ? c->uid : 0;
	w->next = s->workers;
	s->workers = w;
	s->n_workers++;
	ctl_timer_set(s->loop, &w->timer, (uint64_t)s->limits.worker_ms * graphs);
	*out = w;
	return 0;
}

int ctl_worker_start(struct ctl_conn *c, const char *what, const struct sl_ahead *a,
		     const struct sl_submission *sub)
{
	struct ctl_worker *w;
	int ret = start(c->server, c, what, a, sub, &w);

	if (!ret)
		c->state = CTL_CONN_WORKING;
	return ret;
}

int ctl_worker_start_own(struct ctl_server *s, const char *tenant, const struct sl_ahead *a,
			 struct sl_submission *sub)
{
	struct sl_submission *own = malloc(sizeof(*own));
	struct ctl_worker *w;
	int ret = own ? start(s, NULL, tenant, a, sub, &w) : -ENOMEM;

	if (ret) {
		free(own);
		return ret;
	}
	*own = *sub;
	w->own = own;
	return 0;
}

void ctl_worker_orphan(struct ctl_conn *c)
{
	for (struct ctl_worker *w = c->server->workers; w; w = w->next) {
		if (w->conn != c)
			continue;
		worker_free(w);
		return;
	}
}

void ctl_workers_free(struct ctl_server *s)
{
	while (s->workers)
		worker_free(s->workers);
}
