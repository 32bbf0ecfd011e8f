// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of DynamicUDPIPEncap. */
#include "loader/config/udp_encap.h"
#include "bpf/element/dynamic_udp_ip_encap.h"

static const struct sl_param params[] = {
	SL_UDP_ENCAP_PARAMS(struct dynamic_udp_ip_encap_conf),
	SL_PARAM("INTERVAL", U32, SL_P_POS, "0", struct dynamic_udp_ip_encap_conf, interval,
		 "packets until both ports go up by one; 0: never"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_UDP_ENCAP_FIELDS(struct dynamic_udp_ip_encap_conf),
	SL_FIELD(struct dynamic_udp_ip_encap_conf, interval, U32),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct dynamic_udp_ip_encap_rw, n, U64),
	SL_FIELDS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_encap_facts(f, sizeof(struct sl_udp));
	return true;
}

const struct sl_class sl_class_dynamic_udp_ip_encap = {
	.spec = {.name = "DynamicUDPIPEncap", .ports = "1/1", .processing = "a"},
	.base = "dynamic_udp_ip_encap",
	.summary = "prepends IPv4 and UDP headers with ports that change",
	.help = "As UDPIPEncap, but after each INTERVAL packets both ports go up by one, and from "
		"65535 to 0. DST_ANNO as destination is an addition to Click's class.",
	.flags = SL_C_REWRITE,
	.params = params,
	.conf_size = sizeof(struct dynamic_udp_ip_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct dynamic_udp_ip_encap_rw),
	.rw = rw,
	.configure = sl_udp_encap_configure,
	.facts = facts,
	.weight = 2950,
};
