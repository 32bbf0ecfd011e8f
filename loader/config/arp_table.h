/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of neighbours that ARPQuerier and ARPTable have in common. Their conf begins with a
 * struct arp_table_conf, their rw with a struct arp_table_rw. The handlers of an instance that uses
 * another's table (sl_conf_use) work on that.
 */
#ifndef SL_ARP_TABLE_H
#define SL_ARP_TABLE_H

#include "bpf/element/arp_table.h"
#include "loader/element/element.h"

#define SL_PARAMS_ARP_TABLE(cstruct, timeout, entries)                                             \
	SL_PARAM("TIMEOUT", NS, 0, "5m", cstruct, timeout,                                         \
		 "how long an answer is good; 0: for ever"),                                       \
		SL_PARAM("ENTRY_CAPACITY", U32, 0, "0", cstruct, entries,                          \
			 "neighbours remembered, at least 1024; 0: 4096"),                         \
		SL_PARAM_X("CAPACITY", U32, SL_P_IGNORED, "2048", "no packets are saved"),         \
		SL_PARAM_X("ENTRY_PACKET_CAPACITY", U32, SL_P_IGNORED, "0",                        \
			   "no packets are saved"),                                                \
		SL_PARAM_X("CAPACITY_SLIM_FACTOR", U32, SL_P_IGNORED, "2", "no packets are saved")

extern const struct sl_table sl_arp_tables[];

/* Holds what these arguments say against the limits, and derives the sizes. 0 or -EINVAL
 * (reported). */
int sl_conf_arp_table(struct sl_conf *cf);
/* The sizes of a table that nobody looks into. */
void sl_arp_table_unused(struct arp_table_conf *c);

sl_read_fn sl_h_arp_table, sl_h_arp_count, sl_h_arp_none;
sl_write_fn sl_h_arp_insert, sl_h_arp_delete, sl_h_arp_clear;

#define SL_HANDLERS_ARP_TABLE                                                                      \
	{.name = "table",                                                                          \
	 .flags = SL_H_READ,                                                                       \
	 .help = "neighbours: IP address, 1 if valid, Ethernet address, seconds since the answer", \
	 .read = sl_h_arp_table},                                                                  \
		{.name = "count",                                                                  \
		 .flags = SL_H_READ,                                                               \
		 .help = "entries, those without an answer too",                                   \
		 .read = sl_h_arp_count},                                                          \
		{.name = "length",                                                                 \
		 .flags = SL_H_READ,                                                               \
		 .help = "always 0: no packets are saved",                                         \
		 .read = sl_h_arp_none},                                                           \
		{.name = "insert",                                                                 \
		 .flags = SL_H_WRITE,                                                              \
		 .help = "adds a neighbour: IP ETH",                                               \
		 .write = sl_h_arp_insert},                                                        \
		{.name = "delete",                                                                 \
		 .flags = SL_H_WRITE,                                                              \
		 .help = "forgets a neighbour: IP",                                                \
		 .write = sl_h_arp_delete},                                                        \
	{                                                                                          \
		.name = "clear", .flags = SL_H_WRITE | SL_H_BUTTON,                                \
		.help = "forgets all neighbours and counts", .write = sl_h_arp_clear               \
	}

#endif
