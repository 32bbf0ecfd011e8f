// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIPDSCP. */
#include <errno.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/set_ip_dscp.h"

static const struct sl_param params[] = {
	SL_PARAM_X("DSCP", U8, SL_P_REQ | SL_P_POS, NULL, "the code point, 0 to 63"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_ip_dscp_conf, tos, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct set_ip_dscp_conf *c = cf->inst->conf;
	uint8_t dscp = 0;
	int ret = sl_inst_param(cf->inst, "DSCP", &dscp);

	if (ret)
		return ret;
	if (dscp > 63) {
		sl_diag_hint(
			sl_conf_error(cf, sl_conf_arg(cf, "DSCP"), "bad-argument",
				      "DSCP: %u: must be 0 to 63", dscp),
			"a code point is the upper six bits of the TOS byte: divide that by 4");
		return -EINVAL;
	}
	c->tos = (uint8_t)(dscp << 2);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("dscp", "DSCP", "the code point"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, tos), 1);
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, check), 2);
	return true;
}

const struct sl_class sl_class_set_ip_dscp = {
	.spec = {.name = "SetIPDSCP", .ports = "1/1", .processing = "a"},
	.base = "set_ip_dscp",
	.summary = "sets the DSCP of IPv4 packets",
	.help = "Sets the upper six bits of the TOS byte (RFC 2474) and updates the header "
		"checksum. Needs a network header (CheckIPHeader, MarkIPHeader); a packet without "
		"one is dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_ip_dscp_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 25,
};
