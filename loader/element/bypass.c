// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Bypass. */
#include "loader/element/element.h"
#include "bpf/element/bypass.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ACTIVE", BOOL, SL_P_POS, "false", "true: packets leave by output 1"),
	SL_PARAM_X("INLINE", BOOL, SL_P_IGNORED, "false",
		   "its neighbours' connections are never changed"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct bypass_conf, has_way, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct bypass_rw, active, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct bypass_conf *c = cf->inst->conf;

	c->has_way = cf->inst->elem->n_out > 1;
	return 0;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct bypass_rw *rw = bytes;
	uint8_t active = 0;

	sl_inst_param(in, "ACTIVE", &active);
	rw->active = active;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("active", struct bypass_rw, active, U32, "ACTIVE",
		      "whether packets leave by output 1; writing acts at once"),
	SL_HANDLERS_END,
};

/* Which way is taken can change at any moment: nothing is kept from either but what came in. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)f;
	return port == 0 || out == 0;
}

const struct sl_class sl_class_bypass = {
	.spec = {.name = "Bypass", .ports = "1-2/1-2", .processing = "a", .flow = "xy/[xy]x"},
	.base = "bypass",
	.summary = "leads packets round a part of the graph, or through it",
	.help = "Packets of input 0 leave by output 0, or by output 1 while ACTIVE is true and "
		"something is connected there. Packets of input 1 leave by output 0 in any case. "
		"Click changes the connections of its neighbours, so that an inactive Bypass costs "
		"nothing; here a word is looked at for each packet, as with INLINE. Pull "
		"connections run to a device, so the packets take the same ways there.",
	.flags = SL_C_PORT | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct bypass_conf),
	.conf = conf,
	.rw_size = sizeof(struct bypass_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.facts = facts,
	.weight = 8,
};
