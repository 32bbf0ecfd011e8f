/* SPDX-License-Identifier: GPL-2.0-only */
/* What demux looks a link up by, in the form its map wants. */
#ifndef SL_PLATFORM_KEYS_H
#define SL_PLATFORM_KEYS_H

#include "loader/runtime/platform_priv.h"

struct sl_link_key {
	enum sl_platform_map map;
	enum sl_platform_map pair_map; /* SL_MAP_N: none */
	size_t size;
	union {
		struct sl_link4_key v4;
		struct sl_link6_key v6;
		struct sl_direct_key direct;
		uint8_t bytes[sizeof(struct sl_link6_key)];
	};
};

void sl_link_key(const struct sl_link_bind *b, struct sl_link_key *k);
/* Lets demux find a link without the hash map, by the key in its record; or no longer. */
void sl_link_remember(struct sl_link_rec *rec, const struct sl_link_key *k);
void sl_link_forget(struct sl_link_rec *rec);
/* Entry of a tenant's device: link index + 1, or 0. */
int sl_link_set_dev(struct sl_platform *p, uint32_t tenant, uint8_t dev, uint32_t value);

#endif
