// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateCounter: what it counts, and its limits. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/aggregate_counts.h"
#include "loader/config/calls.h"
#include "loader/config/capacity.h"
#include "loader/config/config.h"
#include "bpf/element/aggregate_counter.h"

static const struct sl_param params[] = {
	SL_PARAM("BYTES", BOOL, 0, "false", struct aggregate_counter_conf, bytes,
		 "counts bytes, not packets"),
	SL_PARAM("IP_BYTES", BOOL, 0, "false", struct aggregate_counter_conf, ip,
		 "bytes are those from the IP header on"),
	SL_PARAM("MULTIPACKET", BOOL, 0, "true", struct aggregate_counter_conf, packets,
		 "a packet counts its extra packets annotation, too"),
	SL_PARAM("EXTRA_LENGTH", BOOL, 0, "true", struct aggregate_counter_conf, length,
		 "bytes include the extra length annotation"),
	SL_PARAM_X("AGGREGATE_FREEZE", ARG, 0, NULL, "freezes when there are so many aggregates"),
	SL_PARAM_X("AGGREGATE_STOP", ARG, 0, NULL, "stops counting then"),
	SL_PARAM_X("AGGREGATE_CALL", ARG, 0, NULL, "N HANDLER [VALUE]: the handler is called then"),
	SL_PARAM_X("COUNT_FREEZE", ARG, 0, NULL, "freezes when the total has reached this"),
	SL_PARAM_X("COUNT_STOP", ARG, 0, NULL, "stops counting then"),
	SL_PARAM_X("COUNT_CALL", ARG, 0, NULL, "N HANDLER [VALUE]: the handler is called then"),
	SL_PARAM_X("BANNER", TEXT, 0, "", "in front of the counts as text"),
	SL_PARAM_CAPACITY(struct aggregate_counter_conf, "aggregates counted, 1024 to 65536"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_counter_conf, bytes, BOOL),
	SL_FIELD(struct aggregate_counter_conf, ip, BOOL),
	SL_FIELD(struct aggregate_counter_conf, packets, BOOL),
	SL_FIELD(struct aggregate_counter_conf, length, BOOL),
	SL_FIELD(struct aggregate_counter_conf, agg_action, U8),
	SL_FIELD(struct aggregate_counter_conf, count_action, U8),
	SL_FIELD(struct aggregate_counter_conf, n_out, U8),
	SL_FIELD(struct aggregate_counter_conf, capacity, U32),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct aggregate_counter_rw, frozen, U64),
	SL_FIELD(struct aggregate_counter_rw, stopped, U64),
	SL_FIELD(struct aggregate_counter_rw, agg_limit, U64),
	SL_FIELD(struct aggregate_counter_rw, count_limit, U64),
	SL_FIELD(struct aggregate_counter_rw, agg_called, U64),
	SL_FIELD(struct aggregate_counter_rw, count_called, U64),
	SL_FIELDS_END,
};

/* ---- Limits ----------------------------------------------------------------------------------*/

static const char *const limits[2][3] = {
	{"AGGREGATE_FREEZE", "AGGREGATE_STOP", "AGGREGATE_CALL"},
	{"COUNT_FREEZE", "COUNT_STOP", "COUNT_CALL"},
};

/* What is to be called at each of the two. */
struct priv {
	char *call[2];
};

static uint64_t limit(const struct sl_inst *in, const char *const names[3])
{
	for (size_t i = 0; i < 3; i++) {
		uint64_t n = sl_call_number(in, names[i]);

		if (n != UINT64_MAX)
			return n;
	}
	return UINT64_MAX;
}

