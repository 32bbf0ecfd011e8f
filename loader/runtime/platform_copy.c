// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices a copied packet goes through: two pairs of veths. A broadcast over the devmap
 * `copies` sends the packet into slcopy0 and slcopy1; on their far ends, slcopy0p and slcopy1p, the
 * programs sl_copy0 and sl_copy1 enter the two branches.
 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include "loader/mem.h"
#include "loader/runtime/platform_priv.h"
#include "loader/runtime/rtnl.h"

#define N_COPIES 2

static const char *const near_names[N_COPIES] = {"slcopy0", "slcopy1"};
static const char *const far_names[N_COPIES] = {"slcopy0p", "slcopy1p"};
static const char *const pin_names[N_COPIES] = {"copy0", "copy1"};

/* Both ends of pair `i`. -ENODEV: neither is there; -EEXIST: something of that name is no veth. */
static int find_pair(struct sl_rtnl *r, int i, struct sl_dev *near, struct sl_dev *far)
{
	int a = sl_rtnl_get_dev(r, near_names[i], 0, near);
	int b = sl_rtnl_get_dev(r, far_names[i], 0, far);

	if (a == -ENODEV && b == -ENODEV)
		return -ENODEV;
	if (a == -ENODEV || b == -ENODEV)
		return -EEXIST;
	if (a || b)
		return a ? a : b;
	return strcmp(near->kind, "veth") || strcmp(far->kind, "veth") ? -EEXIST : 0;
}

/* A pair's queues: one a CPU, so that copies stay on the CPU they were made on. */
static unsigned int queues(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : n;
}

static int make_pair(struct sl_rtnl *r, int i, struct sl_dev *near, struct sl_dev *far)
{
	int ret = find_pair(r, i, near, far);

	if (ret != -ENODEV)
		return ret;
	ret = sl_rtnl_add_veth(r, near_names[i], far_names[i], queues());
	return ret ? ret : find_pair(r, i, near, far);
}

/* Whether the pinned link is on device `ifindex`. */
static bool link_is_on(int link_fd, uint32_t ifindex)
{
	struct bpf_link_info info = {0};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(link_fd, &info, &len) == 0 &&
	       info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == ifindex;
}

/* The program onto the far end, by a pinned link; one that is there is moved to it. */
static int attach(struct sl_platform *p, int i, const struct sl_dev *far)
{
	_close_ int fd = sl_pin_get(p->root, SL_DIR_COPIES, pin_names[i]);
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int prog = p->progs[SL_PROG_COPY0 + i];

	/* While an upgrade is prepared the running program stays. */
	if (fd >= 0 && link_is_on(fd, far->ifindex))
		return p->staged || bpf_link_update(fd, prog, NULL) == 0 ? 0 : -errno;
	if (fd >= 0) {
		int ret = sl_pin_remove(p->root, SL_DIR_COPIES, pin_names[i]);

		if (ret)
			return ret;
		close(TAKE_FD(fd));
	}
	fd = bpf_link_create(prog, far->ifindex, BPF_XDP, &opts);
	if (fd < 0)
		return -errno;
	return sl_pin_put(fd, p->root, SL_DIR_COPIES, pin_names[i]);
}

/* As large as the program allows: the kernel sets the near end's limit by it. */
static int set_largest_mtu(struct sl_rtnl *r, struct sl_dev *dev, const char *name)
{
	int ret = sl_rtnl_get_dev(r, name, 0, dev);

	if (ret || !dev->max_mtu || dev->mtu == dev->max_mtu)
		return ret;
	return sl_rtnl_set_mtu(r, dev->ifindex, dev->max_mtu);
}

static int set_up(struct sl_platform *p, struct sl_rtnl *r, int i)
{
	struct sl_dev near, far;
	__u32 at = i;
	int ret;

	ret = make_pair(r, i, &near, &far);
	/* Kernels without IPv6 do not know the attribute. */
	if (!ret && !(near.flags & IFF_UP)) {
		sl_rtnl_set_addrgen_none(r, near.ifindex);
		sl_rtnl_set_addrgen_none(r, far.ifindex);
	}
	if (!ret)
		ret = attach(p, i, &far);
	if (!ret)
		ret = set_largest_mtu(r, &near, near_names[i]);
	if (!ret)
		ret = set_largest_mtu(r, &far, far_names[i]);
	if (!ret)
		ret = sl_rtnl_set_up(r, near.ifindex, true);
	if (!ret)
		ret = sl_rtnl_set_up(r, far.ifindex, true);
	if (!ret && bpf_map_update_elem(p->maps[SL_MAP_COPIES], &at, &near.ifindex, BPF_ANY) < 0)
		ret = -errno;
	return ret;
}

int sl_platform_copies(struct sl_platform *p, struct sl_diags *d)
{
	struct sl_rtnl r = {0};
	int ret = sl_rtnl_open(&r);

	for (int i = 0; !ret && i < N_COPIES; i++) {
		struct sl_diag *diag;

		ret = set_up(p, &r, i);
		if (!ret)
			continue;
		diag = sl_error(d, SL_NOPOS, "copies",
				"the devices %s and %s for copied packets cannot be set up: %s",
				near_names[i], far_names[i], strerror(-ret));
		if (ret == -EEXIST)
			sl_diag_hint(diag, "devices of these names are somebody else's; rename or "
					   "delete them");
		else
			sl_diag_hint(diag, "the host needs veth with native XDP");
	}
	sl_rtnl_close(&r);
	return ret;
}

int sl_platform_copies_enter(struct sl_platform *p)
{
	struct sl_rtnl r = {0};
	int ret = sl_rtnl_open(&r);

	for (int i = 0; !ret && i < N_COPIES; i++) {
		_close_ int fd = sl_pin_get(p->root, SL_DIR_COPIES, pin_names[i]);
		struct sl_dev near, far;
		__u32 at = i;

		if (fd < 0 || find_pair(&r, i, &near, &far) || !link_is_on(fd, far.ifindex))
			continue;
		if (bpf_map_update_elem(p->maps[SL_MAP_COPIES], &at, &near.ifindex, BPF_ANY) < 0)
			ret = -errno;
	}
	sl_rtnl_close(&r);
	return ret;
}

int sl_platform_copies_remove(const char *root)
{
	struct sl_rtnl r = {0};
	int ret = sl_rtnl_open(&r);

	for (int i = 0; !ret && i < N_COPIES; i++) {
		_close_ int fd = sl_pin_get(root, SL_DIR_COPIES, pin_names[i]);
		struct sl_dev near, far;

		/* Only what our link says is ours. */
		if (fd < 0 || find_pair(&r, i, &near, &far) || !link_is_on(fd, far.ifindex))
			continue;
		ret = sl_rtnl_del_dev(&r, near.ifindex);
	}
	sl_rtnl_close(&r);
	return ret;
}
