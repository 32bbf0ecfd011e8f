/* SPDX-License-Identifier: GPL-2.0-only */
/* What GREEncap and GREDecap have in common: their arguments, so that the two fit each other. */
#ifndef SL_CONFIG_GRE_H
#define SL_CONFIG_GRE_H

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "bpf/element/gre_header.h"

/* Their confs begin with `struct gre_header gre`. */
#define SL_GRE_PARAMS(type)                                                                        \
	SL_PARAM("PROTOCOL", U16, SL_P_POS, "0x0800", type, gre.proto,                             \
		 "what is in it: the Ethernet type"),                                              \
		SL_PARAM_X("KEY", U32, 0, NULL, "the tunnel's key (default: none)"),               \
		SL_PARAM_X("CHECKSUM", BOOL, 0, "false", "with a checksum over the whole packet"), \
		SL_PARAM_X("SEQUENCE", BOOL, 0, "false", "with sequence numbers")

#define SL_GRE_FIELDS(type)                                                                        \
	SL_FIELD(type, gre.key, IP4), SL_FIELD(type, gre.flags, U16), SL_FIELD(type, gre.proto, U16)

/* Flags and key, from these arguments. 0. */
int sl_gre_configure(struct sl_conf *cf);

#endif
