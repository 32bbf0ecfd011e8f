// SPDX-License-Identifier: GPL-2.0-only
/* See jail.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"
#include "tests/jail.h"

#define NOBODY 65534

const char *const jail_caller_names[JAIL_CALLERS] = {"root", "user", "user without namespaces"};

static char dir[64], exe[128], bpf[128], tmp[128], header[160];

const char *jail_bpf_dir(void)
{
	return bpf;
}

const char *jail_exe(void)
{
	return exe;
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
	_close_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_close_ int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	char buf[1 << 16];
	ssize_t n;

	if (in < 0 || out < 0 || fchmod(out, mode))
		return -errno;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			return -errno;
	return n < 0 ? -errno : 0;
}

/* What the sandbox finds when it has no file system of its own. */
bool jail_tmp_is_empty(void)
{
	DIR *d = opendir(tmp);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n == 2;
}

void jail_age_tmp(void)
{
	const struct timespec old[2] = {{.tv_sec = time(NULL) - 7200},
					{.tv_sec = time(NULL) - 7200}};
	DIR *d = opendir(tmp);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			utimensat(dirfd(d), e->d_name, old, AT_SYMLINK_NOFOLLOW);
	if (d)
		closedir(d);
}

int jail_setup(void)
{
	int ret;

	strcpy(dir, "/tmp/sl-jail-test-XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return -errno;
	snprintf(exe, sizeof(exe), "%s/jailbird", dir);
	snprintf(bpf, sizeof(bpf), "%s/bpf", dir);
	snprintf(tmp, sizeof(tmp), "%s/tmp", dir);
	snprintf(header, sizeof(header), "%s/types.h", bpf);
	if (mkdir(bpf, 0755) || chmod(bpf, 0777) || mkdir(tmp, 0755) || chmod(tmp, 01777))
		return -errno;
	ret = copy_file("bpf/types.h", header, 0666);
	return ret ? ret : copy_file("build/selftests/tools/jailbird", exe, 0755);
}

void jail_teardown(void)
{
	_free_ char *command = NULL;

	/* With what killed callers left in there. */
	if (asprintf(&command, "rm -rf %s", dir) < 0 || system(command))
		fprintf(stderr, "cannot remove %s\n", dir);
}

struct jail_outcome *jail_outcome_new(void)
{
	void *p = mmap(NULL, sizeof(struct jail_outcome), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void jail_outcome_free(struct jail_outcome *out)
{
	if (out)
		munmap(out, sizeof(*out));
}

static int count_lines(const char *path)
{
	_fclose_ FILE *f = fopen(path, "re");
	int n = 0, c;

	while (f && (c = fgetc(f)) != EOF)
		n += c == '\n';
	return n;
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* Descendants that are still there half a second later; this process adopts them all. */
static int count_children(void)
{
	const struct timespec ms = {.tv_nsec = 5000000};
	siginfo_t si = {0};

	for (int waits = 0; waits < 100;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | __WALL))
			return 0;
		if (!si.si_pid) {
			nanosleep(&ms, NULL);
			waits++;
		}
	}
	return 1;
}

static int write_text(const char *path, const char *text)
{
	_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static const char *become(enum jail_caller who)
{
	if (who == JAIL_ROOT)
		return geteuid() ? "not root" : NULL;
	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			       setresuid(NOBODY, NOBODY, NOBODY)))
		return "cannot become nobody";
	if (who == JAIL_USER)
		return NULL;
	/* In a user namespace the number of further ones can be set to none. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || unshare(CLONE_NEWUSER) ||
	    write_text("/proc/self/setgroups", "deny") ||
	    write_text("/proc/self/uid_map", "1000 65534 1") ||
	    write_text("/proc/self/gid_map", "1000 65534 1") ||
	    write_text("/proc/sys/user/max_user_namespaces", "0"))
		return "cannot forbid user namespaces";
	return NULL;
}

bool jail_can(enum jail_caller who)
{
	static enum { UNKNOWN, YES, NO } known[JAIL_CALLERS];

	if (known[who] == UNKNOWN) {
		pid_t pid = fork();
		int status = 1;

		if (!pid)
			_exit(become(who) ? 1 : 0);
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		known[who] = status ? NO : YES;
	}
	return known[who] == YES;
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static void call(const struct sl_sandbox_opts *limits, const char *request,
		 struct jail_outcome *out)
{
	struct sl_sandbox_opts o = limits ? *limits : (struct sl_sandbox_opts){0};
	_free_ void *answer = NULL;
	struct sl_diags d = {0};
	struct timespec a, b;

	o.exe = o.exe ? o.exe : exe;
	o.bpf_dir = o.bpf_dir ? o.bpf_dir : bpf;
	o.features = &out->features;
	setenv("TMPDIR", tmp, 1);
	clock_gettime(CLOCK_MONOTONIC, &a);
	out->ret = sl_sandbox_call(&o, request, strlen(request), &answer, &out->answer_len, &d);
	clock_gettime(CLOCK_MONOTONIC, &b);
	out->ms = (unsigned int)((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
	if (answer) {
		size_t n = out->answer_len < sizeof(out->answer) - 1 ? out->answer_len
								     : sizeof(out->answer) - 1;

		memcpy(out->answer, answer, n);
		out->answer[n] = 0;
	}
	out->errors = d.errors;
	for (size_t i = 0; i < d.n; i++) {
		if (d.list[i].level != SL_DIAG_ERROR)
			continue;
		copy_text(out->code, sizeof(out->code), d.list[i].code);
		copy_text(out->message, sizeof(out->message), d.list[i].message);
		copy_text(out->hint, sizeof(out->hint), d.list[i].hint);
		copy_text(out->detail, sizeof(out->detail), d.list[i].detail);
		break;
	}
	sl_diags_free(&d);
}

pid_t jail_start(enum jail_caller who, const struct sl_sandbox_opts *limits, const char *request,
		 jail_prepare *prepare, struct jail_outcome *out)
{
	const char *problem;
	int fds, mounts;
	pid_t pid;

	memset(out, 0, sizeof(*out));
	pid = fork();
	if (pid)
		return pid;
	problem = become(who);
	copy_text(out->problem, sizeof(out->problem), problem);
	if (problem)
		_exit(0);
	if (prepare)
		prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	fds = count_fds();
	mounts = count_lines("/proc/self/mountinfo");
	call(limits, request, out);
	out->fds = count_fds() - fds;
	out->mounts = count_lines("/proc/self/mountinfo") - mounts;
	out->children = count_children();
	out->ran = true;
	_exit(0);
}

void jail_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

void jail_call(enum jail_caller who, const struct sl_sandbox_opts *limits, const char *request,
	       jail_prepare *prepare, struct jail_outcome *out)
{
	pid_t pid = jail_start(who, limits, request, prepare, out);

	if (pid < 0)
		copy_text(out->problem, sizeof(out->problem), "cannot fork");
	else
		jail_wait(pid);
}
