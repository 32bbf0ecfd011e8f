// SPDX-License-Identifier: GPL-2.0-only
/*
 * A case against what Click printed: the frames of each device in their order, the values of
 * handlers, whether writing them and the graph itself is refused, and records of the event ring.
 * Where Sluice drops and for what reason is not Click's to say.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/click.h"

struct comparison {
	struct run *r;
	const struct click_output *o;
	unsigned int *unknown;
	size_t at;	     /* the next of o->steps */
	FILE *said, *events; /* lines of elements, wanted records */
	bool wants_events;
	char *why;
};

static int differs(struct comparison *c, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int differs(struct comparison *c, unsigned int line, const char *fmt, ...)
{
	_free_ char *message = NULL;
	va_list ap;

	if (c->why)
		return -1;
	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = NULL;
	va_end(ap);
	if (asprintf(&c->why, "%s:%u: %s", c->r->file->path, line, message ? message : "") < 0)
		c->why = NULL;
	return -1;
}

static const struct click_step *next(struct comparison *c)
{
	return c->at < c->o->n ? &c->o->steps[c->at++] : NULL;
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static void dump(FILE *f, const char *title, const uint8_t *bytes, size_t len)
{
	fprintf(f, "\n  %s, %zu bytes:", title, len);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%s%02x", i % 16 == 0 ? "\n    " : i % 2 == 0 ? " " : "", bytes[i]);
}

/* What of `s` is no frame that is wanted. */
static int not_wanted(struct comparison *c, const struct step *s, const struct click_frame *wrong,
		      const char *dev)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	_free_ char *owned = NULL;

	if (!f)
		return differs(c, s->line, "not as wanted");
	if (dev)
		dump(f, "wanted", c->r->want.bytes, c->r->want.len);
	if (wrong)
		dump(f, "Click", wrong->bytes, wrong->len);
	fclose(f);
	owned = text;
	return differs(c, s->line, "%s%s%s%s", wrong ? "" : "Click sends nothing more",
		       wrong && !dev ? "Click sends a frame nobody wants to " : "",
		       wrong ? *wrong->dev ? wrong->dev : "the host" : "", text);
}

/* One run of an `in`: the frames of each device are those wanted, in this order. */
static int compare_frames(struct comparison *c, const struct step *in, size_t n_want,
			  const struct click_step *got)
{
	_free_ bool *used = calloc(got->n_frames + 1, sizeof(*used));

	if (!used)
		return differs(c, in->line, "out of memory");
	for (size_t w = 0; w < n_want; w++) {
		const struct step *s = in + 1 + w;
		const char *dev = s->kind == STEP_OUT ? s->a : "";
		size_t k = 0;

		if (s->kind == STEP_DROP)
			continue;
		if (run_build_want(c->r, s))
			return differs(c, s->line, "%s", c->r->why);
		while (k < got->n_frames && (used[k] || strcmp(got->frames[k].dev, dev)))
			k++;
		if (k == got->n_frames || got->frames[k].len != c->r->want.len ||
		    memcmp(got->frames[k].bytes, c->r->want.bytes, c->r->want.len))
			return not_wanted(c, s, k < got->n_frames ? &got->frames[k] : NULL, dev);
		used[k] = true;
	}
	for (size_t k = 0; k < got->n_frames; k++) {
		if (!used[k])
			return not_wanted(c, in, &got->frames[k], NULL);
	}
	return 0;
}

static int compare_packet(struct comparison *c, const struct step *s)
{
	const struct step *end = c->r->tc->steps + c->r->tc->n;
	size_t n_want = 0;

	while (s + 1 + n_want < end &&
	       (s[1 + n_want].kind == STEP_OUT || s[1 + n_want].kind == STEP_HOST ||
		s[1 + n_want].kind == STEP_DROP))
		n_want++;
	if (run_build_in(c->r, s, run_device(c->r, s->a)))
		return differs(c, s->line, "%s", c->r->why);
	for (unsigned int i = 0; i < s->repeat; i++) {
		const struct click_step *got = next(c);

		if (!got)
			return differs(c, s->line, "Click's script ended before this");
		fputs(got->text, c->said);
		if (compare_frames(c, s, n_want, got))
			return -1;
	}
	return 0;
}

/* ---- Texts -----------------------------------------------------------------------------------*/

/* How late a packet may be that a case sends at once, in seconds. */
#define LATE 1e-5

/* Whether `s` is a time with six digits of a second or more; *end: behind it. */
static bool is_time(const char *s, double *t, const char **end)
{
	const char *dot = s + strspn(s, "0123456789");
	size_t digits = *dot == '.' ? strspn(dot + 1, "0123456789") : 0;

	*t = strtod(s, NULL);
	*end = dot + 1 + digits;
	return dot > s && digits >= 6;
}

/* Equal, but for the time that a packet takes. */
static bool same_text(const char *a, const char *b)
{
	while (*a || *b) {
		double ta, tb;
		const char *ea, *eb;

		if (is_time(a, &ta, &ea) && is_time(b, &tb, &eb) && ta - tb < LATE &&
		    tb - ta < LATE) {
			a = ea;
			b = eb;
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of `s` in the order of their texts; NULL: no memory. */
static char *sorted(const char *s)
{
	_free_ char *copy = strdup(s);
	_free_ char **lines = calloc(strlen(s) + 1, sizeof(*lines));
	char *text = NULL, *save = NULL;
	size_t n = 0, len = 0;
	FILE *f;

	if (!copy || !lines)
		return NULL;
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		lines[n++] = l;
	qsort(lines, n, sizeof(*lines), by_text);
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\n", lines[i]);
	fclose(f);
	return text;
}

/* Values of handlers. A table of flows is in the order of a hash. */
static bool same_value(const char *handler, const char *got, size_t len, const char *want)
{
	const char *name = strrchr(handler, '.');
	_free_ char *a = strndup(got, len), *b = NULL, *c = NULL;

	if (!a || same_text(a, want))
		return a;
	if (!name || !strstr(name, "table") || !strstr(a, "=>"))
		return false;
	b = sorted(a);
	c = sorted(want);
	return b && c && same_text(b, c);
}

/* ---- Handlers --------------------------------------------------------------------------------*/

/* "no 'E.H' read handler", "no 'E.H' write handler", "'E' has no handlers", ... */
static bool is_unknown(const char *text)
{
	return strstr(text, "' read handler\n") || strstr(text, "' write handler\n") ||
	       strstr(text, "does not take parameters") || strstr(text, "no element named");
}

static int compare_read(struct comparison *c, const struct step *s)
{
	const struct click_step *got = next(c);
	size_t len;

	if (!got)
		return differs(c, s->line, "Click's script ended before this");
	if (is_unknown(got->text)) {
		++*c->unknown;
		return 0;
	}
	len = got->len - (got->len && got->text[got->len - 1] == '\n');
	/* A handler that fails leaves messages alone, or nothing. */
	if (s->fails && (!len || strstr(got->text, "While calling")))
		return 0;
	if (s->fails)
		return differs(c, s->line, "%s is '%.*s' in Click", s->a, (int)len, got->text);
	/* One line end is Script's, or the value's own; runners take away another of ours. */
	if (len && len == strlen(s->c) + 1 && got->text[len - 1] == '\n')
		len--;
	if (!same_value(s->a, got->text, len, s->c))
		return differs(c, s->line, "%s is '%.*s' in Click, wanted '%s'", s->a, (int)len,
			       got->text, s->c);
	return 0;
}

/* 1: the rest cannot be compared, as Click goes on with what Sluice would compile anew. */
static int compare_write(struct comparison *c, const struct step *s)
{
	const struct click_step *got = next(c);
	const char *status;

	if (!got || !(status = strstr(got->text, "@@status ")))
		return differs(c, s->line, "Click's script ended before this");
	if (is_unknown(got->text)) {
		++*c->unknown;
		return !s->fails;
	}
	if (s->fails != (atoi(status + strlen("@@status ")) < 0))
		return differs(c, s->line, "writing %s '%s' in Click: %s", s->a, s->b, got->text);
	return !s->fails && s->c;
}

/* ---- A case ----------------------------------------------------------------------------------*/

static int compare_step(struct comparison *c, const struct step *s)
{
	const struct click_step *got;

	switch (s->kind) {
	case STEP_IN:
		return compare_packet(c, s);
	case STEP_READ:
		return compare_read(c, s);
	case STEP_WRITE:
		return compare_write(c, s);
	case STEP_CLOCK:
		got = next(c);
		if (got && got->n_frames)
			return differs(c, s->line, "Click sends a frame while time passes");
		return 0;
	case STEP_EVENT:
		c->wants_events = true;
		fprintf(c->events, "%s\n", s->c);
		return 0;
	default:
		return 0;
	}
}

static void compare_steps(struct comparison *c)
{
	int ret = 0;

	if (!c->o->whole)
		differs(c, c->r->tc->line, "Click's script does not come to its end: %s",
			c->o->n ? c->o->steps[c->o->n - 1].text : "");
	c->at = 1;
	for (size_t i = 0; !ret && !c->why && i < c->r->tc->n; i++)
		ret = compare_step(c, &c->r->tc->steps[i]);
}

char *click_differs(struct run *r, const struct click_output *o, unsigned int *unknown)
{
	char *said = NULL, *events = NULL;
	size_t said_len = 0, events_len = 0;
	struct comparison c = {.r = r,
			       .o = o,
			       .unknown = unknown,
			       .said = open_memstream(&said, &said_len),
			       .events = open_memstream(&events, &events_len)};

	if (c.said && c.events)
		compare_steps(&c);
	else
		differs(&c, r->tc->line, "out of memory");
	if (c.said)
		fclose(c.said);
	if (c.events)
		fclose(c.events);
	if (!c.why && c.wants_events && !same_text(said, events))
		differs(&c, r->tc->line, "Click says\n%swanted:\n%s", said, events);
	free(said);
	free(events);
	return c.why;
}
