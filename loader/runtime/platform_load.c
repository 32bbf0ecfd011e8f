// SPDX-License-Identifier: GPL-2.0-only
/* Loading the trusted programs, over new maps or over those that are pinned. */
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/layout.h"
#include "loader/runtime/platform_priv.h"
#include "port.skel.h"

const char *const sl_platform_map_names[SL_MAP_N] = {
#define X(sym, name) [SL_MAP_##sym] = name,
	SL_PLATFORM_MAPS(X)
#undef X
};

const char *const sl_platform_prog_names[SL_PROG_N] = {
	[SL_PROG_PORT] = "sl_port",	[SL_PROG_COPY0] = "sl_copy0", [SL_PROG_COPY1] = "sl_copy1",
	[SL_PROG_THREAD] = "sl_thread", [SL_PROG_MOVE] = "sl_move",
};

const void *sl_platform_object(size_t *len)
{
	return port__elf_bytes(len);
}

void sl_platform_own_version(bool frags, struct sl_platform_version *v)
{
	SHA2_CTX sha;
	size_t len;
	const void *object = port__elf_bytes(&len);

	memset(v, 0, sizeof(*v));
	v->abi = SL_ABI_VERSION;
	v->frags = frags;
	SHA256Init(&sha);
	SHA256Update(&sha, object, len);
	SHA256Final(v->build, &sha);
}

int sl_platform_read_version(const char *root, const char *dir, struct sl_platform_version *v,
			     int *fd_out)
{
	_close_ int fd = sl_pin_get(root, dir, "version");
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info), zero = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size != sizeof(*v))
		return -EBUSY;
	if (bpf_map_lookup_elem(fd, &zero, v) < 0)
		return -errno;
	if (fd_out)
		*fd_out = TAKE_FD(fd);
	return 0;
}

/* ---- libbpf's words, kept for the message -----------------------------------------------------*/

#define TAIL 4096
static __thread char *said; /* NULL: not loading */

static int listen_in(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t used;

	if (!said || level == LIBBPF_DEBUG)
		return 0;
	used = strlen(said);
	if (used + 1 < TAIL)
		vsnprintf(said + used, TAIL - used, fmt, ap);
	return 0;
}

static void load_failed(struct sl_diags *d, int err, char *words)
{
	struct sl_diag *diag;

	diag = sl_error(d, SL_NOPOS, "platform-load", "the kernel does not take the platform: %s",
			strerror(-err));
	if (err == -EPERM)
		sl_diag_hint(diag, "run as root, or with CAP_BPF and CAP_NET_ADMIN");
	else
		sl_diag_hint(diag, "see what 'sluicectl node validate' says of this host");
	if (*words)
		sl_diag_detail(diag, "%s", words);
}

static int load_quietly(struct port *skel, struct sl_diags *d)
{
	_free_ char *words = calloc(1, TAIL);
	libbpf_print_fn_t before;
	int ret;

	if (!words)
		return -ENOMEM;
	said = words;
	before = libbpf_set_print(listen_in);
	ret = port__load(skel);
	libbpf_set_print(before);
	said = NULL;
	if (ret)
		load_failed(d, ret, words);
	return ret;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

/* Whether every pinned map has the layout of the object's; then their descriptors in `old`. */
static int maps_fit(struct sl_platform *p, struct bpf_object *obj, int old[SL_MAP_N], bool *fit)
{
	const struct btf *btf = bpf_object__btf(obj);
	bool equal = true;

	for (int i = 0; i < SL_MAP_N && equal; i++) {
		const char *name = sl_platform_map_names[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, name);
		int ret;

		if (!map)
			return -EINVAL;
		old[i] = sl_pin_get(p->root, SL_DIR_PLATFORM, name);
		if (old[i] == -ENOENT)
			equal = false;
		else if (old[i] < 0)
			return old[i];
		else if ((ret = sl_map_layout_equal(old[i], map, btf, &equal)) < 0)
			return ret;
	}
	*fit = equal;
	return 0;
}

static int reuse_maps(struct bpf_object *obj, const int old[SL_MAP_N])
{
	for (int i = 0; i < SL_MAP_N; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, sl_platform_map_names[i]);
		int ret = bpf_map__reuse_fd(map, old[i]);

		if (ret)
			return ret;
	}
	return 0;
}

