// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets from words. Headers are appended as they are read, with what was given; then lengths,
 * protocol numbers and checksums that were not given are filled in, from the innermost header out.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/element/packet_int.h"

static size_t count(struct builder *b)
{
	char v[64] = "";

	packet_next_word(b, v, sizeof(v));
	return (size_t)packet_number(b, v, PACKET_MAX);
}

static void payload(struct builder *b)
{
	if (!b->n || b->layers[b->n - 1].kind != PAYLOAD)
		packet_begin(b, PAYLOAD, 0);
}

static void data(struct builder *b)
{
	size_t n = count(b);
	uint8_t *at = packet_append(b, b->failed ? 0 : n);

	for (size_t i = 0; i < n && !b->failed; i++)
		at[i] = (uint8_t)i;
}

static void hex(struct builder *b)
{
	static char v[2 * PACKET_MAX + 1];
	static uint8_t bytes[PACKET_MAX];
	size_t n;

	v[0] = 0;
	packet_next_word(b, v, sizeof(v));
	n = packet_hex(b, v, bytes, sizeof(bytes));
	if (!n)
		packet_fail(b, "hex without bytes");
	memcpy(packet_append(b, n), bytes, n);
}

static void text(struct builder *b)
{
	char v[256] = "";

	if (!packet_next_word(b, v, sizeof(v)))
		packet_fail(b, "text without a word");
	memcpy(packet_append(b, strlen(v)), v, strlen(v));
}

static void build(struct builder *b);

/* first N ( WORDS ) */
static void first(struct builder *b)
{
	size_t n = count(b);
	struct packet *whole = calloc(1, sizeof(*whole));
	struct builder inner = {.def = b->def,
				.out = whole,
				.nested = true,
				.error = b->error,
				.error_size = b->error_size};

	if (!whole || !packet_next_is(b, "(")) {
		packet_fail(b, "first N must be followed by ( WORDS )");
	} else {
		inner.s = b->s;
		build(&inner);
		b->s = inner.s;
		b->failed |= inner.failed;
		if (!packet_next_is(b, ")"))
			packet_fail(b, "( without )");
		if (n > whole->len)
			packet_fail(b, "first %zu of only %zu bytes", n, whole->len);
		if (!b->failed)
			memcpy(packet_append(b, n), whole->bytes, n);
	}
	free(whole);
}

static bool one(struct builder *b)
{
	if (packet_header(b))
		return true;
	if (packet_next_is(b, "data"))
		payload(b), data(b);
	else if (packet_next_is(b, "zero"))
		payload(b), packet_append(b, count(b));
	else if (packet_next_is(b, "hex"))
		payload(b), hex(b);
	else if (packet_next_is(b, "text"))
		payload(b), text(b);
	else if (packet_next_is(b, "first"))
		payload(b), first(b);
	else
		return false;
	return true;
}

static void build(struct builder *b)
{
	size_t len;

	while (!b->failed && one(b))
		;
	if (!b->nested && packet_next_is(b, "pad"))
		b->pad = count(b);
	if (!b->nested && packet_next_is(b, "cut")) {
		b->cut = count(b);
		b->has_cut = true;
	}
	packet_peek(b, &len);
	if (len && !(b->nested && *b->s == ')'))
		packet_fail(b, "'%.*s' means nothing here", (int)len, b->s);
	for (size_t i = b->n; i-- > 0 && !b->failed;)
		packet_fill(b, i);
}

int packet_build(const char *words, const struct packet_defaults *def, struct packet *out,
		 char *error, size_t error_size)
{
	struct builder b = {
		.s = words, .def = def, .out = out, .error = error, .error_size = error_size};
	size_t len;
	const char *s;

	out->len = 0;
	if (packet_next_is(&b, "same")) {
		if (!def->same) {
			packet_fail(&b, "nothing came in that this could be the same as");
			return -1;
		}
		*out = *def->same;
		return 0;
	}
	s = packet_peek(&b, &len);
	if (!len)
		packet_fail(&b, "no packet");
	else if (!packet_next_is(&b, "raw") && !(len == 3 && !memcmp(s, "eth", 3)))
		packet_implied_eth(&b);
	build(&b);
	if (b.failed)
		return -1;
	packet_append(&b, b.pad);
	if (b.has_cut && b.cut > out->len)
		packet_fail(&b, "cut %zu of only %zu bytes", b.cut, out->len);
	else if (b.has_cut)
		out->len = b.cut;
	return b.failed ? -1 : 0;
}
