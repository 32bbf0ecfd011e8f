// SPDX-License-Identifier: GPL-2.0-only
/* Attaching the trusted program to interfaces, and what is attached. The checks are in
 * port_check.c. */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "loader/mem.h"
#include "loader/runtime/ethtool.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"
#include "loader/runtime/port.h"
#include "loader/runtime/rtnl.h"

const char *sl_port_mode_name(enum sl_port_mode mode)
{
	return mode == SL_PORT_GENERIC ? "generic" : "native";
}

/* ---- The devmap ------------------------------------------------------------------------------*/

/* Index of an interface in the devmap, SL_MAX_PORTS for none. */
static uint8_t devmap_find(int map, uint32_t ifindex)
{
	for (__u32 i = 0; i < SL_MAX_PORTS; i++) {
		__u32 value;

		if (bpf_map_lookup_elem(map, &i, &value) == 0 && value == ifindex)
			return i;
	}
	return SL_MAX_PORTS;
}

static int devmap_enter(int map, uint32_t ifindex, uint8_t *index)
{
	__u32 value, i = devmap_find(map, ifindex);

	for (__u32 at = 0; i == SL_MAX_PORTS && at < SL_MAX_PORTS; at++)
		if (bpf_map_lookup_elem(map, &at, &value) < 0)
			i = at;
	if (i == SL_MAX_PORTS)
		return -ENOSPC;
	if (bpf_map_update_elem(map, &i, &ifindex, BPF_ANY) < 0)
		return -errno;
	*index = i;
	sl_fault("port in the devmap");
	return 0;
}

static void devmap_leave(int map, uint32_t ifindex)
{
	__u32 i = devmap_find(map, ifindex);

	if (i < SL_MAX_PORTS)
		bpf_map_delete_elem(map, &i);
}

struct entering {
	struct sl_platform *p;
	int old;
};

static int enter_port(void *arg, const char *name)
{
	struct entering *e = arg;
	struct sl_port_info info;
	__u32 at;

	if (sl_port_find(e->p, name, &info) || info.gone)
		return 0;
	at = e->old < 0 ? SL_MAX_PORTS : devmap_find(e->old, info.ifindex);
	if (at == SL_MAX_PORTS)
		return devmap_enter(e->p->maps[SL_MAP_PORTS], info.ifindex, &info.index);
	return bpf_map_update_elem(e->p->maps[SL_MAP_PORTS], &at, &info.ifindex, BPF_ANY) < 0
		       ? -errno
		       : 0;
}

int sl_platform_ports_enter(struct sl_platform *p, int old_ports_fd)
{
	struct entering e = {p, old_ports_fd};

	return sl_pin_each(p->root, SL_DIR_PORTS, enter_port, &e);
}

/* Marks the devmap entries that pinned ports have. */
struct sweeping {
	struct sl_platform *p;
	bool used[SL_MAX_PORTS];
};

static int mark_port(void *arg, const char *name)
{
	struct sweeping *s = arg;
	struct sl_port_info info;

	if (sl_port_find(s->p, name, &info) == 0 && info.index < SL_MAX_PORTS)
		s->used[info.index] = true;
	return 0;
}

int sl_platform_ports_sweep(struct sl_platform *p)
{
	struct sweeping s = {.p = p};
	int ret = sl_pin_each(p->root, SL_DIR_PORTS, mark_port, &s);

	for (__u32 i = 0; ret >= 0 && i < SL_MAX_PORTS; i++)
		if (!s.used[i] && bpf_map_delete_elem(p->maps[SL_MAP_PORTS], &i) < 0 &&
		    errno != ENOENT)
			ret = -errno;
	return ret;
}

/* ---- What is attached ------------------------------------------------------------------------*/

static void describe_dev(struct sl_port_info *info)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct sl_rtnl r = {0};
	struct sl_dev dev;

	info->gone = true;
	if (!info->ifindex || sl_rtnl_open(&r))
		return;
	if (sl_rtnl_get_dev(&r, NULL, info->ifindex, &dev) == 0) {
		info->gone = false;
		snprintf(info->interface, sizeof(info->interface), "%s", dev.name);
		memcpy(info->mac, dev.mac, sizeof(info->mac));
		info->mtu = dev.mtu;
		info->up = sl_dev_is_up(&dev);
		sl_ethtool_driver(dev.name, info->driver);
		if (bpf_xdp_query(dev.ifindex, 0, &query) == 0 &&
		    query.attach_mode == XDP_ATTACHED_SKB)
			info->mode = SL_PORT_GENERIC;
	}
	sl_rtnl_close(&r);
}

static bool is_prog(uint32_t id, int prog_fd)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(prog_fd, &info, &len) == 0 && info.id == id;
}

static int describe(const struct sl_platform *p, const char *name, int link_fd,
		    struct sl_port_info *info)
{
	struct bpf_link_info link = {0};
	__u32 len = sizeof(link);

