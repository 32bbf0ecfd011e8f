// SPDX-License-Identifier: GPL-2.0-only
/* Commands of Click's ControlSocket protocol out of a stream of bytes. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/click_parse.h"
#include "loader/mem.h"

enum { NEED_NONE, NEED_BYTES, NEED_LINES };
/* Beside 1, 0 and -ENOMEM as of ctl_click_next(): what there is, is to be looked at again. */
#define GO_ON 2

/* What a command's line is made of: the number of its words, and the data behind them. */
struct form {
	const char *name;
	enum ctl_click_verb verb;
	int need;
	size_t min, max; /* words, the command included; max 0: any number */
};

static const struct form forms[] = {
	{"READ", CTL_CLICK_READ, NEED_NONE, 2, 0},
	{"GET", CTL_CLICK_READ, NEED_NONE, 2, 0},
	{"WRITE", CTL_CLICK_WRITE, NEED_NONE, 2, 0},
	{"SET", CTL_CLICK_WRITE, NEED_NONE, 2, 0},
	{"READDATA", CTL_CLICK_READ, NEED_BYTES, 3, 3},
	{"WRITEDATA", CTL_CLICK_WRITE, NEED_BYTES, 3, 3},
	{"SETDATA", CTL_CLICK_WRITE, NEED_BYTES, 3, 3},
	{"READUNTIL", CTL_CLICK_READ, NEED_LINES, 2, 0},
	{"WRITEUNTIL", CTL_CLICK_WRITE, NEED_LINES, 2, 0},
	{"CHECKREAD", CTL_CLICK_CHECKREAD, NEED_NONE, 2, 2},
	{"CHECKWRITE", CTL_CLICK_CHECKWRITE, NEED_NONE, 2, 2},
	{"LLRPC", CTL_CLICK_LLRPC, NEED_BYTES, 2, 3},
	{"HELP", CTL_CLICK_HELP, NEED_NONE, 1, 0},
	{"QUIT", CTL_CLICK_QUIT, NEED_NONE, 1, 1},
	{"CLOSE", CTL_CLICK_QUIT, NEED_NONE, 1, 1},
};

void ctl_click_cmd_free(struct ctl_click_cmd *c)
{
	free(c->message);
	free(c->handler);
	free(c->data);
	*c = (struct ctl_click_cmd){0};
}

void ctl_click_parser_free(struct ctl_click_parser *p)
{
	ctl_click_cmd_free(&p->cmd);
	free(p->until);
	*p = (struct ctl_click_parser){0};
}

bool ctl_click_begun(const struct ctl_click_parser *p, const struct ctl_buf *in)
{
	return ctl_buf_len(in) || p->skip || p->need != NEED_NONE;
}

/* ---- Answers to what is wrong ----------------------------------------------------------------*/

static int __attribute__((format(printf, 3, 4)))
wrong(struct ctl_click_cmd *c, int code, const char *fmt, ...)
{
	va_list ap;
	int n;

	ctl_click_cmd_free(c);
	c->verb = CTL_CLICK_WRONG;
	c->code = code;
	va_start(ap, fmt);
	n = vasprintf(&c->message, fmt, ap);
	va_end(ap);
	if (n < 0)
		c->message = NULL;
	return c->message ? 1 : -ENOMEM;
}

