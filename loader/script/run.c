// SPDX-License-Identifier: GPL-2.0-only
/* Scripts at work: instruction after instruction, waiting, turns, the driver. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/text.h"
#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

/* ---- Messages --------------------------------------------------------------------------------*/

static void say_line(struct sl_scripts *set)
{
	set->line[set->line_len] = 0;
	set->line_len = 0;
	set->env.say(set->env.arg, set->line);
}

static void say_char(struct sl_scripts *set, char c)
{
	if (set->line_len == SL_SCRIPT_LINE)
		say_line(set);
	set->line[set->line_len++] = c;
}

void script_print(struct sl_scripts *set, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n') {
			say_line(set);
		} else if (c == '\t' || (c >= 32 && c < 127)) {
			say_char(set, c == '\t' ? ' ' : *text);
		} else {
			say_char(set, '\\');
			for (int shift = 6; shift >= 0; shift -= 3)
				say_char(set, (char)('0' + (c >> shift & 7)));
		}
	}
}

static unsigned int number_of(const struct one *s)
{
	return s->code->insns[s->at].number;
}

int complain(struct one *s, const char *fmt, ...)
{
	struct sl_scripts *set = s->set;
	_free_ char *text = NULL, *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return -EINVAL;
	if (set->to) {
		sl_diag_element(sl_error(set->to, SL_NOPOS, "script", "%s", text), s->name);
		return -EINVAL;
	}
	if (asprintf(&line, "%s: instruction %u: %s\n", s->name, number_of(s), text) < 0)
		line = NULL;
	if (set->line_len)
		say_line(set);
	script_print(set, line ? line : "");
	return -EINVAL;
}

/* ---- Variables -------------------------------------------------------------------------------*/

int find_var(const struct one *s, const char *name)
{
	for (unsigned int i = 0; i < s->n_vars; i++)
		if (!strcmp(s->names[i], name))
			return (int)i;
	return -1;
}

int var_get(struct one *s, const char *name, const char **value)
{
	int i = find_var(s, name);

	if (i < 0 && strcmp(name, "args"))
		return -ENOENT;
	*value = i < 0 ? s->args : s->vars[i];
	*value = *value ? *value : "";
	return 0;
}

/* Puts `value` in the place of *at. */
static int replace(struct one *s, char **at, const char *value)
{
	size_t old = *at ? strlen(*at) : 0, len = strlen(value);
	char *copy;

	if (s->set->memory - old + len > SL_SCRIPT_MEMORY) {
		s->set->limit = "what all variables hold";
		return -EDQUOT;
	}
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	s->set->memory += len - old;
	return 0;
}

static int add_var(struct one *s, const char *name)
{
	if (s->n_vars == SL_SCRIPT_VARS || strlen(name) > 255) {
		s->set->limit = "that many variables, or so long a name";
		return -EDQUOT;
	}
	s->names[s->n_vars] = strdup(name);
	if (!s->names[s->n_vars])
		return -ENOMEM;
	return (int)s->n_vars++;
}

int var_set(struct one *s, const char *name, const char *value, bool add)
{
	int i = find_var(s, name);

	if (i < 0 && !strcmp(name, "args"))
		return replace(s, &s->args, value);
	if (i < 0 && add)
		i = add_var(s, name);
	if (i < 0)
		return i == -1 ? complain(s, "no variable '%s'", name) : i;
	return replace(s, &s->vars[i], value);
}

/* The text of an instruction, substituted, as a variable's value. */
static int assign(struct one *s, const struct insn *in, bool unquote)
{
	_buf_ struct buf text = {.set = s->set}, plain = {.set = s->set};
	int ret = expand(s, in->text, false, &text);

	if (!ret && unquote)
		ret = add_unquoted(&plain, buf_text(&text));
	return ret ? ret : replace(s, &s->vars[in->var], buf_text(unquote ? &plain : &text));
}

/* ---- Instructions ----------------------------------------------------------------------------*/

/* How the execution of one goes on; errors are negative. */
enum { NEXT, BLOCKED, ENDED };

