// SPDX-License-Identifier: GPL-2.0-only
/*
 * A compiler gone bad: runs in the compiler's sandbox in the real one's place, does what the
 * request says ("open /etc/passwd", "forkbomb", ...) and answers how far it came. What the answers
 * have to be is in tests/sandbox/test_sandbox.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* One answer a call: "done" or the error's name. */
static void say(long ret)
{
	puts(ret < 0 ? strerrorname_np(errno) : "done");
}

/* ---- Files -----------------------------------------------------------------------------------*/

static void do_open(const char *path)
{
	say(open(path, O_RDONLY | O_NONBLOCK));
}

static void do_read(const char *path)
{
	char buf[256] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		say(-1);
	else
		puts(buf);
}

static void do_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	say(fd < 0 ? -1 : write(fd, "x", 1));
}

static void do_truncate(const char *path)
{
	say(truncate(path, 0));
}

static void do_unlink(const char *path)
{
	say(unlink(path));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void do_list(const char *path)
{
	char *names[256];
	size_t n = 0;
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d) {
		say(-1);
		return;
	}
	while (n < 256 && (e = readdir(d)))
		if (e->d_name[0] != '.')
			names[n++] = strdup(e->d_name);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", names[i]);
	puts("");
}

static void do_symlink(const char *path)
{
	say(symlink("/etc/passwd", path));
}

static void do_mknod(const char *path)
{
	say(mknod(path, S_IFCHR | 0666, 0x0101));
}

static void do_fifo(const char *path)
{
	say(mkfifo(path, 0600));
}

/* A program of its own making. */
static void do_exec(const char *path)
{
	static char buf[1 << 16];
	int in = open(getenv("SLUICE_CLANG"), O_RDONLY), out = open(path, O_WRONLY | O_CREAT, 0700);
	char *argv[] = {(char *)"x", NULL};
	ssize_t n;

	if (in < 0 || out < 0) {
		say(-1);
		return;
	}
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			say(-1);
	close(out);
	say(execve(path, argv, environ));
}

static void do_fill(const char *path)
{
	static char buf[1 << 16];
	char name[256];

	signal(SIGXFSZ, SIG_IGN);
	/* Past one file's limit with another. */
	for (int i = 0; i < 4; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s/%d", path, i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			say(-1);
		while (write(fd, buf, sizeof(buf)) > 0)
			;
	}
	say(-1);
}

static void do_file_limit(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	say(fd < 0 ? -1 : ftruncate(fd, 1ll << 40));
}

/* ---- The kernel ------------------------------------------------------------------------------*/

static int open_socket(int domain, int type)
{
	return socket(domain, type, 0);
}

static void do_socket(const char *kind)
{
	static const struct {
		const char *name;
		int domain, type;
	} kinds[] = {
		{"inet", AF_INET, SOCK_STREAM},	    {"inet6", AF_INET6, SOCK_DGRAM},
		{"unix", AF_UNIX, SOCK_STREAM},	    {"netlink", AF_NETLINK, SOCK_RAW},
		{"packet", AF_PACKET, SOCK_RAW},    {"vsock", AF_VSOCK, SOCK_STREAM},
		{"xdp", 44 /* AF_XDP */, SOCK_RAW},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i].name))
			say(open_socket(kinds[i].domain, kinds[i].type));
}

static void do_ptrace(const char *whom)
{
	say(ptrace(PTRACE_ATTACH, *whom == 'p' ? getppid() : 1, NULL, NULL));
}

static void do_mount(const char *path)
{
	say(mount("x", path, "tmpfs", 0, NULL));
}

static void do_kill(const char *pid)
{
	say(kill(atoi(pid), SIGKILL));
}

static void do_tgkill(const char *pid)
{
	say(syscall(SYS_tgkill, atoi(pid), atoi(pid), SIGKILL));
}

