// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPEncap. */
#include <errno.h>
#include <string.h>

#include "loader/config/encap.h"
#include "loader/config/proto_names.h"
#include "bpf/element/ip_encap.h"
#include "bpf/element/ip_tos.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PROTO", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "the protocol: a number, or a name such as ipip or gre"),
	SL_PARAM("SRC", IP4, SL_P_REQ | SL_P_POS, NULL, struct ip_encap_conf, ip.src, "source"),
	SL_PARAM_X("DST", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "destination, or DST_ANNO: the packet's destination address annotation"),
	SL_PARAM("TTL", U8, 0, "250", struct ip_encap_conf, ip.ttl, "time to live"),
	SL_PARAM_X("TOS", S32, 0, "-1", "the byte with DSCP and ECN; not together with these"),
	SL_PARAM_X("DSCP", S32, 0, "-1", "code point, 0 to 63"),
	SL_PARAM_X("ECT", ARG, 0, "false",
		   "true or 2: the transport is ECN capable, as 1 or as 2 in the ECN field"),
	SL_PARAM_X("CE", BOOL, 0, "false", "congestion was experienced"),
	SL_PARAM_X("DF", BOOL, 0, "false", "must not be cut into fragments"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_ENCAP_FIELDS(struct ip_encap_conf, ip),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct ip_encap_rw, id, U32),
	SL_FIELDS_END,
};

static int refuse(struct sl_conf *cf, const char *param, const char *what, const char *hint)
{
	sl_diag_hint(
		sl_conf_error(cf, sl_conf_arg(cf, param), "bad-argument", "%s: %s", param, what),
		"%s", hint);
	return -EINVAL;
}

static int read_proto(struct sl_conf *cf, uint8_t *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "PROTO");

	if (sl_proto(arg->text, out))
		return 0;
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "PROTO: '%s': no IP protocol", arg->text),
		"give a number from 0 to 255, or a name such as ipip, gre or udp");
	return -EINVAL;
}

/* The value of ECT in the ECN field. */
static int read_ect(struct sl_conf *cf, uint8_t *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "ECT");
	bool yes = false;

	if (arg && !strcmp(arg->text, "2"))
		*out = IP_ECN_ECT0;
	else if (!arg || sl_text_bool(arg->text, &yes))
		*out = yes ? IP_ECN_ECT1 : IP_ECN_NOT_ECT;
	else
		return refuse(cf, "ECT", "neither true nor false nor 2",
			      "true is 1 in the ECN field, ECT(1); 2 is ECT(0)");
	return 0;
}

static int read_tos(struct sl_conf *cf, uint8_t *out)
{
	int32_t tos = -1, dscp = -1;
	uint8_t ect, ce = 0;

	if (read_ect(cf, &ect))
		return -EINVAL;
	sl_inst_param(cf->inst, "TOS", &tos);
	sl_inst_param(cf->inst, "DSCP", &dscp);
	sl_inst_param(cf->inst, "CE", &ce);
	if (tos >= 0 && (dscp >= 0 || ect || ce))
		return refuse(cf, "TOS", "not together with DSCP, ECT or CE",
			      "TOS is the whole byte: leave it out, or the others");
	if (ect && ce)
		return refuse(cf, "CE", "not together with ECT",
			      "a packet that met congestion is marked by CE alone");
	if (tos < -1 || tos > UINT8_MAX)
		return refuse(cf, "TOS", "out of range: must be 0 to 255", "it is one byte");
	if (dscp < -1 || dscp > 63)
		return refuse(cf, "DSCP", "out of range: must be 0 to 63",
			      "a code point is the upper six bits of the TOS byte");
	*out = tos >= 0 ? (uint8_t)tos : (uint8_t)((dscp > 0 ? dscp << 2 : 0) | ect);
	if (ce)
		*out |= IP_ECN_CE;
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct ip_encap_conf *c = cf->inst->conf;
	uint8_t df = 0;
	int ret = read_proto(cf, &c->ip.proto);

	if (!ret)
		ret = sl_encap_dst(cf, &c->ip);
	if (!ret)
		ret = read_tos(cf, &c->ip.tos);
	sl_inst_param(cf->inst, "DF", &df);
	c->ip.frag = df ? sl_htons(SL_IP_DF) : 0;
	return ret;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_ENCAP_DST,
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_encap_facts(f, 0);
	return true;
}

const struct sl_class sl_class_ip_encap = {
	.spec = {.name = "IPEncap", .ports = "1/1", .processing = "a"},
	.base = "ip_encap",
	.summary = "prepends an IPv4 header",
	.help = "The header has these values, the packet's length and a number of its own, which "
		"counts from 0; its checksum is right. Network and transport header are marked, "
		"and the destination address annotation becomes DST. A packet without room in "
		"front is dropped as headroom. StripIPHeader takes the header off again.\n\n"
		"IPEncap(ipip, 192.0.2.1, 192.0.2.2) makes IP-in-IP packets (RFC 2003); "
		"GREEncap -> IPEncap(gre, 192.0.2.1, 192.0.2.2) GRE packets.\n\n"
		"Different from Click: a DSCP of 63 is allowed.",
	.flags = SL_C_REWRITE,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct ip_encap_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 60,
};
