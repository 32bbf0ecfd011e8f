// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of HostEtherFilter. */
#include "loader/element/element.h"
#include "bpf/element/host_ether_filter.h"

static const struct sl_param params[] = {
	SL_PARAM("ETHER", ETHER, SL_P_REQ | SL_P_POS, NULL, struct host_ether_filter_conf, ether,
		 "one's own address"),
	SL_PARAM("DROP_OWN", BOOL, SL_P_POS, "false", struct host_ether_filter_conf, drop_own,
		 "also frames from this address"),
	SL_PARAM("DROP_OTHER", BOOL, SL_P_POS, "true", struct host_ether_filter_conf, drop_other,
		 "frames for others"),
	SL_PARAM("OFFSET", U32, 0, "0", struct host_ether_filter_conf, offset,
		 "where the Ethernet header begins"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct host_ether_filter_conf, ether, ETHER),
	SL_FIELD(struct host_ether_filter_conf, drop_own, BOOL),
	SL_FIELD(struct host_ether_filter_conf, drop_other, BOOL),
	SL_FIELD(struct host_ether_filter_conf, offset, U32),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("ether", "ETHER", "one's own address"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_host_ether_filter = {
	.spec = {.name = "HostEtherFilter", .ports = "1/1-2", .processing = "a/ah"},
	.base = "host_ether_filter",
	.summary = "drops frames for others",
	.help = "Sets the packet type from the destination address. Frames for other stations "
		"(DROP_OTHER) and "
		"frames sent by oneself (DROP_OWN) leave by output 1 or are dropped. A packet too "
		"short for an "
		"Ethernet header at OFFSET is dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct host_ether_filter_conf),
	.conf = conf,
	.weight = 40,
};