/* System calls that no compiler makes, by name; harmless arguments where the kernel is wrong. */
static void do_syscall(const char *name)
{
	static const struct {
		const char *name;
		long nr, a, b, c;
	} calls[] = {
		{"umount2", SYS_umount2, (long)"/bpf", MNT_DETACH, 0},
		{"pivot_root", SYS_pivot_root, (long)"/tmp", (long)"/tmp", 0},
		{"chroot", SYS_chroot, (long)"/tmp", 0, 0},
		{"open_tree", SYS_open_tree, AT_FDCWD, (long)"/", 1},
		{"mount_setattr", SYS_mount_setattr, AT_FDCWD, (long)"/", 0},
		{"fsopen", SYS_fsopen, (long)"proc", 0, 0},
		{"unshare", SYS_unshare, CLONE_NEWUSER, 0, 0},
		{"setns", SYS_setns, 0, 0, 0},
		{"clone-user", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0},
		{"clone-net", SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0},
		{"clone3", SYS_clone3, 0, 0, 0},
		{"bpf", SYS_bpf, 0, 0, 0},
		{"perf_event_open", SYS_perf_event_open, 0, 0, 0},
		{"io_uring_setup", SYS_io_uring_setup, 1, 0, 0},
		{"userfaultfd", SYS_userfaultfd, 0, 0, 0},
		{"keyctl", SYS_keyctl, 0, -3, 1},
		{"add_key", SYS_add_key, (long)"user", (long)"x", 0},
		{"process_vm_readv", SYS_process_vm_readv, 1, 0, 0},
		{"pidfd_open", SYS_pidfd_open, 1, 0, 0},
		{"pidfd_getfd", SYS_pidfd_getfd, 0, 0, 0},
		{"open_by_handle_at", SYS_open_by_handle_at, AT_FDCWD, 0, 0},
		{"memfd_create", SYS_memfd_create, (long)"x", 0, 0},
		{"execveat", SYS_execveat, 0, (long)"", 0},
		{"init_module", SYS_init_module, 0, 0, 0},
		{"finit_module", SYS_finit_module, 0, (long)"", 0},
		{"kexec_load", SYS_kexec_load, 0, 0, 0},
		{"reboot", SYS_reboot, 0, 0, 0},
		{"sethostname", SYS_sethostname, (long)"x", 1, 0},
		{"settimeofday", SYS_settimeofday, 0, 0, 0},
		{"adjtimex", SYS_adjtimex, 0, 0, 0},
		{"syslog", SYS_syslog, 10, 0, 0},
		{"setuid", SYS_setuid, 0, 0, 0},
		{"setresuid", SYS_setresuid, 0, 0, 0},
		{"setgid", SYS_setgid, 0, 0, 0},
		{"setgroups", SYS_setgroups, 0, 0, 0},
		{"capset", SYS_capset, 0, 0, 0},
		{"seccomp", SYS_seccomp, 0, 0, 0},
		{"personality", SYS_personality, 0xffffffff, 0, 0},
		{"setpriority", SYS_setpriority, 0, 0, 19},
		{"sched_setscheduler", SYS_sched_setscheduler, 0, 0, 0},
		{"sched_setaffinity", SYS_sched_setaffinity, 0, 0, 0},
		{"setsid", SYS_setsid, 0, 0, 0},
		{"setpgid", SYS_setpgid, 0, 0, 0},
		{"shmget", SYS_shmget, 0, 4096, 01600},
		{"msgget", SYS_msgget, 0, 01600, 0},
		{"mq_open", SYS_mq_open, (long)"x", O_CREAT, 0600},
		{"inotify_init1", SYS_inotify_init1, 0, 0, 0},
		{"fanotify_init", SYS_fanotify_init, 0, 0, 0},
		{"link", SYS_linkat, AT_FDCWD, (long)"/bin/ld", AT_FDCWD},
		{"chown", SYS_fchownat, AT_FDCWD, (long)"/tmp", 0},
		{"setxattr", SYS_setxattr, (long)"/tmp", (long)"user.x", (long)""},
		{"ioctl-TIOCSTI", SYS_ioctl, 0, 0x5412, (long)"x"},
		{"fcntl-F_SETOWN", SYS_fcntl, 0, F_SETOWN, 1},
		{"prctl-dumpable", SYS_prctl, PR_SET_DUMPABLE, 1, 0},
		{"prlimit-other", SYS_prlimit64, 1, RLIMIT_CPU, 0},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (*name && strcmp(name, calls[i].name))
			continue;
		printf("%s ", calls[i].name);
		say(syscall(calls[i].nr, calls[i].a, calls[i].b, calls[i].c, 0, 0));
	}
}

