// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6Encap. */
#include <errno.h>

#include "loader/config/ip6_dst.h"
#include "loader/config/proto_names.h"
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/ip6_encap.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PROTO", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "the next header: a protocol's number, or name such as udp, ipip, ip6, gre"),
	SL_PARAM("SRC", IP6, SL_P_REQ | SL_P_POS, NULL, struct ip6_encap_conf, src,
		 "source address"),
	SL_PARAM_X("DST", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "destination address, or DST_ANNO: the destination address annotation"),
	SL_PARAM("HLIM", U8, 0, "250", struct ip6_encap_conf, hlim, "hop limit"),
	SL_PARAM("CLASS", U8, 0, "0", struct ip6_encap_conf, class, "traffic class"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip6_encap_conf, src, IP6),
	SL_VALUE(struct ip6_encap_conf, dst, IP6),
	SL_FIELD(struct ip6_encap_conf, anno, BOOL),
	SL_VALUE(struct ip6_encap_conf, proto, U8),
	SL_VALUE(struct ip6_encap_conf, hlim, U8),
	SL_VALUE(struct ip6_encap_conf, class, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct ip6_encap_conf *c = cf->inst->conf;
	const struct sl_arg *proto = sl_conf_arg(cf, "PROTO");

	if (!sl_proto(proto->text, &c->proto)) {
		sl_diag_hint(sl_conf_error(cf, proto, "bad-argument",
					   "PROTO: '%s' is no protocol known here", proto->text),
			     "give its number, 0 to 255");
		return -EINVAL;
	}
	return sl_ip6_dst(cf, c->dst, &c->anno);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source address"),
	SL_HANDLER_IP6_DST,
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_push(f, sizeof(struct sl_ip6));
	f->nh = f->off;
	f->th = sl_facts_fixed(f->off) ? f->off + sizeof(struct sl_ip6) : SL_ANY;
	sl_facts_read(f, f->off, sizeof(struct sl_ip6));
	return true;
}

const struct sl_class sl_class_ip6_encap = {
	.spec = {.name = "IP6Encap", .ports = "1/1", .processing = "a"},
	.base = "ip6_encap",
	.summary = "prepends an IPv6 header",
	.help = "The header has the packet's length, flow label 0, and becomes its network "
		"header; DST becomes the destination address annotation. With DST_ANNO the "
		"annotation is the destination instead. A packet without room for it is dropped "
		"as headroom.",
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip6_encap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 60,
};
