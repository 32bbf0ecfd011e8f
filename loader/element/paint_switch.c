// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of PaintSwitch. */
#include <string.h>

#include "bpf/pkt.h"
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

/* May this instance write the colour of all into the annotation? A Paint says what it writes; all
 * others that are given the annotation, but for those that only read it, may write anything. */
static bool paints_all(const struct sl_inst *in, uint8_t anno)
{
	const struct sl_class *c = in->class;
	uint8_t color = 0, at = 0;

	if (!strcmp(c->base, "check_paint") || !strcmp(c->base, "paint_tee") ||
	    !strcmp(c->base, "paint_switch"))
		return false;
	if (!strcmp(c->base, "paint") &&
	    (sl_inst_param(in, "COLOR", &color) || color != PAINT_SWITCH_ALL))
		return false;
	for (const struct sl_param *q = c->params; q && q->name; q++)
		if (q->type == SL_T_ANNO8 && !sl_inst_param(in, q->name, &at) && at == anno)
			return true;
	return false;
}

/* What is painted without a word about it is painted 0 or 1; other annotations may come from
 * packets. */
static bool copies(const struct sl_program *p, const struct sl_inst *in)
{
	const struct paint_switch_conf *c = in->conf;

	if (c->anno != offsetof(struct sl_anno, paint))
		return true;
	for (size_t i = 0; i < p->graph->n_elems; i++)
		if (paints_all(&p->insts[i], c->anno))
			return true;
	return false;
}

const struct sl_class sl_class_paint_switch = {
	.spec = {.name = "PaintSwitch", .ports = "1/-", .processing = "h"},
	.base = "paint_switch",
	.summary = "the colour of a packet is the output it leaves by",
	.help = "A packet whose colour is no output is dropped as paint. Of a packet of colour 255 "
		"a copy leaves by every output, by output 0 first, as a "
		"Tee's do. So a PaintSwitch counts as one that copies, of "
		"which one packet may become 64 at the most; but not if ANNO is PAINT and nothing "
		"in the graph paints a packet 255.",
	.flags = SL_C_COPY | SL_C_ANY | SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct paint_switch_conf),
	.conf = conf,
	.configure = configure,
	.copies = copies,
	.weight = 10,
};
