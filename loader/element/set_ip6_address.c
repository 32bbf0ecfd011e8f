// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIP6Address. */
#include "loader/element/element.h"
#include "bpf/element/set_ip6_address.h"

static const struct sl_param params[] = {
	SL_PARAM("IPADDR", IP6, SL_P_REQ | SL_P_POS, NULL, struct set_ip6_address_conf, addr,
		 "the address"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct set_ip6_address_conf, addr, IP6),
	SL_FIELDS_END,
};

const struct sl_class sl_class_set_ip6_address = {
	.spec = {.name = "SetIP6Address", .ports = "1/1", .processing = "a"},
	.base = "set_ip6_address",
	.summary = "sets the IPv6 destination address annotation to a constant",
	.help = "For packets that go to one next hop, whatever their destination.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct set_ip6_address_conf),
	.conf = conf,
	.weight = 8,
};
