// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of MarkIPCE. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/mark_ip_ce.h"

static const struct sl_param params[] = {
	SL_PARAM("FORCE", BOOL, SL_P_POS, "false", struct mark_ip_ce_conf, force,
		 "also mark packets of transports that are not ECN capable"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct mark_ip_ce_conf, force, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct mark_ip_ce_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct mark_ip_ce_state, drops,
			 "packets dropped because their transport is not ECN capable"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, tos), 1);
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, check), 2);
	return true;
}

const struct sl_class sl_class_mark_ip_ce = {
	.spec = {.name = "MarkIPCE", .ports = "1/1", .processing = "a"},
	.base = "mark_ip_ce",
	.summary = "marks IPv4 packets as having met congestion",
	.help = "Sets the ECN field to 3, Congestion Experienced (RFC 3168), and updates the "
		"header checksum. Packets whose field is 0 are dropped, unless FORCE is true. "
		"Needs a network header (CheckIPHeader, MarkIPHeader); a packet without one is "
		"dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct mark_ip_ce_conf),
	.conf = conf,
	.state_size = sizeof(struct mark_ip_ce_state),
	.state = state,
	.facts = facts,
	.weight = 30,
};
