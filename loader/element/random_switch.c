// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of RandomSwitch. */
#include "loader/element/element.h"
#include "bpf/element/random_switch.h"

static const struct sl_field conf[] = {
	SL_FIELD(struct random_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct random_switch_conf *c = cf->inst->conf;

	c->n_out = (uint8_t)cf->inst->elem->n_out;
	return 0;
}

const struct sl_class sl_class_random_switch = {
	.spec = {.name = "RandomSwitch", .ports = "1/1-", .processing = "h"},
	.base = "random_switch",
	.summary = "each packet leaves by any of the outputs",
	.help = "All outputs are equally likely.",
	.flags = SL_C_STILL | SL_C_READS,
	.conf_size = sizeof(struct random_switch_conf),
	.conf = conf,
	.configure = configure,
	.weight = 10,
};
