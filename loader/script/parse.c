// SPDX-License-Identifier: GPL-2.0-only
/* From arguments to a program: every mistake that can be seen before it runs is reported here. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/text.h"
#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

static const struct {
	const char *name;
	enum op op;
} words[] = {
	{"append", OP_APPEND},
	{"end", OP_END},
	{"error", OP_ERROR},
	{"errorq", OP_ERRORQ},
	{"exit", OP_EXIT},
	{"export", OP_EXPORT},
	{"exportq", OP_EXPORTQ},
	{"goto", OP_GOTO},
	{"init", OP_INIT},
	{"initq", OP_INITQ},
	{"label", OP_LABEL},
	{"loop", OP_LOOP},
	{"pause", OP_WAIT_STEP},
	{"print", OP_PRINT},
	{"printn", OP_PRINTN},
	{"printnq", OP_PRINTNQ},
	{"printq", OP_PRINTQ},
	{"read", OP_READ},
	{"readq", OP_READQ},
	{"return", OP_RETURN},
	{"returnq", OP_RETURNQ},
	{"save", OP_SAVE},
	{"set", OP_SET},
	{"setq", OP_SETQ},
	{"stop", OP_STOP},
	{"wait", OP_WAIT},
	{"wait_for", OP_WAIT_TIME},
	{"wait_step", OP_WAIT_STEP},
	{"wait_stop", OP_WAIT_STEP},
	{"wait_time", OP_WAIT_TIME},
	{"write", OP_WRITE},
	{"writeq", OP_WRITEQ},
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

struct parser {
	const char *name;
	struct sl_diags *d;
	struct sl_script *s;
	struct sl_pos pos; /* of the argument at hand */
	unsigned int number;
};

