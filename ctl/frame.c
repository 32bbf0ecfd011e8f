// SPDX-License-Identifier: GPL-2.0-only
/* Framing of the control protocol. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/frame.h"

#define READ_STEP 65536

void ctl_buf_free(struct ctl_buf *b)
{
	free(b->bytes);
	memset(b, 0, sizeof(*b));
}

int ctl_buf_room(struct ctl_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 4096;
	uint8_t *more;

	if (b->cap - b->end >= n)
		return 0;
	if (b->start) {
		memmove(b->bytes, b->bytes + b->start, ctl_buf_len(b));
		b->end -= b->start;
		b->start = 0;
	}
	while (cap - b->end < n)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	more = realloc(b->bytes, cap);
	if (!more)
		return -ENOMEM;
	b->bytes = more;
	b->cap = cap;
	return 0;
}

void ctl_buf_drop(struct ctl_buf *b, size_t n)
{
	b->start += n;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	/* An idle client holds no more than this. */
	if (b->cap > READ_STEP)
		ctl_buf_free(b);
}

static size_t claimed(const struct ctl_buf *b)
{
	const uint8_t *p = b->bytes + b->start;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

int ctl_buf_read(struct ctl_buf *b, int fd)
{
	size_t have = ctl_buf_len(b), want = CTL_FRAME_HEAD;
	ssize_t n;
	int ret;

	if (have >= CTL_FRAME_HEAD)
		want = CTL_FRAME_HEAD + claimed(b);
	if (want > CTL_FRAME_HEAD + CTL_FRAME_MAX)
		return -EMSGSIZE;
	want = want > have ? want - have : 0;
	if (!want)
		return -EAGAIN;
	want = want < READ_STEP ? want : READ_STEP;
	ret = ctl_buf_room(b, want);
	if (ret)
		return ret;
	n = read(fd, b->bytes + b->end, want);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	b->end += (size_t)n;
	return (int)n;
}

int ctl_buf_write(struct ctl_buf *b, int fd)
{
	size_t len = ctl_buf_len(b);
	ssize_t n;

	if (!len)
		return -EAGAIN;
	len = len < 1u << 20 ? len : 1u << 20;
	n = send(fd, b->bytes + b->start, len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	ctl_buf_drop(b, (size_t)n);
	return (int)n;
}

/* How many values a JSON text can have at most: what begins or separates one, outside strings.
 * 0: it is none, as json-c would take single quotes for strings. */
static size_t count_values(const char *s, size_t len)
{
	bool quoted = false;
	size_t n = 1;

	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && s[i] == '\'')
			return 0;
		else if (!quoted)
			n += s[i] == '[' || s[i] == '{' || s[i] == ',' || s[i] == ':';
	}
	return n;
}

static int parse(const char *text, size_t len, struct json_object **out)
{
	struct json_tokener *tok = json_tokener_new_ex(CTL_FRAME_DEPTH);
	struct json_object *o;
	bool whole;

	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, text, (int)len);
	whole = json_tokener_get_error(tok) == json_tokener_success &&
		json_tokener_get_parse_end(tok) == len;
	json_tokener_free(tok);
	if (!whole || !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return -EBADMSG;
	}
	*out = o;
	return 1;
}

int ctl_frame_get(struct ctl_buf *b, size_t max_values, struct json_object **out)
{
	const char *text;
	size_t len, values;
	int ret;

	if (ctl_buf_len(b) < CTL_FRAME_HEAD)
		return 0;
	len = claimed(b);
	if (len > CTL_FRAME_MAX)
		return -EMSGSIZE;
	if (ctl_buf_len(b) < CTL_FRAME_HEAD + len)
		return 0;
	text = (const char *)b->bytes + b->start + CTL_FRAME_HEAD;
	values = count_values(text, len);
	if (max_values && values > max_values)
		ret = -EMSGSIZE;
	else
		ret = values ? parse(text, len, out) : -EBADMSG;
	ctl_buf_drop(b, CTL_FRAME_HEAD + len);
	return ret;
}

int ctl_frame_put(struct ctl_buf *b, struct json_object *o, size_t limit)
{
	size_t len;
	const char *text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	uint8_t *p;
	int ret;

	if (!text)
		return -ENOMEM;
	if (len > CTL_FRAME_MAX || ctl_buf_len(b) + CTL_FRAME_HEAD + len > limit)
		return -EMSGSIZE;
	ret = ctl_buf_room(b, CTL_FRAME_HEAD + len);
	if (ret)
		return ret;
	p = b->bytes + b->end;
	p[0] = (uint8_t)(len >> 24);
	p[1] = (uint8_t)(len >> 16);
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	memcpy(p + CTL_FRAME_HEAD, text, len);
	b->end += CTL_FRAME_HEAD + len;
	return 0;
}