	if (bpf_obj_get_info_by_fd(link_fd, &link, &len) < 0)
		return -errno;
	if (link.type != BPF_LINK_TYPE_XDP)
		return -EBUSY;
	memset(info, 0, sizeof(*info));
	snprintf(info->name, sizeof(info->name), "%s", name);
	info->ifindex = link.xdp.ifindex;
	info->link_id = link.id;
	info->prog_id = link.prog_id;
	info->current = is_prog(link.prog_id, p->progs[SL_PROG_PORT]);
	info->index = SL_MAX_PORTS;
	describe_dev(info);
	if (info->gone)
		info->ifindex = 0;
	else
		info->index = devmap_find(p->maps[SL_MAP_PORTS], info->ifindex);
	return 0;
}

int sl_port_find(const struct sl_platform *p, const char *name, struct sl_port_info *info)
{
	_close_ int fd = -1;

	if (!sl_name_valid(name))
		return -ENOENT;
	fd = sl_pin_get(p->root, SL_DIR_PORTS, name);
	return fd < 0 ? fd : describe(p, name, fd, info);
}

struct listing {
	const struct sl_platform *p;
	struct sl_port_info *list;
	size_t n, cap;
};

static int list_port(void *arg, const char *name)
{
	struct listing *l = arg;

	if (SL_GROW(l->list, l->n, l->cap) < 0)
		return -ENOMEM;
	/* What is no port of ours is left out, not an error. */
	if (sl_port_find(l->p, name, &l->list[l->n]) == 0)
		l->n++;
	return 0;
}

int sl_port_list(const struct sl_platform *p, struct sl_port_info **list, size_t *n)
{
	struct listing l = {.p = p};
	int ret = sl_pin_each(p->root, SL_DIR_PORTS, list_port, &l);

	if (ret < 0) {
		free(l.list);
		return ret;
	}
	*list = l.list;
	*n = l.n;
	return 0;
}

/* ---- Attaching and detaching -----------------------------------------------------------------*/

/* What the kernel's refusal means. */
static void attach_failed(struct sl_diags *d, struct sl_pos pos, const char *interface,
			  enum sl_port_mode mode, int err)
{
	struct sl_diag *diag;

	diag = sl_error(d, pos, "port-attach", "the kernel refuses the program on '%s': %s",
			interface, strerror(-err));
	switch (err) {
	case -EOPNOTSUPP:
		sl_diag_hint(diag, mode == SL_PORT_NATIVE
					   ? "the driver has no native XDP; ask for mode generic "
					     "(slower)"
					   : "the interface takes no XDP program at all");
		break;
	case -EBUSY:
	case -EEXIST:
		sl_diag_hint(diag, "another XDP program is on it or on a device above it: detach "
				   "that first");
		break;
	case -ERANGE:
	case -EINVAL:
		sl_diag_hint(diag, "often the MTU is too large for programs without frags: lower "
				   "it, or set 'frags: true' in the node file; see also LRO");
		break;
	case -ENOMEM:
	case -ENOSPC:
		sl_diag_hint(diag, "the driver lacks spare queues or memory: lower the number of "
				   "queues (ethtool -L)");
		break;
	case -EPERM:
		sl_diag_hint(diag, "run as root, or with CAP_BPF and CAP_NET_ADMIN");
		break;
	default:
		sl_diag_hint(diag, "the kernel's log may say more (dmesg)");
		break;
	}
}

static int refuse(struct sl_diags *d, struct sl_pos pos, const char *hint, const char *what,
		  const char *name)
{
	sl_diag_hint(sl_error(d, pos, "port-exists", "%s '%s'", what, name), "%s", hint);
	return -EEXIST;
}

/* A pin of that name: 0 when it is exactly what is wanted, 1 when it can go, or -errno. */
static int judge_existing(struct sl_platform *p, const struct sl_port_info *have,
			  const char *interface, enum sl_port_mode mode, struct sl_pos pos,
			  struct sl_diags *d)
{
	(void)p;
	if (have->gone)
		return 1;
	if (strcmp(have->interface, interface))
		return refuse(d, pos, "detach the port first, or take another name",
			      "another interface is port", have->name);
	if (have->mode != mode)
		return refuse(d, pos, "detach it first", "attached in the other mode is port",
			      have->name);
	return 0;
}

static int check_others(struct sl_platform *p, const char *name, const char *interface,
			struct sl_pos pos, struct sl_diags *d)
{
	_free_ struct sl_port_info *list = NULL;
	size_t n;
	int ret = sl_port_list(p, &list, &n);

	for (size_t i = 0; !ret && i < n; i++)
		if (strcmp(list[i].name, name) && !strcmp(list[i].interface, interface))
			ret = refuse(d, pos, "an interface is one port: detach that one first",
				     "the interface is already port", list[i].name);
	return ret;
}

