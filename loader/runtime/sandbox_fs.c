// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sandbox's file system: a read-only tmpfs with the compiler's files bound into it one by one.
 * Runs in the keeper, so only system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/runtime/sandbox_parts.h"

static int set_attr(int dir, const char *path, unsigned int flags, uint64_t attrs)
{
	struct mount_attr a = {.attr_set = attrs};

	return syscall(SYS_mount_setattr, dir, path, flags, &a, sizeof(a)) ? -errno : 0;
}

int sl_jail_take(const struct sl_jail *j, int *fds, uint32_t *which)
{
	for (size_t i = 0; i < j->files->n; i++) {
		const struct sl_jail_file *f = &j->files->list[i];
		uint64_t attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
		const char *host = f->self && j->mode == SL_JAIL_ROOT ? "/proc/self/exe" : f->host;
		long fd;
		int ret;

		*which = (uint32_t)i;
		fd = syscall(SYS_open_tree, AT_FDCWD, host, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fd < 0)
			return -errno;
		fds[i] = (int)fd;
		/* A device file on a nodev mount cannot be opened; a regular file has no use for
		 * it. */
		attrs |= f->device ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_NODEV;
		ret = set_attr((int)fd, "", AT_EMPTY_PATH, attrs);
		if (ret)
			return ret;
	}
	return 0;
}

static int place(const struct sl_jail_file *f, int tree)
{
	const char *at = f->inside + 1; /* relative to the new root */

	if (!f->dir) {
		int fd = open(at, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);

		if (fd < 0)
			return -errno;
		close(fd);
	}
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH))
		return -errno;
	close(tree);
	return 0;
}

static int fill(const struct sl_jail *j, const int *fds)
{
	const struct sl_jail_files *f = j->files;
	int ret;

	for (size_t i = 0; i < f->n_dirs; i++)
		if (mkdir(f->dirs[i] + 1, 0755) && errno != EEXIST)
			return -errno;
	for (size_t i = 0; i < f->n; i++) {
		ret = place(&f->list[i], fds[i]);
		if (ret)
			return ret;
	}
	if (f->clang && symlink(f->clang, "bin/clang"))
		return -errno;
	if (f->ld && symlink(f->ld, "bin/ld"))
		return -errno;
	return 0;
}

int sl_jail_root(const struct sl_jail *j, const int *fds, enum sl_jail_step *step)
{
	int ret;

	*step = SL_STEP_MOUNT_NS;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;

	*step = SL_STEP_ROOT;
	if (mount("sluice", j->scratch, "tmpfs", MS_NOSUID | MS_NODEV,
		  "size=1m,nr_inodes=1024,mode=0755"))
		return -errno;
	if (chdir(j->scratch))
		return -errno;
	ret = fill(j, fds);
	if (ret)
		return ret;

	*step = SL_STEP_TMP;
	if (mkdir("tmp", 0755) && errno != EEXIST)
		return -errno;
	if (mount("sluice", "tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, j->tmp_options))
		return -errno;

	/* The old root lands on top of the new one, and is then let go of with all below it. */
	*step = SL_STEP_PIVOT;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return -errno;
	return set_attr(AT_FDCWD, "/", 0,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
}
