/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of netlink.h share among themselves. */
#ifndef SL_NETLINK_PRIV_H
#define SL_NETLINK_PRIV_H

#include "loader/runtime/netlink.h"
#include "loader/runtime/rtnl.h"

/* ---- The kernel's devices (netlink_devs.c) ---- */
struct sl_devs {
	struct sl_dev *list; /* sorted by ifindex */
	size_t n, cap;
};
const struct sl_dev *sl_devs_find(const struct sl_devs *devs, uint32_t ifindex);
/* Adds or replaces. 0 or -ENOMEM. */
int sl_devs_put(struct sl_devs *devs, const struct sl_dev *dev);
void sl_devs_remove(struct sl_devs *devs, uint32_t ifindex);
/* Reads all devices anew. */
int sl_devs_read(struct sl_devs *devs, struct sl_rtnl *r);
/* The VLAN device with identifier `vid` directly above `lower`, or NULL. */
const struct sl_dev *sl_devs_vlan(const struct sl_devs *devs, uint32_t lower, uint16_t vid);

/* ---- Questions about routes and neighbours (netlink_query.c) ---- */
struct sl_route {
	uint8_t type; /* RTN_* */
	uint32_t oif;
	struct sl_addr gateway; /* family 0: on link */
	uint32_t mtu;		/* 0: the device's */
};
/* Where the kernel would send a packet; `from` (may be NULL) and `oif` (may be 0) restrict it. */
int sl_route_get(struct sl_rtnl *r, const struct sl_addr *to, const struct sl_addr *from,
		 uint32_t oif, struct sl_route *out);

struct sl_neigh {
	uint16_t nud;
	bool managed;
	bool has_mac;
	uint8_t mac[6];
};
/* -ENOENT when there is no entry. */
int sl_neigh_get(struct sl_rtnl *r, uint32_t ifindex, const struct sl_addr *addr,
		 struct sl_neigh *out);
/* Makes the kernel resolve an address and keep it fresh (managed), or no longer. */
int sl_neigh_manage(struct sl_rtnl *r, uint32_t ifindex, const struct sl_addr *addr, bool managed);

/* ---- Watches (netlink.c, netlink_resolve.c) ---- */
struct sl_watch {
	uint32_t index;
	struct sl_node_link link; /* without `device`; `port` is our copy */
	struct sl_link_state state;
	bool dirty;
	bool up;      /* the template in the map is in use */
	bool manages; /* we asked for the neighbour below */
	uint32_t managed_ifindex;
	struct sl_addr managed_addr;
};

struct sl_known_port {
	char name[SL_NAME_MAX + 1];
	uint32_t ifindex;
	uint8_t index;
	uint32_t mtu;
};

struct sl_netlink {
	struct sl_platform *platform;
	struct sl_netlink_events events;
	struct sl_rtnl ask;	 /* questions */
	struct mnl_socket *hear; /* what the kernel tells */
	int epoll;
	int timer; /* runs while a link is not up */
	bool timer_on;
	struct sl_devs devs;
	struct sl_known_port ports[SL_MAX_PORTS];
	size_t n_ports;
	struct sl_watch *watches[SL_MAX_LINKS];
	uint32_t top; /* indexes in use are below */
	void *buf;    /* SL_RTNL_BUF bytes */
};

/* What resolving a link comes to. */
struct sl_resolved {
	enum sl_link_why why;
	int error;
	uint32_t egress; /* ifindex the route leads out of */
	uint32_t port;	 /* ifindex of the port */
	struct sl_addr next_hop;
	bool local_missing;
	uint16_t nud;
	struct sl_path path; /* complete with why UP; without destination with RESOLVING */
};
void sl_resolve(struct sl_netlink *nl, const struct sl_node_link *l, struct sl_resolved *out);
/* Resolves a watch and brings its template and state up to date. 1 when a template was written. */
int sl_watch_update(struct sl_netlink *nl, struct sl_watch *w);
/* Lets go of the neighbour entry a watch asked for, unless another watch needs it. */
void sl_watch_release(struct sl_netlink *nl, struct sl_watch *w);

const struct sl_known_port *sl_known_port(const struct sl_netlink *nl, const char *name,
					  uint32_t ifindex);

/* ---- What the kernel tells (netlink_events.c) ---- */
/* Takes one message in and marks the watches it concerns. */
int sl_netlink_hear(const struct nlmsghdr *nlh, void *nl);
/* All watches are to be resolved anew. */
void sl_netlink_mark_all(struct sl_netlink *nl);

#endif
