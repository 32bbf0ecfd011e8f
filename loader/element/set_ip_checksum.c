// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIPChecksum. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/set_ip_checksum.h"

static const struct sl_field state[] = {
	SL_FIELD(struct set_ip_checksum_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct set_ip_checksum_state, drops, "packets without a header"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	if (f->nh == SL_UNSET && sl_facts_fixed(f->off))
		sl_facts_wrote(f, f->off + (uint32_t)offsetof(struct sl_ip4, check), 2);
	else
		sl_facts_wrote_net(f, offsetof(struct sl_ip4, check), 2);
	return true;
}

const struct sl_class sl_class_set_ip_checksum = {
	.spec = {.name = "SetIPChecksum", .ports = "1/1", .processing = "a"},
	.base = "set_ip_checksum",
	.summary = "computes the IPv4 header checksum",
	.help = "Works on the network header, or on the packet's start when none is set. What is "
		"too short for the header it announces is dropped.",
	.flags = SL_C_STILL | SL_C_READS,
	.handlers = handlers,
	.state_size = sizeof(struct set_ip_checksum_state),
	.state = state,
	.facts = facts,
	.weight = 80,
};
