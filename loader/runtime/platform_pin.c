// SPDX-License-Identifier: GPL-2.0-only
/* Paths, directories and pins below the pin root. */
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

int sl_pin_path(char out[PATH_MAX], const char *root, const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s%s%s", root, dir, name ? "/" : "", name ? name : "");

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int sl_pin_get(const char *root, const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (sl_pin_path(path, root, dir, name) < 0)
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int sl_pin_put(int fd, const char *root, const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (sl_pin_path(path, root, dir, name) < 0)
		return -ENAMETOOLONG;
	if (bpf_obj_pin(fd, path) < 0)
		return -errno;
	sl_fault("pinned");
	return 0;
}

int sl_pin_remove(const char *root, const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (sl_pin_path(path, root, dir, name) < 0)
		return -ENAMETOOLONG;
	if (unlink(path) < 0)
		return -errno;
	sl_fault("pin removed");
	return 0;
}

int sl_pin_remove_link(const char *root, const char *dir, const char *name)
{
	_close_ int fd = sl_pin_get(root, dir, name);
	int ret;

	if (fd < 0)
		return fd;
	ret = sl_pin_remove(root, dir, name);
	/* The last reference to go would take the program off, but some time later. */
	if (!ret && bpf_link_detach(fd) < 0 && errno != ENOLINK)
		ret = -errno;
	return ret;
}

/* Whether `path`, or the nearest directory above it that is there, is on a bpffs. */
static int on_bpffs(const char *path)
{
	char above[PATH_MAX];
	struct statfs fs;

	if (snprintf(above, sizeof(above), "%s", path) >= (int)sizeof(above))
		return -ENAMETOOLONG;
	while (statfs(above, &fs) < 0) {
		char *slash = strrchr(above, '/');

		if (errno != ENOENT)
			return -errno;
		if (!slash || slash == above)
			return -ENOTSUP;
		*slash = '\0';
	}
	return fs.f_type == BPF_FS_MAGIC ? 0 : -ENOTSUP;
}

/* Makes a directory and those above it that are missing; existing ones keep their mode. */
static int make_dirs(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *s = part + 1;; s++) {
		char c = *s;

		if (c && c != '/')
			continue;
		*s = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (!c)
			return 0;
		*s = c;
	}
}

int sl_pin_prepare(const char *root, struct sl_diags *d)
{
	static const char *const dirs[] = {SL_DIR_PORTS, SL_DIR_COPIES};
	char path[PATH_MAX];
	int ret = root[0] == '/' ? on_bpffs(root) : -EINVAL;

	if (ret == -ENOTSUP)
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-bpffs", "there is no bpffs at %s", root),
			     "mount one: mount -t bpf bpf /sys/fs/bpf");
	for (size_t i = 0; !ret && i < sizeof(dirs) / sizeof(*dirs); i++) {
		ret = sl_pin_path(path, root, dirs[i], NULL);
		if (!ret)
			ret = make_dirs(path);
	}
	if (ret && ret != -ENOTSUP)
		sl_diag_hint(sl_error(d, SL_NOPOS, "pin-root",
				      "directories for pins cannot be made at %s: %s", root,
				      strerror(-ret)),
			     "%s", ret == -EINVAL ? "give an absolute path" : "run as root");
	return ret;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a directory, sorted. None when it is not there. */
static int names_in(const char *path, char ***out, size_t *n_out)
{
	size_t n = 0, cap = 0;
	char **names = NULL;
	struct dirent *e;
	DIR *dir = opendir(path);
	int ret = 0;

	if (!dir) {
		*out = NULL;
		*n_out = 0;
		return errno == ENOENT ? 0 : -errno;
	}
	while (!ret && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (SL_GROW(names, n, cap) < 0 || !(names[n] = strdup(e->d_name)))
			ret = -ENOMEM;
		else
			n++;
	}
	closedir(dir);
	if (n)
		qsort(names, n, sizeof(*names), by_text);
	*out = names;
	*n_out = n;
	return ret;
}

int sl_pin_each(const char *root, const char *dir, int (*fn)(void *arg, const char *name),
		void *arg)
{
	char path[PATH_MAX];
	char **names = NULL;
	size_t n = 0;
	int ret = sl_pin_path(path, root, dir, NULL);

	if (!ret)
		ret = names_in(path, &names, &n);
	for (size_t i = 0; i < n; i++) {
		if (ret >= 0)
			ret = fn(arg, names[i]);
		free(names[i]);
	}
	free(names);
	return ret;
}

struct removal {
	const char *root, *dir;
	int first_error;
};

static int remove_one(void *arg, const char *name)
{
	struct removal *r = arg;
	int ret = sl_pin_remove(r->root, r->dir, name);

	if (ret && !r->first_error)
		r->first_error = ret;
	return 0;
}

int sl_pin_remove_dir(const char *root, const char *dir)
{
	struct removal r = {root, dir, 0};
	char path[PATH_MAX];
	int ret = sl_pin_each(root, dir, remove_one, &r);

	if (ret < 0)
		return ret;
	if (r.first_error)
		return r.first_error;
	ret = sl_pin_path(path, root, dir, NULL);
	if (!ret && rmdir(path) < 0 && errno != ENOENT)
		ret = -errno;
	return ret;
}