static void do_foreign_call(const char *unused)
{
	(void)unused;
#ifdef __x86_64__
	long ret;

	/* getpid(), by the 32-bit gate. */
	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
	printf("%ld\n", ret);
#else
	raise(SIGSYS);
#endif
}

static void do_raise_limit(const char *unused)
{
	struct rlimit r;

	(void)unused;
	getrlimit(RLIMIT_NPROC, &r);
	r.rlim_cur = r.rlim_max = 10000;
	say(setrlimit(RLIMIT_NPROC, &r));
}

/* ---- What is to be seen ----------------------------------------------------------------------*/

static void do_ids(const char *unused)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2] = {0};

	(void)unused;
	syscall(SYS_capget, &head, caps);
	printf("uid %u gid %u groups %d pid %d ppid %d caps %x%x\n", getuid(), getgid(),
	       getgroups(0, NULL), getpid(), getppid(),
	       caps[0].effective | caps[0].permitted | caps[0].inheritable,
	       caps[1].effective | caps[1].permitted | caps[1].inheritable);
}

static void do_fds(const char *unused)
{
	(void)unused;
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%s%d", fd ? " " : "", fd);
	puts("");
}

static void do_env(const char *unused)
{
	(void)unused;
	for (char **e = environ; *e; e++)
		puts(*e);
}

/* ---- Bombs -----------------------------------------------------------------------------------*/

static void do_alloc(const char *unused)
{
	(void)unused;
	for (;;) {
		char *p = malloc(1 << 20);

		if (!p) {
			fputs("out of memory\n", stderr);
			abort();
		}
		memset(p, 1, 1 << 20);
	}
}

/* Many processes, each within its own limit. */
static void do_alloc_many(const char *unused)
{
	(void)unused;
	for (int i = 0; i < 6; i++)
		if (fork() == 0)
			break;
	for (size_t sum = 0; sum < 200u << 20; sum += 1 << 20) {
		char *p = malloc(1 << 20);

		if (p)
			memset(p, 1, 1 << 20);
	}
	while (wait(NULL) > 0)
		;
	puts("done");
}

static void do_loop(const char *unused)
{
	(void)unused;
	for (volatile unsigned long i = 0;; i++)
		;
}

static void do_hang(const char *unused)
{
	(void)unused;
	for (;;)
		pause();
}

static void do_hang_closed(const char *unused)
{
	(void)unused;
	close(0);
	close(1);
	close(2);
	for (;;)
		pause();
}

/* Answers and ends, but leaves someone behind who holds the other ends of the pipes. */
static void do_orphan(const char *unused)
{
	(void)unused;
	fflush(stdout);
	if (fork() == 0)
		for (;;)
			pause();
	puts("done");
}

static void do_forkbomb(const char *unused)
{
	int n = 0;

	(void)unused;
	while (n < 1000) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			for (;;)
				pause();
		n++;
	}
	printf("%d %s\n", n, strerrorname_np(errno));
}

