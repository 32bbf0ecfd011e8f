// SPDX-License-Identifier: GPL-2.0-only
/* Reading the words of a packet, and appending bytes. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/element/packet_int.h"

void packet_fail(struct builder *b, const char *fmt, ...)
{
	va_list ap;

	if (b->failed)
		return;
	b->failed = true;
	va_start(ap, fmt);
	vsnprintf(b->error, b->error_size, fmt, ap);
	va_end(ap);
}

const char *packet_peek(struct builder *b, size_t *len)
{
	while (isspace((unsigned char)*b->s))
		b->s++;
	*len = strcspn(b->s, " \t\n");
	return b->s;
}

bool packet_next_is(struct builder *b, const char *word)
{
	size_t len;
	const char *s = packet_peek(b, &len);

	if (strlen(word) != len || memcmp(s, word, len))
		return false;
	b->s += len;
	return true;
}

bool packet_next_word(struct builder *b, char *buf, size_t size)
{
	size_t len;
	const char *s = packet_peek(b, &len);

	if (!len)
		return false;
	if (len >= size) {
		packet_fail(b, "a word is too long: %.40s...", s);
		return false;
	}
	memcpy(buf, s, len);
	buf[len] = 0;
	b->s += len;
	return true;
}

bool packet_option(struct builder *b, const char *name, char *buf, size_t size)
{
	size_t len, n = strlen(name);
	const char *s = packet_peek(b, &len);

	if (len <= n || memcmp(s, name, n) || s[n] != '=')
		return false;
	if (!packet_next_word(b, buf, size))
		return false;
	memmove(buf, buf + n + 1, strlen(buf + n + 1) + 1);
	return true;
}

uint64_t packet_number(struct builder *b, const char *text, uint64_t max)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (!isdigit((unsigned char)text[0]) || *end || v > max)
		packet_fail(b, "'%s' is no number of 0 to %llu", text, (unsigned long long)max);
	return v;
}

void packet_mac(struct builder *b, const char *text, uint8_t at[6])
{
	unsigned int v[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		   &end) != 6 ||
	    text[end]) {
		packet_fail(b, "'%s' is no Ethernet address", text);
		return;
	}
	for (int i = 0; i < 6; i++)
		at[i] = (uint8_t)v[i];
}

void packet_addr(struct builder *b, int family, const char *text, uint8_t *at)
{
	if (inet_pton(family, text, at) != 1)
		packet_fail(b, "'%s' is no IP address", text);
}

size_t packet_hex(struct builder *b, const char *text, uint8_t *at, size_t max)
{
	size_t n = strlen(text) / 2;

	if (strlen(text) % 2 || n > max) {
		packet_fail(b, "'%s' is no string of hexadecimal bytes, or too long", text);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], 0};

		if (!isxdigit((unsigned char)byte[0]) || !isxdigit((unsigned char)byte[1])) {
			packet_fail(b, "'%s' is no string of hexadecimal bytes", text);
			return 0;
		}
		at[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

uint8_t *packet_append(struct builder *b, size_t n)
{
	static uint8_t nowhere[PACKET_MAX];
	uint8_t *at = b->out->bytes + b->out->len;

	if (n > sizeof(b->out->bytes) - b->out->len) {
		packet_fail(b, "longer than %d bytes", PACKET_MAX);
		return nowhere;
	}
	memset(at, 0, n);
	b->out->len += n;
	return at;
}

struct layer *packet_begin(struct builder *b, enum kind kind, size_t hlen)
{
	struct layer *l;

	if (b->n == MAX_LAYERS) {
		packet_fail(b, "more than %d headers", MAX_LAYERS);
		return &b->layers[MAX_LAYERS - 1];
	}
	l = &b->layers[b->n++];
	*l = (struct layer){.kind = kind, .off = b->out->len, .hlen = hlen};
	packet_append(b, hlen);
	return l;
}
