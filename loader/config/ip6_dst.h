/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations of IPv6 encapsulations: an address, or the packet's annotation. */
#ifndef SL_IP6_DST_H
#define SL_IP6_DST_H

#include "loader/element/element.h"

/* Reads the argument DST: an address, or DST_ANNO (*anno, and no address). 0 or -EINVAL with a
 * message. */
int sl_ip6_dst(struct sl_conf *cf, uint32_t dst[4], uint8_t *anno);

/* Handlers for it: the address, or DST_ANNO. */
extern sl_read_fn sl_h_ip6_dst_get;
extern sl_write_fn sl_h_ip6_dst_set;
#define SL_HANDLER_IP6_DST                                                                         \
	{                                                                                          \
		.name = "dst", .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,                   \
		.help = "destination address, or DST_ANNO", .read = sl_h_ip6_dst_get,              \
		.write = sl_h_ip6_dst_set, .param = "DST"                                          \
	}

#endif
