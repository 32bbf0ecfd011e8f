/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers to packets too long for a device: which ToDevices of a configured graph set them aside,
 * and the one element that gets them.
 */
#ifndef SL_PATH_MTU_H
#define SL_PATH_MTU_H

#include "loader/config/config.h"

/* What the element is called; with a number behind it where the graph has the name already. */
#define SL_PATH_MTU_NAME "PathMTU@mtu"

/*
 * Before anything points into the graph's elements: makes room for one more. 0 or -ENOMEM.
 */
int sl_path_mtu_room(struct sl_program *p);

/*
 * After all elements are configured: a ToDevice on an IP link gets its device's MTU, unless the
 * graph looks after that itself or packets may reach it rewritten. If there is any, the graph gets
 * a PathMTU as its last element. Devices that cannot answer are noted. 0 or -ENOMEM.
 */
int sl_path_mtu_add(struct sl_program *p, struct sl_diags *d);

/* Whether an element is the one that was put into its graph. */
bool sl_path_mtu_is(const struct sl_elem *e);

/* Whether a device has an IPv6 address. */
bool sl_device_has_ip6(const struct sl_device *dev);

#endif
