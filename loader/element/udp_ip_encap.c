// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of UDPIPEncap. */
#include "loader/config/udp_encap.h"
#include "bpf/element/udp_ip_encap.h"

static const struct sl_param params[] = {
	SL_UDP_ENCAP_PARAMS(struct udp_ip_encap_conf),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_UDP_ENCAP_FIELDS(struct udp_ip_encap_conf),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct udp_ip_encap_rw, id, U32),
	SL_FIELDS_END,
};

#define PORT(hname, member, pname, text)                                                           \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE, .help = text,     \
		.read = sl_h_udp_encap_port_get, .write = sl_h_udp_encap_port_set,                 \
		.offset = offsetof(struct udp_ip_encap_conf, member), .param = pname               \
	}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	PORT("sport", udp.sport, "SPORT", "source port"),
	SL_HANDLER_ENCAP_DST,
	PORT("dport", udp.dport, "DPORT", "destination port"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_encap_facts(f, sizeof(struct sl_udp));
	return true;
}

const struct sl_class sl_class_udp_ip_encap = {
	.spec = {.name = "UDPIPEncap", .ports = "1/1", .processing = "a"},
	.base = "udp_ip_encap",
	.summary = "prepends IPv4 and UDP headers",
	.help = "The IP header has a TTL of 250, TOS 0 and a number of its own, which counts from "
		"0. Network and transport header are marked, and the destination address "
		"annotation becomes DST. The UDP checksum covers the whole packet, and costs "
		"accordingly; without it packets may be handed on corrupted. A packet without "
		"room in front is dropped as headroom. Strip(28) takes the headers off again.\n\n"
		"Different from Click: a checksum that comes out as 0 is written as 0xffff (RFC "
		"768).",
	.flags = SL_C_REWRITE,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct udp_ip_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct udp_ip_encap_rw),
	.rw = rw,
	.configure = sl_udp_encap_configure,
	.facts = facts,
	.weight = 2900,
};
