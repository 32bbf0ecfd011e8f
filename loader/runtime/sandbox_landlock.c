// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where namespaces cannot be had: rules on which files may be opened, for what. The kernel's
 * Landlock has no library; these are its three system calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

/* Newer than some headers; a kernel refuses bits it does not know, hence by version. */
#define ACCESS_REFER (1ull << 13)    /* version 2 */
#define ACCESS_TRUNCATE (1ull << 14) /* version 3 */
#define ACCESS_IOCTL (1ull << 15)    /* version 5 */

#define ACCESS_V1 ((1ull << 13) - 1)
#define ACCESS_READ                                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_TMP                                                                                 \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |                              \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                            \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | ACCESS_REFER | ACCESS_TRUNCATE)
/* What a rule on a file, not a directory, may name. */
#define ACCESS_FILE                                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |                               \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

static uint64_t handled(long version)
{
	uint64_t all = ACCESS_V1;

	if (version >= 2)
		all |= ACCESS_REFER;
	if (version >= 3)
		all |= ACCESS_TRUNCATE;
	if (version >= 5)
		all |= ACCESS_IOCTL;
	return all;
}

static int allow(int ruleset, const char *path, uint64_t access)
{
	_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr a = {.allowed_access = access, .parent_fd = fd};

	if (fd < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0))
		return -errno;
	return 0;
}

int sl_jail_landlock(const struct sl_jail_files *f, const char *tmp)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = {.handled_access_fs = handled(version)};
	_close_ int ruleset = -1;
	int ret;

	if (version < 1)
		return version < 0 ? -errno : -ENOSYS;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	if (fcntl(ruleset, F_SETFD, FD_CLOEXEC))
		return -errno;
	for (size_t i = 0; i < f->n; i++) {
		uint64_t access = ACCESS_READ;

		if (f->list[i].device)
			access |= LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;
		if (!f->list[i].dir)
			access &= ACCESS_FILE;
		ret = allow(ruleset, f->list[i].host, access & attr.handled_access_fs);
		if (ret)
			return ret;
	}
	ret = allow(ruleset, tmp, ACCESS_TMP & attr.handled_access_fs);
	return ret ? ret : TAKE_FD(ruleset);
}