static int refuse(struct parser *p, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(struct parser *p, const char *hint, const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = sl_diag_vadd(p->d, SL_DIAG_ERROR, p->pos, "script", fmt, ap);
	va_end(ap);
	sl_diag_hint(sl_diag_element(diag, p->name), "%s", hint);
	return -EINVAL;
}

/* ---- Texts that are substituted --------------------------------------------------------------*/

/* Behind the closing bracket of "$(" whose text begins at `s`; NULL: there is none. As Click
 * looks for it. */
static const char *skip_call(const char *s, const char *end)
{
	int level = 1;
	char quote = 0;

	for (; s < end; s++) {
		if (*s == '\\' && quote != '\'' && s + 1 < end) {
			s++;
		} else if (quote) {
			quote = *s == quote ? 0 : quote;
		} else if (*s == '"' || *s == '\'') {
			quote = *s;
		} else if (*s == '(') {
			level++;
		} else if (*s == ')' && !--level) {
			return s + 1;
		}
	}
	return NULL;
}

struct visit {
	void (*fn)(void *arg, const char *name, bool write, struct sl_pos pos);
	void *arg;
	struct sl_pos pos;
};

/* The first word of a call, if nothing in it is substituted. */
static void visit_name(const struct visit *v, const char *s, bool write)
{
	size_t len = strcspn(s, " \t\r\n)\"'$");
	_free_ char *name = strndup(s, len);

	if (name && len && s[len] != '$' && s[len] != '"' && s[len] != '\'')
		v->fn(v->arg, name, write, v->pos);
}

/* Every "$(name" in a text, those inside of others, too. */
static void visit_text(const struct visit *v, const char *text)
{
	char quote = 0;

	for (const char *s = text; *s; s++) {
		if (*s == '\\' && s[1] && quote == '"')
			s++;
		else if ((*s == '"' || *s == '\'') && (!quote || quote == *s))
			quote = quote ? 0 : *s;
		else if (*s == '$' && s[1] == '(' && quote != '\'')
			visit_name(v, s + 2, false);
	}
}

static bool is_file_handler(const char *name)
{
	return !strcmp(name, "cat") || !strcmp(name, "catq") || !strcmp(name, "kill");
}

static void note_files(void *arg, const char *name, bool write, struct sl_pos pos)
{
	struct parser *p = arg;

	(void)write, (void)pos;
	if (is_file_handler(name))
		refuse(p, "scripts reach the handlers of their own graph and nothing else",
		       "'%s': there are neither files nor processes here", name);
}

static int check_text(struct parser *p, const char *text)
{
	const char *end = text + strlen(text);
	struct visit v = {note_files, p, p->pos};
	unsigned int errors = p->d->errors;
	char quote = 0;

	for (const char *s = text; s < end; s++) {
		if (*s == '\\' && s + 1 < end && quote == '"') {
			s++;
		} else if (*s == '"' || *s == '\'') {
			quote = !quote ? *s : quote == *s ? 0 : quote;
		} else if (*s == '$' && quote != '\'' && s + 1 < end) {
			if (s[1] == '(' && !skip_call(s + 2, end))
				return refuse(p, "close it with ')'", "'%.20s': is not closed", s);
			if (s[1] == '{' && !memchr(s, '}', (size_t)(end - s)))
				return refuse(p, "close it with '}'", "'%.20s': is not closed", s);
			if (s[1] == '$')
				return refuse(p, "leave it out",
					      "'$$': there is no process of the script's own");
		}
	}
	if (quote)
		return refuse(p, "close it", "a quote %c is not closed", quote);
	visit_text(&v, text);
	return p->d->errors > errors ? -EINVAL : 0;
}

/* ---- Instructions ----------------------------------------------------------------------------*/

static struct insn *add(struct parser *p, enum op op, const char *text)
{
	struct sl_script *s = p->s;
	struct insn *in;

	if (!s->n && op != OP_INITIAL && op != OP_WAIT_STEP && op != OP_WAIT_TIME &&
	    !add(p, OP_INITIAL, ""))
		return NULL;
	if (SL_GROW(s->insns, s->n, s->cap))
		return NULL;
	in = &s->insns[s->n];
	*in = (struct insn){.op = op, .number = p->number, .pos = p->pos, .text = strdup(text)};
	if (!in->text)
		return NULL;
	in->pos.file = s->file;
	s->n++;
	return in;
}

/* Number of the variable; -ENOMEM, -EINVAL (reported). */
static int variable(struct parser *p, const char *name)
{
	struct sl_script *s = p->s;

	for (unsigned int i = 0; i < s->n_vars; i++)
		if (!strcmp(s->vars[i], name))
			return (int)i;
	if (s->n_vars == SL_SCRIPT_VARS)
		return refuse(p, "use one for several purposes",
			      "a script has at most %d variables", SL_SCRIPT_VARS);
	if (SL_GROW(s->vars, s->n_vars, s->cap_vars))
		return -ENOMEM;
	s->vars[s->n_vars] = strdup(name);
	return s->vars[s->n_vars] ? (int)s->n_vars++ : -ENOMEM;
}

static bool is_variable(const char *name)
{
	const char *s = name;

	while (click_isvar(*s))
		s++;
	return s > name && !*s;
}

static bool is_own_handler(const char *name)
{
	return is_function(name) || !strcmp(name, "step") || !strcmp(name, "goto") ||
	       !strcmp(name, "run") || !strcmp(name, "get") || !strcmp(name, "set") ||
	       !strcmp(name, "shift") || sl_handler_find(&(struct sl_class){0}, name);
}

/* "VAR TEXT". */
static int assignment(struct parser *p, enum op op, const char *text)
{
	bool exports = op == OP_EXPORT || op == OP_EXPORTQ;
	_free_ char *name = sl_next_word(&text);
	struct insn *in;
	int var;

	if (!name)
		return refuse(p, "for example set x 1", "a variable's name is missing");
	if (!is_variable(name))
		return refuse(p, "letters, digits and _; without $",
			      "'%s' is not a variable's name", name);
	if (!*text && (op == OP_SET || op == OP_SETQ))
		return refuse(p, "for example set x 1; set x \"\" is an empty one",
			      "'%s': a value is missing", name);
	if (exports && is_own_handler(name))
		return refuse(p, "take another name", "every script has a handler '%s'", name);
	var = variable(p, name);
	if (var < 0)
		return var;
	in = add(p, op, text);
	if (!in)
		return -ENOMEM;
	in->var = (unsigned int)var;
	return check_text(p, text);
}

static int returned(struct parser *p, enum op op, const char *text)
{
	int var = variable(p, "_");
	struct insn *in;

	if (var < 0)
		return var;
	in = add(p, op, text);
	if (!in)
		return -ENOMEM;
	in->var = (unsigned int)var;
	return check_text(p, text);
}

static int wait_step(struct parser *p, const char *text)
{
	bool negative = false;
	uint64_t n = 1;
	struct insn *in;

	if (*text && (!sl_text_int(text, &negative, &n) || negative || n > UINT_MAX))
		return refuse(p, "for example pause 2; for a time: wait 0.5s",
			      "'%s': not a number of steps", text);
	in = add(p, OP_WAIT_STEP, "");
	if (!in)
		return -ENOMEM;
	in->count = (unsigned int)n;
	return 0;
}

static int wait_time(struct parser *p, const char *text)
{
	const char *why = "a time is missing";
	uint64_t ns;

	if (!*text || (!strchr(text, '$') && sl_parse_value(SL_T_NS, text, NULL, NULL, &ns, &why)))
		return refuse(p, "for example wait 0.5s", "'%s': %s", text, why);
	return add(p, OP_WAIT_TIME, text) ? check_text(p, text) : -ENOMEM;
}

static int label(struct parser *p, const char *text)
{
	_free_ char *name = sl_next_word(&text);

	if (!name || *text)
		return refuse(p, "for example label again", "a label is one word");
	return add(p, OP_LABEL, name) ? 0 : -ENOMEM;
}

static int output(struct parser *p, enum op op, const char *text)
{
	if (*text == '>')
		return refuse(p, "what is printed goes to `sluicectl events`",
			      "there are no files here");
	if (!*text && op != OP_PRINT && op != OP_PRINTN && op != OP_PRINTQ && op != OP_PRINTNQ)
		return refuse(p, "for example write sw.switch 1", "a handler is missing");
	return add(p, op, text) ? check_text(p, text) : -ENOMEM;
}

static int nearest(struct parser *p, const char *word)
{
	const char *names[N_WORDS], *near;
	char hint[64] = "the instructions are listed at Script in docs/elements.md";

	for (size_t i = 0; i < N_WORDS; i++)
		names[i] = words[i].name;
	near = sl_nearest(word, names, N_WORDS);
	if (near)
		snprintf(hint, sizeof(hint), "did you mean '%s'?", near);
	return refuse(p, hint, "'%s' is not an instruction", word);
}

static int instruction(struct parser *p, const char *text)
{
	_free_ char *word = sl_next_word(&text);
	size_t i = 0;

	if (!word)
		return 0;
	while (i < N_WORDS && strcmp(words[i].name, word))
		i++;
	if (i == N_WORDS)
		return nearest(p, word);
	switch (words[i].op) {
	case OP_APPEND:
	case OP_SAVE:
		return refuse(p, "print it: that goes to `sluicectl events`",
			      "'%s': there are no files here", word);
	case OP_WAIT:
		return *text ? wait_time(p, text) : wait_step(p, text);
	case OP_WAIT_STEP:
		return wait_step(p, text);
	case OP_WAIT_TIME:
		return wait_time(p, text);
	case OP_LABEL:
		return label(p, text);
	case OP_SET:
	case OP_SETQ:
	case OP_INIT:
	case OP_INITQ:
	case OP_EXPORT:
	case OP_EXPORTQ:
		return assignment(p, words[i].op, text);
	case OP_RETURN:
	case OP_RETURNQ:
		return returned(p, words[i].op, text);
	case OP_END:
	case OP_EXIT:
	case OP_STOP:
	case OP_LOOP:
		if (*text)
			return refuse(p, "write it alone", "'%s' takes no argument", word);
		return add(p, words[i].op, "") ? 0 : -ENOMEM;
	case OP_ERROR:
	case OP_ERRORQ:
	case OP_GOTO:
		return add(p, words[i].op, text) ? check_text(p, text) : -ENOMEM;
	default:
		return output(p, words[i].op, text);
	}
}

/* ---- Labels ----------------------------------------------------------------------------------*/

int sl_script_label(const struct sl_script *s, const char *name, int *target)
{
	for (unsigned int i = 0; i < s->n; i++) {
		if (s->insns[i].op == OP_LABEL && !strcmp(s->insns[i].text, name)) {
			*target = (int)i;
			return 0;
		}
	}
	for (size_t i = 0; i < N_WORDS; i++) {
		enum op op = words[i].op;

		if (!strcmp(words[i].name, name) &&
		    (op == OP_END || op == OP_EXIT || op == OP_STOP || op == OP_ERROR ||
		     op == OP_ERRORQ)) {
			*target = -(int)op;
			return 0;
		}
	}
	*target = 0;
	return strcmp(name, "begin") && strcmp(name, "loop") ? -ENOENT : 0;
}

static int resolve(struct parser *p, struct insn *in)
{
	const char *text = in->text;
	_free_ char *word = NULL, *condition = NULL;

	if (in->op == OP_LOOP) {
		in->op = OP_GOTO;
		return 0;
	}
	if (in->op != OP_GOTO)
		return 0;
	p->pos = in->pos;
	word = sl_next_word(&text);
	condition = strdup(text);
	if (!condition)
		return -ENOMEM;
	if (!word || sl_script_label(p->s, word, &in->target))
		return refuse(p,
			      "a label of this script, begin, loop, end, exit, stop or error; a "
			      "condition stands behind it",
			      "no such label '%s'", word ? word : "");
	free(in->text);
	in->text = TAKE_PTR(condition);
	return 0;
}

/* ---- The whole -------------------------------------------------------------------------------*/

static int read_type(struct parser *p, const struct sl_arg *type, enum sl_script_type usual)
{
	static const char *const names[] = {"ACTIVE", "PASSIVE", "PROXY", "DRIVER"};
	_free_ char *text = NULL;
	size_t len = 0;

	p->s->type = usual;
	if (!type)
		return 0;
	p->pos = type->pos;
	text = sl_unquote(type->text, &len);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]))
			continue;
		p->s->type = (enum sl_script_type)i;
		return 0;
	}
	if (!strcmp(text, "PACKET") || !strcmp(text, "PUSH"))
		return refuse(p,
			      "let a Switch or a Classifier decide, and write the Switch from a "
			      "script",
			      "TYPE %s: packets do not come where scripts run", text);
	if (!strncmp(text, "SIGNAL", 6))
		return refuse(p, "a PASSIVE script runs when its handler run is called",
			      "TYPE SIGNAL: there is no process that a signal could be sent to");
	return refuse(p, "ACTIVE, PASSIVE, PROXY or DRIVER", "TYPE: '%s' is none", text);
}

