// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIPAddress. */
#include "loader/element/element.h"
#include "bpf/element/set_ip_address.h"

static const struct sl_param params[] = {
	SL_PARAM("IPADDR", IP4, SL_P_REQ | SL_P_POS, NULL, struct set_ip_address_conf, addr,
		 "the address"),
	SL_PARAM("ANNO", ANNO32, SL_P_POS, "DST_IP", struct set_ip_address_conf, anno,
		 "annotation that is set"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_ip_address_conf, addr, IP4),
	SL_FIELD(struct set_ip_address_conf, anno, U8),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("addr", "IPADDR", "the address"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_ip_address = {
	.spec = {.name = "SetIPAddress", .ports = "1/1", .processing = "a"},
	.base = "set_ip_address",
	.summary = "sets the destination address annotation to a constant",
	.help = "For packets that go to one next hop, whatever their destination. Annotations "
		"begin at "
		"multiples of four; Click takes any four bytes.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_ip_address_conf),
	.conf = conf,
	.weight = 4,
};
