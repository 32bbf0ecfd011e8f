/* SPDX-License-Identifier: GPL-2.0-only */
/* The counts of an AggregateCounter: read, written as text, cleared, counted again. */
#ifndef SL_CONFIG_AGGREGATE_COUNTS_H
#define SL_CONFIG_AGGREGATE_COUNTS_H

#include "loader/element/element.h"

/* Its tables. */
enum { SL_AGG_COUNTS, SL_AGG_WORDS };

extern const struct sl_table sl_agg_tables[];

/* "count" and "nagg"; "text", "ip_text" and "pdf"; "clear"; "counts_pdf". */
sl_read_fn sl_agg_read_word, sl_agg_read_text;
sl_write_fn sl_agg_clear, sl_agg_recount;

#endif
