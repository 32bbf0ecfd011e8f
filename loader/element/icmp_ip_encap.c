// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPIPEncap. */
#include <errno.h>

#include "loader/config/encap.h"
#include "loader/config/icmp_names.h"
#include "bpf/element/icmp_ip_encap.h"

static const struct sl_param params[] = {
	SL_PARAM("SRC", IP4, SL_P_REQ | SL_P_POS, NULL, struct icmp_ip_encap_conf, icmp.ip.src,
		 "source"),
	SL_PARAM("DST", IP4, SL_P_REQ | SL_P_POS, NULL, struct icmp_ip_encap_conf, icmp.ip.dst,
		 "destination"),
	SL_PARAM_X("TYPE", ARG, SL_P_REQ | SL_P_POS, NULL, "a number, or a name such as echo"),
	SL_PARAM_X("CODE", ARG, SL_P_POS, "0", "a number, or a name of the type's"),
	SL_PARAM("IDENTIFIER", U16, 0, "0", struct icmp_ip_encap_conf, icmp.ident,
		 "identifier of messages that have one"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_ENCAP_FIELDS(struct icmp_ip_encap_conf, icmp.ip),
	SL_FIELD(struct icmp_ip_encap_conf, icmp.ident, U16),
	SL_FIELD(struct icmp_ip_encap_conf, icmp.type, U8),
	SL_FIELD(struct icmp_ip_encap_conf, icmp.code, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct icmp_ip_encap_rw, n, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct icmp_ip_encap_conf *c = cf->inst->conf;
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE"), *code = sl_conf_arg(cf, "CODE");

	c->icmp.ip.ttl = 255;
	c->icmp.ip.proto = SL_IPPROTO_ICMP;
	if (!sl_icmp_type(type->text, &c->icmp.type)) {
		sl_diag_hint(sl_conf_error(cf, type, "bad-argument",
					   "TYPE: '%s': no type of ICMP message", type->text),
			     "give a number from 0 to 255, or a name such as echo or unreachable");
		return -EINVAL;
	}
	if (code && !sl_icmp_code(c->icmp.type, code->text, &c->icmp.code)) {
		sl_diag_hint(sl_conf_error(cf, code, "bad-argument", "CODE: '%s': no code of '%s'",
					   code->text, type->text),
			     "give a number from 0 to 255");
		return -EINVAL;
	}
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_PARAM("dst", "DST", "destination"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct icmp_ip_encap_conf *c = in->conf;

	(void)port, (void)out;
	sl_encap_facts(f, icmp_encap_len(c->icmp.type));
	return true;
}

const struct sl_class sl_class_icmp_ip_encap = {
	.spec = {.name = "ICMPIPEncap", .ports = "1/1", .processing = "a"},
	.base = "icmp_ip_encap",
	.summary = "prepends IPv4 and ICMP headers",
	.help = "The packet becomes what an ICMP message of TYPE and CODE carries behind its "
		"eight bytes (20 for timestamps, whose times are 0). Echo, timestamp and "
		"information messages get IDENTIFIER and a number that counts from 1 to 65535, "
		"again and again, and is the IP header's, too. That has a TTL of 255 and TOS 0. "
		"Network and transport header are marked, and the destination address annotation "
		"becomes DST. A packet without room in front is dropped as headroom.",
	.flags = SL_C_REWRITE,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct icmp_ip_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct icmp_ip_encap_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 2900,
};
