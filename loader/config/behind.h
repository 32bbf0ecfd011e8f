/* SPDX-License-Identifier: GPL-2.0-only */
/* What lies behind an element in the graph. */
#ifndef SL_BEHIND_H
#define SL_BEHIND_H

#include "loader/element/element.h"

/*
 * Whether what leaves `in` by output `port` reaches ToDevices of IP links only (at least one): *out
 * is then one of their devices, otherwise NULL. 0 or -ENOMEM.
 */
int sl_ip_link_behind(const struct sl_program *p, const struct sl_inst *in, uint32_t port,
		      const struct sl_device **out);

#endif
