// SPDX-License-Identifier: GPL-2.0-only
/* Following the kernel: sockets, the event loop's side, and the list of links that are watched. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <linux/rtnetlink.h>

#include "loader/mem.h"
#include "loader/runtime/netlink_priv.h"

/* Links that are not up are tried again this often: some changes (a path MTU that expired, a
 * router's lifetime) are not told. */
#define RETRY_S 10
/* Messages taken in at one go; what is left makes the descriptor readable again. */
#define BATCH 4096
/* Room for a burst of route changes before messages are lost (and all is read again). */
#define RECEIVE_BYTES (8 << 20)

static int subscribe(struct mnl_socket *sock)
{
	static const int groups[] = {
		RTNLGRP_LINK,	    RTNLGRP_NEIGH,     RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP,
	};
	int bytes = RECEIVE_BYTES;

	/* A host without IPv6 has its groups all the same. */
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (mnl_socket_setsockopt(sock, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i],
					  sizeof(groups[i])) < 0)
			return -errno;
	/* Without privilege the usual limit applies, and messages are lost sooner. */
	if (setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) <
	    0)
		setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return 0;
}

static int add_fd(int epoll, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

static int open_all(struct sl_netlink *nl)
{
	int ret = sl_rtnl_open(&nl->ask);

	if (ret)
		return ret;
	nl->hear = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!nl->hear || mnl_socket_bind(nl->hear, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	/* First subscribe, then read: what changes in between is told. */
	ret = subscribe(nl->hear);
	if (ret)
		return ret;
	nl->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	nl->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (nl->timer < 0 || nl->epoll < 0)
		return -errno;
	ret = add_fd(nl->epoll, mnl_socket_get_fd(nl->hear));
	if (!ret)
		ret = add_fd(nl->epoll, nl->timer);
	return ret ? ret : sl_devs_read(&nl->devs, &nl->ask);
}

int sl_netlink_open(struct sl_platform *p, const struct sl_netlink_events *events,
		    struct sl_netlink **out)
{
	struct sl_netlink *nl = calloc(1, sizeof(*nl));
	int ret;

	if (!nl)
		return -ENOMEM;
	nl->platform = p;
	nl->epoll = nl->timer = -1;
	if (events)
		nl->events = *events;
	nl->buf = malloc(SL_RTNL_BUF);
	ret = nl->buf ? open_all(nl) : -ENOMEM;
	if (ret) {
		sl_netlink_close(nl);
		return ret;
	}
	*out = nl;
	return 0;
}

static void free_watch(struct sl_watch *w)
{
	free(w->link.port);
	free(w);
}

void sl_netlink_close(struct sl_netlink *nl)
{
	if (!nl)
		return;
	/* Neighbours stay managed: packets flow on, and the kernel keeps the entries fresh. */
	for (uint32_t i = 0; i < nl->top; i++)
		if (nl->watches[i])
			free_watch(nl->watches[i]);
	if (nl->hear)
		mnl_socket_close(nl->hear);
	sl_rtnl_close(&nl->ask);
	sl_closep(&nl->timer);
	sl_closep(&nl->epoll);
	free(nl->devs.list);
	free(nl->buf);
	free(nl);
}

int sl_netlink_fd(const struct sl_netlink *nl)
{
	return nl->epoll;
}

/* ---- Taking in and resolving -----------------------------------------------------------------*/

static void set_timer(struct sl_netlink *nl, bool on)
{
	struct itimerspec every = {{RETRY_S, 0}, {RETRY_S, 0}};
	struct itimerspec never = {0};

	if (nl->timer_on == on)
		return;
	timerfd_settime(nl->timer, 0, on ? &every : &never, NULL);
	nl->timer_on = on;
}

/* Resolves what is marked. The number of templates written. */
static int update_dirty(struct sl_netlink *nl)
{
	bool down = false;
	int n = 0;

	for (uint32_t i = 0; i < nl->top; i++) {
		struct sl_watch *w = nl->watches[i];

		if (!w)
			continue;
		if (w->dirty)
			n += sl_watch_update(nl, w);
		down = down || w->state.why != SL_LINK_UP;
	}
	set_timer(nl, down);
	return n;
}

static int read_all(struct sl_netlink *nl)
{
	sl_netlink_mark_all(nl);
	return sl_devs_read(&nl->devs, &nl->ask);
}

int sl_netlink_resync(struct sl_netlink *nl)
{
	int ret = read_all(nl);

	return ret ? ret : update_dirty(nl);
}

/* Drops what is waiting; it is older than what is read anew next. */
static void drain(struct sl_netlink *nl)
{
	for (int i = 0; i < BATCH; i++)
		if (mnl_socket_recvfrom(nl->hear, nl->buf, SL_RTNL_BUF) < 0 && errno != ENOBUFS)
			return;
}

/* 0, or -ENOBUFS when messages were lost, or another -errno. */
static int take_in(struct sl_netlink *nl)
{
	for (int i = 0; i < BATCH; i++) {
		ssize_t got = mnl_socket_recvfrom(nl->hear, nl->buf, SL_RTNL_BUF);
		const struct nlmsghdr *nlh = nl->buf;
		int left = got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			int ret = sl_netlink_hear(nlh, nl);

			if (ret)
				return ret;
		}
	}
	return 0;
}

static void retry_down(struct sl_netlink *nl)
{
	uint64_t ticks;

	if (read(nl->timer, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	for (uint32_t i = 0; i < nl->top; i++)
		if (nl->watches[i] && nl->watches[i]->state.why != SL_LINK_UP)
			nl->watches[i]->dirty = true;
}

int sl_netlink_process(struct sl_netlink *nl)
{
	int ret = take_in(nl);

	if (ret == -ENOBUFS || ret == -ENOSPC) {
		drain(nl);
		ret = read_all(nl);
		if (nl->events.resync)
			nl->events.resync(nl->events.arg);
	}
	if (ret)
		return ret;
	retry_down(nl);
	return update_dirty(nl);
}

/* ---- Ports and watches -----------------------------------------------------------------------*/

int sl_netlink_port_add(struct sl_netlink *nl, const char *name, uint32_t ifindex, uint8_t index,
			uint32_t mtu)
{
	struct sl_known_port *port = NULL;
	struct sl_dev dev;

	if (!sl_name_valid(name))
		return -EINVAL;
	for (size_t i = 0; i < nl->n_ports; i++)
		if (!strcmp(nl->ports[i].name, name))
			port = &nl->ports[i];
	if (!port) {
		if (nl->n_ports == SL_MAX_PORTS)
			return -ENOSPC;
		port = &nl->ports[nl->n_ports++];
	}
	snprintf(port->name, sizeof(port->name), "%s", name);
	port->ifindex = ifindex;
	port->index = index;
	port->mtu = mtu;
	/* It may be newer than what has been taken in so far. */
	if (sl_rtnl_get_dev(&nl->ask, NULL, ifindex, &dev) == 0 && sl_devs_put(&nl->devs, &dev) < 0)
		return -ENOMEM;
	sl_netlink_mark_all(nl);
	return 0;
}

void sl_netlink_port_del(struct sl_netlink *nl, const char *name)
{
	for (size_t i = 0; i < nl->n_ports; i++) {
		if (strcmp(nl->ports[i].name, name))
			continue;
		nl->ports[i] = nl->ports[--nl->n_ports];
		sl_netlink_mark_all(nl);
		return;
	}
}

int sl_netlink_watch(struct sl_netlink *nl, uint32_t index, const struct sl_node_link *l)
{
	struct sl_watch *w, *old;
	const struct sl_link_rec *rec;
	struct sl_link_bind bind;

	if (index >= SL_MAX_LINKS || sl_platform_link_get(nl->platform, index, &bind))
		return -ENOENT;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->index = index;
	w->link = *l;
	w->link.device = NULL;
	w->link.port = l->port ? strdup(l->port) : NULL;
	if (l->port && !w->link.port) {
		free(w);
		return -ENOMEM;
	}
	w->state.why = SL_LINK_NOT_WATCHED;
	w->dirty = true;
	/* A link that was adopted goes on as it is until its next hop is known to have failed. */
	rec = &sl_platform_links(nl->platform)[index];
	w->up = rec->out[rec->cur & 1].up;
	w->state.mtu = rec->out[rec->cur & 1].mtu;
	old = nl->watches[index];
	nl->watches[index] = w;
	if (index >= nl->top)
		nl->top = index + 1;
	update_dirty(nl);
	if (old) {
		/* After the new one asked, so that an entry both need is not let go. */
		sl_watch_release(nl, old);
		free_watch(old);
	}
	return 0;
}

void sl_netlink_unwatch(struct sl_netlink *nl, uint32_t index)
{
	struct sl_watch *w;

	if (index >= SL_MAX_LINKS || !nl->watches[index])
		return;
	w = nl->watches[index];
	nl->watches[index] = NULL;
	while (nl->top && !nl->watches[nl->top - 1])
		nl->top--;
	sl_watch_release(nl, w);
	free_watch(w);
}

int sl_netlink_state(const struct sl_netlink *nl, uint32_t index, struct sl_link_state *out)
{
	if (index >= SL_MAX_LINKS || !nl->watches[index]) {
		memset(out, 0, sizeof(*out));
		out->why = SL_LINK_NOT_WATCHED;
		return -ENOENT;
	}
	*out = nl->watches[index]->state;
	return 0;
}

unsigned int sl_netlink_tags(struct sl_netlink *nl, const struct sl_node_link *l)
{
	struct sl_resolved r;

	if (l->kind == SL_LINK_DIRECT)
		return 0;
	if (l->vlan)
		return l->inner_vlan ? 2 : 1;
	sl_resolve(nl, l, &r);
	return r.path.n_tags;
}