static int set_frags(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		int ret = bpf_program__set_flags(prog, BPF_F_XDP_HAS_FRAGS);

		if (ret)
			return ret;
	}
	return 0;
}

static int keep_fd(int fd, int *out)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return -errno;
	*out = copy;
	return 0;
}

static int take_fds(struct sl_platform *p, struct bpf_object *obj)
{
	int ret = 0;

	for (int i = 0; !ret && i < SL_MAP_N; i++)
		ret = keep_fd(bpf_object__find_map_fd_by_name(obj, sl_platform_map_names[i]),
			      &p->maps[i]);
	for (int i = 0; !ret && i < SL_PROG_N; i++)
		ret = keep_fd(bpf_program__fd(bpf_object__find_program_by_name(
				      obj, sl_platform_prog_names[i])),
			      &p->progs[i]);
	return ret;
}

static int make_version(struct sl_platform *p)
{
	__u32 zero = 0;

	p->version_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sl_version", sizeof(__u32),
				       sizeof(p->version), 1, NULL);
	if (p->version_fd < 0)
		return -errno;
	return bpf_map_update_elem(p->version_fd, &zero, &p->version, BPF_ANY) < 0 ? -errno : 0;
}

static int pin_all(struct sl_platform *p)
{
	char path[PATH_MAX];
	int ret = sl_pin_path(path, p->root, SL_DIR_STAGED, NULL);

	if (!ret && mkdir(path, 0700) < 0)
		ret = -errno;
	for (int i = 0; !ret && i < SL_MAP_N; i++)
		ret = sl_pin_put(p->maps[i], p->root, SL_DIR_STAGED, sl_platform_map_names[i]);
	for (int i = 0; !ret && i < SL_PROG_N; i++)
		ret = sl_pin_put(p->progs[i], p->root, SL_DIR_STAGED, sl_platform_prog_names[i]);
	/* Last: a directory with a version has all the rest. */
	if (!ret)
		ret = sl_pin_put(p->version_fd, p->root, SL_DIR_STAGED, "version");
	return ret;
}

static int load(struct sl_platform *p, struct port *skel, int old[SL_MAP_N], bool carry,
		bool *carried, struct sl_diags *d)
{
	bool fit = false;
	int ret = 0;

	if (carry)
		ret = maps_fit(p, skel->obj, old, &fit);
	if (!ret && fit)
		ret = reuse_maps(skel->obj, old);
	if (!ret && p->version.frags)
		ret = set_frags(skel->obj);
	if (ret) {
		sl_error(d, SL_NOPOS, "platform-maps", "the pinned maps cannot be taken over: %s",
			 strerror(-ret));
		return ret;
	}
	ret = load_quietly(skel, d);
	if (ret)
		return ret;
	ret = take_fds(p, skel->obj);
	if (!ret)
		ret = make_version(p);
	if (!ret)
		ret = pin_all(p);
	if (ret)
		sl_error(d, SL_NOPOS, "platform-pin", "the platform cannot be pinned below %s: %s",
			 p->root, strerror(-ret));
	*carried = fit;
	return ret;
}

int sl_platform_load(struct sl_platform *p, bool carry, bool *carried, struct sl_diags *d)
{
	int old[SL_MAP_N];
	struct port *skel = port__open();
	int ret;

	if (!skel)
		return -errno;
	memset(old, -1, sizeof(old));
	ret = load(p, skel, old, carry, carried, d);
	for (int i = 0; i < SL_MAP_N; i++)
		if (old[i] >= 0)
			close(old[i]);
	port__destroy(skel);
	return ret;
}
