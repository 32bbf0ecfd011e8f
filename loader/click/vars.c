// SPDX-License-Identifier: GPL-2.0-only
/*
 * Variables in configuration strings: $name, ${name}, ${name-default}, ${name[i]}, ${x$y}.
 *
 * A variable means what it means where its text stands (static scoping): the value of a `define`
 * is substituted in the scope of the definition, an argument in the scope of the compound's use,
 * and an argument's text is not looked at again inside. What is not defined stays as it is.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/expand.h"
#include "loader/click/var_ref.h"
#include "loader/mem.h"

/* Definitions in definitions, as deep as this; deeper references stay as they are. */
#define MAX_VAR_DEPTH 10
/* Text looked at, in multiples of max_bytes: bounds the time of nested definitions. */
#define WORK_FACTOR 8
/* What a reference costs, in bytes of text. */
#define REF_WORK 64

struct buf {
	char *s;
	size_t len, cap;
	struct click_mark *marks;
	size_t n_marks, cap_marks;
};

struct subst {
	struct click_run *r;
	struct sl_pos pos; /* for limits */
	bool changed;
	bool too_deep;
};

static void free_buf(struct buf *b)
{
	free(b->s);
	free(b->marks);
}

static int buf_add(struct subst *s, struct buf *b, const char *text, size_t len)
{
	struct click_run *r = s->r;

	r->work += len + 1;
	if (r->work > r->max_bytes * WORK_FACTOR || b->len + len > r->max_bytes)
		return click_limit(r, s->pos,
				   "bytes of text, libraries and substituted variables included",
				   r->max_bytes);
	if (b->len + len + 1 > b->cap) {
		size_t cap = (b->len + len + 1) * 2;
		char *grown = realloc(b->s, cap);

		if (!grown)
			return r->err = -ENOMEM;
		b->s = grown;
		b->cap = cap;
	}
	if (len)
		memcpy(b->s + b->len, text, len);
	b->len += len;
	return 0;
}

static int buf_mark(struct subst *s, struct buf *b, struct click_mark mark)
{
	if (SL_GROW(b->marks, b->n_marks, b->cap_marks) < 0)
		return s->r->err = -ENOMEM;
	b->marks[b->n_marks++] = mark;
	return 0;
}

/* The value of a variable: the environment it belongs to, or NULL. */
static const struct env *find_var(const struct env *env, const char *name, size_t len,
				  const struct tvar **var)
{
	for (; env; env = env->outer) {
		uintptr_t i = (uintptr_t)click_map_get(&env->t->var_map, name, len);

		if (i) {
			*var = &env->t->vars[i - 1];
			return env;
		}
	}
	return NULL;
}

/* The i-th word of `b`, in its place. */
static void pick_word(struct buf *b, unsigned long i)
{
	const char *s = b->s, *end = b->s + b->len, *word_end;

	for (;; i--) {
		s = click_skip_space(s, end);
		word_end = click_skip_word(s, end);
		if (!i || s == end)
			break;
		s = word_end;
	}
	b->len = word_end - s;
	memmove(b->s, s, b->len);
}

static int expand_text(struct subst *s, const struct env *env, const struct click_text *in,
		       unsigned int depth, struct buf *out);

/* The value of `name`: 1 and the value in `out`, 0 when there is none, or the run's error. */
static int eval(struct subst *s, const struct env *env, const char *name, size_t len, char kind,
		unsigned int depth, struct buf *out)
{
	struct braces b = {.name = name, .len = len};
	const struct tvar *var;
	int ret;

	if (kind == '{')
		b = click_parse_braces(name, len);
	env = find_var(env, b.name, b.len, &var);
	if (!env) {
		if (!b.def)
			return 0;
		ret = buf_add(s, out, b.def, b.def_len);
		return ret < 0 ? ret : 1;
	}
	if (var->index < env->t->n_params)
		ret = buf_add(s, out, env->args[var->index].s, env->args[var->index].len);
	else
		ret = expand_text(s, env, &var->text, depth + 1, out);
	if (ret == 0 && b.indexed && out->len)
		pick_word(out, b.index);
	return ret < 0 ? ret : 1;
}

/* Adds a value as it stands in double quotes: with escapes, without outer quotes. */
static int add_quoted(struct subst *s, struct buf *out, const struct buf *value)
{
	struct click_arena tmp = {0};
	const char *quoted = click_quote(&tmp, value->s ? value->s : "", value->len);
	int ret = quoted ? buf_add(s, out, quoted + 1, strlen(quoted) - 2) : (s->r->err = -ENOMEM);

	click_arena_free(&tmp);
	return ret;
}

/* One reference at `at`. 1: replaced in `out`; 0: stays as it is; or the run's error. */
static int expand_ref(struct subst *s, const struct env *env, const char *at, const struct ref *ref,
		      char quote, unsigned int depth, struct buf *out)
{
	struct buf name SL_CLEANUP(free_buf) = {0};
	struct buf value SL_CLEANUP(free_buf) = {0};
	const char *text = ref->name;
	size_t len = ref->len;
	int ret;

	s->r->work += REF_WORK;
	if (ref->nested) {
		const struct click_text nested = {.s = ref->name, .len = ref->len};

		ret = expand_text(s, env, &nested, depth + 1, &name);
		if (ret < 0)
			return ret;
		text = name.s ? name.s : "";
		len = name.len;
	}
	ret = eval(s, env, text, len, ref->kind, depth, &value);
	if (ret < 0)
		return ret;
	if (ret) {
		ret = quote ? add_quoted(s, out, &value) : buf_add(s, out, value.s, value.len);
		return ret < 0 ? ret : 1;
	}
	if (!ref->nested || (len == ref->len && !memcmp(text, ref->name, len)))
		return 0;
	/* Only the inner variables were known. */
	if (buf_add(s, out, at, 2) < 0 || buf_add(s, out, text, len) < 0 ||
	    buf_add(s, out, ref->end - 1, 1) < 0)
		return s->r->err;
	return 1;
}

