/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying tables. Of each there is a copy here, as it was in the pass before: what differs from it
 * in the old map has been changed by packets, what differs from it in the new one by packets there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/carry_tables.h"

/* Entries a system call reads or writes. */
#define CHUNK 8192u

struct copy {
	bool done; /* there was a pass */
	uint32_t n;
	uint8_t *keys; /* NULL for an array */
	uint8_t *values;
	uint32_t *index; /* place of an entry, plus one, by its key: a hash table without chains */
	uint32_t mask;
};

struct sl_table_copies {
	struct copy *list;
	uint32_t n;
};

/* One table on its way. */
struct move {
	const struct sl_table *t;
	int from, to;
	bool running;
	const struct copy *base; /* as in the pass before */
};

static void copy_free(struct copy *c)
{
	free(c->keys);
	free(c->values);
	free(c->index);
	memset(c, 0, sizeof(*c));
}

void sl_table_copies_free(struct sl_table_copies *c)
{
	for (uint32_t k = 0; c && k < c->n; k++)
		copy_free(&c->list[k]);
	if (c)
		free(c->list);
	free(c);
}

static struct bpf_map_info map_info(int fd)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		memset(&info, 0, sizeof(info));
	return info;
}

/* ---- Copies in memory ------------------------------------------------------------------------*/

static uint32_t hash(const uint8_t *key, size_t size)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < size; i++)
		h = (h ^ key[i]) * 0x100000001b3ull;
	return (uint32_t)(h ^ h >> 32);
}

/* Where in the index a key is, or would be. */
static uint32_t *place(const struct copy *c, const uint8_t *key, size_t size)
{
	uint32_t at = hash(key, size) & c->mask;

	while (c->index[at] && memcmp(c->keys + (c->index[at] - 1) * size, key, size) != 0)
		at = (at + 1) & c->mask;
	return &c->index[at];
}

static const uint8_t *find(const struct copy *c, const struct sl_table *t, const uint8_t *key)
{
	uint32_t k = c->done ? *place(c, key, t->key_size) : 0;

	return k ? c->values + (size_t)(k - 1) * t->value_size : NULL;
}

static int make_index(struct copy *c, size_t key_size)
{
	uint32_t size = 16;

	while (size / 2 < c->n)
		size *= 2;
	c->mask = size - 1;
	c->index = calloc(size, sizeof(*c->index));
	if (!c->index)
		return -ENOMEM;
	for (uint32_t k = 0; k < c->n; k++)
		*place(c, c->keys + k * key_size, key_size) = k + 1;
	return 0;
}

/* All entries of a hash table. Entries that come while it is read may make it more than it has
 * room for; they are for the next pass. */