static int check_limit(struct sl_conf *cf, const char *const names[3], uint8_t *action, char **call)
{
	const struct sl_arg *arg, *first = NULL;
	bool negative;
	uint64_t n;

	for (size_t i = 0; i < 3; i++) {
		arg = sl_conf_arg(cf, names[i]);
		if (!arg)
			continue;
		if (first) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
						   "give only one of %s, %s and %s", names[0],
						   names[1], names[2]),
				     "what happens first is up to one limit");
			return -EINVAL;
		}
		first = arg;
		*action = (uint8_t)i;
		if (i == 2)
			return sl_conf_call(cf, names[i], &n, call);
		if (sl_text_int(arg->text, &negative, &n) && !negative)
			continue;
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "%s: '%s': not a whole number",
					   names[i], arg->text),
			     "give a number");
		return -EINVAL;
	}
	return 0;
}

static void release(struct sl_inst *in)
{
	struct priv *priv = in->priv;

	if (!priv)
		return;
	free(priv->call[0]);
	free(priv->call[1]);
	free(priv);
}

static int configure(struct sl_conf *cf)
{
	struct aggregate_counter_conf *c = cf->inst->conf;
	struct priv *priv = calloc(1, sizeof(*priv));
	int ret = sl_capacity_check(cf, c->capacity), err;

	if (!priv)
		return -ENOMEM;
	cf->inst->priv = priv;
	c->n_out = (uint8_t)cf->inst->elem->n_out;
	err = check_limit(cf, limits[0], &c->agg_action, &priv->call[0]);
	ret = ret ? ret : err;
	err = check_limit(cf, limits[1], &c->count_action, &priv->call[1]);
	return ret ? ret : err;
}

static const char *call(const struct sl_inst *in, unsigned int k)
{
	const struct priv *priv = in->priv;

	return k < 2 ? priv->call[k] : NULL;
}

static int due(struct sl_live *l, const struct sl_inst *in, uint32_t *calls)
{
	static const size_t words[] = {offsetof(struct aggregate_counter_rw, agg_called),
				       offsetof(struct aggregate_counter_rw, count_called)};
	int ret = 0;

	for (size_t i = 0; i < 2 && !ret; i++) {
		uint64_t called = 0, none = 0;

		ret = l->ops->rw_get(l, in->index, &called, words[i], sizeof(called));
		if (ret || !called)
			continue;
		*calls |= 1u << i;
		ret = l->ops->rw_set(l, in->index, &none, words[i], sizeof(none));
	}
	return ret;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct aggregate_counter_rw *w = bytes;

	w->agg_limit = limit(in, limits[0]);
	w->count_limit = limit(in, limits[1]);
}

/* ---- Handlers --------------------------------------------------------------------------------*/

/* "freeze" and "active" are words; "active" is one that is stored the other way round. */
static size_t flag_offset(const struct sl_handler *h)
{
	return h->name[0] == 'f' ? offsetof(struct aggregate_counter_rw, frozen)
				 : offsetof(struct aggregate_counter_rw, stopped);
}

static int read_flag(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t set = 0;
	int ret = l->ops->rw_get(l, in->index, &set, flag_offset(h), sizeof(set));

	(void)args, (void)d;
	if (!ret)
		fputs(!!set == (h->name[0] == 'f') ? "true" : "false", out);
	return ret;
}

static int write_flag(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *value, struct sl_diags *d)
{
	uint64_t set;
	bool on;

	if (!sl_text_bool(value, &on)) {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
						      "%s: '%s': neither true nor false", h->name,
						      value),
					     in->elem->name),
			     "give true or false");
		return -EINVAL;
	}
	set = on == (h->name[0] == 'f');
	return l->ops->rw_set(l, in->index, &set, flag_offset(h), sizeof(set));
}

static int stop(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		const char *value, struct sl_diags *d)
{
	uint64_t set = 1;

	(void)h, (void)value, (void)d;
	return l->ops->rw_set(l, in->index, &set, offsetof(struct aggregate_counter_rw, stopped),
			      sizeof(set));
}

static int no_file(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *value, struct sl_diags *d)
{
	const char *instead = !strcmp(h->name, "write_ip_file")	   ? "ip_text"
			      : !strcmp(h->name, "write_pdf_file") ? "pdf"
								   : "text";

	(void)l, (void)value;
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "no-file",
					      "%s: no files are written for a graph", h->name),
				     in->elem->name),
		     "read %s.%s", in->elem->name, instead);
	return -EPERM;
}

