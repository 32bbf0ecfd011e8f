// SPDX-License-Identifier: GPL-2.0-only
/* Layouts of what is known of neighbours. */
#include "loader/config/neigh.h"

const struct sl_field sl_neigh_known_fields[] = {
	SL_FIELD(struct sl_neigh_known, updated, U64), SL_FIELD(struct sl_neigh_known, asked, U64),
	SL_FIELD(struct sl_neigh_known, eth, ETHER),   SL_FIELD(struct sl_neigh_known, zero, U8),
	SL_FIELD(struct sl_neigh_known, asks, U8),     SL_FIELDS_END,
};

const struct sl_field sl_neigh_wait_fields[] = {
	SL_FIELD(struct sl_neigh_wait, asked, U64),
	SL_FIELD(struct sl_neigh_wait, asks, U32),
	SL_FIELD(struct sl_neigh_wait, zero, U32),
	SL_FIELDS_END,
};
