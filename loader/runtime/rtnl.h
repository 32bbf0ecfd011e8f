/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to the kernel over rtnetlink, one at a time: a request goes out, its answers are handed
 * over, the acknowledgement becomes the result. And the kernel's devices, in our own words.
 */
#ifndef SL_RTNL_H
#define SL_RTNL_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>

#include <libmnl/libmnl.h>

#define SL_RTNL_BUF 32768 /* as much as the kernel ever puts in one message of a dump */

struct sl_rtnl {
	struct mnl_socket *sock; /* NULL: not open */
	uint32_t seq;
};

int sl_rtnl_open(struct sl_rtnl *r);
void sl_rtnl_close(struct sl_rtnl *r);

/*
 * Sends `req` (type, flags and attributes set; sequence number and NLM_F_REQUEST are put in) and
 * takes in what comes back, `cb` being called with each message that is neither error nor end; `cb`
 * may be NULL. 0, the kernel's -errno, or what `cb` returned below 0. -EINTR: the dump was
 * interrupted by a change, its contents may be incomplete.
 */
int sl_rtnl_talk(struct sl_rtnl *r, struct nlmsghdr *req,
		 int (*cb)(const struct nlmsghdr *nlh, void *arg), void *arg);

/* A network device. */
struct sl_dev {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	char kind[16];	/* "vlan", "veth", ...; "" for hardware */
	uint16_t type;	/* ARPHRD_* */
	uint32_t flags; /* IFF_* */
	uint32_t mtu;
	uint32_t max_mtu; /* 0: not said */
	uint32_t lower;	  /* IFLA_LINK: below a VLAN device; 0 for none or in another namespace */
	uint32_t master;
	uint8_t mac[6];
	uint16_t vlan_id;    /* kind vlan */
	uint16_t vlan_proto; /* host order */
	uint32_t xdp_prog;   /* program id, 0 for none */
};

/* Reads a device from RTM_NEWLINK or RTM_DELLINK. False when it is none. */
bool sl_rtnl_parse_dev(const struct nlmsghdr *nlh, struct sl_dev *out);
/* Administratively up and with carrier. */
bool sl_dev_is_up(const struct sl_dev *dev);
/* One device by name (ifindex 0) or index. -ENODEV. */
int sl_rtnl_get_dev(struct sl_rtnl *r, const char *name, uint32_t ifindex, struct sl_dev *out);

/* ---- Making and changing devices (for the copy devices) ---- */
/* A pair of veths with `queues` queues each. -EEXIST. */
int sl_rtnl_add_veth(struct sl_rtnl *r, const char *name, const char *peer, unsigned int queues);
/* Sets IFF_UP or takes it away. */
int sl_rtnl_set_up(struct sl_rtnl *r, uint32_t ifindex, bool up);
int sl_rtnl_set_mtu(struct sl_rtnl *r, uint32_t ifindex, uint32_t mtu);
/* No IPv6 address of its own accord. */
int sl_rtnl_set_addrgen_none(struct sl_rtnl *r, uint32_t ifindex);
int sl_rtnl_del_dev(struct sl_rtnl *r, uint32_t ifindex);

#endif
