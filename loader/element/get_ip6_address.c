// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of GetIP6Address. */
#include "loader/element/element.h"
#include "bpf/element/get_ip6_address.h"

static const struct sl_param params[] = {
	SL_PARAM("OFFSET", U32, SL_P_REQ | SL_P_POS, NULL, struct get_ip6_address_conf, offset,
		 "where the address is in the packet"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct get_ip6_address_conf, offset, U32),
	SL_FIELDS_END,
};

const struct sl_class sl_class_get_ip6_address = {
	.spec = {.name = "GetIP6Address", .ports = "1/1", .processing = "a"},
	.base = "get_ip6_address",
	.summary = "sets the IPv6 destination address annotation from the packet",
	.help = "Copies 16 bytes at OFFSET into the destination address annotation, which "
		"LookupIP6Route and IP6NDSolicitor go by; 24 is the destination of a packet that "
		"begins with its IPv6 header. A packet too short for that is dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct get_ip6_address_conf),
	.conf = conf,
	.weight = 20,
};
