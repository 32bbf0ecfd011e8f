/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments and handlers that classes which write VLAN tags have in common. Their conf begins
 * with a struct vlan_conf.
 */
#ifndef SL_VLAN_H
#define SL_VLAN_H

#include "bpf/element/vlan.h"
#include "loader/element/element.h"
#include "loader/element/facts.h"

#define SL_PARAMS_VLAN_TCI(text)                                                                   \
	SL_PARAM_X("VLAN_TCI", ARG, SL_P_POS, NULL, text),                                         \
		SL_PARAM_X("VLAN_PCP", U8, SL_P_POS, "0", "the priority, 0 to 7"),                 \
		SL_PARAM_X("VLAN_ID", U16, 0, "0",                                                 \
			   "the VLAN, 0 to 4095; without effect beside VLAN_TCI")
#define SL_PARAM_VLAN_NATIVE                                                                       \
	SL_PARAM_X("NATIVE_VLAN", S32, 0, "0", "the VLAN whose frames get no tag; -1: all get one")

#define SL_FIELDS_VLAN(type)                                                                       \
	SL_FIELD(type, vlan.tci, BE16), SL_FIELD(type, vlan.native, BE16),                         \
		SL_FIELD(type, vlan.anno, BOOL), SL_FIELD(type, vlan.has_native, BOOL)

/* Reads these arguments into the struct vlan_conf; a class without NATIVE_VLAN has no use for ANNO
 * either. 0 or -EINVAL (reported). */
int sl_conf_vlan(struct sl_conf *cf);

sl_read_fn sl_h_vlan_get;
sl_write_fn sl_h_vlan_set;

#define SL_HANDLER_VLAN(hname, text)                                                               \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE, .help = text,     \
		.read = sl_h_vlan_get, .write = sl_h_vlan_set                                      \
	}
#define SL_HANDLERS_VLAN_TCI                                                                       \
	SL_HANDLER_VLAN("vlan_tci", "the whole TCI, or ANNO"),                                     \
		SL_HANDLER_VLAN("vlan_id", "the VLAN; writing leaves the priority"),               \
		SL_HANDLER_VLAN("vlan_pcp", "the priority; writing leaves the VLAN")
#define SL_HANDLER_VLAN_NATIVE                                                                     \
	SL_HANDLER_PARAM("native_vlan", "NATIVE_VLAN", "the VLAN whose frames get no tag")

/* What is known once `tagged` or else `plain` bytes were prepended for an Ethernet header of
 * `header` (plus 4 with a tag) bytes. */
void sl_facts_vlan(const struct vlan_conf *c, uint32_t tagged, uint32_t plain, struct sl_facts *f);

#endif
