/* SPDX-License-Identifier: GPL-2.0-only */
/* Making maps in a process that is in the tenant's control group. */
#include "loader/runtime/charge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/send_fds.h"

/* What old graphs had is given back by the kernel some grace periods after they are gone. */
#define TRIES 10
#define WAIT_NS 30000000

struct sl_charge {
	char *group; /* NULL: none */
	bool v2;
	uint64_t left, lacking;
	pid_t pid; /* 0: none */
	int sock;
};

/* As it goes to the process; behind it descriptors: type information, then the inner map. */
struct request {
	struct sl_map_spec spec;
	char name[16];
};

struct answer {
	int ret;    /* 0: a descriptor comes with it */
	int joined; /* 0, or why the process is not in the group: then it made nothing */
};

int sl_charge_new(const struct sl_memcg *m, const char *tenant, struct sl_charge **out)
{
	struct sl_charge *c = calloc(1, sizeof(*c));

	if (c && m)
		c->group = sl_memcg_dir(m, tenant);
	if (!c || (m && !c->group)) {
		free(c);
		return -ENOMEM;
	}
	c->v2 = m && m->v2;
	c->left = UINT64_MAX;
	c->sock = -1;
	*out = c;
	return 0;
}

void sl_charge_allow(struct sl_charge *c, uint64_t bytes)
{
	c->left = bytes;
	c->lacking = 0;
}

uint64_t sl_charge_left(const struct sl_charge *c)
{
	return c->left;
}

uint64_t sl_charge_lacking(const struct sl_charge *c)
{
	return c->lacking;
}

void sl_charge_free(struct sl_charge *c)
{
	if (!c)
		return;
	sl_charge_rest(c);
	free(c->group);
	free(c);
}

static int make(const struct sl_map_spec *s)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = s->flags);
	int fd;

	if (s->btf_value) {
		o.btf_fd = (uint32_t)s->btf;
		o.btf_key_type_id = s->btf_key;
		o.btf_value_type_id = s->btf_value;
	}
	if (s->type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		o.inner_map_fd = (uint32_t)s->inner;
	fd = bpf_map_create(s->type, s->name, s->key, s->value, s->entries, &o);
	return fd < 0 ? -errno : fd;
}

/* ---- Messages with descriptors ---------------------------------------------------------------*/

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(2 * sizeof(int))];
};

/* `fds` has room for two; those that did not come are -1. */
static int get(int sock, void *bytes, size_t len, int fds[2])
{
	union control control = {0};
	struct iovec iov = {bytes, len};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n;

	fds[0] = fds[1] = -1;
	do {
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)len)
		return -EPIPE;
	if (m.msg_controllen && control.head.cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(&control.head), control.head.cmsg_len - CMSG_LEN(0));
	return 0;
}

/* ---- The process -----------------------------------------------------------------------------*/

/* Until nobody asks any more. Only system calls: the caller may have had threads. */
static void __attribute__((noreturn)) serve(int sock, int joined)
{
	struct request r;
	int fds[2];

	close_range(0, (unsigned int)sock - 1, 0);
	close_range((unsigned int)sock + 1, ~0U, 0);
	while (!get(sock, &r, sizeof(r), fds)) {
		struct answer a = {.joined = joined};
		int at = 0, fd = -1;

		r.spec.name = r.name;
		if (r.spec.btf_value)
			r.spec.btf = fds[at++];
		r.spec.inner = fds[at];
		if (!joined)
			fd = make(&r.spec);
		a.ret = fd < 0 ? fd : 0;
		if (sl_send_fds(sock, &a, sizeof(a), &fd, fd >= 0, 0))
			break;
		for (at = 0; at < 2; at++)
			if (fds[at] >= 0)
				close(fds[at]);
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

/*
 * Into the group as it begins (version 2), or by its own first step: version 1 moves a single
 * thread at once, where moving a process waits for a grace period.
 */
static pid_t into_group(struct sl_charge *c, int sock)
{
	_free_ char *tasks = NULL;
	_close_ int dir = c->v2 ? open(c->group, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	struct clone_args args = {.flags = CLONE_INTO_CGROUP,
				  .exit_signal = SIGCHLD,
				  .cgroup = dir < 0 ? 0 : (uint64_t)dir};
	_close_ int join = -1;
	pid_t pid = -1;

	if (dir >= 0) {
		pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
		if (!pid)
			serve(sock, 0);
	}
	if (pid > 0)
		return pid;
	if (asprintf(&tasks, "%s/%s", c->group, c->v2 ? "cgroup.procs" : "tasks") < 0)
		return -ENOMEM;
	join = open(tasks, O_WRONLY | O_CLOEXEC);
	if (join < 0)
		return -errno;
	pid = fork();
	if (!pid)
		serve(sock, write(join, "0", 1) == 1 ? 0 : errno);
	return pid < 0 ? -errno : pid;
}

static int start(struct sl_charge *c)
{
	int socks[2];
	pid_t pid;

	if (c->pid)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		return -errno;
	pid = into_group(c, socks[1]);
	close(socks[1]);
	if (pid < 0) {
		close(socks[0]);
		return pid;
	}
	c->pid = pid;
	c->sock = socks[0];
	return 0;
}

void sl_charge_rest(struct sl_charge *c)
{
	if (!c || !c->pid)
		return;
	close(c->sock);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->sock = -1;
	c->pid = 0;
}

/* A descriptor; -ENOMEM (also: the process was ended for want of memory); -EXDEV: it cannot be in
 * the group; -errno. */
static int ask(struct sl_charge *c, const struct sl_map_spec *s)
{
	struct request r = {.spec = *s};
	struct answer a;
	int fds[2], n = 0, ret;

	ret = start(c);
	if (ret)
		return -EXDEV;
	snprintf(r.name, sizeof(r.name), "%s", s->name);
	if (s->btf_value)
		fds[n++] = s->btf;
	if (s->type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
		fds[n++] = s->inner;
	ret = sl_send_fds(c->sock, &r, sizeof(r), fds, (size_t)n, 0);
	ret = ret ? ret : get(c->sock, &a, sizeof(a), fds);
	if (ret) {
		sl_charge_rest(c);
		return -ENOMEM;
	}
	if (a.joined)
		return -EXDEV;
	return a.ret ? a.ret : fds[0];
}

int sl_charge_map(struct sl_charge *c, const struct sl_map_spec *s)
{
	const struct timespec wait = {.tv_nsec = WAIT_NS};
	uint64_t bytes = sl_map_bytes(s);
	int fd = -EXDEV;

	if (!c)
		return make(s);
	if (bytes > c->left) {
		c->lacking = bytes - c->left;
		return -ENOMEM;
	}
	for (int i = 0; c->group && i < TRIES; i++) {
		fd = ask(c, s);
		if (fd != -ENOMEM)
			break;
		nanosleep(&wait, NULL);
	}
	/* Counted here alone. */
	if (fd == -EXDEV)
		fd = make(s);
	if (fd >= 0 && c->left != UINT64_MAX)
		c->left -= bytes;
	return fd;
}
