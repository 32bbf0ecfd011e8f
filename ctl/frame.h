/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of the control protocol (docs/control.md): a length of four bytes, network order, and that
 * many bytes of JSON, one object. Buffers grow with what has really come, never with what a length
 * claims, and never past their limit.
 */
#ifndef CTL_FRAME_H
#define CTL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#define CTL_FRAME_HEAD 4
#define CTL_FRAME_MAX (8u << 20) /* bytes of JSON in one frame */
#define CTL_FRAME_DEPTH 24	 /* nesting of what a frame holds */
/* Values in a request: parsed JSON takes up to a hundred times the room of its text. */
#define CTL_REQUEST_VALUES 20000

struct ctl_buf {
	uint8_t *bytes;
	size_t start, end, cap; /* what is in it: bytes[start..end) */
};

static inline size_t ctl_buf_len(const struct ctl_buf *b)
{
	return b->end - b->start;
}
void ctl_buf_free(struct ctl_buf *b);
/* Makes room for `n` more bytes behind the end. 0 or -ENOMEM. */
int ctl_buf_room(struct ctl_buf *b, size_t n);
/* Takes `n` bytes from the front. */
void ctl_buf_drop(struct ctl_buf *b, size_t n);

/* Reads what has come on a non-blocking descriptor, no more than completes one frame beyond what is
 * there. Returns the number of bytes, 0 at the end, -EAGAIN, or another -errno. */
int ctl_buf_read(struct ctl_buf *b, int fd);
/* Writes as much as goes. Returns the number of bytes, -EAGAIN, or another -errno. */
int ctl_buf_write(struct ctl_buf *b, int fd);

/*
 * Takes the first frame out. 1: *out is an object (the caller puts it); 0: not all of it has come;
 * -EMSGSIZE: longer than allowed, or of more than `max_values` values (0: no limit); -EBADMSG: no
 * JSON object; -ENOMEM.
 */
int ctl_frame_get(struct ctl_buf *b, size_t max_values, struct json_object **out);
/* Appends a frame. 0; -EMSGSIZE: too long for a frame, or more than `limit` bytes would wait (the
 * buffer is as before); -ENOMEM. */
int ctl_frame_put(struct ctl_buf *b, struct json_object *o, size_t limit);

#endif
