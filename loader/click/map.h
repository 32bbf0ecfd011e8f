/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names to values. The hash is keyed with a random number of the process, so that names chosen by
 * a stranger cannot be made to collide; memory comes from an arena.
 */
#ifndef SL_CLICK_MAP_H
#define SL_CLICK_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "loader/click/arena.h"

struct click_map_slot {
	const char *key;
	size_t len;
	uint64_t hash;
	void *value;
};

/* Zero-initialised is empty. */
struct click_map {
	struct click_map_slot *slots;
	size_t n;
	size_t cap; /* a power of two, or 0 */
};

uint64_t click_hash(const void *data, size_t len);

/* The value, or NULL. */
void *click_map_get(const struct click_map *m, const char *key, size_t len);
/* Sets `key` (which must stay where it is) to `value`, not NULL. 0 or -ENOMEM. */
int click_map_put(struct click_map *m, struct click_arena *mem, const char *key, size_t len,
		  void *value);

/* A set of 128-bit keys: `add` returns 1 when new, 0 when there already, -ENOMEM. */
struct click_set {
	uint64_t (*slots)[2];
	size_t n;
	size_t cap;
	int has_zero; /* the all-zero key stands for an empty slot */
};

int click_set_add(struct click_set *s, struct click_arena *mem, uint64_t a, uint64_t b);

#endif
