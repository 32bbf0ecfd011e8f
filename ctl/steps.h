/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet's way through a graph, element by element. What the native build tells
 * (sl_replay_follow()) crosses processes as JSON; here it becomes rows for people and programs.
 */
#ifndef CTL_STEPS_H
#define CTL_STEPS_H

#include <json-c/json.h>

#include "loader/runtime/replay.h"

/* For sl_replay_follow(): adds a step to `list`, an array. */
void ctl_steps_take(void *list, const struct sl_native_step *step);

/* The packet as it came in. */
struct ctl_steps_packet {
	uint64_t number, ts_ns;
	const char *device;
	const uint8_t *frame;
	size_t len;
};
/*
 * Appends to `rows` a row a step: {packet, element, class, in, out, changes: [...]}; `out` is an
 * output port, or what became of the packet. Nothing of `steps` is believed. 0, -EPROTO, -ENOMEM.
 */
int ctl_steps_rows(const struct sl_program *prog, struct json_object *steps,
		   const struct ctl_steps_packet *p, struct json_object *rows);

#endif
