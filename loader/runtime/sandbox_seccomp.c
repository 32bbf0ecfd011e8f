// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls a compiler makes. Everything that is not named here answers EPERM: sockets,
 * tracing, mounts, namespaces, BPF, keys, io_uring, perf, other users' ids, and whatever the kernel
 * learns next. A call of a foreign architecture ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const int plain[] = {
	/* files; not truncate(), which Landlock only knows since 6.2 */
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(close),
	SCMP_SYS(close_range),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(stat),
	SCMP_SYS(fstat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(statfs),
	SCMP_SYS(fstatfs),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(chdir),
	SCMP_SYS(fchdir),
	SCMP_SYS(getdents64),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir),
	SCMP_SYS(ftruncate),

	SCMP_SYS(fallocate),
	SCMP_SYS(fadvise64),
	SCMP_SYS(chmod),
	SCMP_SYS(fchmod),
	SCMP_SYS(fchmodat),
	SCMP_SYS(umask),
	SCMP_SYS(utimensat),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(pipe),
	SCMP_SYS(pipe2),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	/* memory */
	SCMP_SYS(mmap),
	SCMP_SYS(mmap2),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(msync),
	SCMP_SYS(mincore),
	SCMP_SYS(brk),
	/* threads and signals of one's own */
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(get_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(membarrier),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigsuspend),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(alarm),
	SCMP_SYS(setitimer),
	SCMP_SYS(getitimer),
	SCMP_SYS(pause),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield),
	/* processes of one's own; clone() is below */
	SCMP_SYS(fork),
	SCMP_SYS(vfork),
	SCMP_SYS(execve),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(waitpid),
	/* asking */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getppid),
	SCMP_SYS(getpgid),
	SCMP_SYS(getpgrp),
	SCMP_SYS(getsid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getresuid),
	SCMP_SYS(getresgid),
	SCMP_SYS(getgroups),
	SCMP_SYS(capget),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage),
	SCMP_SYS(times),
	SCMP_SYS(getrlimit),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(setrlimit),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(getpriority),
	SCMP_SYS(getrandom),
	SCMP_SYS(getcpu),
	SCMP_SYS(time),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
};

/* Calls allowed for one value of their argument `arg` (compared in 32 bits, as the kernel reads
 * it). */
static const struct {
	int nr;
	unsigned int arg;
	uint32_t value;
} valued[] = {
	{SCMP_SYS(ioctl), 1, TCGETS},
	{SCMP_SYS(ioctl), 1, TIOCGWINSZ},
	{SCMP_SYS(ioctl), 1, FIONREAD},
	{SCMP_SYS(fcntl), 1, F_DUPFD},
	{SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC},
	{SCMP_SYS(fcntl), 1, F_GETFD},
	{SCMP_SYS(fcntl), 1, F_SETFD},
	{SCMP_SYS(fcntl), 1, F_GETFL},
	{SCMP_SYS(fcntl), 1, F_SETFL},
	{SCMP_SYS(prctl), 0, PR_SET_NAME},
	{SCMP_SYS(prctl), 0, PR_SET_PDEATHSIG},
	{SCMP_SYS(prctl), 0, PR_SET_VMA},
	{SCMP_SYS(prctl), 0, PR_GET_DUMPABLE},
	{SCMP_SYS(prlimit64), 0, 0}, /* only of the process itself */
};

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

static struct {
	bool built;
	struct sock_fprog prog;
} filters[SL_JAIL_MODES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void releasep(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* A call this architecture does not have is no mistake. */
static int missing_ok(int ret)
{
	return ret == -EDOM || ret == -EINVAL ? 0 : ret;
}

static int add_rules(scmp_filter_ctx ctx, enum sl_jail_mode mode)
{
	int ret = 0;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]) && !ret; i++)
		ret = missing_ok(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, plain[i], 0));
	for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]) && !ret; i++)
		ret = missing_ok(seccomp_rule_add(
			ctx, SCMP_ACT_ALLOW, valued[i].nr, 1,
			SCMP_CMP(valued[i].arg, SCMP_CMP_MASKED_EQ, 0xffffffffu, valued[i].value)));
	/* Its flags lie in memory, where no filter sees them; ENOSYS makes libraries use clone().
	 */
	ret = ret ? ret : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
#if defined(__s390__)
#error "clone() has its flags elsewhere on this architecture"
#endif
	ret = ret ? ret
		  : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, NEW_NAMESPACES, 0));
	/* Signals can only be aimed at processes one can see: in namespaces that is the sandbox. */
	if (mode != SL_JAIL_LANDLOCK) {
		ret = ret ? ret : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 0);
		ret = ret ? ret
			  : missing_ok(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tkill), 0));
	}
	return ret;
}

/* libseccomp writes to a descriptor only. */
static int export_filter(scmp_filter_ctx ctx, struct sock_fprog *prog)
{
	_close_ int fd = memfd_create("sluice-filter", MFD_CLOEXEC);
	_free_ struct sock_filter *insns = NULL;
	off_t len;
	int ret;

	if (fd < 0)
		return -errno;
	ret = seccomp_export_bpf(ctx, fd);
	if (ret)
		return ret;
	len = lseek(fd, 0, SEEK_END);
	if (len <= 0 || len > (off_t)(UINT16_MAX * sizeof(*insns)))
		return -EINVAL;
	insns = malloc((size_t)len);
	if (!insns)
		return -ENOMEM;
	if (pread(fd, insns, (size_t)len, 0) != len)
		return -EIO;
	prog->len = (unsigned short)((size_t)len / sizeof(*insns));
	prog->filter = TAKE_PTR(insns);
	return 0;
}

static int build(enum sl_jail_mode mode, struct sock_fprog *prog)
{
	SL_CLEANUP(releasep) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret;

	if (!ctx)
		return -ENOMEM;
	ret = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* A tree instead of a list: a compiler makes tens of thousands of calls. */
	ret = ret ? ret : seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	ret = ret ? ret : add_rules(ctx, mode);
	return ret ? ret : export_filter(ctx, prog);
}

int sl_jail_filter(enum sl_jail_mode mode, struct sock_fprog *prog)
{
	int ret = 0;

	pthread_mutex_lock(&lock);
	if (!filters[mode].built) {
		ret = build(mode, &filters[mode].prog);
		filters[mode].built = !ret;
	}
	*prog = filters[mode].prog;
	pthread_mutex_unlock(&lock);
	return ret;
}