/* The buffer holds more than any command may have, and no end of it. */
static int too_long(struct ctl_buf *in, struct ctl_click_cmd *c, int code)
{
	int ret = wrong(c, code, "The command is longer than %u bytes", CTL_CLICK_MAX);

	ctl_buf_drop(in, ctl_buf_len(in));
	c->last = true;
	return ret;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static const char *bytes(const struct ctl_buf *in)
{
	return in->bytes ? (const char *)in->bytes + in->start : "";
}

/* Goes on looking for the end of the line at p->at; true: it is at p->scanned. */
static bool find_end(struct ctl_click_parser *p, const struct ctl_buf *in)
{
	const char *b = bytes(in);
	size_t n = ctl_buf_len(in);

	while (p->scanned < n && b[p->scanned] != '\r' && b[p->scanned] != '\n')
		p->scanned++;
	return p->scanned < n;
}

/* Bytes of the line's end at p->scanned. A CR that came last may be half of it. */
static size_t end_length(struct ctl_click_parser *p, const struct ctl_buf *in)
{
	const char *b = bytes(in) + p->scanned;
	size_t n = ctl_buf_len(in) - p->scanned;

	if (*b == '\r' && n > 1 && b[1] == '\n')
		return 2;
	p->after_cr = *b == '\r' && n == 1;
	return 1;
}

static void skip_lf(struct ctl_click_parser *p, struct ctl_buf *in)
{
	if (!p->after_cr || !ctl_buf_len(in))
		return;
	p->after_cr = false;
	if (*bytes(in) == '\n')
		ctl_buf_drop(in, 1);
}

/* ---- A command's line ------------------------------------------------------------------------*/

struct words {
	const char *word[4]; /* the first ones */
	size_t len[4];
	size_t n;
	const char *end; /* of the last */
};

static void split(const char *line, size_t len, struct words *w)
{
	*w = (struct words){0};
	for (size_t pos = 0; pos < len;) {
		size_t first;

		while (pos < len && isspace((unsigned char)line[pos]))
			pos++;
		first = pos;
		while (pos < len && !isspace((unsigned char)line[pos]))
			pos++;
		if (first == pos)
			break;
		if (w->n < 4) {
			w->word[w->n] = line + first;
			w->len[w->n] = pos - first;
		}
		w->n++;
		w->end = line + pos;
	}
}

static char *copy(const char *from, size_t len)
{
	char *s = malloc(len + 1);

	if (!s)
		return NULL;
	if (len)
		memcpy(s, from, len);
	s[len] = 0;
	return s;
}

static const struct form *form_of(const struct words *w)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strlen(forms[i].name) == w->len[0] &&
		    !strncasecmp(forms[i].name, w->word[0], w->len[0]))
			return &forms[i];
	return NULL;
}

static int unknown(struct ctl_click_cmd *c, const struct words *w)
{
	char name[64];
	size_t n = w->len[0] < sizeof(name) ? w->len[0] : sizeof(name) - 1;

	for (size_t i = 0; i < n; i++)
		name[i] = (char)toupper((unsigned char)w->word[0][i]);
	name[n] = 0;
	/* Click's words, as all of its clients know them. */
	return wrong(c, 501, "Command '%s' unimplemented", name);
}

/* A number of bytes, in digits. */
static int number(const char *s, size_t len, size_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)s[i]) || n > (1u << 30))
			return -EINVAL;
		n = n * 10 + (size_t)(s[i] - '0');
	}
	if (!len || n > 0x7fffffff)
		return -EINVAL;
	*out = n;
	return 0;
}

/* What comes behind the line. */
static int expect_data(struct ctl_click_parser *p, const struct form *f, const struct words *w)
{
	size_t n = 0;

	if (f->need == NEED_LINES) {
		p->until = copy(w->word[2], w->n > 2 ? (size_t)(w->end - w->word[2]) : 0);
		if (!p->until)
			return -ENOMEM;
	} else if (w->n > 2 && number(w->word[2], w->len[2], &n)) {
		return wrong(&p->cmd, 500, "Syntax error in '%s'", f->name);
	}
	if (n > CTL_CLICK_MAX) {
		p->skip = n;
		return wrong(&p->cmd, 521, "%zu bytes of data are more than %u", n, CTL_CLICK_MAX);
	}
	p->want = n;
	p->need = f->need;
	return GO_ON;
}

/* 1: p->cmd is whole; GO_ON: it needs data, or the line was empty. */
static int take_line(struct ctl_click_parser *p, const char *line, size_t len)
{
	struct ctl_click_cmd *c = &p->cmd;
	const struct form *f;
	struct words w;

	split(line, len, &w);
	if (!w.n)
		return GO_ON;
	f = form_of(&w);
	if (!f)
		return unknown(c, &w);
	if (w.n < f->min || (f->max && w.n > f->max)) {
		/* Click says so, and goes. */
		if (f->verb != CTL_CLICK_QUIT)
			return wrong(c, 500, "Wrong number of arguments");
		c->code = 500;
	}
	c->verb = f->verb;
	if (w.n > 1 && f->min > 1) {
		if (memchr(w.word[1], 0, w.len[1]))
			return wrong(c, 500, "Syntax error in '%s'", f->name);
		c->handler = copy(w.word[1], w.len[1]);
		if (!c->handler)
			return -ENOMEM;
	}
	if (f->need != NEED_NONE)
		return expect_data(p, f, &w);
	c->len = w.n > 2 ? (size_t)(w.end - w.word[2]) : 0;
	c->data = copy(w.word[2], c->len);
	return c->data ? 1 : -ENOMEM;
}

