// SPDX-License-Identifier: GPL-2.0-only
/* What the descriptors of Script and DriverManager share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/element.h"
#include "loader/script/int.h"

extern const struct sl_class sl_class_script, sl_class_driver_manager;

bool sl_class_is_script(const struct sl_class *c)
{
	return c == &sl_class_script || c == &sl_class_driver_manager;
}

enum sl_script_type sl_script_usual(const struct sl_class *c)
{
	return c == &sl_class_driver_manager ? SL_SCRIPT_DRIVER : SL_SCRIPT_ACTIVE;
}

/* ---- Configuring -----------------------------------------------------------------------------*/

struct priv {
	struct sl_script *code;
	struct sl_scripts *set; /* of the graph: with its first script, once a handler was called */
};

const struct sl_param sl_script_params[] = {
	SL_PARAM_X("TYPE", TEXT, 0, NULL, "ACTIVE, PASSIVE, PROXY or DRIVER"),
	SL_PARAM_X("INSTRUCTIONS", ARG, SL_P_POS | SL_P_REST, NULL, "one an argument"),
	SL_PARAMS_END,
};

struct check {
	struct sl_conf *cf;
};

/* Handlers that are not there are the script's matter while it runs: so it is in Click, and a
 * script may ask whether they are. But whoever wrote it is told. */
static void check_call(void *arg, const char *handler, bool write, struct sl_pos pos)
{
	struct sl_conf *cf = ((struct check *)arg)->cf;
	const char *dot = strchr(handler, '.');
	_free_ char *name = dot ? strndup(handler, (size_t)(dot - handler)) : NULL;
	const struct sl_inst *in =
		name && *name ? sl_inst_named(cf->program, cf->inst->elem, name) : NULL;
	const struct sl_arg at = {.pos = pos};
	const struct sl_handler *h;

	if (!name || !*name)
		return;
	if (!in) {
		sl_diag_hint(sl_conf_note(cf, &at, "script", "'%s': the graph has no element '%s'",
					  handler, name),
			     "the script goes on without it, as in Click");
		return;
	}
	if (!in->class || sl_class_is_script(in->class))
		return;
	h = sl_handler_find(in->class, dot + 1);
	if (!h || !(h->flags & (write ? SL_H_WRITE : SL_H_READ)))
		sl_diag_hint(sl_conf_note(cf, &at, "script",
					  "'%s': %s has no such handler that is %s", handler,
					  in->class->spec.name, write ? "written" : "read"),
			     "the script goes on without it, as in Click");
	else if (write && (h->flags & SL_H_RECOMPILE))
		sl_diag_hint(sl_conf_note(cf, &at, "script",
					  "'%s' compiles the graph anew, which scripts cannot",
					  handler),
			     "write it with sluicectl, or use a handler that acts at once");
}

static const struct priv *script_of(const struct sl_inst *in)
{
	return in->class && sl_class_is_script(in->class) ? in->priv : NULL;
}

/* What holds for all scripts of a graph together. */
static int check_others(struct sl_conf *cf, const struct sl_script *code)
{
	unsigned int n = 0, drivers = 0;

	for (uint32_t i = 0; i < cf->inst->index; i++) {
		const struct priv *p = script_of(&cf->program->insts[i]);

		n += p != NULL;
		drivers += p && p->code && p->code->type == SL_SCRIPT_DRIVER;
	}
	if (n > SL_SCRIPT_MAX) {
		sl_diag_hint(sl_conf_error(cf, NULL, "script", "more than %d scripts in a graph",
					   SL_SCRIPT_MAX),
			     "a script can do several things in turn");
		return -EINVAL;
	}
	if (code->type != SL_SCRIPT_DRIVER || !drivers)
		return 0;
	sl_diag_hint(sl_conf_error(cf, NULL, "script", "the graph has a driver script already"),
		     "one is enough; the others may be ACTIVE");
	return -EINVAL;
}

