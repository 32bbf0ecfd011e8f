/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is freed all at once. What lives as long as a graph, or as long as one parse, is
 * taken from an arena, so that neither a syntax error nor a limit needs to take anything apart.
 */
#ifndef SL_CLICK_ARENA_H
#define SL_CLICK_ARENA_H

#include <stddef.h>

struct click_chunk;

/* Zero-initialised is empty. */
struct click_arena {
	struct click_chunk *chunks;
	size_t used; /* bytes of the newest chunk */
};

/* `size` zeroed bytes, aligned for any type; NULL when out of memory. */
void *click_alloc(struct click_arena *a, size_t size);
/* The same for `n` times `size`; NULL too when that overflows. */
void *click_alloc_array(struct click_arena *a, size_t n, size_t size);
char *click_strndup(struct click_arena *a, const char *s, size_t len);
void click_arena_free(struct click_arena *a);

#endif