static bool is_call(const char *text)
{
	return click_isalpha(*text) || *text == '@' || *text == '_';
}

static int do_print(struct one *s, const struct insn *in)
{
	bool plain = in->op == OP_PRINT || in->op == OP_PRINTQ;
	_buf_ struct buf text = {.set = s->set}, out = {.set = s->set};
	int ret = expand(s, in->text, !is_call(in->text), &text);

	if (ret)
		return ret;
	if (is_call(in->text))
		ret = call_read(s, buf_text(&text), in->op == OP_PRINTQ || in->op == OP_PRINTNQ,
				&out);
	else
		ret = add_unquoted(&out, buf_text(&text));
	if (!ret && plain && (!out.len || out.s[out.len - 1] != '\n'))
		ret = buf_add(&out, "\n", 1);
	if (!ret)
		script_print(s->set, buf_text(&out));
	return ret == -EDQUOT || ret == -ENOMEM ? ret : NEXT;
}

static int do_read(struct one *s, const struct insn *in)
{
	_buf_ struct buf text = {.set = s->set}, out = {.set = s->set};
	int ret = expand(s, in->text, false, &text);

	ret = ret ? ret : call_read(s, buf_text(&text), in->op == OP_READQ, &out);
	if (!ret) {
		script_print(s->set, buf_text(&text));
		script_print(s->set, ":\n");
		script_print(s->set, buf_text(&out));
		script_print(s->set, "\n");
	}
	return ret == -EDQUOT || ret == -ENOMEM ? ret : NEXT;
}

static int do_write(struct one *s, const struct insn *in)
{
	_buf_ struct buf text = {.set = s->set};
	int ret = expand(s, in->text, false, &text);

	ret = ret ? ret : call_write(s, buf_text(&text), in->op == OP_WRITEQ, &s->status);
	return ret == -EDQUOT || ret == -ENOMEM ? ret : NEXT;
}

/* Goes to an instruction: the waits on the way there begin again. */
static void jump(struct one *s, unsigned int to, unsigned int end)
{
	for (unsigned int i = to; i < end && i < s->code->n; i++)
		s->steps[i] = 0;
	s->pos = to;
}

static int stop(struct one *s)
{
	s->pos--;
	if (!s->driven)
		s->set->stops++;
	return ENDED;
}

static int do_goto(struct one *s, const struct insn *in)
{
	_buf_ struct buf text = {.set = s->set};
	bool go = true;
	int ret = expand(s, in->text, false, &text);

	if (ret)
		return ret;
	if (text.len && !sl_text_bool(buf_text(&text), &go)) {
		complain(s, "bad condition '%s'", buf_text(&text));
		return NEXT;
	}
	if (!go)
		return NEXT;
	if (in->target >= 0) {
		jump(s, (unsigned int)in->target, s->pos - 1);
		return NEXT;
	}
	if (in->target == -OP_STOP)
		return stop(s);
	s->pos--;
	return ENDED;
}

static int do_error(struct one *s, const struct insn *in)
{
	_buf_ struct buf text = {.set = s->set}, plain = {.set = s->set};
	int ret = expand(s, in->text, false, &text);

	if (!ret && in->op == OP_ERRORQ)
		ret = add_unquoted(&plain, buf_text(&text));
	if (ret)
		return ret;
	if (text.len)
		complain(s, "%s", buf_text(in->op == OP_ERRORQ ? &plain : &text));
	s->pos--;
	return ENDED;
}

static int wait_step(struct one *s, const struct insn *in, unsigned int at)
{
	uint64_t need = in->count - s->steps[at];

	if (s->left > 0) {
		uint64_t take = (uint64_t)s->left < need ? (uint64_t)s->left : need;

		s->steps[at] += (unsigned int)take;
		s->left -= (int64_t)take;
		need -= take;
	}
	if (!need)
		return NEXT;
	s->pos--;
	return BLOCKED;
}