int sl_script_configure(struct sl_conf *cf)
{
	struct priv *p = calloc(1, sizeof(*p));
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE");
	_free_ struct sl_arg *args = calloc(cf->n_rest + 1, sizeof(*args));
	struct check check = {cf};
	int ret;

	if (!p || !args) {
		free(p);
		return -ENOMEM;
	}
	cf->inst->priv = p;
	for (size_t i = 0; i < cf->n_rest; i++)
		args[i] = *cf->rest[i];
	ret = sl_script_parse(cf->inst->elem->name, type, sl_script_usual(cf->inst->class), args,
			      cf->n_rest, cf->diags, &p->code);
	if (ret)
		return ret;
	sl_script_calls(p->code, check_call, &check);
	return check_others(cf, p->code);
}

void sl_script_release(struct sl_inst *in)
{
	struct priv *p = in->priv;

	if (!p)
		return;
	sl_scripts_free(p->set);
	sl_script_free(p->code);
	free(p);
}

/* ---- A graph in this process -----------------------------------------------------------------*/

static long live_find(void *arg, const char *name)
{
	const struct sl_live *l = arg;

	return sl_graph_find(l->program->graph, name);
}

static const struct sl_handler *live_handler(const struct sl_live *l, uint32_t elem,
					     const char *name)
{
	return sl_handler_find(l->program->insts[elem].class, name);
}

static unsigned int live_flags(void *arg, uint32_t elem, const char *handler)
{
	const struct sl_handler *h = live_handler(arg, elem, handler);

	return h ? h->flags & ~(unsigned int)SL_H_BUTTON : 0;
}

static int live_read(void *arg, uint32_t elem, const char *handler, const char *args, char **value,
		     struct sl_diags *d)
{
	struct sl_live *l = arg;
	const struct sl_handler *h = live_handler(l, elem, handler);
	size_t len = 0;
	FILE *f = open_memstream(value, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = h->read(l, &l->program->insts[elem], h, args, f, d);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	return ret;
}

static int live_write(void *arg, uint32_t elem, const char *handler, const char *value,
		      struct sl_diags *d)
{
	struct sl_live *l = arg;
	const struct sl_handler *h = live_handler(l, elem, handler);

	return h->write(l, &l->program->insts[elem], h, value, d);
}

static void live_say(void *arg, const char *line)
{
	(void)arg, (void)line;
}

static uint64_t live_now(void *arg)
{
	struct sl_live *l = arg;

	return l->ops->now_ns(l);
}

/* The same numbers each time: who tries a graph wants to see the same twice. */
static uint32_t live_random(void *arg)
{
	static const uint64_t step = 0x9e3779b97f4a7c15;
	static uint64_t at;
	uint64_t x = at += step;

	(void)arg;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	return (uint32_t)((x ^ (x >> 27)) >> 16);
}

static int make_set(struct sl_live *l, struct sl_scripts **out)
{
	const struct sl_script_env env = {.arg = l,
					  .find = live_find,
					  .flags = live_flags,
					  .read = live_read,
					  .write = live_write,
					  .say = live_say,
					  .now_ns = live_now,
					  .time_ns = live_now,
					  .random = live_random};
	struct sl_scripts *set = sl_scripts_new(&env);
	int ret = set ? 0 : -ENOMEM;

	for (size_t i = 0; !ret && i < l->program->graph->n_elems; i++) {
		const struct sl_inst *in = &l->program->insts[i];
		struct sl_script *code;

		if (!script_of(in))
			continue;
		ret = sl_script_parse_config(in->elem->name, in->elem->config,
					     sl_script_usual(in->class), &(struct sl_diags){0},
					     &code);
		ret = ret ? ret : sl_scripts_add(set, in->index, in->elem->name, code);
	}
	if (ret) {
		sl_scripts_free(set);
		return ret;
	}
	/* Variables have their first values before anybody looks. */
	while (set->starting < set->n)
		sl_scripts_turn(set, 1);
	*out = set;
	return 0;
}

/* The scripts of the graph, made when they are first needed. NULL: there are none. */
static struct sl_scripts *live_set(struct sl_live *l)
{
	for (size_t i = 0; i < l->program->graph->n_elems; i++) {
		const struct sl_inst *in = &l->program->insts[i];
		struct priv *p;

		if (!script_of(in))
			continue;
		p = in->priv;
		if (!p->set && make_set(l, &p->set))
			return NULL;
		p->set->env.arg = l;
		return p->set;
	}
	return NULL;
}

void sl_script_live_turn(struct sl_live *live, unsigned int units)
{
	struct sl_scripts *set = live_set(live);

	if (set && sl_scripts_due(set) <= live->ops->now_ns(live))
		sl_scripts_turn(set, units);
}

static int read_script(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	struct sl_scripts *set = live_set(l);
	_free_ char *value = NULL;
	int ret = set ? sl_scripts_read(set, in->index, h->name, args, &value, d) : -ENOENT;

	if (!ret)
		fputs(value, out);
	return ret;
}

static int write_script(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	struct sl_scripts *set = live_set(l);

	return set ? sl_scripts_write(set, in->index, h->name, value, d) : -ENOENT;
}

#define READS(hname, text)                                                                         \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_ARGS, .help = text, .read = read_script   \
	}