static int next_line(struct ctl_click_parser *p, struct ctl_buf *in, bool eof)
{
	bool whole = find_end(p, in);
	size_t end = whole ? end_length(p, in) : 0;
	size_t len = p->scanned;
	int ret;

	if (!ctl_buf_len(in))
		return 0;
	if (len > CTL_CLICK_MAX)
		return too_long(in, &p->cmd, 500);
	if (!whole && (!eof || !len))
		return 0;
	ret = take_line(p, bytes(in), len);
	ctl_buf_drop(in, len + end);
	p->at = p->scanned = 0;
	return ret;
}

/* ---- Data ------------------------------------------------------------------------------------*/

static int give_data(struct ctl_click_parser *p, struct ctl_buf *in, size_t len, size_t drop)
{
	p->cmd.data = copy(bytes(in), len);
	p->cmd.len = len;
	ctl_buf_drop(in, drop);
	p->need = NEED_NONE;
	p->at = p->scanned = 0;
	free(p->until);
	p->until = NULL;
	return p->cmd.data ? 1 : -ENOMEM;
}

static int no_data(struct ctl_click_parser *p, struct ctl_buf *in, const char *why)
{
	ctl_buf_drop(in, ctl_buf_len(in));
	p->need = NEED_NONE;
	p->at = p->scanned = 0;
	return wrong(&p->cmd, 500, "%s", why);
}

static int next_bytes(struct ctl_click_parser *p, struct ctl_buf *in, bool eof)
{
	if (ctl_buf_len(in) >= p->want)
		return give_data(p, in, p->want, p->want);
	return eof ? no_data(p, in, "Not enough data") : 0;
}

/* Whether the line [at, scanned) is the one that ends the data; spaces behind it do not count. */
static bool is_last(const struct ctl_click_parser *p, const struct ctl_buf *in)
{
	const char *b = bytes(in) + p->at;
	size_t n = p->scanned - p->at;

	while (n && isspace((unsigned char)b[n - 1]))
		n--;
	return n == strlen(p->until) && !memcmp(b, p->until, n);
}

static int next_lines(struct ctl_click_parser *p, struct ctl_buf *in, bool eof)
{
	while (find_end(p, in)) {
		bool last = is_last(p, in);
		size_t data = p->at;

		/* Half a line's end in the middle of data: the rest decides where it goes on. */
		if (!last && !eof && bytes(in)[p->scanned] == '\r' &&
		    p->scanned + 1 == ctl_buf_len(in))
			return 0;
		p->scanned += end_length(p, in);
		p->at = p->scanned;
		if (last)
			return give_data(p, in, data, p->at);
	}
	if (ctl_buf_len(in) > CTL_CLICK_MAX)
		return too_long(in, &p->cmd, 521);
	return eof ? no_data(p, in, "Connection closed") : 0;
}

/* ---- Commands --------------------------------------------------------------------------------*/

static void skip_refused(struct ctl_click_parser *p, struct ctl_buf *in)
{
	size_t n = p->skip < ctl_buf_len(in) ? p->skip : ctl_buf_len(in);

	if (!n)
		return;
	ctl_buf_drop(in, n);
	p->skip -= n;
}

int ctl_click_next(struct ctl_click_parser *p, struct ctl_buf *in, bool eof,
		   struct ctl_click_cmd *out)
{
	int ret = GO_ON;

	while (ret == GO_ON) {
		/* The LF of a line goes before the data behind it. */
		if (!p->scanned)
			skip_lf(p, in);
		skip_refused(p, in);
		if (p->need == NEED_BYTES)
			ret = next_bytes(p, in, eof);
		else if (p->need == NEED_LINES)
			ret = next_lines(p, in, eof);
		else
			ret = next_line(p, in, eof);
	}
	if (ret <= 0)
		return ret;
	*out = p->cmd;
	p->cmd = (struct ctl_click_cmd){0};
	return 1;
}
