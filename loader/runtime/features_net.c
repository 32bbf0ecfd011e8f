// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes that need devices. Each runs on a thread with a network namespace of its own, which goes
 * with the thread; the host's devices are not touched.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/ethtool.h"
#include "loader/runtime/features_priv.h"
#include "loader/runtime/netlink_priv.h"

/* What a probe in a namespace has: a pair of veths, both up. */
struct yard {
	struct sl_rtnl rtnl;
	struct sl_dev a, b;
	int (*work)(struct yard *y, struct sl_probed *p);
	struct sl_probed *p;
	int ret;
};

static int prepare(struct yard *y)
{
	int ret;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	ret = sl_rtnl_open(&y->rtnl);
	if (!ret)
		ret = sl_rtnl_add_veth(&y->rtnl, "a", "b", 1);
	if (!ret)
		ret = sl_rtnl_get_dev(&y->rtnl, "a", 0, &y->a);
	if (!ret)
		ret = sl_rtnl_get_dev(&y->rtnl, "b", 0, &y->b);
	if (!ret)
		ret = sl_rtnl_set_up(&y->rtnl, y->a.ifindex, true);
	if (!ret)
		ret = sl_rtnl_set_up(&y->rtnl, y->b.ifindex, true);
	return ret;
}

static void *enter(void *arg)
{
	struct yard *y = arg;

	y->ret = prepare(y);
	if (!y->ret)
		y->ret = y->work(y, y->p);
	/* The veths go with the namespace, but late; this is at once. */
	if (y->a.ifindex)
		sl_rtnl_del_dev(&y->rtnl, y->a.ifindex);
	sl_rtnl_close(&y->rtnl);
	return NULL;
}

static void in_namespace(struct sl_probed *p, int (*work)(struct yard *y, struct sl_probed *p))
{
	struct yard y = {.work = work, .p = p};
	pthread_t thread;
	int ret = -pthread_create(&thread, NULL, enter, &y);

	if (!ret) {
		pthread_join(thread, NULL);
		ret = y.ret;
	}
	if (ret || !p->detail)
		sl_probed_errno(p, ret);
}

static int pass_program(void)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "sl_probe", "GPL", insns, 2, NULL);

	return fd < 0 ? -errno : fd;
}

/* Attaches in native mode, replaces the program, and enters the device in a devmap. */
static int try_link(struct yard *y, struct sl_probed *p)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	_close_ int first = pass_program();
	_close_ int second = pass_program();
	_close_ int devmap = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "sl_probe", 4, 4, 1, NULL);
	_close_ int link = -1;
	__u32 zero = 0;

	(void)p;
	if (first < 0 || second < 0)
		return first < 0 ? first : second;
	link = bpf_link_create(first, y->a.ifindex, BPF_XDP, &opts);
	if (link < 0 || bpf_link_update(link, second, NULL) < 0)
		return -errno;
	if (devmap < 0 || bpf_map_update_elem(devmap, &zero, &y->a.ifindex, BPF_ANY) < 0)
		return -errno;
	return 0;
}

static int nothing_more(struct yard *y, struct sl_probed *p)
{
	(void)y;
	(void)p;
	return 0;
}

static int try_managed(struct yard *y, struct sl_probed *p)
{
	struct sl_addr addr;
	struct sl_neigh neigh;
	int ret;

	(void)p;
	sl_addr_parse("192.0.2.1", &addr);
	ret = sl_neigh_manage(&y->rtnl, y->a.ifindex, &addr, true);
	if (!ret)
		ret = sl_neigh_get(&y->rtnl, y->a.ifindex, &addr, &neigh);
	return ret ? ret : neigh.managed ? 0 : -EOPNOTSUPP;
}

static int try_features(struct yard *y, struct sl_probed *p)
{
	uint64_t features;

	(void)p;
	return sl_xdp_features(y->a.ifindex, &features);
}

void sl_probe_veth(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	in_namespace(p, nothing_more);
}

void sl_probe_xdp_link(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	in_namespace(p, try_link);
}

void sl_probe_managed(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	in_namespace(p, try_managed);
}

void sl_probe_xdp_told(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	in_namespace(p, try_features);
}

void sl_probe_interface(const char *name, struct sl_probed *p)
{
	uint32_t ifindex = if_nametoindex(name);
	uint64_t features;
	char driver[32];
	int ret;

	if (!ifindex) {
		sl_probed(p, SL_FEATURE_NO, "there is no such interface");
		return;
	}
	sl_ethtool_driver(name, driver);
	ret = sl_xdp_features(ifindex, &features);
	if (ret) {
		sl_probed(p, SL_FEATURE_UNKNOWN, "driver %s; shows when it is attached",
			  *driver ? driver : "unknown");
		return;
	}
	if ((features & (SL_XDP_BASIC | SL_XDP_REDIRECT)) != (SL_XDP_BASIC | SL_XDP_REDIRECT)) {
		sl_probed(p, SL_FEATURE_NO, "driver %s", *driver ? driver : "unknown");
		return;
	}
	sl_probed(p, SL_FEATURE_YES, "driver %s%s%s", *driver ? driver : "unknown",
		  features & SL_XDP_RX_SG ? ", frags" : "",
		  features & SL_XDP_XSK_ZEROCOPY ? ", zero copy" : "");
}
