/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as hexadecimal text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/ask_int.h"
#include "loader/mem.h"

json_object *sl_hex_json(const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;
	_free_ char *text = malloc(2 * len + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[b[i] >> 4];
		text[2 * i + 1] = digits[b[i] & 15];
	}
	text[2 * len] = 0;
	return json_object_new_string_len(text, (int)(2 * len));
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

size_t sl_hex_len(json_object *o)
{
	return json_object_is_type(o, json_type_string) ? (size_t)json_object_get_string_len(o) / 2
							: 0;
}

int sl_hex_read(json_object *o, void *bytes, size_t len)
{
	const char *text;
	uint8_t *b = bytes;

	if (!json_object_is_type(o, json_type_string) ||
	    (size_t)json_object_get_string_len(o) != 2 * len)
		return -EBADMSG;
	text = json_object_get_string(o);
	for (size_t i = 0; i < len; i++) {
		int hi = digit(text[2 * i]), lo = digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EBADMSG;
		b[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
