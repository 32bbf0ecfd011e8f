// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the worker has no file system of its own: a directory of its own in the host's. Removed
 * after the call; those that a killed caller left, an hour later by the next.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

#define PREFIX "sluice-sandbox."
#define OLD_S 3600
#define MAX_DEPTH 64

/* Removes what a stranger's process may have left, never through a symlink. */
static void remove_tree(int at, const char *name, int depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0) && depth < MAX_DEPTH)
			remove_tree(fd, e->d_name, depth + 1);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	unlinkat(at, name, AT_REMOVEDIR);
}

/* Only our own: in a directory for everybody, anybody can choose such a name. */
static void remove_old(const char *base, uid_t owner)
{
	DIR *d = opendir(base);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, PREFIX, sizeof(PREFIX) - 1) &&
		    !fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISDIR(st.st_mode) && st.st_uid == owner && st.st_mtime < time(NULL) - OLD_S)
			remove_tree(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

int sl_jail_tmp_new(struct sl_jail *j, char **tmp)
{
	const char *base = getenv("TMPDIR");
	_free_ char *path = NULL;

	if (!base || *base != '/')
		base = "/tmp";
	if (asprintf(&path, "%s/" PREFIX "XXXXXX", base) < 0)
		return -ENOMEM;
	if (!mkdtemp(path))
		return -errno;
	if (j->set_ids && chown(path, j->uid, j->gid)) {
		int err = errno;

		if (err != EINVAL) {
			rmdir(path);
			return -err;
		}
		/* The root of somebody's user namespace with no other id to give it to: the worker
		 * then stays who it is, and that is an ordinary user outside. */
		j->set_ids = false;
	}
	remove_old(base, j->set_ids ? j->uid : geteuid());
	*tmp = TAKE_PTR(path);
	return 0;
}

void sl_jail_tmp_free(const char *tmp)
{
	if (tmp)
		remove_tree(AT_FDCWD, tmp, 0);
}
