// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Strip. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/strip.h"

static const struct sl_param params[] = {
	SL_PARAM("LENGTH", U32, SL_P_REQ | SL_P_POS, NULL, struct strip_conf, length, "bytes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct strip_conf, length, U32),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("length", "LENGTH", "bytes"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct strip_conf *c = in->conf;

	(void)port, (void)out;
	sl_facts_pull(f, c->length);
	return true;
}

const struct sl_class sl_class_strip = {
	.spec = {.name = "Strip", .ports = "1/1", .processing = "a"},
	.base = "strip",
	.summary = "takes bytes off the front of packets",
	.help = "The packet begins LENGTH bytes later; a shorter one becomes empty. Nothing is "
		"moved: Unstrip "
		"brings the same bytes back.",
	.flags = SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct strip_conf),
	.conf = conf,
	.facts = facts,
	.weight = 6,
};
