// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's place on the host: run directory, lock, service manager. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/daemon.h"
#include "loader/mem.h"

void ctl_daemon_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_close_ int fd = -1;
	size_t n = path ? strlen(path) : 0;

	if (!n || n >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, n);
	if (path[0] == '@')
		sa.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		fprintf(stderr, "sluiced: %s: %s\n", path, strerror(errno));
}

/* Started by hand, a daemon is given a thousand: each tenant's clients and maps are dozens. */
#define FILES 65536

void ctl_daemon_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= FILES)
		return;
	r.rlim_cur = r.rlim_max < FILES ? r.rlim_max : FILES;
	/* With fewer it works, too, as long as there are few tenants. */
	if (setrlimit(RLIMIT_NOFILE, &r))
		fprintf(stderr, "sluiced: no more open files: %s\n", strerror(errno));
}

static int refuse(struct sl_diags *d, const char *dir, int err, const char *what, const char *hint)
{
	sl_diag_hint(sl_error(d, (struct sl_pos){.file = dir}, "run-dir", "%s", what), "%s", hint);
	return -err;
}

/* Sockets in it are trusted by clients, so nobody else may write to it. */
static int check_dir(const char *dir, struct sl_diags *d)
{
	struct stat st;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return refuse(d, dir, errno, strerror(errno), "--run-dir names another directory");
	if (lstat(dir, &st))
		return refuse(d, dir, errno, strerror(errno), "--run-dir names another directory");
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return refuse(d, dir, EPERM, "others than root can write to it",
			      "make it a directory of root's with mode 0755");
	return 0;
}

int ctl_daemon_lock(const char *run_dir, struct sl_diags *d)
{
	_free_ char *path = NULL;
	_close_ int fd = -1;
	int ret = check_dir(run_dir, d);

	if (ret)
		return ret;
	if (asprintf(&path, "%s/lock", run_dir) < 0)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return refuse(d, path, errno, strerror(errno), "--run-dir names another directory");
	if (flock(fd, LOCK_EX | LOCK_NB))
		return refuse(d, path, EBUSY, "another sluiced runs this node",
			      "stop it first: one daemon a node");
	if (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0)
		return refuse(d, path, errno, strerror(errno), "the file system may be full");
	return TAKE_FD(fd);
}
