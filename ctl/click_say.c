// SPDX-License-Identifier: GPL-2.0-only
/* What Click's clients are told: lines with a code, data, and the daemon's messages as such lines.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/click.h"
#include "loader/mem.h"

/* ---- Lines -----------------------------------------------------------------------------------*/

void ctl_click_put(struct ctl_conn *c, const char *bytes, size_t len)
{
	if (ctl_buf_room(&c->out, len)) {
		/* An answer with a hole in it would be taken for another one. */
		c->state = CTL_CONN_CLOSING;
		return;
	}
	memcpy(c->out.bytes + c->out.end, bytes, len);
	c->out.end += len;
}

void ctl_click_say(struct ctl_conn *c, int code, bool more, const char *fmt, ...)
{
	_free_ char *text = NULL, *line = NULL;
	size_t len = 0;
	va_list ap;
	FILE *f;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	f = n < 0 ? NULL : open_memstream(&line, &len);
	if (!f) {
		text = n < 0 ? NULL : text;
		c->state = CTL_CONN_CLOSING;
		return;
	}
	fprintf(f, "%d%c", code, more ? '-' : ' ');
	/* It may quote what the client sent. */
	sl_text_put(f, text, NULL);
	fputs("\r\n", f);
	if (fclose(f))
		c->state = CTL_CONN_CLOSING;
	else
		ctl_click_put(c, line, len);
}

int ctl_click_greet(struct ctl_conn *c)
{
	static const char hello[] = "Click::ControlSocket/1.3\r\n";

	ctl_click_put(c, hello, sizeof(hello) - 1);
	return c->state == CTL_CONN_CLOSING ? -ENOMEM : 0;
}

/* ---- Messages --------------------------------------------------------------------------------*/

/* One message of several lines: where, what, and what to do. */
static void put_message(FILE *f, const struct sl_diag *m)
{
	if (m->file) {
		sl_text_put(f, m->file, NULL);
		if (m->line)
			fprintf(f, ":%u", m->line);
		if (m->line && m->col)
			fprintf(f, ":%u", m->col);
		fputs(": ", f);
	}
	sl_text_put(f, m->message, NULL);
	fputc('\n', f);
	if (m->hint) {
		fputs("  ", f);
		sl_text_put(f, m->hint, NULL);
		fputc('\n', f);
	}
}

/* `first` as a line, and all messages behind it. */
void ctl_click_messages(struct ctl_conn *c, int code, const char *first, const struct sl_diags *d)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	char *line = NULL, *next;

	if (!f) {
		c->state = CTL_CONN_CLOSING;
		return;
	}
	for (size_t i = 0; i < d->n; i++)
		put_message(f, &d->list[i]);
	if (d->suppressed)
		fprintf(f, "%zu more\n", d->suppressed);
	if (fclose(f)) {
		c->state = CTL_CONN_CLOSING;
		return;
	}
	ctl_click_say(c, code, len > 0, "%s%s", first, len ? ":" : "");
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		*next++ = 0;
		ctl_click_say(c, code, *next, "%s", line);
	}
}

static const char *first_code(const struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].level == SL_DIAG_ERROR)
			return d->list[i].code ? d->list[i].code : "";
	return "";
}

/* Errors that are not the handler's; false: it is the handler's. */
bool ctl_click_failed(struct ctl_conn *c, int err, const struct sl_diags *d)
{
	const char *name = c->click->cmd.handler, *code = first_code(d);
	const char *dot = strrchr(name, '.');

	if (!strcmp(code, "no-element"))
		ctl_click_say(c, 510, false, "No element named '%.*s'",
			      (int)(dot ? dot - name : (long)strlen(name)), name);
	else if (!strcmp(code, "no-handler"))
		ctl_click_say(c, 511, false, "No handler named '%s'", name);
	else if (!strcmp(code, "direction"))
		ctl_click_say(c, 530, false, "Handler '%s' %s", name,
			      c->click->cmd.verb == CTL_CLICK_READ ? "write-only" : "read-only");
	else if (!strcmp(code, "no-graph"))
		ctl_click_say(c, 540, false, "No router installed");
	else if (err == -EPERM)
		ctl_click_say(c, 530, false, "Permission denied for '%s'", name);
	else
		return false;
	return true;
}

/* ---- Answers ---------------------------------------------------------------------------------*/

static void answer_read(struct ctl_conn *c, int err, struct json_object *result,
			const struct sl_diags *d)
{
	struct json_object *v = NULL;
	char first[64];

	if (!err && json_object_object_get_ex(result, "value", &v)) {
		int len = json_object_get_string_len(v);

		ctl_click_say(c, 200, false, "Read handler '%s' OK", c->click->cmd.handler);
		snprintf(first, sizeof(first), "DATA %d\r\n", len);
		ctl_click_put(c, first, strlen(first));
		ctl_click_put(c, json_object_get_string(v), (size_t)len);
		return;
	}
	if (!ctl_click_failed(c, err, d)) {
		_free_ char *text = NULL;

		if (asprintf(&text, "Read handler '%s' error", c->click->cmd.handler) < 0)
			text = NULL;
		ctl_click_messages(c, 590, text ? text : "Read handler error", d);
	}
}

static void answer_write(struct ctl_conn *c, int err, const struct sl_diags *d)
{
	int code = err ? 520 : d->warnings ? 220 : 200;
	_free_ char *text = NULL;

	if (err && ctl_click_failed(c, err, d))
		return;
	if (asprintf(&text, "Write handler '%s' %s", c->click->cmd.handler,
		     code == 520   ? "error"
		     : code == 220 ? "OK with warnings"
				   : "OK") < 0)
		text = NULL;
	ctl_click_messages(c, code, text ? text : "Write handler", d);
}

void ctl_click_answer(struct ctl_conn *c, int err, struct json_object *result,
		      const struct sl_diags *d)
{
	if (c->click->cmd.verb == CTL_CLICK_READ)
		answer_read(c, err, result, d);
	else
		answer_write(c, err, d);
	ctl_click_cmd_free(&c->click->cmd);
}
