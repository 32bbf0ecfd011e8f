// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Pad. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/pad.h"

static const struct sl_param params[] = {
	SL_PARAM(
		"LENGTH", U32, SL_P_POS, "0", struct pad_conf, length,
		"bytes a packet has at least; 0: as many more as its annotation EXTRA_LENGTH says"),
	SL_PARAM_X("ZERO", BOOL, SL_P_IGNORED, "true", "added bytes are zero in any case"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct pad_conf, length, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct pad_conf *c = cf->inst->conf;

	return c->length > SL_OFF_MASK ? sl_conf_too_far(cf, "LENGTH") : 0;
}

/* All bytes are there still, but where the end was moved that is to be checked again. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	f->known = 0;
	return true;
}

const struct sl_class sl_class_pad = {
	.spec = {.name = "Pad", .ports = "1/1", .processing = "a"},
	.base = "pad",
	.summary = "makes packets longer",
	.help = "A packet shorter than LENGTH gets zeroes behind it up to that length; without "
		"LENGTH it gets as many as the annotation EXTRA_LENGTH says (see Truncate). The "
		"annotation is 0 afterwards. A packet that cannot grow so far is dropped as "
		"headroom: there is room for what fits into a page.",
	.params = params,
	.conf_size = sizeof(struct pad_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 20,
};
