// SPDX-License-Identifier: GPL-2.0-only
/* Handlers and counts: what the builds and the oracle say, and what writing does. */
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/oracle/trial_int.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Runs of spaces and tabs become one space. */
static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++) {
		bool blank = *text == ' ' || *text == '\t';

		if (blank && (text[1] == ' ' || text[1] == '\t'))
			continue;
		*to++ = blank ? ' ' : *text;
	}
	*to = 0;
}

/* Lists from tables come in any order, with any space between. */
static char *sorted(char *text)
{
	char **lines = calloc(strlen(text) + 1, sizeof(*lines)), *out = NULL, *save = NULL;
	size_t n = 0, len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!lines || !f)
		abort();
	squeeze(text);
	for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
		lines[n++] = at;
	qsort(lines, n, sizeof(*lines), by_text);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", i ? "\n" : "", lines[i]);
	fclose(f);
	free(lines);
	free(text);
	return out;
}

static char *read_handler(struct build *b, size_t elem, const struct sl_handler *h)
{
	struct sl_diags d = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	if (h->read(sl_replay_live(b->replay), &b->compiled->program->insts[elem], h, "", f, &d))
		fprintf(f, "(fails)");
	fclose(f);
	sl_diags_free(&d);
	return sorted(text);
}

static bool values_differ(struct session *s, const char *elem, const char *what, const char *a_name,
			  const char *a, const char *b_name, const char *b)
{
	s->f->handlers++;
	if (!strcmp(a, b))
		return false;
	if (s->t->say) {
		say_graph(s);
		for (size_t i = 0; i < s->t->n && i <= s->at; i++)
			say_step(s, i);
		fprintf(s->t->say, "# %s: read %s.%s = %s\n# but %s: %s\n", a_name, elem, what, a,
			b_name, b);
	}
	return true;
}

/* What the builds say of an element, compared. */
static bool builds_differ(struct session *s, size_t i)
{
	const struct sl_program *p = s->b[NATIVE].compiled->program;
	const char *name = p->graph->elems[i].name;

	for (const struct sl_handler *h = p->insts[i].class->handlers; h && h->name; h++) {
		_free_ char *a = NULL, *b = NULL;

		if (!(h->flags & SL_H_READ) || h->flags & SL_H_ARGS ||
		    (h->flags & SL_H_PORT && h->offset >= p->graph->elems[i].n_out) ||
		    (h->flags & SL_H_INPUT && h->offset >= p->graph->elems[i].n_in))
			continue;
		a = read_handler(&s->b[NATIVE], i, h);
		b = read_handler(&s->b[BPF], i, h);
		if (values_differ(s, name, h->name, "the native build", a, "the BPF build", b))
			return true;
	}
	return false;
}

/* What a build says of element `name` and what the oracle does. */
static bool oracle_differs(struct session *s, int which, size_t elem)
{
	const char *name = oracle_elem_name(s->oracle, elem);
	struct build *b = &s->b[which];
	const struct sl_program *p = b->compiled->program;
	long at = sl_graph_find(p->graph, name);
	char have[32], want[32];
	uint64_t entered = 0;

	if (at < 0)
		return true;
	if (b->replay && !sl_replay_live(b->replay)->ops->packets(sl_replay_live(b->replay),
								  (uint32_t)at, &entered)) {
		snprintf(have, sizeof(have), "%llu", (unsigned long long)entered);
		snprintf(want, sizeof(want), "%llu",
			 (unsigned long long)oracle_entered(s->oracle, elem));
		if (values_differ(s, name, "(packets)", "the oracle", want,
				  which == BPF ? "the BPF build" : "the native build", have))
			return true;
	}
	for (size_t i = 0;; i++) {
		_free_ char *mine = NULL, *theirs = NULL;
		const struct sl_handler *h;
		const char *handler;
		size_t len = 0;
		FILE *f = open_memstream(&mine, &len);

		if (!f)
			abort();
		handler = oracle_read(s->oracle, elem, i, f);
		fclose(f);
		if (!handler)
			return false;
		mine = sorted(mine);
		h = sl_handler_find(p->insts[at].class, handler);
		theirs = h ? read_handler(b, (size_t)at, h) : strdup("(no such handler)");
		if (values_differ(s, name, handler, "the oracle", mine,
				  which == BPF ? "the BPF build" : "the native build", theirs))
			return true;
	}
}

/* All that is said of one element. */
static bool element_differs(struct session *s, size_t i)
{
	if (s->b[NATIVE].replay && s->b[BPF].replay && builds_differ(s, i))
		return true;
	for (int which = 0; which < BUILDS && !oracle_unsure(s->oracle); which++)
		if (s->b[which].replay && oracle_differs(s, which, i))
			return true;
	return false;
}

