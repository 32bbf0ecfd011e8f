/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two sides of asking share: bytes as hexadecimal text in JSON. */
#ifndef SL_ASK_INT_H
#define SL_ASK_INT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

json_object *sl_hex_json(const void *bytes, size_t len);
/* Exactly `len` bytes. 0 or -EBADMSG. */
int sl_hex_read(json_object *o, void *bytes, size_t len);
/* Bytes a text stands for; 0 for what is none. */
size_t sl_hex_len(json_object *o);

struct sl_live;
/* Entries of tables, in all, that go along with one request: each is text in the daemon's memory,
 * and a look into a map of its time. */
#define SL_ASK_ENTRIES 262144
struct sl_ask_room {
	uint32_t entries; /* that still go along */
	bool cut;	  /* there were more */
};
/* What a handler may see of an element: {inst, state, rw, packets, tables}. NULL when out of
 * memory. */
json_object *sl_ask_snapshot(struct sl_live *live, uint32_t inst, struct sl_ask_room *room);

#endif