#define NO_FILE(hname)                                                                             \
	{                                                                                          \
		.name = hname, .flags = SL_H_WRITE,                                                \
		.help = "refused: no files are written for a graph", .write = no_file              \
	}
#define TEXT(hname, what)                                                                          \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ, .help = what, .read = sl_agg_read_text          \
	}
#define RECOUNT(hname, what)                                                                       \
	{                                                                                          \
		.name = hname, .flags = SL_H_WRITE | SL_H_BUTTON, .help = what,                    \
		.write = sl_agg_recount                                                            \
	}

static const struct sl_handler handlers[] = {
	{.name = "count",
	 .flags = SL_H_READ,
	 .help = "packets or bytes counted in all",
	 .read = sl_agg_read_word},
	{.name = "nagg", .flags = SL_H_READ, .help = "aggregates seen", .read = sl_agg_read_word},
	TEXT("text", "the counts, as Click's write_text_file writes them"),
	TEXT("ip_text", "the same with aggregates as IP addresses"),
	TEXT("pdf", "the same with each count's share of all"),
	{.name = "freeze",
	 .flags = SL_H_READ | SL_H_WRITE,
	 .help = "true: no new aggregates",
	 .read = read_flag,
	 .write = write_flag},
	{.name = "active",
	 .flags = SL_H_READ | SL_H_WRITE,
	 .help = "false: nothing is counted",
	 .read = read_flag,
	 .write = write_flag},
	{.name = "stop",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "counts nothing from now on",
	 .write = stop},
	{.name = "clear",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "removes all counts",
	 .write = sl_agg_clear},
	RECOUNT("reaggregate_counts", "aggregates become how often each count was there"),
	RECOUNT("counts_pdf", "the same"),
	SL_HANDLER_PARAM("aggregate_call", "AGGREGATE_CALL", "the argument"),
	SL_HANDLER_PARAM("count_call", "COUNT_CALL", "the argument"),
	SL_HANDLER_PARAM("banner", "BANNER", "in front of the counts as text"),
	NO_FILE("write_file"),
	NO_FILE("write_text_file"),
	NO_FILE("write_ascii_file"),
	NO_FILE("write_ip_file"),
	NO_FILE("write_pdf_file"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_aggregate_counter = {
	.spec = {.name = "AggregateCounter", .ports = "1-2/1-2", .processing = "a"},
	.base = "aggregate_counter",
	.summary = "counts packets or bytes for each value of the aggregate annotation",
	.help = "Aggregates are counted in a table of CAPACITY. When it is full, or the element is "
		"frozen, or for what comes in by input 1, packets of aggregates that are not there "
		"are not counted. With a second output, packets that were not counted leave by "
		"it.\n\n"
		"AGGREGATE_FREEZE and AGGREGATE_STOP act when one more than so many aggregates "
		"would be counted, COUNT_FREEZE and COUNT_STOP when the total has reached so much; "
		"each once, as long as the graph runs. Freezing keeps counting what is there; "
		"stopping counts nothing (Click also stops its driver, which is not there).\n\n"
		"AGGREGATE_CALL and COUNT_CALL call a write handler then. " SL_CALLS_HELP "\n\n"
		"Click writes counts to files; here the handlers text, ip_text and pdf give the "
		"same text, in ascending order of aggregates. What comes while clear or counts_pdf "
		"work may be lost from the counts. counts_pdf takes the aggregates there are, and "
		"not the inner nodes of Click's tree as well. The handlers count_call and "
		"aggregate_call show the argument even when the call was made.",
	.flags = SL_C_STILL | SL_C_PORT | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct aggregate_counter_conf),
	.conf = conf,
	.rw_size = sizeof(struct aggregate_counter_rw),
	.rw = rw,
	.tables = sl_agg_tables,
	.configure = configure,
	.init_rw = init_rw,
	.release = release,
	.due = due,
	.call = call,
	.weight = 160,
};
