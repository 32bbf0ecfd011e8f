// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetAnnoByte. */
#include "loader/element/element.h"
#include "bpf/element/set_anno_byte.h"

static const struct sl_param params[] = {
	SL_PARAM("ANNO", ANNO8, SL_P_REQ | SL_P_POS, NULL, struct set_anno_byte_conf, anno,
		 "the annotation"),
	SL_PARAM_X("VALUE", U8, SL_P_REQ | SL_P_POS, NULL, "what it becomes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_anno_byte_conf, anno, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct set_anno_byte_rw, value, U32),
	SL_FIELDS_END,
};

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct set_anno_byte_rw *rw = bytes;
	uint8_t value = 0;

	sl_inst_param(in, "VALUE", &value);
	rw->value = value;
}

/* The offset, as Click says it. */
static int read_anno(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	const struct set_anno_byte_conf *c = in->conf;

	(void)l, (void)h, (void)args, (void)d;
	fprintf(out, "%u", c->anno);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("value", struct set_anno_byte_rw, value, U32, "VALUE",
		      "what it becomes; writing acts at once"),
	{.name = "anno", .flags = SL_H_READ, .help = "the annotation's offset", .read = read_anno},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_anno_byte = {
	.spec = {.name = "SetAnnoByte", .ports = "1/1", .processing = "a"},
	.base = "set_anno_byte",
	.summary = "sets a one-byte annotation",
	.help = "As Paint with an annotation, but its value may be changed at once.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_anno_byte_conf),
	.conf = conf,
	.rw_size = sizeof(struct set_anno_byte_rw),
	.rw = rw,
	.init_rw = init_rw,
	.weight = 6,
};