static int read_all(struct parser *p, const struct sl_arg *args, size_t n_args)
{
	size_t bytes = 0;
	int status = 0, ret;

	for (size_t i = 0; i < n_args; i++) {
		p->pos = args[i].pos;
		p->number = (unsigned int)i + 1;
		bytes += strlen(args[i].text);
		if (i == SL_SCRIPT_INSNS || bytes > SL_SCRIPT_TEXT)
			return refuse(p, "divide it among several scripts",
				      "a script has at most %d instructions and %d bytes",
				      SL_SCRIPT_INSNS, SL_SCRIPT_TEXT);
		ret = instruction(p, args[i].text);
		if (ret && ret != -EINVAL)
			return ret;
		status = ret ? ret : status;
	}
	for (unsigned int i = 0; i < p->s->n; i++) {
		ret = resolve(p, &p->s->insns[i]);
		if (ret && ret != -EINVAL)
			return ret;
		status = ret ? ret : status;
	}
	return status;
}

int sl_script_parse(const char *name, const struct sl_arg *type, enum sl_script_type usual,
		    const struct sl_arg *args, size_t n_args, struct sl_diags *d,
		    struct sl_script **out)
{
	SL_CLEANUP(sl_script_freep) struct sl_script *s = calloc(1, sizeof(*s));
	struct parser p = {.name = name, .d = d, .s = s};
	const struct sl_arg *any = type ? type : n_args ? args : NULL;
	int ret, status;

