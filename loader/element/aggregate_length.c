// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateLength. */
#include "loader/element/element.h"
#include "bpf/element/aggregate_length.h"

static const struct sl_param params[] = {
	SL_PARAM("IP", BOOL, 0, "false", struct aggregate_length_conf, ip,
		 "true: the length from the IP header on"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_length_conf, ip, BOOL),
	SL_FIELDS_END,
};

const struct sl_class sl_class_aggregate_length = {
	.spec = {.name = "AggregateLength", .ports = "1/1", .processing = "a"},
	.base = "aggregate_length",
	.summary = "the aggregate annotation becomes the packet's length",
	.help = "Counts the bytes from here on, or with IP from the IP header on, and adds the "
		"extra "
		"length annotation. With IP, a packet without a network header is dropped (short): "
		"put MarkIPHeader or CheckIPHeader in front.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct aggregate_length_conf),
	.conf = conf,
	.weight = 8,
};
