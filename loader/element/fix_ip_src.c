// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of FixIPSrc. */
#include "loader/element/element.h"
#include "bpf/element/fix_ip_src.h"

static const struct sl_param params[] = {
	SL_PARAM("IPADDR", IP4, SL_P_REQ | SL_P_POS, NULL, struct fix_ip_src_conf, addr,
		 "address of the interface packets leave by"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct fix_ip_src_conf, addr, IP4),
	SL_FIELDS_END,
};

const struct sl_class sl_class_fix_ip_src = {
	.spec = {.name = "FixIPSrc", .ports = "1/1", .processing = "a"},
	.base = "fix_ip_src",
	.summary = "sets the source address of the router's own packets",
	.help = "A packet whose fix_ip_src annotation is set (ICMPError does) gets IPADDR as "
		"source, a new header checksum, and loses the annotation. Others pass.",
	.flags = SL_C_STILL | SL_C_PLAIN,
	.params = params,
	.conf_size = sizeof(struct fix_ip_src_conf),
	.conf = conf,
	.weight = 60,
};