/* Begins to wait. */
static int set_timer(struct one *s, const struct insn *in)
{
	_buf_ struct buf text = {.set = s->set};
	const char *why = "a time is missing";
	uint64_t ns, now = s->set->env.now_ns(s->set->env.arg);
	int ret = expand(s, in->text, false, &text);

	if (ret)
		return ret;
	if (sl_parse_value(SL_T_NS, buf_text(&text), NULL, NULL, &ns, &why))
		return complain(s, "wait '%s': %s; waiting for a step", buf_text(&text), why);
	s->due = now + ns < now || now + ns == UINT64_MAX ? UINT64_MAX - 1 : now + ns;
	return 0;
}

static int wait_time(struct one *s, const struct insn *in)
{
	int ret;

	if (s->left > 0) {
		s->left--;
		s->due = UINT64_MAX;
		return NEXT;
	}
	ret = set_timer(s, in);
	if (ret == -EDQUOT || ret == -ENOMEM)
		return ret;
	if (!ret)
		s->pos--;
	return BLOCKED;
}

static int execute(struct one *s, unsigned int at)
{
	const struct insn *in = &s->code->insns[at];
	int ret;

	switch (in->op) {
	case OP_INITIAL:
		s->left -= s->initial;
		s->initial = false;
		return NEXT;
	case OP_PRINT:
	case OP_PRINTN:
	case OP_PRINTQ:
	case OP_PRINTNQ:
		return do_print(s, in);
	case OP_READ:
	case OP_READQ:
		return do_read(s, in);
	case OP_WRITE:
	case OP_WRITEQ:
		return do_write(s, in);
	case OP_SET:
	case OP_SETQ:
		ret = assign(s, in, in->op == OP_SETQ);
		return ret ? ret : NEXT;
	case OP_RETURN:
	case OP_RETURNQ:
		ret = assign(s, in, in->op == OP_RETURNQ);
		/* What was substituted may have gone elsewhere. */
		if (ret || s->pos != at + 1)
			return ret ? ret : NEXT;
		s->pos--;
		return BLOCKED;
	case OP_GOTO:
		return do_goto(s, in);
	case OP_WAIT_STEP:
		return wait_step(s, in, at);
	case OP_WAIT_TIME:
		return wait_time(s, in);
	case OP_ERROR:
	case OP_ERRORQ:
		return do_error(s, in);
	case OP_STOP:
		return stop(s);
	case OP_END:
	case OP_EXIT:
		s->pos--;
		return ENDED;
	default:
		return NEXT; /* label, init, export */
	}
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void halt(struct one *s)
{
	s->pos = s->code->n;
	s->due = UINT64_MAX;
	s->cut = s->driven = false;
}

static void driver_stops(struct sl_scripts *set)
{
	for (size_t i = 0; i < set->n; i++)
		halt(&set->list[i]);
	set->stops = 0;
	if (set->line_len)
		say_line(set);
	script_print(set, "the driver stops: the scripts of this graph end, packets go on\n");
}

static int give_up(struct one *s, int ret)
{
	/* Whoever called hears of it; otherwise this is the end of it. */
	if (!s->set->to || s->set->in_turn)
		complain(s, "%s is too much: giving up",
			 ret == -ENOMEM ? "the memory it needs" : s->set->limit);
	halt(s);
	return ret;
}

/*
 * Runs until it blocks, ends, or the turn is over. `turn`: it pays with the turn's units,
 * instruction by instruction, and not with those of a call. -EDQUOT, -ENOMEM: gave up.
 */
static int go(struct one *s, bool turn)
{
	struct sl_scripts *set = s->set;
	int how = NEXT;

	while (how == NEXT && s->left >= 0 && s->pos < s->code->n && s->jumps < SL_SCRIPT_JUMPS) {
		unsigned int at = s->pos;

		if (turn && set->turn <= 0) {
			s->cut = true;
			return 0;
		}
		if (turn)
			set->units = SL_SCRIPT_UNITS;
		s->at = at;
		s->pos++;
		how = spend(set, 1);
		how = how ? how : execute(s, at);
		if (turn)
			set->turn -= SL_SCRIPT_UNITS - set->units;
		if (how < 0)
			return give_up(s, how);
		if (s->pos != at + 1)
			s->jumps++;
	}
	if (s->jumps >= SL_SCRIPT_JUMPS) {
		complain(s, "too many jumps without waiting: giving up");
		halt(s);
	}
	if (s->driven && how == ENDED)
		driver_stops(set);
	s->driven = false;
	return 0;
}

static void run_in_turn(struct one *s)
{
	s->running = true;
	s->set->to = NULL;
	go(s, true);
	s->running = false;
}

/* What was asked of the driver goes to the script that stands for it. */
static void drive(struct sl_scripts *set)
{
	struct one *driver = NULL;

	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].code->type == SL_SCRIPT_DRIVER)
			driver = &set->list[i];
	if (!driver) {
		driver_stops(set);
		return;
	}
	if (driver->cut)
		return;
	set->stops--;
	driver->left = 1;
	driver->jumps = 0;
	driver->driven = true;
	run_in_turn(driver);
}

