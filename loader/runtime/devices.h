/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices a tenant's graph is compiled against, from its links as the node file has them. The
 * daemon, preflight and replay work them out the same way, so that what was tried is what runs.
 */
#ifndef SL_DEVICES_H
#define SL_DEVICES_H

#include <json-c/json.h>

#include "loader/element/element.h"
#include "loader/runtime/config.h"

/* VLAN tags a link's packets have outside. */
typedef unsigned int sl_tags_fn(void *arg, const struct sl_node_link *l);

/* H: where a frame starts on most of the tenant's links. `tags` NULL: those the file gives. */
uint32_t sl_devices_head(const struct sl_node_tenant *t, sl_tags_fn *tags, void *arg);
/* The device table; `list` holds SL_MAX_DEVS. MTUs are those of the ports' interfaces, 1500 where
 * there are none. */
void sl_devices_of(const struct sl_node_config *c, const struct sl_node_tenant *t, uint32_t head,
		   sl_tags_fn *tags, void *arg, struct sl_device *list, struct sl_devices *out);

/* {head, devices: [{name, ip_link, mac, peer, address, address6, mtu}]}: NULL when out of memory;
 * and back: 0 or -EBADMSG. */
struct json_object *sl_devices_json(const struct sl_devices *d);
int sl_devices_from_json(struct json_object *o, struct sl_device *list, struct sl_devices *out);

#endif
