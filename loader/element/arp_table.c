// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ARPTable. */
#include "loader/config/arp_table.h"

static const struct sl_param params[] = {
	SL_PARAMS_ARP_TABLE(struct arp_table_conf, timeout_ns, entries),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct arp_table_conf, timeout_ns, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct arp_table_rw, epoch, U32),
	SL_FIELD(struct arp_table_rw, zero, U32),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLERS_ARP_TABLE,
	{.name = "drops",
	 .flags = SL_H_READ,
	 .help = "always 0: no packets are saved",
	 .read = sl_h_arp_none},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_arp_table = {
	.spec = {.name = "ARPTable", .ports = "0/0", .processing = "a", .info = true},
	.base = "arp_table",
	.summary = "a table of neighbours that ARPQueriers share",
	.help = "ARPQueriers that name it as their TABLE look into it and write into it what they "
		"learn: what one of them was told, all know. How long an answer is good, and how "
		"many are kept, is what the table says. It saves no packets, see ARPQuerier.",
	.flags = SL_C_INFO,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct arp_table_conf),
	.conf = conf,
	.rw_size = sizeof(struct arp_table_rw),
	.rw = rw,
	.tables = sl_arp_tables,
	.configure = sl_conf_arp_table,
};
