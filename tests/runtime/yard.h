/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A yard to test the runtime in: a process of its own with a private mount namespace (bpffs on
 * /sys/fs/bpf), a network namespace for the node and one more for its peer, joined by veths. All of
 * it goes with the process. Needs root.
 */
#ifndef SL_TESTS_RUNTIME_YARD_H
#define SL_TESTS_RUNTIME_YARD_H

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/platform.h"
#include "loader/runtime/port.h"

#define UNUSED __attribute__((unused))
#define ROOT "/sys/fs/bpf/sluice"

static struct yard {
	bool ready;
	pid_t peer; /* holds the peer's network namespace */
	struct sl_diags d;
} yard;

/* Runs a shell command made of `fmt`; it must succeed. */
static UNUSED __attribute__((format(printf, 1, 2))) void sh(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("failed: %s", command);
}

/* The same in the peer's namespace. */
static UNUSED __attribute__((format(printf, 1, 2))) void peer(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	sh("nsenter -t %d -n %s", yard.peer, command);
}

static pid_t hold_namespace(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static UNUSED int yard_open(void **state)
{
	char command[64];

	(void)state;
	if (geteuid())
		return 0;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) || system("ip link set lo up"))
		return -1;
	yard.peer = hold_namespace();
	if (yard.peer < 0)
		return -1;
	/* A name for it, by which ip shows the far ends of veths. */
	snprintf(command, sizeof(command), "ip netns attach peer %d", yard.peer);
	if (system(command))
		return -1;
	yard.ready = true;
	return 0;
}

static UNUSED int yard_close(void **state)
{
	(void)state;
	if (yard.peer > 0) {
		kill(yard.peer, SIGKILL);
		waitpid(yard.peer, NULL, 0);
	}
	if (yard.ready) {
		umount2("/run", MNT_DETACH);
		umount2("/sys/fs/bpf", MNT_DETACH);
	}
	return 0;
}

/* The veth NAME of the node, with NAMEp at the peer; both up. */
static UNUSED void add_wire(const char *name)
{
	sh("ip link add %s numtxqueues 2 numrxqueues 2 type veth peer name %sp", name, name);
	sh("ip link set %sp netns %d", name, yard.peer);
	sh("ip link set %s up", name);
	peer("ip link set %sp up", name);
}

/* A clean yard for each test: no platform, no devices but lo. */
static UNUSED int yard_clean(void **state)
{
	(void)state;
	if (!yard.ready)
		return 0;
	sl_platform_remove(ROOT, &yard.d);
	sl_diags_free(&yard.d);
	return system(
		""
		"ip -o link | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/' | grep -v '^lo$' | "
		"while read d; do ip link del $d 2>/dev/null; done; ip rule flush 2>/dev/null; "
		"ip rule add pref 32766 lookup main; ip rule add pref 32767 lookup default; true");
}

/* Runs the test that is its state, or skips it without the privilege. */
static UNUSED void as_root(void **state)
{
	if (!yard.ready)
		skip();
	((CMUnitTestFunction)*state)(NULL);
	if (yard.d.n)
		sl_diags_free(&yard.d);
}

#define ROOT_TEST(test)                                                                            \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test),              \
		.setup_func = yard_clean                                                           \
	}

/* ---- The platform ----------------------------------------------------------------------------*/

static UNUSED struct sl_platform *opened(enum sl_platform_how how)
{
	struct sl_platform_opts opts = {.root = ROOT};
	struct sl_platform *p = NULL;

	if (sl_platform_open(&opts, &yard.d, &p)) {
		sl_diags_print(&yard.d, stderr);
		fail_msg("the platform does not open");
	}
	assert_int_equal(sl_platform_how(p), how);
	return p;
}

static UNUSED void commit(struct sl_platform *p)
{
	if (sl_platform_commit(p, &yard.d)) {
		sl_diags_print(&yard.d, stderr);
		fail_msg("the platform does not commit");
	}
}

/* Attaches a port; notes and warnings are dropped. */
static UNUSED struct sl_port_info attached(struct sl_platform *p, const char *name,
					   const char *interface)
{
	struct sl_port_info info;

	if (sl_port_attach(p, name, interface, SL_PORT_NATIVE, SL_NOPOS, &yard.d, &info)) {
		sl_diags_print(&yard.d, stderr);
		fail_msg("%s does not attach", interface);
	}
	sl_diags_free(&yard.d);
	return info;
}

/* Whether a message with this code is there; then all are forgotten. */
static UNUSED bool said(const char *code)
{
	bool found = false;

	for (size_t i = 0; i < yard.d.n; i++)
		found = found || !strcmp(yard.d.list[i].code, code);
	if (!found)
		sl_diags_print(&yard.d, stderr);
	sl_diags_free(&yard.d);
	return found;
}

static UNUSED uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	return info.id;
}

static UNUSED uint32_t map_id(int fd)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	return info.id;
}

static UNUSED bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

#endif
