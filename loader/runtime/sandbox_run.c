// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caller's side of one run: starts the keeper, then only reads and watches the clock. Ends with
 * every process of the sandbox dead, waited for, and all descriptors closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* Of standard error this much is kept; more than the second figure is a flood. */
#define ERR_KEPT 16384u
#define ERR_MAX (1u << 20)
/* How long the dead may take to be gone. */
#define GRACE_MS 1000

enum { OUT, ERR, REPORT, PIPES };

struct watch {
	struct sl_jail_run *run;
	const struct sl_sandbox_opts *o;
	enum sl_jail_mode mode;
	int fd[PIPES];
	int pidfd;
	pid_t pid;
	bool gone, killed;
	size_t out_cap, err_seen, report_len;
	struct sl_jail_report reports[2]; /* a worker that could not start, and the keeper */
	uint64_t deadline_ms;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Descriptors 0 to 3 are the worker's and keeper's own there. */
static int lift(int *fd)
{
	int up;

	if (*fd > 3)
		return 0;
	up = fcntl(*fd, F_DUPFD_CLOEXEC, 4);
	if (up < 0)
		return -errno;
	close(*fd);
	*fd = up;
	return 0;
}

static int make_pipe(int *read_end, int *write_end)
{
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	*read_end = fds[0];
	*write_end = fds[1];
	ret = lift(write_end);
	if (!ret && fcntl(fds[0], F_SETFL, O_NONBLOCK))
		ret = -errno;
	return ret;
}

/* The request as a sealed file: nothing to feed, nobody to block on. */
static int make_request(const char *req, size_t len, int *out)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	_close_ int fd = memfd_create("sluice-request", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("sluice-request", flags);
	if (fd < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, req, len);

		if (n < 0)
			return -errno;
		req += n;
		len -= (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) ||
	    lift(&fd))
		return -errno;
	*out = TAKE_FD(fd);
	return 0;
}

/* Like fork(), in new namespaces; no SIGCHLD, so that the program's own waiting is not disturbed.
 */
static int start_keeper(const struct sl_jail *j, int *pidfd, pid_t *pid)
{
	struct clone_args a = {.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
			       .pidfd = (uintptr_t)pidfd};
	sigset_t all, old;
	long ret;

	if (j->mode != SL_JAIL_LANDLOCK)
		a.flags |= CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
	if (j->mode == SL_JAIL_USERNS)
		a.flags |= CLONE_NEWUSER | CLONE_NEWNS;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = syscall(SYS_clone3, &a, sizeof(a));
	if (!ret)
		sl_jail_keeper(j);
	ret = ret < 0 ? -errno : ret;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret < 0)
		return (int)ret;
	*pid = (pid_t)ret;
	return 0;
}

/* All of them: the keeper takes its namespace along, or else its process group goes. */
static void kill_all(struct watch *w)
{
	syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL, 0);
	/* The number is the keeper's until it has been waited for. */
	if (w->mode == SL_JAIL_LANDLOCK)
		kill(-w->pid, SIGKILL);
	w->killed = true;
}

static void stop(struct watch *w, enum sl_jail_end why)
{
	if (!w->killed) {
		w->run->end = why;
		w->deadline_ms = now_ms() + GRACE_MS;
	}
	kill_all(w);
}

static void close_pipe(struct watch *w, int i)
{
	close(w->fd[i]);
	w->fd[i] = -1;
}

static void take_answer(struct watch *w, const char *bytes, size_t n)
{
	struct sl_jail_run *r = w->run;

	if (n > w->o->output - r->answer_len) {
		stop(w, SL_END_OUTPUT);
		return;
	}
	if (r->answer_len + n > w->out_cap) {
		size_t cap = w->out_cap ? w->out_cap * 2 : 1u << 17;
		void *more;

		cap = cap < r->answer_len + n ? r->answer_len + n : cap;
		more = realloc(r->answer, cap);
		if (!more) {
			stop(w, SL_END_ANSWER_MEMORY);
			return;
		}
		r->answer = more;
		w->out_cap = cap;
	}
	memcpy((char *)r->answer + r->answer_len, bytes, n);
	r->answer_len += n;
}

static void take_err(struct watch *w, const char *bytes, size_t n)
{
	struct sl_jail_run *r = w->run;
	size_t room = ERR_KEPT - r->err_len;

	w->err_seen += n;
	if (w->err_seen > ERR_MAX)
		stop(w, SL_END_OUTPUT);
	n = n < room ? n : room;
	if (!r->err)
		r->err = malloc(ERR_KEPT);
	if (!r->err)
		return;
	memcpy(r->err + r->err_len, bytes, n);
	r->err_len += n;
}

