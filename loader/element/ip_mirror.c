// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPMirror. */
#include "loader/element/element.h"
#include "bpf/element/ip_mirror.h"

static const struct sl_param params[] = {
	SL_PARAM("DST_ANNO", BOOL, SL_P_POS, "true", struct ip_mirror_conf, dst_anno,
		 "set the destination address annotation to the new destination"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ip_mirror_conf, dst_anno, BOOL),
	SL_FIELDS_END,
};

const struct sl_class sl_class_ip_mirror = {
	.spec = {.name = "IPMirror", .ports = "1/1", .processing = "a"},
	.base = "ip_mirror",
	.summary = "swaps source and destination of IPv4 packets",
	.help = "Swaps the addresses, the ports of TCP and UDP packets, and sequence and "
		"acknowledgement number of TCP packets. Of fragments but the first, and of what a "
		"packet is too short for, nothing but the addresses is swapped. Checksums stay "
		"right by that. Needs a network header (CheckIPHeader, MarkIPHeader); a packet "
		"without one is dropped as short.",
	.flags = SL_C_STILL | SL_C_REWRITE,
	.params = params,
	.conf_size = sizeof(struct ip_mirror_conf),
	.conf = conf,
	.weight = 50,
};
