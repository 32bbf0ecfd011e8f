// SPDX-License-Identifier: GPL-2.0-only
/* What Click printed: marks of the script, frames, and lines of elements and handlers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/click.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "@@out DEV: LEN | HEX HEX..." or "@@host: LEN | ..."; false if it is neither. */
static bool read_frame(const char *line, size_t len, struct click_frame *f)
{
	const char *name = line + strlen("@@out "), *colon, *end = line + len;
	size_t n = 0;

	if (!strncmp(line, "@@host:", 7))
		name = line + strlen("@@host");
	else if (strncmp(line, "@@out ", 6))
		return false;
	colon = memchr(name, ':', (size_t)(end - name));
	if (!colon || (size_t)(colon - name) >= sizeof(f->dev))
		return false;
	*f = (struct click_frame){.len = strtoul(colon + 1, NULL, 10)};
	memcpy(f->dev, name, (size_t)(colon - name));
	f->bytes = calloc(f->len + 1, 1);
	if (!f->bytes)
		return false;
	name = memchr(colon, '|', (size_t)(end - colon));
	for (const char *c = name ? name + 1 : end; c + 1 < end && n < f->len; c++) {
		if (hex(c[0]) >= 0 && hex(c[1]) >= 0) {
			f->bytes[n++] = (uint8_t)(hex(c[0]) << 4 | hex(c[1]));
			c++;
		}
	}
	return true;
}

static int add_text(struct click_step *s, const char *line, size_t len)
{
	char *more = realloc(s->text, s->len + len + 1);

	if (!more)
		return -ENOMEM;
	memcpy(more + s->len, line, len);
	s->text = more;
	s->len += len;
	more[s->len] = 0;
	return 0;
}

static int next_step(struct click_output *o)
{
	if (SL_GROW(o->steps, o->n, o->cap) < 0)
		return -ENOMEM;
	o->steps[o->n++] = (struct click_step){0};
	return add_text(&o->steps[o->n - 1], "", 0);
}

static int read_line(struct click_output *o, const char *line, size_t len)
{
	struct click_step *s = &o->steps[o->n - 1];
	struct click_frame f;

	if (!strncmp(line, "@@step\n", 7))
		return next_step(o);
	/* A remark about speed, of Click as such. */
	if (!strncmp(line, "expensive Packet::", 18))
		return 0;
	if (!strncmp(line, "@@end\n", 6)) {
		o->whole = true;
		return 0;
	}
	if (!read_frame(line, len, &f))
		return add_text(s, line, len);
	if (SL_GROW(s->frames, s->n_frames, s->cap_frames) < 0) {
		free(f.bytes);
		return -ENOMEM;
	}
	s->frames[s->n_frames++] = f;
	return 0;
}

int click_output_read(const char *text, struct click_output *out)
{
	int ret;

	*out = (struct click_output){0};
	ret = next_step(out);
	while (!ret && *text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		ret = read_line(out, text, len);
		text += len;
	}
	return ret;
}

void click_output_free(struct click_output *o)
{
	for (size_t i = 0; i < o->n; i++) {
		for (size_t k = 0; k < o->steps[i].n_frames; k++)
			free(o->steps[i].frames[k].bytes);
		free(o->steps[i].frames);
		free(o->steps[i].text);
	}
	free(o->steps);
	*o = (struct click_output){0};
}