#define WRITES(hname, text)                                                                        \
	{                                                                                          \
		.name = hname, .flags = SL_H_WRITE, .help = text, .write = write_script            \
	}
const struct sl_handler sl_script_handlers[] = {
	WRITES("step", "passes the wait at which the script is; a number: so many"),
	WRITES("goto", "goes to a label, and runs from there"),
	{.name = "run",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_ARGS,
	 .help = "runs from the beginning; what is given is $args, what it returns is read",
	 .read = read_script,
	 .write = write_script},
	READS("get", "the value of a variable"),
	WRITES("set", "a variable's name and its new value"),
	READS("shift", "takes the first word off a variable (args)"),
	READS("add", "sum of numbers; `add 10 5 2` is 17"),
	READS("sub", "the first number less the others; `sub 10 5 2` is 3"),
	READS("min", "the smallest number"),
	READS("max", "the largest number"),
	READS("mul", "product of numbers"),
	READS("div", "the first number divided by the others, as a real number"),
	READS("idiv", "the same, truncated to an integer"),
	READS("mod", "remainder of two integers; has the sign of the first"),
	READS("rem", "remainder of two numbers, which may be real"),
	READS("neg", "the number with the other sign"),
	READS("abs", "the number without its sign"),
	READS("eq", "whether two words are equal, as numbers if both are, else as text"),
	READS("ne", "whether they are not"),
	READS("gt", "whether the first is greater"),
	READS("ge", "whether the first is greater or equal"),
	READS("lt", "whether the first is less"),
	READS("le", "whether the first is less or equal"),
	READS("not", "the other truth value"),
	READS("sprintf", "a format and its values; conversions d i o u x X s %, as in C"),
	READS("first", "the first word"),
	READS("random", "a random number: below 2^31; below N; or from N1 to N2"),
	READS("and", "whether all are true"),
	READS("or", "whether one is true"),
	READS("nand", "not and"),
	READS("nor", "not or"),
	READS("if", "three words: the second if the first is true, else the third"),
	READS("in", "whether the first word is among the others"),
	{.name = "now",
	 .flags = SL_H_READ,
	 .help = "the time in seconds since 1970",
	 .read = read_script},
	READS("readable", "whether all these are handlers that can be read"),
	READS("writable", "whether all these are handlers that can be written"),
	READS("length", "how many bytes the argument has"),
	READS("unquote", "the argument without a layer of quotes"),
	READS("htons", "a 16-bit number in the other byte order"),
	READS("htonl", "a 32-bit number in the other byte order"),
	READS("ntohs", "the same as htons"),
	READS("ntohl", "the same as htonl"),
	SL_HANDLERS_END,
};
