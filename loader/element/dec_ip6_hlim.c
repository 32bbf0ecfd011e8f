// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of DecIP6HLIM. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/dec_ip6_hlim.h"

static const struct sl_field state[] = {
	SL_FIELD(struct dec_ip6_hlim_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct dec_ip6_hlim_state, drops, "expired packets"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, offsetof(struct sl_ip6, hlim), 1);
	return true;
}

const struct sl_class sl_class_dec_ip6_hlim = {
	.spec = {.name = "DecIP6HLIM", .ports = "1/1-2", .processing = "a/ah"},
	.base = "dec_ip6_hlim",
	.summary = "decrement the IPv6 hop limit; expired packets leave by output 1",
	.help = "A packet whose hop limit is 0 or 1 leaves unchanged by output 1 (to an "
		"ICMP6Error of type 3), or is dropped. Otherwise the hop limit goes down by one; "
		"no checksum covers it. Needs a network header (CheckIP6Header, MarkIP6Header).",
	.flags = SL_C_STILL | SL_C_READS,
	.handlers = handlers,
	.state_size = sizeof(struct dec_ip6_hlim_state),
	.state = state,
	.facts = facts,
	.weight = 12,
};
