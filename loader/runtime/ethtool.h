/* SPDX-License-Identifier: GPL-2.0-only */
/* The little of ethtool that ports ask: the driver, and offloads that get in XDP's way. */
#ifndef SL_ETHTOOL_H
#define SL_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* Name of the driver; "" when the interface has none to name. */
void sl_ethtool_driver(const char *interface, char driver[32]);

struct sl_offloads {
	bool lro;     /* large receive offload */
	bool rx_vlan; /* VLAN tags taken off before XDP sees the frame */
};
void sl_ethtool_offloads(const char *interface, struct sl_offloads *out);

/* What a device can do for XDP, as the kernel tells from 6.3 on (NETDEV_XDP_ACT_*). */
#define SL_XDP_BASIC 0x01
#define SL_XDP_REDIRECT 0x02
#define SL_XDP_NDO_XMIT 0x04
#define SL_XDP_XSK_ZEROCOPY 0x08
#define SL_XDP_HW_OFFLOAD 0x10
#define SL_XDP_RX_SG 0x20
#define SL_XDP_XMIT_SG 0x40
/* 0 and *features, -EOPNOTSUPP when this kernel does not tell, or -errno. */
int sl_xdp_features(uint32_t ifindex, uint64_t *features);

#endif
