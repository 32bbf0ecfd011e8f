// SPDX-License-Identifier: GPL-2.0-only
/* Probes of the host around BPF: kernel, privilege, control groups, limits, compiler. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "loader/mem.h"
#include "loader/runtime/features_priv.h"
#include "loader/runtime/platform.h"

#define CLANG_MIN 14

void sl_probe_kernel(const struct sl_features_opts *o, struct sl_probed *p)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	(void)o;
	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return;
	sl_probed(p, major > 6 || (major == 6 && minor >= 1) ? SL_FEATURE_YES : SL_FEATURE_NO,
		  "%s, %s", u.release, u.machine);
}

static bool has_cap(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(caps, cap, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

void sl_probe_privilege(const struct sl_features_opts *o, struct sl_probed *p)
{
	static const struct {
		cap_value_t cap;
		const char *name;
	} wanted[] = {{CAP_BPF, "CAP_BPF"},
		      {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
		      {CAP_PERFMON, "CAP_PERFMON"}};
	cap_t caps = cap_get_proc();

	(void)o;
	if (!caps)
		return;
	p->state = SL_FEATURE_YES;
	/* CAP_SYS_ADMIN stands for the first and the last. */
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (has_cap(caps, wanted[i].cap) ||
		    (wanted[i].cap != CAP_NET_ADMIN && has_cap(caps, CAP_SYS_ADMIN)))
			continue;
		sl_probed(p, SL_FEATURE_NO, "%s is missing", wanted[i].name);
		break;
	}
	cap_free(caps);
}

void sl_probe_bpffs(const struct sl_features_opts *o, struct sl_probed *p)
{
	const char *root = o->pin_root ? o->pin_root : SL_PIN_ROOT;
	char path[PATH_MAX];
	struct statfs fs;

	if (snprintf(path, sizeof(path), "%s", root) >= (int)sizeof(path))
		return;
	/* The nearest directory that is there. */
	while (statfs(path, &fs) < 0) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path) {
			sl_probed(p, SL_FEATURE_NO, "%s", root);
			return;
		}
		*slash = '\0';
	}
	sl_probed(p, fs.f_type == BPF_FS_MAGIC ? SL_FEATURE_YES : SL_FEATURE_NO, "%s", path);
}

/* First line of a small file, without its end. */
static bool read_line(const char *path, char *buf, size_t size)
{
	_fclose_ FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, size, f))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

void sl_probe_unprivileged(const struct sl_features_opts *o, struct sl_probed *p)
{
	char value[16];

	(void)o;
	if (!read_line("/proc/sys/kernel/unprivileged_bpf_disabled", value, sizeof(value)))
		return;
	sl_probed(p, strcmp(value, "0") ? SL_FEATURE_YES : SL_FEATURE_NO,
		  "kernel.unprivileged_bpf_disabled = %s", value);
}

/* ---- Control groups --------------------------------------------------------------------------*/

/* Whether `word` is one of the words of `list`, separated by blanks or commas. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || strchr(" ,", at[-1])) && strchr(" ,", at[len]))
			return true;
	return false;
}

/* Looks for a v1 hierarchy with the controller, or a v2 one; v1's mount has it in its options. */
static void probe_controller(const char *name, struct sl_probed *p)
{
	_fclose_ FILE *f = fopen("/proc/self/mounts", "re");
	char line[4096], device[256], dir[1024], type[64], options[1024];

	if (!f)
		return;
	sl_probed(p, SL_FEATURE_NO, "no hierarchy with controller %s is mounted", name);
	while (fgets(line, sizeof(line), f)) {
		char path[1100], controllers[512];

		if (sscanf(line, "%255s %1023s %63s %1023s", device, dir, type, options) != 4)
			continue;
		if (!strcmp(type, "cgroup") && has_word(options, name)) {
			sl_probed(p, SL_FEATURE_YES, "v1 at %s", dir);
			return;
		}
		if (strcmp(type, "cgroup2"))
			continue;
		snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
		if (read_line(path, controllers, sizeof(controllers)) &&
		    has_word(controllers, name)) {
			sl_probed(p, SL_FEATURE_YES, "v2 at %s", dir);
			return;
		}
	}
}

void sl_probe_memory_cgroup(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_controller("memory", p);
}

void sl_probe_cpu_cgroup(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_controller("cpu", p);
}

/* ---- Namespaces, limits, sockets -------------------------------------------------------------*/

void sl_probe_userns(const struct sl_features_opts *o, struct sl_probed *p)
{
	int status;
	pid_t pid = fork();

	(void)o;
	/* In a process of its own: threads cannot enter one. Only system calls between fork and
	 * exit, as the caller may have threads. */
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) < 0 ? errno & 0x7f : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return;
	/* For want of privilege is an answer here: that is what they are for. */
	if (WEXITSTATUS(status))
		sl_probed(p, SL_FEATURE_NO, "%s", strerror(WEXITSTATUS(status)));
	else
		p->state = SL_FEATURE_YES;
}

void sl_probe_memlock(const struct sl_features_opts *o, struct sl_probed *p)
{
	struct rlimit lim;

	(void)o;
	if (getrlimit(RLIMIT_MEMLOCK, &lim) < 0)
		return;
	if (lim.rlim_max == RLIM_INFINITY)
		p->state = SL_FEATURE_YES;
	else
		sl_probed(p, SL_FEATURE_PARTIAL, "limit %llu KiB",
			  (unsigned long long)lim.rlim_max / 1024);
}

void sl_probe_af_xdp(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	(void)o;
	sl_probed_errno(p, fd < 0 ? -errno : 0);
}

/* ---- Compiler --------------------------------------------------------------------------------*/

/* Runs `argv` with its output into `buf`. The exit status, or -errno. */
static int output_of(char *const argv[], char *buf, size_t size)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int fds[2], status, ret;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	ret = -posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while (!ret && (got = read(fds[0], buf + used, size - 1 - used)) > 0)
		used += got;
	close(fds[0]);
	buf[used] = '\0';
	if (ret)
		return ret;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

void sl_probe_clang(const struct sl_features_opts *o, struct sl_probed *p)
{
	char name[PATH_MAX], version_arg[] = "--version", targets_arg[] = "-print-targets";
	char *const version[] = {name, version_arg, NULL}, *const targets[] = {name, targets_arg,
									       NULL};
	char text[8192], *at;
	unsigned int major;

	snprintf(name, sizeof(name), "%s", o->clang ? o->clang : "clang");
	if (output_of(version, text, sizeof(text))) {
		sl_probed(p, SL_FEATURE_NO, "%s does not run", name);
		return;
	}
	at = strstr(text, "clang version ");
	if (!at || sscanf(at, "clang version %u", &major) != 1) {
		sl_probed(p, SL_FEATURE_NO, "%s does not tell its version", name);
		return;
	}
	at += strlen("clang version ");
	at[strcspn(at, " \n")] = '\0';
	if (major < CLANG_MIN) {
		sl_probed(p, SL_FEATURE_NO, "%s is version %s", name, at);
		return;
	}
	sl_probed(p, SL_FEATURE_YES, "%s, version %s", name, at);
	if (output_of(targets, text, sizeof(text)) == 0 && !strstr(text, "bpf "))
		sl_probed(p, SL_FEATURE_NO, "%s has no BPF target", name);
}
