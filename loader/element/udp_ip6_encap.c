// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of UDPIP6Encap. */
#include <errno.h>

#include "loader/config/config.h"
#include "loader/config/ip6_dst.h"
#include "loader/element/facts.h"
#include "bpf/element/udp_ip6_encap.h"

static const struct sl_param params[] = {
	SL_PARAM("SRC", IP6, SL_P_REQ | SL_P_POS, NULL, struct udp_ip6_encap_conf, ip.src,
		 "source address"),
	SL_PARAM_X("SPORT", ARG, SL_P_REQ | SL_P_POS, NULL, "source port"),
	SL_PARAM_X("DST", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "destination address, or DST_ANNO: the destination address annotation"),
	SL_PARAM_X("DPORT", ARG, SL_P_REQ | SL_P_POS, NULL, "destination port"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct udp_ip6_encap_conf, ip.src, IP6),
	SL_VALUE(struct udp_ip6_encap_conf, ip.dst, IP6),
	SL_FIELD(struct udp_ip6_encap_conf, ip.anno, BOOL),
	SL_VALUE(struct udp_ip6_encap_conf, ip.proto, U8),
	SL_VALUE(struct udp_ip6_encap_conf, ip.hlim, U8),
	SL_VALUE(struct udp_ip6_encap_conf, sport, BE16),
	SL_VALUE(struct udp_ip6_encap_conf, dport, BE16),
	SL_FIELDS_END,
};

static int read_port(struct sl_conf *cf, const char *param, uint16_t *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, param);
	uint16_t port;

	if (!sl_names_port(cf->program, cf->inst->elem, arg->text, SL_IPPROTO_UDP, &port)) {
		*out = sl_htons(port);
		return 0;
	}
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "%s: '%s' is no UDP port", param, arg->text),
		"give a number from 0 to 65535, or a name from PortInfo");
	return -EINVAL;
}

static int configure(struct sl_conf *cf)
{
	struct udp_ip6_encap_conf *c = cf->inst->conf;
	int ret = read_port(cf, "SPORT", &c->sport);

	if (!ret)
		ret = read_port(cf, "DPORT", &c->dport);
	c->ip.proto = SL_IPPROTO_UDP;
	c->ip.hlim = 255;
	return ret ? ret : sl_ip6_dst(cf, c->ip.dst, &c->ip.anno);
}

static int read_sport(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	const struct udp_ip6_encap_conf *c = in->conf;

	(void)l, (void)h, (void)args, (void)d;
	fprintf(out, "%u", sl_ntohs(c->sport));
	return 0;
}

static int read_dport(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	const struct udp_ip6_encap_conf *c = in->conf;

	(void)l, (void)h, (void)args, (void)d;
	fprintf(out, "%u", sl_ntohs(c->dport));
	return 0;
}

static int write_port(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *value, struct sl_diags *d)
{
	uint16_t port;

	if (!sl_names_port(l->program, in->elem, value, SL_IPPROTO_UDP, &port))
		return sl_h_param_set(l, in, h, value, d);
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s' is no UDP port",
					      h->name, value),
				     in->elem->name),
		     "give a number from 0 to 65535, or a name from PortInfo");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source address"),
	{.name = "sport",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "source port",
	 .read = read_sport,
	 .write = write_port,
	 .param = "SPORT"},
	SL_HANDLER_IP6_DST,
	{.name = "dport",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "destination port",
	 .read = read_dport,
	 .write = write_port,
	 .param = "DPORT"},
	SL_HANDLERS_END,
};

/* The sum goes over the whole packet, but by steps that say nothing of a constant length. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_push(f, sizeof(struct sl_udp));
	sl_facts_push(f, sizeof(struct sl_ip6));
	f->nh = f->off;
	f->th = sl_facts_fixed(f->off) ? f->off + sizeof(struct sl_ip6) : SL_ANY;
	sl_facts_read(f, f->off, sizeof(struct sl_ip6) + sizeof(struct sl_udp));
	return true;
}

const struct sl_class sl_class_udp_ip6_encap = {
	.spec = {.name = "UDPIP6Encap", .ports = "1/1", .processing = "a"},
	.base = "udp_ip6_encap",
	.summary = "prepends UDP and IPv6 headers",
	.help = "The headers have the packet's lengths, hop limit 255, and the UDP checksum, "
		"which IPv6 demands (RFC 8200 8.1): it goes over the whole packet. The IPv6 "
		"header becomes the network header, DST the destination address annotation. "
		"With DST_ANNO the annotation is the destination instead. A packet without room "
		"for them is dropped as headroom.",
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct udp_ip6_encap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 1500,
};
