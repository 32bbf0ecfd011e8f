/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory control groups of tenants. */
#include "loader/runtime/memcg.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/cgroup.h"

/* Before a tenant's name: control groups have files with names of their own. */
#define PREFIX "tenant-"

/* ---- The place -------------------------------------------------------------------------------*/

int sl_memcg_at(const char *dir, bool v2, struct sl_memcg **out)
{
	struct sl_memcg *m = calloc(1, sizeof(*m));

	if (m)
		m->dir = strdup(dir);
	if (!m || !m->dir) {
		free(m);
		return -ENOMEM;
	}
	m->v2 = v2;
	*out = m;
	return 0;
}

void sl_memcg_free(struct sl_memcg *m)
{
	if (m)
		free(m->dir);
	free(m);
}

/* Version 2: groups have the controller if the group around them hands it down. */
static int hand_down(const char *dir)
{
	return sl_cgroup_delegates(dir, "memory")
		       ? 0
		       : sl_cgroup_write(dir, "cgroup.subtree_control", "+memory");
}

int sl_memcg_find(const char *pin_root, struct sl_memcg **out)
{
	_free_ char *mount = NULL, *dir = NULL;
	struct stat st;
	bool v2;
	int ret;

	if (stat(pin_root, &st))
		return -errno;
	mount = sl_cgroup_mount("memory", &v2);
	if (!mount)
		return -ENOENT;
	if (access(mount, W_OK))
		return -errno;
	ret = v2 ? hand_down(mount) : 0;
	if (ret)
		return ret;
	if (asprintf(&dir, "%s/sluice-%ju", mount, (uintmax_t)st.st_dev) < 0)
		return -ENOMEM;
	return sl_memcg_at(dir, v2, out);
}

char *sl_memcg_dir(const struct sl_memcg *m, const char *tenant)
{
	char *dir;

	return asprintf(&dir, "%s/" PREFIX "%s", m->dir, tenant) < 0 ? NULL : dir;
}

/* ---- One group -------------------------------------------------------------------------------*/

static int make(const struct sl_memcg *m, const char *dir)
{
	int ret;

	if (!mkdir(dir, 0755) || errno == EEXIST)
		return 0;
	if (errno != ENOENT || (mkdir(m->dir, 0755) && errno != EEXIST))
		return -errno;
	ret = m->v2 ? hand_down(m->dir) : 0;
	if (!ret && mkdir(dir, 0755) && errno != EEXIST)
		ret = -errno;
	if (ret)
		rmdir(m->dir);
	return ret;
}

int sl_memcg_limit(const struct sl_memcg *m, const char *tenant, uint64_t limit)
{
	_free_ char *dir = sl_memcg_dir(m, tenant);
	struct sl_memcg_use use;
	char value[32];
	int ret;

	if (!dir)
		return -ENOMEM;
	ret = make(m, dir);
	if (ret)
		return ret;
	snprintf(value, sizeof(value), "%" PRIu64, limit);
	if (!limit)
		return sl_cgroup_write(dir, m->v2 ? "memory.max" : "memory.limit_in_bytes",
				       m->v2 ? "max" : "-1");
	/* Version 2 would take it, and kill whoever is in the group. */
	if (m->v2 && !sl_memcg_read(m, tenant, &use) && use.charged > limit)
		return -EBUSY;
	return sl_cgroup_write(dir, m->v2 ? "memory.max" : "memory.limit_in_bytes", value);
}

/* Of what the kernel keeps for itself it counts each page; of the sum, pages to come besides. */
int sl_memcg_read(const struct sl_memcg *m, const char *tenant, struct sl_memcg_use *out)
{
	_free_ char *dir = sl_memcg_dir(m, tenant);

	if (!dir)
		return -ENOMEM;
	if (access(dir, F_OK))
		return -errno;
	if (m->v2) {
		*out = (struct sl_memcg_use){
			.charged = sl_cgroup_number(dir, "memory.stat", "kernel"),
			.limit = sl_cgroup_number(dir, "memory.max", NULL),
			.refused = sl_cgroup_number(dir, "memory.events", "max"),
			.killed = sl_cgroup_number(dir, "memory.events", "oom_kill")};
		out->limit = out->limit ? out->limit : UINT64_MAX;
		return 0;
	}
	*out = (struct sl_memcg_use){
		.charged = sl_cgroup_number(dir, "memory.kmem.usage_in_bytes", NULL),
		.limit = sl_cgroup_number(dir, "memory.limit_in_bytes", NULL),
		.refused = sl_cgroup_number(dir, "memory.failcnt", NULL),
		.killed = sl_cgroup_number(dir, "memory.oom_control", "oom_kill")};
	/* No limit is a number of pages, as large as may be. */
	if (out->limit > INT64_MAX / 2)
		out->limit = UINT64_MAX;
	return 0;
}

/* ---- Removing --------------------------------------------------------------------------------*/

/* A process that ended may be on its way out of the group. */
static int remove_dir(const char *dir)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	for (int i = 0; rmdir(dir); i++) {
		if (errno != EBUSY || i == 50)
			return errno == ENOENT ? 0 : -errno;
		nanosleep(&ms, NULL);
	}
	return 0;
}

int sl_memcg_remove(const struct sl_memcg *m, const char *tenant)
{
	_free_ char *dir = sl_memcg_dir(m, tenant);
	int ret = dir ? remove_dir(dir) : -ENOMEM;

	rmdir(m->dir); /* with the last one */
	return ret;
}

void sl_memcg_sweep(const struct sl_memcg *m, bool (*keep)(void *arg, const char *tenant),
		    void *arg)
{
	DIR *d = opendir(m->dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *tenant = e->d_name + strlen(PREFIX);

		if (!strncmp(e->d_name, PREFIX, strlen(PREFIX)) && !keep(arg, tenant))
			sl_memcg_remove(m, tenant);
	}
	if (d)
		closedir(d);
	rmdir(m->dir);
}
