// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of a case: read, written, and failing as wanted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/run.h"

static int find_handler(struct run *r, const struct step *s, const struct sl_inst **in,
			const struct sl_handler **h)
{
	const struct sl_program *p = r->compiled->program;
	const char *dot = strchr(s->a, '.');
	_free_ char *name = strndup(s->a, (size_t)(dot - s->a));
	long i = sl_graph_find(p->graph, name);

	if (i < 0)
		return run_failed(r, s->line, "no element '%s'", name);
	*in = &p->insts[i];
	*h = sl_handler_find((*in)->class, dot + 1);
	if (!*h)
		return run_failed(r, s->line, "%s has no handler '%s'", (*in)->class->spec.name,
				  dot + 1);
	if (!((*h)->flags & (s->kind == STEP_READ ? SL_H_READ : SL_H_WRITE)))
		return run_failed(r, s->line, "handler '%s' cannot be used this way", dot + 1);
	return 0;
}

static int failed_as_wanted(struct run *r, const struct step *s, int ret, const struct sl_diags *d)
{
	_free_ char *text = run_diag_text(d);

	if (!ret)
		return run_failed(r, s->line, "this should have failed");
	if (!text || !strstr(text, s->c))
		return run_failed(r, s->line, "failed with another message than '%s':\n%s", s->c,
				  text ? text : "");
	return 0;
}

int run_read(struct run *r, const struct step *s)
{
	const struct sl_inst *in;
	const struct sl_handler *h;
	struct sl_diags d = {0};
	_free_ char *value = NULL, *messages = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int ret;

	if (find_handler(r, s, &in, &h))
		return -1;
	f = open_memstream(&text, &len);
	if (!f)
		return run_failed(r, s->line, "out of memory");
	ret = h->read(sl_replay_live(r->replay), in, h, s->b, f, &d);
	fclose(f);
	value = text;
	/* Lists end with a line end, which nobody wants to write. */
	if (len && value[len - 1] == '\n')
		value[len - 1] = 0;
	if (s->fails) {
		ret = failed_as_wanted(r, s, ret, &d);
	} else if (ret) {
		messages = run_diag_text(&d);
		ret = run_failed(r, s->line, "reading %s failed: %s\n%s", s->a, strerror(-ret),
				 messages);
	} else if (strcmp(value, s->c)) {
		ret = run_failed(r, s->line, "%s is '%s', wanted '%s'", s->a, value, s->c);
	}
	sl_diags_free(&d);
	return ret;
}

int run_write(struct run *r, const struct step *s)
{
	struct sl_live *live = sl_replay_live(r->replay);
	const struct sl_inst *in;
	const struct sl_handler *h;
	struct sl_diags d = {0};
	_free_ char *messages = NULL, *config = NULL;
	int ret;

	if (find_handler(r, s, &in, &h))
		return -1;
	ret = h->write(live, in, h, s->b, &d);
	config = TAKE_PTR(live->new_config);
	if (s->fails) {
		ret = failed_as_wanted(r, s, ret, &d);
	} else if (ret) {
		messages = run_diag_text(&d);
		ret = run_failed(r, s->line, "writing %s failed: %s\n%s", s->a, strerror(-ret),
				 messages);
	} else if (!s->c != !config || (s->c && strcmp(s->c, config))) {
		ret = run_failed(r, s->line, "%s asks for the configuration '%s', wanted '%s'",
				 s->a, config ? config : "(none)", s->c ? s->c : "(none)");
	}
	sl_diags_free(&d);
	return ret;
}

/* One call: "ELEMENT.HANDLER VALUE". */
static int make_call(struct run *r, const struct step *s, const char *text)
{
	const struct sl_program *p = r->compiled->program;
	const char *space = strchr(text, ' ');
	_free_ char *path = space ? strndup(text, (size_t)(space - text)) : strdup(text);
	char *dot = path ? strrchr(path, '.') : NULL;
	const struct sl_handler *h = NULL;
	struct sl_diags d = {0};
	long i = -1;
	int ret;

	if (dot) {
		*dot = 0;
		i = sl_graph_find(p->graph, path);
	}
	if (i >= 0)
		h = sl_handler_find(p->insts[i].class, dot + 1);
	if (!h || !h->write)
		return run_failed(r, s->line, "'%s' cannot be called", text);
	ret = h->write(sl_replay_live(r->replay), &p->insts[i], h, space ? space + 1 : "", &d);
	sl_diags_free(&d);
	return ret ? run_failed(r, s->line, "'%s' failed", text) : 0;
}

/* What the daemon does twice a second. */
int run_calls(struct run *r, const struct step *s)
{
	const struct sl_program *p = r->compiled->program;
	struct sl_live *live = sl_replay_live(r->replay);

	for (uint32_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_inst *in = &p->insts[i];
		uint32_t due = 0;

		if (!in->class->due)
			continue;
		if (in->class->due(live, in, &due))
			return run_failed(r, s->line, "what %s wants called cannot be told",
					  in->elem->name);
		for (unsigned int k = 0; due; k++, due >>= 1) {
			const char *text = due & 1 ? in->class->call(in, k) : NULL;

			if (text && make_call(r, s, text))
				return -1;
		}
	}
	return 0;
}
