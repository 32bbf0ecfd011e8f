/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: interfaces the trusted program is attached to, by a bpf_link pinned at ROOT/ports/NAME, so
 * that it stays attached whatever becomes of the daemon. Each has an index in the devmap `ports`.
 */
#ifndef SL_PORT_H
#define SL_PORT_H

#include <net/if.h>

#include "loader/runtime/config.h"
#include "loader/runtime/platform.h"

struct sl_port_info {
	char name[SL_NAME_MAX + 1];
	char interface[IF_NAMESIZE]; /* as it is called now; "" when gone */
	uint32_t ifindex;	     /* 0 when gone */
	uint8_t index;		     /* in the devmap `ports`; SL_MAX_PORTS when it has none */
	enum sl_port_mode mode;
	bool gone;    /* the interface was removed; the pin is all that is left */
	bool up;      /* administratively up, with carrier */
	uint32_t mtu; /* the interface's own */
	uint8_t mac[6];
	char driver[32]; /* "" when unknown */
	uint32_t link_id;
	uint32_t prog_id; /* the program that runs on it */
	bool current;	  /* it is the opened platform's */
};

/*
 * Looks for what would make attaching fail or hurt, without changing anything: interface missing,
 * no native XDP, an XDP program already there, MTU too large for programs without frags, LRO, a
 * loopback or a device that is enslaved, a driver known to reset. Errors, warnings and notes go to
 * `d`, at `pos` (the port's line in the node file, or SL_NOPOS). 0, or -errno when there was an
 * error.
 */
int sl_port_check(const char *interface, enum sl_port_mode mode, bool frags, struct sl_pos pos,
		  struct sl_diags *d);
/*
 * Attaches the trusted program to an interface, after sl_port_check(), pins the link, and enters
 * the interface in the devmap. An attached port of that name on the same interface in the same mode
 * is left as it is (0); a pin whose interface is gone is replaced. -EEXIST: the name or the
 * interface is another port's, or the mode differs (detach first). `info` may be NULL.
 */
int sl_port_attach(struct sl_platform *p, const char *name, const char *interface,
		   enum sl_port_mode mode, struct sl_pos pos, struct sl_diags *d,
		   struct sl_port_info *info);
/* Detaches and forgets a port. -ENOENT with a message when there is none of that name. */
int sl_port_detach(struct sl_platform *p, const char *name, struct sl_diags *d);
/* All ports, sorted by name; the caller frees the list. */
int sl_port_list(const struct sl_platform *p, struct sl_port_info **list, size_t *n);
/* One port. -ENOENT. */
int sl_port_find(const struct sl_platform *p, const char *name, struct sl_port_info *info);
/* Lets every port run the platform's program (bpf_link_update); used by sl_platform_commit(). */
int sl_ports_replace(struct sl_platform *p, struct sl_diags *d);

const char *sl_port_mode_name(enum sl_port_mode mode);
/* {name, interface, ifindex, mode, state, mtu, mac, driver, link_id, prog_id, index} */
struct json_object *sl_port_info_json(const struct sl_port_info *info);

#endif
