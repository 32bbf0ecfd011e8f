/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where links leave: follows the kernel's devices, addresses, routes and neighbours, and keeps each
 * watched link's template equal to what they say. A changed next hop or Ethernet address reaches
 * the trusted program without anything being loaded.
 *
 * For a GRE link: the route to the remote address from the local one gives device, gateway and MTU
 * (with `port` in the node file: the route out of that port); VLAN devices above a port give the
 * tags; the neighbour entry of the gateway gives the Ethernet address. Tunnelled packets bypass the
 * kernel's neighbour code, so entries are made "managed" (NTF_EXT_MANAGED): the kernel resolves
 * them and keeps them fresh, also while no daemon runs.
 *
 * One descriptor for the caller's event loop. Not safe to use from several threads.
 */
#ifndef SL_NETLINK_H
#define SL_NETLINK_H

#include <net/if.h>

#include "loader/runtime/platform.h"
#include "loader/runtime/template.h"

struct sl_netlink;

/* X(symbol, name in text and JSON, sentence) */
#define SL_LINK_STATES(X)                                                                          \
	X(UP, "up", "the next hop is known")                                                       \
	X(NOT_WATCHED, "not-watched", "the link is not followed")                                  \
	X(NO_ROUTE, "no-route", "the kernel has no route to the remote address")                   \
	X(REMOTE_IS_LOCAL, "remote-is-local", "the remote address is this host's own")             \
	X(UNREACHABLE, "unreachable", "the kernel's route to the remote address forbids it")       \
	X(NOT_A_PORT, "not-a-port",                                                                \
	  "the route leads out of a device that is not an attached port")                          \
	X(WRONG_PORT, "wrong-port", "the route leads out of another port than the link's")         \
	X(NO_PORT, "no-port", "the link's port is not attached")                                   \
	X(PORT_DOWN, "port-down", "the device the link leaves by is down or has no carrier")       \
	X(RESOLVING, "resolving", "waiting for the next hop's Ethernet address")                   \
	X(NO_NEIGHBOUR, "no-neighbour", "the next hop does not answer")                            \
	X(TOO_MANY_TAGS, "too-many-tags", "more than two VLAN tags outside")                       \
	X(MTU_TOO_SMALL, "mtu-too-small", "the outer headers leave too little of the MTU")         \
	X(ERROR, "error", "the kernel refused a question")

enum sl_link_why {
#define X(sym, name, text) SL_LINK_##sym,
	SL_LINK_STATES(X)
#undef X
		SL_LINK_WHY_N
};

/* What is known of a watched link. */
struct sl_link_state {
	enum sl_link_why why;	  /* SL_LINK_UP, or why it is not */
	int error;		  /* with ERROR: -errno */
	char egress[IF_NAMESIZE]; /* device the route leads out of; "" when none */
	uint32_t egress_ifindex;
	uint32_t port_ifindex;	 /* the port below it; 0 when none */
	struct sl_addr next_hop; /* gateway, or the remote itself */
	uint16_t nud;		 /* kernel's NUD_* of the next hop; 0 when there is no entry */
	bool local_missing;  /* the local address is not this host's: nothing will come in unless
			      * others route it here */
	struct sl_path path; /* valid when up; the last one used otherwise */
	uint16_t mtu;	     /* the tenant's device MTU; 0 before the first template */
	uint32_t changes;    /* templates written since watching began */
	/* Raised by one at every change of the above; for "what is new since". */
	uint32_t serial;
};

/* Called from sl_netlink_process(), sl_netlink_watch() and sl_netlink_resync(); may not call back
 * into this file except sl_netlink_state(). Members may be NULL. */
struct sl_netlink_events {
	void *arg;
	/* A link's state changed. */
	void (*link)(void *arg, uint32_t index, const struct sl_link_state *state);
	/* An interface appeared (present), was removed, or changed its name. */
	void (*device)(void *arg, uint32_t ifindex, const char *name, bool present);
	/* Messages were lost and everything was read again. */
	void (*resync)(void *arg);
};

/* Opens the sockets, subscribes, and reads the kernel's devices. 0 or -errno. */
int sl_netlink_open(struct sl_platform *p, const struct sl_netlink_events *events,
		    struct sl_netlink **out);
void sl_netlink_close(struct sl_netlink *nl);
static inline void sl_netlink_closep(struct sl_netlink **nl)
{
	if (*nl)
		sl_netlink_close(*nl);
}
/* Readable when sl_netlink_process() has something to do (messages, or a retry is due). */
int sl_netlink_fd(const struct sl_netlink *nl);
/* Takes in what has come and updates templates. Returns how many, or -errno. Never blocks longer
 * than a grace period and the kernel's answers to our questions. */
int sl_netlink_process(struct sl_netlink *nl);
/* Reads everything again and resolves every link anew (also done when messages were lost). */
int sl_netlink_resync(struct sl_netlink *nl);

/*
 * Tells which interfaces are ports (after attaching, and at start for those adopted). `mtu`: the
 * override of the node file, or 0. Links are resolved again by the next sl_netlink_process() or
 * sl_netlink_watch().
 */
int sl_netlink_port_add(struct sl_netlink *nl, const char *name, uint32_t ifindex, uint8_t index,
			uint32_t mtu);
void sl_netlink_port_del(struct sl_netlink *nl, const char *name);

/*
 * Starts to follow a bound link: what is needed of `l` is copied. Resolves at once as far as the
 * kernel already knows; the neighbour may take until later. Watching again replaces.
 */
int sl_netlink_watch(struct sl_netlink *nl, uint32_t index, const struct sl_node_link *l);
void sl_netlink_unwatch(struct sl_netlink *nl, uint32_t index);
/* -ENOENT when the link is not watched (`why` NOT_WATCHED). */
int sl_netlink_state(const struct sl_netlink *nl, uint32_t index, struct sl_link_state *out);
/* VLAN tags the link's packets have outside as far as known now, for H and in_len: from the node
 * file, or from the route. */
unsigned int sl_netlink_tags(struct sl_netlink *nl, const struct sl_node_link *l);

const char *sl_link_why_name(enum sl_link_why why);
const char *sl_link_why_text(enum sl_link_why why);
/* {state, reason, egress, next_hop, mac, neighbour, tags, mtu, changes} */
struct json_object *sl_link_state_json(const struct sl_link_state *s);

#endif
