// SPDX-License-Identifier: GPL-2.0-only
/*
 * A control group for one sandbox, version 1 or 2, so that the memory of all its processes and its
 * /tmp has one limit. A host without is no error: the limit on each process's address space and on
 * their number stays.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/cgroup.h"
#include "loader/runtime/sandbox_parts.h"

#define PREFIX "sluice-sandbox-"

/* This process's path in the hierarchy of `controller` ("": version 2): malloc'ed or NULL. */
static char *own_path(const char *controller)
{
	_fclose_ FILE *f = fopen("/proc/self/cgroup", "re");
	_free_ char *line = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0) {
		char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = 0;
		path[strcspn(path, "\n")] = 0;
		if (*controller ? sl_cgroup_word(list + 1, controller, ",") : !list[1])
			return strdup(path);
	}
	return NULL;
}

/*
 * The group below which a new one gets `controller`: under version 1 this process's own, under
 * version 2 the nearest around it that hands the controller down (one with processes in it may
 * not).
 */
static char *find_parent(const char *controller, bool *v2)
{
	_free_ char *mount = sl_cgroup_mount(controller, v2), *path = NULL;
	char *dir = NULL;
	struct stat st;

	if (!mount)
		return NULL;
	path = own_path(*v2 ? "" : controller);
	/* Started outside the part of the hierarchy that is visible here: use its top. */
	if (!path)
		return NULL;
	if (strstr(path, "/.."))
		path[1] = 0;
	for (;;) {
		if (asprintf(&dir, "%s%s", mount, strcmp(path, "/") ? path : "") < 0)
			return NULL;
		if (!stat(dir, &st) && (!*v2 || sl_cgroup_delegates(dir, controller)))
			return dir;
		free(dir);
		if (!*path || !strcmp(path, "/"))
			return NULL;
		*strrchr(path, '/') = 0;
	}
}

/* Groups of callers that died in the middle of a call. */
static void remove_stale(const char *parent)
{
	DIR *d = opendir(parent);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		_free_ char *path = NULL;
		int pid;

		if (sscanf(e->d_name, PREFIX "%d-", &pid) == 1 && pid > 0 && kill(pid, 0) &&
		    errno == ESRCH && asprintf(&path, "%s/%s", parent, e->d_name) >= 0)
			rmdir(path);
	}
	if (d)
		closedir(d);
}

static int make(const char *controller, unsigned int seq, char **dir, int *procs, bool *v2)
{
	static atomic_flag cleaned = ATOMIC_FLAG_INIT;
	_free_ char *parent = find_parent(controller, v2), *path = NULL, *file = NULL;
	int fd;

	if (!parent)
		return -ENOENT;
	if (!atomic_flag_test_and_set(&cleaned))
		remove_stale(parent);
	if (asprintf(&path, "%s/" PREFIX "%d-%u", parent, (int)getpid(), seq) < 0 ||
	    asprintf(&file, "%s/cgroup.procs", path) < 0)
		return -ENOMEM;
	if (mkdir(path, 0755))
		return -errno;
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		rmdir(path);
		return -errno;
	}
	*procs = fd;
	*dir = TAKE_PTR(path);
	return 0;
}

static void limit_memory(struct sl_jail_cgroup *cg, size_t memory, bool v2)
{
	char value[32];

	snprintf(value, sizeof(value), "%zu", memory);
	cg->memory = !sl_cgroup_write(cg->dir, v2 ? "memory.max" : "memory.limit_in_bytes", value);
	/* Not there without swap accounting. */
	if (v2) {
		sl_cgroup_write(cg->dir, "memory.swap.max", "0");
		sl_cgroup_write(cg->dir, "memory.oom.group", "1");
	}
	if (!v2)
		sl_cgroup_write(cg->dir, "memory.memsw.limit_in_bytes", value);
}

void sl_jail_cgroup_new(size_t memory, struct sl_jail_cgroup *cg)
{
	static atomic_uint calls;
	unsigned int seq = atomic_fetch_add(&calls, 1);
	bool v2;

	*cg = (struct sl_jail_cgroup){.procs = -1};
	if (make("memory", seq, &cg->dir, &cg->procs, &v2))
		return;
	limit_memory(cg, memory, v2);
}

bool sl_jail_cgroup_oom(const struct sl_jail_cgroup *cg)
{
	if (!cg->dir)
		return false;
	return sl_cgroup_number(cg->dir, "memory.events", "oom_kill") ||
	       sl_cgroup_number(cg->dir, "memory.oom_control", "oom_kill");
}

void sl_jail_cgroup_free(struct sl_jail_cgroup *cg)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	if (cg->procs >= 0)
		close(cg->procs);
	/* Its last process has been waited for, yet may be on its way out of the group. */
	for (int i = 0; cg->dir && rmdir(cg->dir) && errno == EBUSY && i < 50; i++)
		nanosleep(&ms, NULL);
	free(cg->dir);
	*cg = (struct sl_jail_cgroup){.procs = -1};
}
