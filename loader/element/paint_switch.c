// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of PaintSwitch. */
#include "loader/element/element.h"
#include "bpf/element/paint_switch.h"

static const struct sl_param params[] = {
	SL_PARAM("ANNO", ANNO8, SL_P_POS, "PAINT", struct paint_switch_conf, anno,
		 "the annotation"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct paint_switch_conf, anno, U8),
	SL_FIELD(struct paint_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct paint_switch_conf *c = cf->inst->conf;

	c->n_out = (uint8_t)cf->inst->elem->n_out;
	return 0;
}

const struct sl_class sl_class_paint_switch = {
	.spec = {.name = "PaintSwitch", .ports = "1/-", .processing = "h"},
	.base = "paint_switch",
	.summary = "the colour of a packet is the output it leaves by",
	.help = "A packet whose colour is no output is dropped as paint. In Click colour 255 "
		"copies the packet to "
		"all outputs; copies of that kind are not made here, and such packets are dropped "
		"as copy.",
	.flags = SL_C_STILL,
	.params = params,
	.conf_size = sizeof(struct paint_switch_conf),
	.conf = conf,
	.configure = configure,
	.weight = 10,
};
