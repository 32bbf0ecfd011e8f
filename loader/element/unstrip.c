// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Unstrip. */
#include <errno.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/unstrip.h"

static const struct sl_param params[] = {
	SL_PARAM("LENGTH", U32, SL_P_REQ | SL_P_POS, NULL, struct unstrip_conf, length,
		 "bytes, at most 128"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct unstrip_conf, length, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct unstrip_conf *c = cf->inst->conf;

	if (c->length <= 128)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "LENGTH"), "bad-argument",
				   "LENGTH: out of range: must be 0 to 128"),
		     "a driver leaves no more room than that in front of a packet");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("length", "LENGTH", "bytes"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct unstrip_conf *c = in->conf;
	uint32_t own;

	(void)port, (void)out;
	sl_facts_push(f, c->length);
	/* Where a header made here begins the packet, what is in front of it becomes zero. */
	own = f->mac == SL_UNSET ? f->nh : f->mac;
	if (!sl_facts_fixed(own) || !sl_facts_fixed(f->off) || f->off < own)
		sl_facts_wrote(f, f->off, c->length);
	return true;
}

const struct sl_class sl_class_unstrip = {
	.spec = {.name = "Unstrip", .ports = "1/1", .processing = "a"},
	.base = "unstrip",
	.summary = "brings bytes back to the front of packets",
	.help = "The packet begins LENGTH bytes earlier. Bytes taken off by Strip come back as "
		"they were; further ones, in front of the frame, are zero. The frame begins with "
		"the Ethernet header it came with or was given last: behind VLANDecap or "
		"EtherEncap, what was in front of the new one is gone. A packet without room in "
		"front is dropped as headroom.",
	.flags = SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct unstrip_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 60,
};