/* Every process forks on. */
static void do_forkstorm(const char *unused)
{
	(void)unused;
	for (;;)
		fork();
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void do_threads(const char *unused)
{
	int n = 0, ret = 0;
	pthread_t t;

	(void)unused;
	while (n < 1000 && !(ret = pthread_create(&t, NULL, sleeper, NULL)))
		n++;
	printf("%d %s\n", n, strerrorname_np(ret));
}

static void do_flood(const char *fd)
{
	static char buf[1 << 16];

	while (write(atoi(fd), buf, sizeof(buf)) > 0)
		;
}

static void do_crash(const char *text)
{
	fprintf(stderr, "%s\n\033[31mred\a\n", text);
	fflush(stderr);
	__builtin_trap();
}

static void do_abort(const char *unused)
{
	(void)unused;
	abort();
}

static void do_exit(const char *status)
{
	fputs("gave up\n", stderr);
	exit(atoi(status));
}

/* Until the stack's end; the condition never comes true, which the compiler need not know. */
static void do_stack(const char *arg)
{
	volatile char frame[65536];

	frame[0] = *arg;
	if (frame[0] != 'q')
		do_stack(arg);
	frame[1] = frame[0];
}

static void do_echo(const char *text)
{
	puts(text);
}

/* The real job: clang on a file that includes from /bpf. */
static void do_clang(const char *path)
{
	static char buf[1 << 16];
	const char *dir = getenv("TMPDIR"), *bpf = getenv("SLUICE_BPF_DIR");
	char src[256], out[256], cmd[4096];
	int status;
	FILE *f;

	snprintf(src, sizeof(src), "%s/a.c", dir);
	snprintf(out, sizeof(out), "%s/a.o", dir);
	f = fopen(src, "w");
	if (!f) {
		say(-1);
		return;
	}
	/* "%" stands for the target. */
	fprintf(f, "#include \"%s\"\nint f(int a) { return a + 1; }\n", strchr(path, ' ') + 1);
	fclose(f);
	snprintf(cmd, sizeof(cmd), "-I%s", bpf);
	if (fork() == 0) {
		dup2(1, 2);
		if (*path == 'b')
			execlp(getenv("SLUICE_CLANG"), "clang", "-O2", "-g", "-target", "bpf", cmd,
			       "-nostdinc", "-c", src, "-o", out, NULL);
		else
			execlp(getenv("SLUICE_CLANG"), "clang", "-O2", "-g", "-shared", "-fPIC",
			       "-nostdlib", cmd, src, "-o", out, NULL);
		say(-1);
		exit(1);
	}
	wait(&status);
	f = fopen(out, "r");
	if (f && fread(buf, 1, 4, f) == 4)
		printf("%.3s %d\n", buf + 1, WEXITSTATUS(status));
	else
		printf("failed %d\n", WEXITSTATUS(status));
}

static const struct {
	const char *name;
	void (*fn)(const char *arg);
} acts[] = {
	{"open", do_open},
	{"read", do_read},
	{"write", do_write},
	{"truncate", do_truncate},
	{"unlink", do_unlink},
	{"list", do_list},
	{"symlink", do_symlink},
	{"mknod", do_mknod},
	{"fifo", do_fifo},
	{"exec", do_exec},
	{"fill", do_fill},
	{"file-limit", do_file_limit},
	{"socket", do_socket},
	{"ptrace", do_ptrace},
	{"mount", do_mount},
	{"kill", do_kill},
	{"tgkill", do_tgkill},
	{"syscall", do_syscall},
	{"foreign-call", do_foreign_call},
	{"raise-limit", do_raise_limit},
	{"ids", do_ids},
	{"fds", do_fds},
	{"env", do_env},
	{"alloc", do_alloc},
	{"alloc-many", do_alloc_many},
	{"loop", do_loop},
	{"hang", do_hang},
	{"hang-closed", do_hang_closed},
	{"orphan", do_orphan},
	{"forkbomb", do_forkbomb},
	{"forkstorm", do_forkstorm},
	{"threads", do_threads},
	{"flood", do_flood},
	{"crash", do_crash},
	{"abort", do_abort},
	{"exit", do_exit},
	{"stack", do_stack},
	{"echo", do_echo},
	{"clang", do_clang},
};

/* "$NAME/..." with the variable's value. */
static const char *expand(const char *arg)
{
	static char path[4096];
	char name[64];
	size_t n = strcspn(arg, "/");

	if (*arg != '$' || n > sizeof(name))
		return arg;
	snprintf(name, sizeof(name), "%.*s", (int)n - 1, arg + 1);
	snprintf(path, sizeof(path), "%s%s", getenv(name) ? getenv(name) : "", arg + n);
	return path;
}

int main(int argc, char **argv)
{
	char request[4096] = "", *arg;
	size_t len = fread(request, 1, sizeof(request) - 1, stdin);

	if (argc != 1 || strcmp(argv[0], "sluice-compile") != 0) {
		fputs("jailbird: for tests/sandbox only\n", stderr);
		return 2;
	}
	request[len] = 0;
	arg = strchr(request, ' ');
	if (arg)
		*arg++ = 0;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(request, acts[i].name)) {
			acts[i].fn(arg ? expand(arg) : "");
			return 0;
		}
	fprintf(stderr, "unknown act %s\n", request);
	return 2;
}