enum trial_result compare_values(struct session *s)
{
	size_t n = oracle_elems(s->oracle);

	for (size_t i = 0; i < n; i++)
		if (element_differs(s, i))
			return TRIAL_DIFFERENT;
	/* What the compiler adds is behind the graph's own. */
	if (s->b[NATIVE].replay && s->b[BPF].replay)
		for (size_t i = n; i < s->b[NATIVE].compiled->program->graph->n_elems; i++)
			if (builds_differ(s, i))
				return TRIAL_DIFFERENT;
	return TRIAL_SAME;
}

/* ---- Writing, and reading with arguments -----------------------------------------------------*/

struct op {
	bool write;
	char elem[16], handler[32];
	const char *value;
};

static bool parse_op(const char *text, struct op *op)
{
	char verb[8];
	int n = 0;

	if (sscanf(text, "%7s %15[^.].%31s%n", verb, op->elem, op->handler, &n) != 3)
		return false;
	op->write = !strcmp(verb, "write");
	op->value = text[n] ? text + n + 1 : "";
	return true;
}

/* The answer of a build as text: what is read or, of a write, whether it was done, and which
 * configuration it asks for. */
static char *build_does(struct build *b, const struct op *op)
{
	const struct sl_program *p = b->compiled->program;
	struct sl_live *live = sl_replay_live(b->replay);
	long at = sl_graph_find(p->graph, op->elem);
	const struct sl_handler *h =
		at < 0 ? NULL : sl_handler_find(p->insts[at].class, op->handler);
	struct sl_diags d = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	if (!h || !(op->write ? h->write != NULL : (h->flags & SL_H_READ) != 0)) {
		fprintf(f, "(no such handler)");
	} else if (op->write) {
		if (h->write(live, &p->insts[at], h, op->value, &d))
			fprintf(f, "(refused)");
		else
			fprintf(f, "(done)%s", live->new_config ? live->new_config : "");
		free(live->new_config);
		live->new_config = NULL;
	} else if (h->read(live, &p->insts[at], h, op->value, f, &d)) {
		fprintf(f, "(refused)");
	}
	fclose(f);
	sl_diags_free(&d);
	return sorted(text);
}

static char *oracle_does(struct session *s, const struct op *op)
{
	enum oracle_handled ret = ORACLE_SILENT;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	for (size_t i = 0; i < oracle_elems(s->oracle); i++) {
		if (strcmp(oracle_elem_name(s->oracle, i), op->elem))
			continue;
		ret = op->write ? oracle_write(s->oracle, i, op->handler, op->value)
				: oracle_ask(s->oracle, i, op->handler, op->value, f);
	}
	if (ret == ORACLE_REFUSED)
		fprintf(f, "(refused)");
	else if (op->write)
		fprintf(f, "(done)");
	fclose(f);
	if (ret == ORACLE_SILENT) {
		free(text);
		return NULL;
	}
	return sorted(text);
}

static enum trial_result one_op(struct session *s, const struct op *op)
{
	int first = s->b[NATIVE].replay ? NATIVE : BPF;
	_free_ char *a = build_does(&s->b[first], op), *b = NULL, *mine = NULL;

	s->f->writes++;
	if (first == NATIVE && s->b[BPF].replay) {
		b = build_does(&s->b[BPF], op);
		if (values_differ(s, op->elem, op->handler, build_name(NATIVE), a, build_name(BPF),
				  b))
			return TRIAL_DIFFERENT;
	}
	if (oracle_unsure(s->oracle))
		return TRIAL_SAME;
	mine = oracle_does(s, op);
	if (!mine) {
		if (s->t->say)
			fprintf(s->t->say, "# the oracle does not know %s.%s\n", op->elem,
				op->handler);
		return TRIAL_UNKNOWN;
	}
	return values_differ(s, op->elem, op->handler, "the oracle", mine, build_name(first), a)
		       ? TRIAL_DIFFERENT
		       : TRIAL_SAME;
}

enum trial_result handler_step(struct session *s)
{
	struct op op;

	if (!parse_op(s->t->packets[s->at].op, &op))
		return TRIAL_BROKEN;
	for (size_t i = 0; i < oracle_elems(s->oracle); i++) {
		if (strcmp(oracle_elem_name(s->oracle, i), op.elem))
			continue;
		/* What it was before a write is not to be known later. Large tables take long. */
		if (op.write && s->f->writes % 8 == 0 && element_differs(s, i))
			return TRIAL_DIFFERENT;
		return one_op(s, &op);
	}
	return TRIAL_SAME; /* made smaller: the element is no longer there */
}
