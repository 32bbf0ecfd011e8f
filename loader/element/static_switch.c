// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StaticSwitch. */
#include <errno.h>

#include "loader/element/element.h"
#include "bpf/element/static_switch.h"

static const struct sl_param params[] = {
	SL_PARAM("OUTPUT", S32, SL_P_REQ | SL_P_POS, NULL, struct static_switch_conf, output,
		 "the output; negative: none"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct static_switch_conf, output, S32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct static_switch_conf *c = cf->inst->conf;
	int n_out = (int)cf->inst->elem->n_out;

	if (c->output < n_out)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "OUTPUT"), "bad-argument",
				   "OUTPUT: must be less than %d", n_out),
		     "as many outputs are connected; -1 drops all packets");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM_RO("switch", "OUTPUT", "the output"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_static_switch = {
	.spec = {.name = "StaticSwitch", .ports = "1/-", .processing = "h"},
	.base = "static_switch",
	.summary = "all packets leave by one output, for good",
	.help = "What is behind the other outputs costs nothing. A negative OUTPUT drops all "
		"packets.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct static_switch_conf),
	.conf = conf,
	.configure = configure,
	.weight = 4,
};
