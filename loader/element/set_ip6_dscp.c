// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIP6DSCP. */
#include <errno.h>
#include <inttypes.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/set_ip6_dscp.h"

static const struct sl_param params[] = {
	SL_PARAM("DSCP", U32, SL_P_REQ | SL_P_POS, NULL, struct set_ip6_dscp_conf, dscp,
		 "the code point, 0 to 63"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct set_ip6_dscp_conf, dscp, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct set_ip6_dscp_conf *c = cf->inst->conf;

	if (c->dscp <= 63)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "DSCP"), "bad-argument",
				   "DSCP: %" PRIu32 ": must be at most 63", c->dscp),
		     "it is the upper six bits of the traffic class: a quarter of that");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("dscp", "DSCP", "the code point"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, 0, 4);
	return true;
}

const struct sl_class sl_class_set_ip6_dscp = {
	.spec = {.name = "SetIP6DSCP", .ports = "1/1", .processing = "a"},
	.base = "set_ip6_dscp",
	.summary = "sets the DSCP of IPv6 packets",
	.help = "The upper six bits of the traffic class become DSCP (RFC 2474); its lower two, "
		"ECN, and the flow label stay. Needs a network header (CheckIP6Header, "
		"MarkIP6Header).",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_ip6_dscp_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 15,
};