	if (!s)
		return -ENOMEM;
	if (any && any->pos.file && !(s->file = strdup(any->pos.file)))
		return -ENOMEM;
	status = read_type(&p, type, usual);
	ret = status && status != -EINVAL ? status : read_all(&p, args, n_args);
	if (ret || status)
		return ret ? ret : status;
	if (!s->n && s->type == SL_SCRIPT_DRIVER)
		ret = wait_step(&p, "");
	p.number++;
	if (ret || !add(&p, s->type == SL_SCRIPT_DRIVER ? OP_STOP : OP_END, ""))
		return -ENOMEM;
	*out = TAKE_PTR(s);
	return 0;
}

int sl_script_parse_config(const char *name, const char *config, enum sl_script_type usual,
			   struct sl_diags *d, struct sl_script **out)
{
	struct sl_arg *args = NULL, type = {0};
	size_t n = 0, k = 0;
	int ret = sl_split_args(config, SL_NOPOS, &args, &n);

	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++) {
		struct sl_arg a = args[i];

		if (sl_arg_keyword(a.text) != 4 || memcmp(a.text, "TYPE", 4)) {
			args[k++] = a;
			continue;
		}
		free(type.text);
		type = (struct sl_arg){strdup(sl_arg_value(a.text)), a.pos};
		free(a.text);
		ret = type.text ? ret : -ENOMEM;
	}
	if (!ret)
		ret = sl_script_parse(name, type.text ? &type : NULL, usual, args, k, d, out);
	free(type.text);
	sl_args_free(args, k);
	return ret;
}

void sl_script_free(struct sl_script *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < s->n; i++)
		free(s->insns[i].text);
	for (unsigned int i = 0; i < s->n_vars; i++)
		free(s->vars[i]);
	free(s->insns);
	free(s->vars);
	free(s->file);
	free(s);
}

enum sl_script_type sl_script_type(const struct sl_script *s)
{
	return s->type;
}

void sl_script_calls(const struct sl_script *s,
		     void (*fn)(void *arg, const char *handler, bool write, struct sl_pos pos),
		     void *arg)
{
	for (unsigned int i = 0; i < s->n; i++) {
		const struct insn *in = &s->insns[i];
		const struct visit v = {fn, arg, in->pos};
		bool write = in->op == OP_WRITE || in->op == OP_WRITEQ;
		bool print = in->op >= OP_PRINT && in->op <= OP_PRINTQ;

		if (write || in->op == OP_READ || in->op == OP_READQ ||
		    (print && (click_isalpha(*in->text) || *in->text == '@' || *in->text == '_')))
			visit_name(&v, in->text, write);
		if (in->op != OP_LABEL)
			visit_text(&v, in->text);
	}
}