static void take_report(struct watch *w, const char *bytes, size_t n)
{
	size_t room = sizeof(w->reports) - w->report_len;

	n = n < room ? n : room;
	memcpy((char *)w->reports + w->report_len, bytes, n);
	w->report_len += n;
}

static void receive(struct watch *w, int i)
{
	char buf[65536];
	ssize_t n = read(w->fd[i], buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		close_pipe(w, i);
	else if (w->killed)
		return; /* only to see the end */
	else if (i == OUT)
		take_answer(w, buf, (size_t)n);
	else if (i == ERR)
		take_err(w, buf, (size_t)n);
	else
		take_report(w, buf, (size_t)n);
}

static bool open_pipes(const struct watch *w)
{
	return w->fd[OUT] >= 0 || w->fd[ERR] >= 0 || w->fd[REPORT] >= 0;
}

/* Until the keeper is gone and nobody holds the other ends, or time is up. */
static void watch(struct watch *w)
{
	while (!w->gone || open_pipes(w)) {
		struct pollfd p[PIPES + 1];
		uint64_t now = now_ms();

		if (now >= w->deadline_ms) {
			if (w->killed)
				return;
			stop(w, SL_END_WALL);
			continue;
		}
		for (int i = 0; i < PIPES; i++)
			p[i] = (struct pollfd){.fd = w->fd[i], .events = POLLIN};
		p[PIPES] = (struct pollfd){.fd = w->gone ? -1 : w->pidfd, .events = POLLIN};
		if (poll(p, PIPES + 1, (int)(w->deadline_ms - now)) < 0)
			continue;
		for (int i = 0; i < PIPES; i++)
			if (p[i].revents)
				receive(w, i);
		if (p[PIPES].revents) {
			w->gone = true;
			if (w->mode == SL_JAIL_LANDLOCK)
				kill(-w->pid, SIGKILL);
		}
	}
}

/* Processes that were still dying when a call had to return; waited for at the next. */
static struct {
	pthread_mutex_t lock;
	int pidfd[32];
	unsigned int n;
} dying = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool wait_gone(int pidfd)
{
	siginfo_t si = {0};

	/* ECHILD: nothing to wait for any more. */
	return waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED | WNOHANG | __WALL) || si.si_pid;
}

static void reap(int pidfd)
{
	pthread_mutex_lock(&dying.lock);
	for (unsigned int i = 0; i < dying.n;) {
		if (wait_gone(dying.pidfd[i])) {
			close(dying.pidfd[i]);
			dying.pidfd[i] = dying.pidfd[--dying.n];
		} else {
			i++;
		}
	}
	if (wait_gone(pidfd) || dying.n == sizeof(dying.pidfd) / sizeof(dying.pidfd[0]))
		close(pidfd);
	else
		dying.pidfd[dying.n++] = pidfd;
	pthread_mutex_unlock(&dying.lock);
}

static void read_reports(struct watch *w)
{
	size_t n = w->report_len / sizeof(w->reports[0]);

	if (w->killed)
		return;
	w->run->end = n ? SL_END_REPORT : SL_END_SILENT;
	for (size_t i = n; i--;)
		if (i == n - 1 || w->reports[i].step != SL_STEP_DONE)
			w->run->report = w->reports[i];
}

int sl_jail_run(struct sl_jail *j, const struct sl_sandbox_opts *o, const void *req, size_t len,
		struct sl_jail_run *run)
{
	_close_ int in = -1, out = -1, err = -1, report = -1;
	struct watch w = {.run = run, .o = o, .mode = j->mode, .fd = {-1, -1, -1}, .pidfd = -1};
	int ret;

	w.deadline_ms = now_ms() + o->wall_ms;
	ret = make_request(req, len, &in);
	ret = ret ? ret : make_pipe(&w.fd[OUT], &out);
	ret = ret ? ret : make_pipe(&w.fd[ERR], &err);
	ret = ret ? ret : make_pipe(&w.fd[REPORT], &report);
	j->in = in;
	j->out = out;
	j->err = err;
	j->report = report;
	ret = ret ? ret : start_keeper(j, &w.pidfd, &w.pid);
	if (!ret) {
		sl_closep(&out);
		sl_closep(&err);
		sl_closep(&report);
		out = err = report = -1;
		watch(&w);
		read_reports(&w);
		reap(w.pidfd);
	}
	for (int i = 0; i < PIPES; i++)
		sl_closep(&w.fd[i]);
	return ret;
}

void sl_jail_run_free(struct sl_jail_run *run)
{
	free(run->answer);
	free(run->err);
	*run = (struct sl_jail_run){0};
}
