// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of RoundRobinSwitch. */
#include "loader/element/element.h"
#include "bpf/element/round_robin_switch.h"

static const struct sl_field conf[] = {
	SL_FIELD(struct round_robin_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct round_robin_switch_rw, turn, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct round_robin_switch_conf *c = cf->inst->conf;

	c->n_out = (uint8_t)cf->inst->elem->n_out;
	return 0;
}

const struct sl_class sl_class_round_robin_switch = {
	.spec = {.name = "RoundRobinSwitch", .ports = "1/1-", .processing = "h"},
	.base = "round_robin_switch",
	.summary = "packets leave by the outputs in turn",
	.help = "One turn for all CPUs, so that the outputs get equal shares whatever CPU packets "
		"come in on.",
	.flags = SL_C_STILL | SL_C_READS,
	.conf_size = sizeof(struct round_robin_switch_conf),
	.conf = conf,
	.rw_size = sizeof(struct round_robin_switch_rw),
	.rw = rw,
	.configure = configure,
	.weight = 12,
};
