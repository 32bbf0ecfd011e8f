// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two processes of a sandbox: the keeper, which shuts itself in and stays as small as it is,
 * and the worker, which becomes the compiler program. Only system calls are made here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/runtime/sandbox_parts.h"

/* Where the keeper keeps its end of the status pipe; 0, 1 and 2 are the worker's. */
#define REPORT_FD 3

static void __attribute__((noreturn)) leave(int fd, const struct sl_jail_report *r)
{
	/* Shorter than PIPE_BUF: all or nothing. Nobody to tell when it fails. */
	ssize_t n = write(fd, r, sizeof(*r));

	(void)n;
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

static void __attribute__((noreturn)) fail(int fd, enum sl_jail_step step, int err)
{
	struct sl_jail_report r = {.step = step, .err = err};

	leave(fd, &r);
}

static int write_once(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

static int map_ids(const struct sl_jail *j)
{
	int ret;

	/* A caller that changed its identity or holds capabilities cannot write to its own files in
	 * /proc otherwise. Taken back with the privileges. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		return -errno;
	ret = write_once("/proc/self/setgroups", "deny");
	ret = ret ? ret : write_once("/proc/self/uid_map", j->uid_map);
	return ret ? ret : write_once("/proc/self/gid_map", j->gid_map);
}

/* A root of its own, with privilege: detached copies are taken where the caller's mounts are still
 * ours, so that also a binary that was replaced meanwhile is found. */
static void enter_root(const struct sl_jail *j)
{
	int fds[SL_JAIL_MAX_FILES];
	struct sl_jail_report r = {0};
	enum sl_jail_step step = SL_STEP_MOUNT_NS;
	int ret;

	if (j->mode == SL_JAIL_USERNS) {
		ret = map_ids(j);
		if (ret)
			fail(j->report, SL_STEP_IDS, -ret);
	}
	ret = sl_jail_take(j, fds, &r.file);
	if (ret) {
		r.step = SL_STEP_FILE;
		r.err = -ret;
		leave(j->report, &r);
	}
	if (j->mode == SL_JAIL_ROOT && syscall(SYS_unshare, CLONE_NEWNS))
		fail(j->report, SL_STEP_MOUNT_NS, errno);
	ret = sl_jail_root(j, fds, &step);
	if (ret)
		fail(j->report, step, -ret);
}

static int move_fd(int from, int to)
{
	return dup3(from, to, 0) < 0 ? -errno : 0;
}

/* Leaves 0, 1, 2, the status pipe, and nothing else. The caller made sure that none of its four
 * descriptors is below 4. */
static void set_stdio(const struct sl_jail *j)
{
	int ret = move_fd(j->in, 0);

	ret = ret ? ret : move_fd(j->out, 1);
	ret = ret ? ret : move_fd(j->err, 2);
	ret = ret ? ret : move_fd(j->report, REPORT_FD);
	if (ret)
		fail(j->report, SL_STEP_STDIO, -ret);
	if (fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC) ||
	    syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0))
		fail(REPORT_FD, SL_STEP_STDIO, errno);
}

static int drop_privileges(const struct sl_jail *j)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	/* The bounding set first: it takes a capability to shrink it. EINVAL ends the list. */
	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			break;
	if (j->set_ids) {
		if (syscall(SYS_setgroups, 0, NULL) ||
		    syscall(SYS_setresgid, j->gid, j->gid, j->gid) ||
		    syscall(SYS_setresuid, j->uid, j->uid, j->uid))
			return -errno;
	}
	if (syscall(SYS_capset, &head, none))
		return -errno;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

/* The kernel forgets this on a change of identity, so it comes after that. The caller may have died
 * before: then nobody reads the status pipe. */
static int die_with_caller(void)
{
	struct pollfd p = {.fd = REPORT_FD};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return -errno;
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLERR))
		return -EPIPE;
	return 0;
}

static void __attribute__((noreturn)) worker(const struct sl_jail *j, long keeper)
{
	char *argv[] = {(char *)SL_SANDBOX_ARGV0, NULL};
	sigset_t none;

	/* The keeper may have been killed just before. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || syscall(SYS_getppid) != keeper)
		fail(REPORT_FD, SL_STEP_FORK, EPIPE);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (unsigned int i = 0; i < sizeof(j->limits) / sizeof(j->limits[0]); i++)
		if (j->limited[i] && syscall(SYS_prlimit64, 0, i, &j->limits[i], NULL))
			fail(REPORT_FD, SL_STEP_LIMITS, errno);
	if (j->try_only)
		syscall(SYS_exit_group, 0);
	execve(j->exe, argv, j->env);
	fail(REPORT_FD, SL_STEP_EXEC, errno);
}

static void __attribute__((noreturn)) keep(pid_t pid)
{
	struct sl_jail_report r = {.step = SL_STEP_DONE};
	struct rusage ru = {0};
	pid_t got;
	int status = 0;

	/* As process 1 this one also inherits what the worker leaves behind. */
	do
		got = (pid_t)syscall(SYS_wait4, -1, &status, __WALL, &ru);
	while (got != pid && (got > 0 || errno == EINTR));
	r.status = status;
	r.cpu_us = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000u +
		   (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
	r.max_rss = (uint64_t)ru.ru_maxrss * 1024;
	leave(REPORT_FD, &r);
}

void sl_jail_keeper(const struct sl_jail *j)
{
	long self, pid;
	int ret;

	if (j->cgroup >= 0 && write(j->cgroup, "0", 1) != 1)
		fail(j->report, SL_STEP_CGROUP, errno);
	/* Out of memory, this goes before anything the host cares for; a wish, not a need. */
	write_once("/proc/self/oom_score_adj", "1000");
	if (j->mode != SL_JAIL_LANDLOCK)
		enter_root(j);
	else if (chdir("/"))
		fail(j->report, SL_STEP_PRIVILEGE, errno);
	/* A group of its own, which nothing inside can leave: what Landlock mode kills. */
	if (syscall(SYS_setsid) < 0)
		fail(j->report, SL_STEP_PRIVILEGE, errno);
	if (j->ruleset >= 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    syscall(SYS_landlock_restrict_self, j->ruleset, 0))
			fail(j->report, SL_STEP_LANDLOCK, errno);
	}
	set_stdio(j);
	ret = drop_privileges(j);
	ret = ret ? ret : die_with_caller();
	if (ret)
		fail(REPORT_FD, SL_STEP_PRIVILEGE, -ret);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &j->filter))
		fail(REPORT_FD, SL_STEP_SECCOMP, errno);
	self = syscall(SYS_getpid);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		fail(REPORT_FD, SL_STEP_FORK, errno);
	if (!pid)
		worker(j, self);
	keep((pid_t)pid);
}
