// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is freed all at once; see arena.h. */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/arena.h"

#define CHUNK_SIZE ((size_t)64 << 10)

struct click_chunk {
	struct click_chunk *next;
	size_t size;
	alignas(max_align_t) char data[];
};

static struct click_chunk *new_chunk(size_t size)
{
	struct click_chunk *c = calloc(1, sizeof(*c) + size);

	if (c)
		c->size = size;
	return c;
}

void *click_alloc(struct click_arena *a, size_t size)
{
	struct click_chunk *c = a->chunks;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (size >= CHUNK_SIZE / 4) {
		/* A chunk of its own, put behind the newest one, whose rest stays usable. */
		struct click_chunk *big = new_chunk(size);

		if (!big)
			return NULL;
		if (c) {
			big->next = c->next;
			c->next = big;
		} else {
			a->chunks = big;
			a->used = size;
		}
		return big->data;
	}
	if (!c || c->size - a->used < size) {
		c = new_chunk(CHUNK_SIZE);
		if (!c)
			return NULL;
		c->next = a->chunks;
		a->chunks = c;
		a->used = 0;
	}
	a->used += size;
	return c->data + a->used - size;
}

void *click_alloc_array(struct click_arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return click_alloc(a, total);
}

char *click_strndup(struct click_arena *a, const char *s, size_t len)
{
	char *copy = click_alloc(a, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

void click_arena_free(struct click_arena *a)
{
	while (a->chunks) {
		struct click_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	a->used = 0;
}
