// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting a prepared platform in the place of the running one. The order, and what a crash leaves:
 *
 *   SL_DIR_STAGED made          not ready: removed by the next start
 *   its version.ready = 1       ready: the next start goes on from here
 *   every link moved            the same; moving twice does no harm
 *   directories exchanged       SL_DIR_PLATFORM is ready, SL_DIR_STAGED (now the old) is not
 *   version.ready = 0, old gone
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

static int set_ready(int version_fd, bool ready)
{
	struct sl_platform_version v;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(version_fd, &zero, &v) < 0)
		return -errno;
	v.ready = ready;
	return bpf_map_update_elem(version_fd, &zero, &v, BPF_EXIST) < 0 ? -errno : 0;
}

/* ---- Links ---- */

struct move {
	const char *root, *dir;
	const int *progs;
	struct sl_diags *d;
	int first_error;
};

static int move_link(struct move *m, const char *name, int prog_fd)
{
	_close_ int fd = sl_pin_get(m->root, m->dir, name);

	if (fd < 0)
		return fd;
	if (bpf_link_update(fd, prog_fd, NULL) == 0) {
		sl_fault("link moved to the new program");
		return 0;
	}
	/* The device is gone; its link carries nothing. */
	return errno == ENOLINK ? 0 : -errno;
}

static int move_one(void *arg, const char *name)
{
	struct move *m = arg;
	int prog = SL_PROG_PORT, ret;

	if (!strcmp(m->dir, SL_DIR_COPIES))
		prog = !strcmp(name, "copy1") ? SL_PROG_COPY1 : SL_PROG_COPY0;
	ret = move_link(m, name, m->progs[prog]);
	if (ret) {
		sl_diag_hint(sl_error(m->d, SL_NOPOS, "link-update",
				      "the program of %s/%s cannot be replaced: %s", m->dir, name,
				      strerror(-ret)),
			     "detach that port and attach it again");
		if (!m->first_error)
			m->first_error = ret;
	}
	return 0;
}

int sl_platform_move_links(const char *root, const int progs[SL_PROG_N], struct sl_diags *d)
{
	static const char *const dirs[] = {SL_DIR_COPIES, SL_DIR_PORTS};
	struct move m = {.root = root, .progs = progs, .d = d};

	/* First threads and the ends of copies: what the new program sends them, they must
	 * understand. */
	m.first_error = sl_platform_threads_renew(root, progs[SL_PROG_THREAD]);
	if (m.first_error)
		sl_error(d, SL_NOPOS, "thread-update",
			 "the program of tenants' threads cannot be replaced: %s",
			 strerror(-m.first_error));
	for (size_t i = 0; i < 2; i++) {
		int ret;

		m.dir = dirs[i];
		ret = sl_pin_each(root, m.dir, move_one, &m);
		if (ret < 0)
			return ret;
	}
	return m.first_error;
}

/* ---- Directories ---- */

static int exchange(const char *root)
{
	char staged[PATH_MAX], platform[PATH_MAX];
	int ret = sl_pin_path(staged, root, SL_DIR_STAGED, NULL);

	if (!ret)
		ret = sl_pin_path(platform, root, SL_DIR_PLATFORM, NULL);
	if (ret)
		return ret;
	if (renameat2(AT_FDCWD, staged, AT_FDCWD, platform, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	return rename(staged, platform) < 0 ? -errno : 0;
}

int sl_platform_swap(const char *root, int version_fd, const int progs[SL_PROG_N],
		     struct sl_diags *d, int *links_error)
{
	int ret = set_ready(version_fd, true);

	sl_fault("staged platform ready");
	/* A port that cannot be moved runs on as it is, and is no reason to stay half way. */
	if (!ret)
		*links_error = sl_platform_move_links(root, progs, d);
	if (!ret)
		ret = exchange(root);
	sl_fault("directories exchanged");
	if (!ret)
		ret = set_ready(version_fd, false);
	sl_fault("new platform settled");
	if (!ret)
		ret = sl_pin_remove_dir(root, SL_DIR_STAGED);
	if (ret)
		sl_error(d, SL_NOPOS, "platform-swap",
			 "the new platform cannot take the old one's place: %s", strerror(-ret));
	return ret;
}

static int finish(const char *root, int version_fd, struct sl_diags *d)
{
	int progs[SL_PROG_N] = {-1, -1, -1, -1, -1};
	int links_error, ret = 0;

	for (int i = 0; !ret && i < SL_PROG_N; i++) {
		progs[i] = sl_pin_get(root, SL_DIR_STAGED, sl_platform_prog_names[i]);
		ret = progs[i] < 0 ? progs[i] : 0;
	}
	if (!ret)
		ret = sl_platform_swap(root, version_fd, progs, d, &links_error);
	for (int i = 0; i < SL_PROG_N; i++)
		if (progs[i] >= 0)
			close(progs[i]);
	return ret;
}

int sl_platform_recover(const char *root, struct sl_diags *d)
{
	struct sl_platform_version v;
	_close_ int staged = -1;
	_close_ int running = -1;
	int ret;

	ret = sl_platform_read_version(root, SL_DIR_STAGED, &v, &staged);
	if (!ret && v.ready)
		return finish(root, staged, d);
	ret = sl_pin_remove_dir(root, SL_DIR_STAGED);
	if (!ret && !sl_platform_read_version(root, SL_DIR_PLATFORM, &v, &running) && v.ready)
		ret = set_ready(running, false);
	if (ret)
		sl_error(d, SL_NOPOS, "platform-recover",
			 "what an interrupted upgrade left cannot be removed: %s", strerror(-ret));
	return ret;
}
