/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two sides of asking share: bytes as hexadecimal text in JSON. */
#ifndef SL_ASK_INT_H
#define SL_ASK_INT_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

json_object *sl_hex_json(const void *bytes, size_t len);
/* Exactly `len` bytes. 0 or -EBADMSG. */
int sl_hex_read(json_object *o, void *bytes, size_t len);
/* Bytes a text stands for; 0 for what is none. */
size_t sl_hex_len(json_object *o);

#endif
