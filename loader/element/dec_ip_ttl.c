/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor of DecIPTTL. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/dec_ip_ttl.h"

static const struct sl_param params[] = {
	SL_PARAM("ACTIVE", BOOL, 0, "true", struct dec_ip_ttl_conf, active,
		 "false: packets pass unchanged"),
	SL_PARAM("MULTICAST", BOOL, 0, "true", struct dec_ip_ttl_conf, multicast,
		 "also decrement for multicast destinations"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct dec_ip_ttl_conf, active, BOOL),
	SL_FIELD(struct dec_ip_ttl_conf, multicast, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct dec_ip_ttl_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("active", "ACTIVE", "whether the element does its work"),
	SL_HANDLER_STATE("drops", struct dec_ip_ttl_state, drops, "expired packets"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, ttl), 1);
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, check), 2);
	return true;
}

const struct sl_class sl_class_dec_ip_ttl = {
	.spec = {.name = "DecIPTTL", .ports = "1/1-2", .processing = "a/ah"},
	.base = "dec_ip_ttl",
	.summary = "decrement the IPv4 time to live; expired packets leave by output 1",
	.help = "A packet whose TTL is 0 or 1 leaves unchanged by output 1, or is dropped. "
		"Otherwise the "
		"TTL goes down by one and the header checksum is updated (RFC 1624). Needs a "
		"network "
		"header (CheckIPHeader, MarkIPHeader).",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct dec_ip_ttl_conf),
	.conf = conf,
	.state_size = sizeof(struct dec_ip_ttl_state),
	.state = state,
	.facts = facts,
	.weight = 30,
};