/* ---- Turns -----------------------------------------------------------------------------------*/

/* Where a script begins. */
static void start(struct one *s)
{
	const struct insn *first = s->code->insns;

	if (s->code->type == SL_SCRIPT_PASSIVE || s->code->type == SL_SCRIPT_PROXY)
		return;
	s->initial = first->op == OP_INITIAL;
	if (s->initial && s->code->type == SL_SCRIPT_DRIVER)
		s->set->stops++;
	else if (s->initial)
		s->due = 0;
	else if (first->op == OP_WAIT_TIME)
		set_timer(s, first);
}

static bool is_init(enum op op)
{
	return op == OP_INIT || op == OP_INITQ || op == OP_EXPORT || op == OP_EXPORTQ;
}

/* The variables of all, before any of them runs. */
static void initialize(struct sl_scripts *set)
{
	while (set->starting < set->n && set->turn > 0) {
		struct one *s = &set->list[set->starting];
		const struct insn *in = &s->code->insns[set->init];

		set->units = SL_SCRIPT_UNITS;
		if (is_init(in->op)) {
			s->at = set->init;
			if (assign(s, in, in->op == OP_INITQ || in->op == OP_EXPORTQ))
				complain(s, "'%s' is not initialized", s->names[in->var]);
		}
		spend(set, 1);
		set->turn -= SL_SCRIPT_UNITS - set->units;
		if (++set->init < s->code->n)
			continue;
		set->init = 0;
		if (++set->starting == set->n)
			for (size_t i = 0; i < set->n; i++)
				start(&set->list[i]);
	}
}

uint64_t sl_scripts_due(const struct sl_scripts *set)
{
	uint64_t due = set->starting < set->n || set->stops ? 0 : UINT64_MAX;

	for (size_t i = 0; i < set->n; i++) {
		if (set->list[i].cut)
			return 0;
		due = set->list[i].due < due ? set->list[i].due : due;
	}
	return due;
}

static void turn_of(struct one *s, uint64_t now)
{
	if (!s->cut && s->due > now)
		return;
	if (!s->cut) {
		s->due = UINT64_MAX;
		s->left = 1;
		s->jumps = 0;
	}
	s->cut = false;
	run_in_turn(s);
}

unsigned int sl_scripts_turn(struct sl_scripts *set, unsigned int units)
{
	uint64_t now = set->env.now_ns(set->env.arg);

	set->turn = units;
	set->in_turn = true;
	set->to = NULL;
	initialize(set);
	for (size_t i = 0; i < set->n && set->turn > 0 && set->starting == set->n; i++) {
		turn_of(&set->list[set->next], now);
		set->next = (set->next + 1) % set->n;
		if (set->stops && set->turn > 0)
			drive(set);
	}
	set->in_turn = false;
	return (unsigned int)(units - set->turn);
}

int sl_scripts_charge(struct sl_scripts *set, unsigned int units)
{
	return spend(set, units);
}

