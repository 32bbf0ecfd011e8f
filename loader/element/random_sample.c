// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of RandomSample. */
#include <errno.h>

#include "loader/config/config.h"
#include "loader/element/element.h"
#include "bpf/element/random_sample.h"

static const struct sl_param params[] = {
	SL_PARAM_X("P", PROB, SL_P_POS, "1", "the probability of keeping a packet"),
	SL_PARAM_X("SAMPLE", PROB, 0, "1", "the same"),
	SL_PARAM_X("DROP", PROB, 0, "0", "instead: the probability of not keeping it"),
	SL_PARAM_X("ACTIVE", BOOL, 0, "true", "false: all packets are kept"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct random_sample_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct random_sample_rw, prob, U32),
	SL_FIELD(struct random_sample_rw, active, U32),
	SL_FIELDS_END,
};

#define ONE (1u << 28)

static int configure(struct sl_conf *cf)
{
	const struct sl_arg *drop = sl_conf_arg(cf, "DROP");

	if (!drop || (!sl_conf_arg(cf, "SAMPLE") && !sl_conf_arg(cf, "P")))
		return 0;
	sl_diag_hint(sl_conf_error(cf, drop, "bad-argument", "give only one of SAMPLE and DROP"),
		     "the one is 1 less the other");
	return -EINVAL;
}

/* What the arguments say: DROP is 0 when it was not given, and the others 1. */
static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct random_sample_rw *rw = bytes;
	uint32_t p = ONE, sample = ONE, drop = 0;
	uint8_t active = 1;

	sl_inst_param(in, "P", &p);
	sl_inst_param(in, "SAMPLE", &sample);
	sl_inst_param(in, "DROP", &drop);
	sl_inst_param(in, "ACTIVE", &active);
	if (drop)
		rw->prob = ONE - drop;
	else
		rw->prob = sample != ONE ? sample : p;
	rw->active = active;
}

static int read_drop(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	struct random_sample_rw rw;
	uint32_t drop;
	int ret = l->ops->rw_get(l, in->index, &rw, 0, sizeof(rw));

	(void)h, (void)args, (void)d;
	if (ret)
		return ret;
	drop = ONE - rw.prob;
	sl_value_print(SL_T_PROB, &drop, l->program, out);
	return 0;
}

static int write_drop(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *value, struct sl_diags *d)
{
	const char *why = "";
	uint32_t drop, prob;

	if (sl_parse_value(SL_T_PROB, value, l->program, in->elem, &drop, &why)) {
		sl_diag_element(
			sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name, value, why),
			in->elem->name);
		return -EINVAL;
	}
	prob = ONE - drop;
	return l->ops->rw_set(l, in->index, &prob, offsetof(struct random_sample_rw, prob),
			      sizeof(prob));
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("sampling_prob", struct random_sample_rw, prob, U32, "P",
		      "the probability of keeping a packet"),
	{.name = "drop_prob",
	 .flags = SL_H_READ | SL_H_WRITE,
	 .help = "the probability of not keeping a packet",
	 .read = read_drop,
	 .write = write_drop},
	SL_HANDLER_RW("active", struct random_sample_rw, active, U32, "ACTIVE",
		      "false: all packets are kept"),
	SL_HANDLER_STATE("drops", struct random_sample_state, drops, "packets not kept"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_random_sample = {
	.spec = {.name = "RandomSample", .ports = "1/1-2", .processing = "a/ah"},
	.base = "random_sample",
	.summary = "keeps packets with some probability",
	.help = "Packets that are not kept leave by output 1, or are dropped. The probability can "
		"be changed while "
		"it runs. Without one, all packets are kept.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct random_sample_state),
	.state = state,
	.rw_size = sizeof(struct random_sample_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.weight = 16,
};