/* Adds in[from, to) to `out` with its marks. */
static int add_piece(struct subst *s, const struct click_text *in, struct click_cursor *cursor,
		     const char *from, const char *to, struct buf *out)
{
	size_t a = from - in->s, b = to - in->s;

	if (a == b)
		return 0;
	if (in->n_marks) {
		struct sl_pos pos = click_cursor_at(cursor, a);

		if (buf_mark(s, out,
			     (struct click_mark){out->len, pos, in->marks[cursor->mark].fixed}) < 0)
			return s->r->err;
		for (size_t i = cursor->mark + 1; i < in->n_marks && in->marks[i].off < b; i++) {
			struct click_mark mark = in->marks[i];

			mark.off = out->len + mark.off - a;
			if (buf_mark(s, out, mark) < 0)
				return s->r->err;
		}
	}
	return buf_add(s, out, from, b - a);
}

static int expand_text(struct subst *s, const struct env *env, const struct click_text *in,
		       unsigned int depth, struct buf *out)
{
	const char *p = in->s, *end = in->s + in->len, *done = in->s;
	struct click_cursor cursor;
	char quote = 0;

	click_cursor_init(&cursor, in);
	while (p < end) {
		struct ref ref;
		enum found found;
		int ret;

		if (*p == '\\' && quote == '"') {
			p += p + 1 < end ? 2 : 1;
			continue;
		}
		if (*p == '\'' || *p == '"') {
			if (!quote)
				quote = *p;
			else if (quote == *p)
				quote = 0;
		}
		if (!quote && click_is_comment(p, end)) {
			p = click_skip_comment(p, end);
			continue;
		}
		if (*p != '$' || quote == '\'') {
			p++;
			continue;
		}
		if (depth > MAX_VAR_DEPTH) {
			s->too_deep = true;
			p++;
			continue;
		}
		found = click_parse_ref(p, end, &ref);
		if (found == UNENDED)
			break;
		if (found == NO_REF) {
			p++;
			continue;
		}
		if (add_piece(s, in, &cursor, done, p, out) < 0)
			return s->r->err;
		done = p;
		if (in->n_marks &&
		    buf_mark(s, out,
			     (struct click_mark){out->len, click_cursor_at(&cursor, p - in->s),
						 true}) < 0)
			return s->r->err;
		ret = expand_ref(s, env, p, &ref, quote, depth, out);
		if (ret < 0)
			return ret;
		if (ret) {
			s->changed = true;
			done = ref.end;
		}
		p = ref.end;
	}
	return add_piece(s, in, &cursor, done, end, out);
}

/* One pass over a text. 0 or the run's error. */
static int pass(struct subst *s, const struct env *env, const struct click_text *in,
		struct click_text *out)
{
	struct buf b SL_CLEANUP(free_buf) = {0};
	struct click_mark *marks;
	char *text;
	int ret;

	s->changed = false;
	ret = expand_text(s, env, in, 0, &b);
	if (ret < 0 || !s->changed)
		return ret;
	text = click_run_strndup(s->r, b.s ? b.s : "", b.len);
	marks = click_run_alloc(s->r, b.n_marks, sizeof(*marks));
	if (!text || !marks)
		return s->r->err;
	if (b.n_marks)
		memcpy(marks, b.marks, b.n_marks * sizeof(*marks));
	*out = (struct click_text){text, b.len, marks, b.n_marks};
	return 0;
}

int click_subst(struct click_run *r, const struct env *env, const struct click_text *in,
		struct click_text *out, bool *changed)
{
	static const struct tmpl nothing;
	static const struct env no_vars = {.t = &nothing};
	struct subst s = {.r = r};
	int ret;

	if (changed)
		*changed = false;
	*out = *in;
	r->work += in->len + 1;
	if (!in->len || !memchr(in->s, '$', in->len))
		return 0;
	if (in->n_marks)
		s.pos = in->marks[0].pos;
	ret = pass(&s, env, in, out);
	if (ret < 0)
		return ret;
	if (s.too_deep)
		sl_diag_hint(sl_warn(r->d, s.pos, "variable-recursion",
				     "variables refer to each other more than %d deep",
				     MAX_VAR_DEPTH),
			     "look for a variable whose value mentions itself");
	if (!s.changed)
		return 0;
	if (changed)
		*changed = true;
	/*
	 * Pieces may have come together to a new "${name-default}". Resolve it now, so that the
	 * result means the same when it is read again.
	 */
	for (int i = 0; s.changed && i < MAX_VAR_DEPTH; i++) {
		const struct click_text last = *out;

		ret = pass(&s, &no_vars, &last, out);
		if (ret < 0)
			return ret;
	}
	if (s.changed)
		sl_diag_hint(sl_error(r->d, s.pos, "variable-recursion",
				      "substituted variables make up new ones without end"),
			     "put the variables in double quotes, \"$name\"");
	return click_count_bytes(r, s.pos, out->len);
}