static int read_hash(const struct sl_table *t, int fd, struct copy *c)
{
	uint32_t room = map_info(fd).max_entries + CHUNK;
	uint8_t token[2][8] = {{0}};
	bool more = true;

	*c = (struct copy){.done = true,
			   .keys = malloc((size_t)room * t->key_size),
			   .values = malloc((size_t)room * t->value_size)};
	if (!c->keys || !c->values)
		return -ENOMEM;
	for (unsigned int turn = 0; more && room - c->n >= CHUNK; turn++) {
		uint32_t count = CHUNK;

		if (bpf_map_lookup_batch(fd, turn ? token[turn & 1] : NULL, token[!(turn & 1)],
					 c->keys + (size_t)c->n * t->key_size,
					 c->values + (size_t)c->n * t->value_size, &count, NULL)) {
			if (errno != ENOENT)
				return -errno;
			more = false;
		}
		c->n += count;
	}
	return make_index(c, t->key_size);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* An entry that differs from what was copied of it (NULL: nothing). -E2BIG: there is no room. */
static int put(const struct move *m, const uint8_t *key, const uint8_t *value, const uint8_t *was)
{
	_free_ uint8_t *now = NULL;

	if (m->running && was) {
		now = malloc(m->t->value_size);
		if (!now)
			return -ENOMEM;
		if (bpf_map_lookup_elem(m->to, key, now))
			return errno == ENOENT ? 0 : -errno;
		if (memcmp(now, was, m->t->value_size) != 0)
			return 0;
	}
	if (!bpf_map_update_elem(m->to, key, value, m->running && !was ? BPF_NOEXIST : BPF_ANY))
		return 0;
	return errno == EEXIST ? 0 : -errno;
}

/* An entry that went from the old table goes from the new one, if it is as it was copied. */
static int drop(const struct move *m, const uint8_t *key, const uint8_t *was)
{
	_free_ uint8_t *now = malloc(m->t->value_size);

	if (!now)
		return -ENOMEM;
	if (bpf_map_lookup_elem(m->to, key, now) || memcmp(now, was, m->t->value_size) != 0)
		return 0;
	return bpf_map_delete_elem(m->to, key) && errno != ENOENT ? -errno : 0;
}

/* The first pass, before packets come: all of it, many at a time. */
static int put_all(const struct move *m, const struct copy *c)
{
	for (uint32_t k = 0; k < c->n;) {
		uint32_t count = c->n - k < CHUNK ? c->n - k : CHUNK;

		if (bpf_map_update_batch(m->to, c->keys + (size_t)k * m->t->key_size,
					 c->values + (size_t)k * m->t->value_size, &count, NULL))
			return errno == E2BIG ? 0 : -errno;
		k += count;
	}
	return 0;
}

static int write_hash(const struct move *m, const struct copy *c)
{
	size_t ks = m->t->key_size, vs = m->t->value_size;
	int ret = 0;

	if (!m->base->done && !m->running)
		return put_all(m, c);
	for (uint32_t k = 0; m->base->done && k < m->base->n && !ret; k++) {
		const uint8_t *key = m->base->keys + k * ks;

		if (!find(c, m->t, key))
			ret = drop(m, key, m->base->values + k * vs);
	}
	for (uint32_t k = 0; k < c->n && !ret; k++) {
		const uint8_t *was = find(m->base, m->t, c->keys + k * ks);

		if (was && !memcmp(was, c->values + k * vs, vs))
			continue;
		ret = put(m, c->keys + k * ks, c->values + k * vs, was);
	}
	return ret == -E2BIG ? 0 : ret;
}

/* ---- Arrays ----------------------------------------------------------------------------------*/

/* Entries `at` and on as they are now in `now`: writes those that differ, and notes them in `c`. */
static int move_part(const struct move *m, struct copy *c, uint32_t at, uint32_t n,
		     const uint32_t *keys, uint8_t *now)
{
	size_t vs = m->t->value_size;
	uint8_t *was = c->values + at * vs;
	int ret = 0;

	if (!memcmp(was, now, n * vs))
		return 0;
	if (!m->running && !c->done) {
		if (bpf_map_update_batch(m->to, keys, now, &n, NULL))
			return -errno;
		memcpy(was, now, n * vs);
		return 0;
	}
	for (uint32_t k = 0; k < n && !ret; k++) {
		if (!memcmp(was + k * vs, now + k * vs, vs))
			continue;
		ret = put(m, (const uint8_t *)&keys[k], now + k * vs, was + k * vs);
		memcpy(was + k * vs, now + k * vs, vs);
	}
	return ret;
}

/* A new array is zero, and so is its copy before the first pass. */
static int move_array(const struct move *m, struct copy *c)
{
	uint32_t from = map_info(m->from).max_entries, to = map_info(m->to).max_entries;
	uint32_t n = from < to ? from : to;
	_free_ uint32_t *keys = malloc(CHUNK * sizeof(*keys));
	_free_ uint8_t *now = malloc((size_t)CHUNK * m->t->value_size);
	uint32_t token[2];

	if (!c->values)
		c->values = calloc(n + 1, m->t->value_size);
	if (!c->values || !keys || !now)
		return -ENOMEM;
	for (uint32_t at = 0, turn = 0; at < n; turn++) {
		uint32_t count = n - at < CHUNK ? n - at : CHUNK;
		int ret;

		if (bpf_map_lookup_batch(m->from, turn ? &token[turn & 1] : NULL,
					 &token[!(turn & 1)], keys, now, &count, NULL) &&
		    errno != ENOENT)
			return -errno;
		if (!count)
			break;
		ret = move_part(m, c, at, count, keys, now);
		if (ret)
			return ret;
		at += count;
	}
	c->done = true;
	return 0;
}

/* ---- All tables of an element ----------------------------------------------------------------*/

static int copies_new(uint32_t n, struct sl_table_copies **out)
{
	struct sl_table_copies *c = calloc(1, sizeof(*c));

	if (c)
		c->list = calloc(n + 1, sizeof(*c->list));
	if (!c || !c->list) {
		free(c);
		return -ENOMEM;
	}
	c->n = n;
	*out = c;
	return 0;
}

static bool moves(const struct sl_table *t, int from, int to)
{
	return t->type != SL_TABLE_ROUTES && t->type != SL_TABLE_WIDE &&
	       map_info(from).id != map_info(to).id;
}

int sl_table_copies_pass(struct sl_table_copies **c, const struct sl_table *t, const int *from,
			 const int *to, bool running)
{
	_free_ struct copy *now = NULL;
	uint32_t n = 0;
	int ret = 0;

	while (t[n].name)
		n++;
	now = calloc(n + 1, sizeof(*now));
	if (!now)
		return -ENOMEM;
	if (!*c)
		ret = copies_new(n, c);
	for (uint32_t k = 0; k < n && !ret; k++)
		if (moves(&t[k], from[k], to[k]) && t[k].type != SL_TABLE_ARRAY)
			ret = read_hash(&t[k], from[k], &now[k]);
	for (uint32_t k = n; k-- > 0 && !ret;) {
		struct copy *was = &(*c)->list[k];
		const struct move m = {&t[k], from[k], to[k], running, was};

		if (!moves(&t[k], from[k], to[k]))
			continue;
		if (t[k].type == SL_TABLE_ARRAY) {
			ret = move_array(&m, was);
			continue;
		}
		ret = write_hash(&m, &now[k]);
		copy_free(was);
		*was = now[k];
		memset(&now[k], 0, sizeof(now[k]));
	}
	for (uint32_t k = 0; k < n; k++)
		copy_free(&now[k]);
	return ret;
}
