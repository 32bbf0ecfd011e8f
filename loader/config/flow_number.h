/* SPDX-License-Identifier: GPL-2.0-only */
/* What elements that number flows share (bpf/element/flow_number.h): layouts, the handler clear. */
#ifndef SL_CONFIG_FLOW_NUMBER_H
#define SL_CONFIG_FLOW_NUMBER_H

#include "loader/element/element.h"
#include "bpf/element/flow_number.h"

extern const struct sl_field sl_flow_fields[], sl_flow_word_fields[];

/* The table of words, behind that of the flows. */
#define SL_FLOW_WORDS_TABLE                                                                        \
	{                                                                                          \
		.name = "flownum", .type = SL_TABLE_ARRAY, .key_size = sizeof(uint32_t),           \
		.value_size = sizeof(uint64_t), .entries = SL_FLOW_WORDS,                          \
		.value = sl_flow_word_fields                                                       \
	}

extern const struct sl_handler sl_flow_handlers[];

#endif
