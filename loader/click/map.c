// SPDX-License-Identifier: GPL-2.0-only
/* Hash tables with open addressing; see map.h. The hash is SipHash-1-3 (Aumasson, Bernstein). */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "loader/click/map.h"

static uint64_t hash_key[2];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
	/* Without random numbers names still work; they are only predictable. */
	if (getrandom(hash_key, sizeof(hash_key), GRND_NONBLOCK) != sizeof(hash_key))
		hash_key[0] = (uintptr_t)&hash_key;
}

static inline uint64_t rotl(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

uint64_t click_hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t v[4], w;

	pthread_once(&hash_once, make_key);
	v[0] = hash_key[0] ^ 0x736f6d6570736575ULL;
	v[1] = hash_key[1] ^ 0x646f72616e646f6dULL;
	v[2] = hash_key[0] ^ 0x6c7967656e657261ULL;
	v[3] = hash_key[1] ^ 0x7465646279746573ULL;
	for (size_t left = len;; left -= 8, p += 8) {
		w = left < 8 ? (uint64_t)len << 56 : 0;
		memcpy(&w, p, left < 8 ? left : 8);
		v[3] ^= w;
		sip_round(v);
		v[0] ^= w;
		if (left < 8)
			break;
	}
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct click_map_slot *slot_of(const struct click_map *m, const char *key, size_t len,
				      uint64_t hash)
{
	for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct click_map_slot *s = &m->slots[i];

		if (!s->value || (s->hash == hash && s->len == len && !memcmp(s->key, key, len)))
			return s;
	}
}

void *click_map_get(const struct click_map *m, const char *key, size_t len)
{
	return m->cap ? slot_of(m, key, len, click_hash(key, len))->value : NULL;
}

static int map_grow(struct click_map *m, struct click_arena *mem)
{
	struct click_map bigger = {.cap = m->cap ? m->cap * 2 : 16, .n = m->n};

	bigger.slots = click_alloc_array(mem, bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		struct click_map_slot *s = &m->slots[i];

		if (s->value)
			*slot_of(&bigger, s->key, s->len, s->hash) = *s;
	}
	*m = bigger;
	return 0;
}

int click_map_put(struct click_map *m, struct click_arena *mem, const char *key, size_t len,
		  void *value)
{
	uint64_t hash = click_hash(key, len);
	struct click_map_slot *s;

	if (m->n * 4 >= m->cap * 3 && map_grow(m, mem) < 0)
		return -ENOMEM;
	s = slot_of(m, key, len, hash);
	if (!s->value)
		m->n++;
	*s = (struct click_map_slot){key, len, hash, value};
	return 0;
}

static uint64_t *set_slot(const struct click_set *s, uint64_t a, uint64_t b)
{
	uint64_t key[2] = {a, b};

	for (size_t i = click_hash(key, sizeof(key)) & (s->cap - 1);; i = (i + 1) & (s->cap - 1)) {
		uint64_t *slot = s->slots[i];

		if ((!slot[0] && !slot[1]) || (slot[0] == a && slot[1] == b))
			return slot;
	}
}

int click_set_add(struct click_set *s, struct click_arena *mem, uint64_t a, uint64_t b)
{
	uint64_t *slot;

	if (!a && !b) {
		if (s->has_zero)
			return 0;
		s->has_zero = 1;
		return 1;
	}
	if (s->n * 4 >= s->cap * 3) {
		struct click_set bigger = *s;

		bigger.cap = s->cap ? s->cap * 2 : 64;
		bigger.slots = click_alloc_array(mem, bigger.cap, sizeof(*bigger.slots));
		if (!bigger.slots)
			return -ENOMEM;
		for (size_t i = 0; i < s->cap; i++) {
			if (s->slots[i][0] || s->slots[i][1])
				memcpy(set_slot(&bigger, s->slots[i][0], s->slots[i][1]),
				       s->slots[i], sizeof(s->slots[i]));
		}
		*s = bigger;
	}
	slot = set_slot(s, a, b);
	if (slot[0] || slot[1])
		return 0;
	slot[0] = a;
	slot[1] = b;
	s->n++;
	return 1;
}