static int attach(struct sl_platform *p, const char *name, const char *interface,
		  enum sl_port_mode mode, struct sl_pos pos, struct sl_diags *d)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	uint32_t ifindex = if_nametoindex(interface);
	_close_ int fd = -1;
	uint8_t index;
	int ret;

	opts.flags = mode == SL_PORT_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	ret = devmap_enter(p->maps[SL_MAP_PORTS], ifindex, &index);
	if (ret) {
		sl_diag_hint(sl_error(d, pos, "port-devmap",
				      "'%s' cannot be a target of redirects: %s", interface,
				      strerror(-ret)),
			     ret == -ENOSPC ? "a node has at most 64 ports"
					    : "see what 'sluicectl node validate' says");
		return ret;
	}
	fd = bpf_link_create(p->progs[SL_PROG_PORT], ifindex, BPF_XDP, &opts);
	if (fd < 0) {
		ret = -errno;
		attach_failed(d, pos, interface, mode, ret);
	} else {
		sl_fault("port attached");
		ret = sl_pin_put(fd, p->root, SL_DIR_PORTS, name);
		if (ret)
			sl_error(d, pos, "port-pin", "port '%s' cannot be pinned: %s", name,
				 strerror(-ret));
	}
	if (ret)
		devmap_leave(p->maps[SL_MAP_PORTS], ifindex);
	return ret;
}

int sl_port_attach(struct sl_platform *p, const char *name, const char *interface,
		   enum sl_port_mode mode, struct sl_pos pos, struct sl_diags *d,
		   struct sl_port_info *info)
{
	struct sl_port_info have;
	int ret;

	if (!sl_name_valid(name)) {
		sl_diag_hint(sl_error(d, pos, "bad-value", "'%s' is no name for a port", name),
			     "a-z, then a-z, 0-9, '_' and '-', up to 31 characters");
		return -EINVAL;
	}
	ret = sl_port_find(p, name, &have);
	if (!ret) {
		ret = judge_existing(p, &have, interface, mode, pos, d);
		if (ret < 0)
			return ret;
		if (!ret && have.index == SL_MAX_PORTS)
			ret = devmap_enter(p->maps[SL_MAP_PORTS], have.ifindex, &have.index);
		if (!ret) {
			if (info)
				*info = have;
			return 0;
		}
		ret = sl_pin_remove_link(p->root, SL_DIR_PORTS, name);
	} else if (ret == -ENOENT) {
		ret = 0;
	}
	if (!ret)
		ret = check_others(p, name, interface, pos, d);
	if (!ret)
		ret = sl_port_check(interface, mode, p->version.frags, pos, d);
	if (!ret)
		ret = attach(p, name, interface, mode, pos, d);
	if (!ret && info)
		ret = sl_port_find(p, name, info);
	return ret;
}

int sl_port_detach(struct sl_platform *p, const char *name, struct sl_diags *d)
{
	struct sl_port_info info;
	int ret = sl_port_find(p, name, &info);

	if (ret == -ENOENT) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-such-port", "there is no port '%s'", name),
			     "'sluicectl port list' shows the ports");
		return ret;
	}
	if (!ret)
		ret = sl_pin_remove_link(p->root, SL_DIR_PORTS, name);
	if (!ret && !info.gone)
		devmap_leave(p->maps[SL_MAP_PORTS], info.ifindex);
	if (ret)
		sl_error(d, SL_NOPOS, "port-detach", "port '%s' cannot be detached: %s", name,
			 strerror(-ret));
	return ret;
}

int sl_ports_replace(struct sl_platform *p, struct sl_diags *d)
{
	return sl_platform_move_links(p->root, p->progs, d);
}

struct json_object *sl_port_info_json(const struct sl_port_info *info)
{
	struct json_object *obj = json_object_new_object();
	char mac[SL_MAC_TEXT];

	if (!obj)
		return NULL;
#define PUT(key, val) json_object_object_add(obj, key, val)
	PUT("name", json_object_new_string(info->name));
	PUT("interface", json_object_new_string(info->interface));
	PUT("state", json_object_new_string(info->gone ? "gone" : info->up ? "up" : "down"));
	PUT("mode", json_object_new_string(sl_port_mode_name(info->mode)));
	PUT("ifindex", json_object_new_int64(info->ifindex));
	if (info->index < SL_MAX_PORTS)
		PUT("index", json_object_new_int64(info->index));
	PUT("mtu", json_object_new_int64(info->mtu));
	PUT("mac", json_object_new_string(sl_mac_text(info->mac, mac)));
	PUT("driver", json_object_new_string(info->driver));
	PUT("link_id", json_object_new_int64(info->link_id));
	PUT("prog_id", json_object_new_int64(info->prog_id));
	PUT("current", json_object_new_boolean(info->current));
#undef PUT
	return obj;
}
