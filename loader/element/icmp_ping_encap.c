// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPPingEncap. */
#include "loader/config/encap.h"
#include "bpf/element/icmp_ping_encap.h"

static const struct sl_param params[] = {
	SL_PARAM("SRC", IP4, SL_P_REQ | SL_P_POS, NULL, struct icmp_ping_encap_conf, icmp.ip.src,
		 "source"),
	SL_PARAM("DST", IP4, SL_P_REQ | SL_P_POS, NULL, struct icmp_ping_encap_conf, icmp.ip.dst,
		 "destination"),
	SL_PARAM("IDENTIFIER", U16, 0, "0", struct icmp_ping_encap_conf, icmp.ident,
		 "identifier of the requests"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_ENCAP_FIELDS(struct icmp_ping_encap_conf, icmp.ip),
	SL_FIELD(struct icmp_ping_encap_conf, icmp.ident, U16),
	SL_FIELD(struct icmp_ping_encap_conf, icmp.type, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct icmp_ping_encap_rw, n, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct icmp_ping_encap_conf *c = cf->inst->conf;

	c->icmp.ip.ttl = 255;
	c->icmp.ip.proto = SL_IPPROTO_ICMP;
	c->icmp.type = SL_ICMP_ECHO;
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_PARAM("dst", "DST", "destination"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_encap_facts(f, sizeof(struct sl_icmp));
	return true;
}

const struct sl_class sl_class_icmp_ping_encap = {
	.spec = {.name = "ICMPPingEncap", .ports = "1/1", .processing = "a"},
	.base = "icmp_ping_encap",
	.summary = "packets become what ICMP echo requests carry",
	.help = "ICMPIPEncap(SRC, DST, echo): its help has the details.",
	.flags = SL_C_REWRITE,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct icmp_ping_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct icmp_ping_encap_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 2900,
};
