// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Switch. */
#include <errno.h>

#include "loader/element/element.h"
#include "bpf/element/switch_.h"

static const struct sl_param params[] = {
	SL_PARAM_X("OUTPUT", S32, SL_P_POS, "0", "the output; negative: none"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct switch__conf, n_out, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct switch__rw, output, S32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct switch__conf *c = cf->inst->conf;
	int32_t output = 0;
	int ret = sl_inst_param(cf->inst, "OUTPUT", &output);

	c->n_out = (uint8_t)cf->inst->elem->n_out;
	if (ret || output < (int)c->n_out)
		return ret;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "OUTPUT"), "bad-argument",
				   "OUTPUT: must be less than %u", c->n_out),
		     "as many outputs are connected; -1 drops all packets");
	return -EINVAL;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct switch__rw *rw = bytes;
	int32_t output = 0;

	sl_inst_param(in, "OUTPUT", &output);
	rw->output = output;
}

static int write_switch(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const char *why;
	int32_t output;

	if (!sl_parse_value(SL_T_S32, value, l->program, in->elem, &output, &why) &&
	    output >= (int)in->elem->n_out)
		value = "-1";
	return sl_h_rw_set(l, in, h, value, d);
}

static const struct sl_handler handlers[] = {
	{.name = "switch",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_MAPS,
	 .help = "the output; negative: none",
	 .read = sl_h_rw_get,
	 .write = write_switch,
	 .kind = SL_K_S32,
	 .offset = offsetof(struct switch__rw, output),
	 .param = "OUTPUT"},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_switch_ = {
	.spec = {.name = "Switch", .ports = "1/-", .processing = "h"},
	.base = "switch_",
	.summary = "all packets leave by one output, chosen while it runs",
	.help = "A negative OUTPUT drops all packets. Writing `switch` acts at once; an output "
		"that is not there "
		"drops all packets, as in Click.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct switch__conf),
	.conf = conf,
	.rw_size = sizeof(struct switch__rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.weight = 10,
};