/* ---- Handlers step, goto, run ----------------------------------------------------------------*/

/* What the script ended with. */
static int ending(struct one *s, struct buf *value)
{
	const struct insn *in = s->pos < s->code->n ? &s->code->insns[s->pos] : NULL;
	enum op op = in ? in->op : OP_LABEL;
	const char *text;

	if (op == OP_GOTO && in->target < 0)
		op = (enum op) - in->target;
	if (op == OP_ERROR || op == OP_ERRORQ)
		return -EINVAL;
	if (value && (op == OP_RETURN || op == OP_RETURNQ) && !var_get(s, "_", &text))
		return buf_add(value, text, strlen(text));
	return 0;
}

static int place(struct one *s, enum entry how, const char *text, int64_t *steps)
{
	bool negative = false;
	uint64_t n = 1;
	int target;

	*steps = 0;
	if (how == BY_RUN) {
		s->pos = 0;
		return replace(s, &s->args, text);
	}
	if (how == BY_GOTO) {
		if (sl_script_label(s->code, text, &target) || target < 0)
			return complain(s, "no such label '%s'", text);
		jump(s, (unsigned int)target, s->code->n);
		return 0;
	}
	if (how == BY_STEP && *text && (!sl_text_int(text, &negative, &n) || n > INT32_MAX))
		return complain(s, "'%s' is not a number of steps", text);
	*steps = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

int enter(struct one *s, enum entry how, const char *handler, const char *text, bool write,
	  struct buf *value)
{
	int64_t steps;
	int ret = place(s, how, text, &steps);

	/* One that is running goes on from there. */
	if (ret || s->running) {
		s->left += ret ? 0 : steps;
		return ret;
	}
	s->running = true;
	s->cut = false;
	s->driven = how == BY_ROUTER;
	s->left = steps;
	s->jumps = 0;
	s->handler = handler;
	s->write = write;
	ret = go(s, false);
	ret = ret ? ret : ending(s, value);
	s->running = false;
	s->handler = NULL;
	s->write = false;
	if (s->args) {
		s->set->memory -= strlen(s->args);
		free(TAKE_PTR(s->args));
	}
	return ret;
}

/* ---- Sets ------------------------------------------------------------------------------------*/

struct sl_scripts *sl_scripts_new(const struct sl_script_env *env)
{
	struct sl_scripts *set = calloc(1, sizeof(*set));

	if (set)
		set->env = *env;
	return set;
}

static void free_one(struct one *s)
{
	for (unsigned int i = 0; i < s->n_vars; i++) {
		free(s->names[i]);
		free(s->vars[i]);
	}
	free(s->names);
	free(s->vars);
	free(s->steps);
	free(s->args);
	free(s->name);
	sl_script_free(s->code);
}

void sl_scripts_free(struct sl_scripts *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++)
		free_one(&set->list[i]);
	free(set->list);
	free(set);
}

int sl_scripts_add(struct sl_scripts *set, uint32_t elem, const char *name,
		   struct sl_script *script)
{
	struct one *list, s = {.set = set, .code = script, .elem = elem, .due = UINT64_MAX};

	if (set->n == SL_SCRIPT_MAX) {
		free_one(&s);
		return -E2BIG;
	}
	s.name = strdup(name);
	s.names = calloc(SL_SCRIPT_VARS, sizeof(*s.names));
	s.vars = calloc(SL_SCRIPT_VARS, sizeof(*s.vars));
	s.steps = calloc(script->n, sizeof(*s.steps));
	for (; s.names && s.n_vars < script->n_vars; s.n_vars++) {
		s.names[s.n_vars] = strdup(script->vars[s.n_vars]);
		if (!s.names[s.n_vars])
			break;
	}
	list = reallocarray(set->list, set->n + 1, sizeof(*list));
	if (list)
		set->list = list;
	if (!list || !s.name || !s.names || !s.vars || !s.steps || s.n_vars < script->n_vars) {
		free_one(&s);
		return -ENOMEM;
	}
	set->list[set->n++] = s;
	return 0;
}
