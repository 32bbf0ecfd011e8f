// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of GetIPAddress: where the address is read from. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "loader/element/element.h"
#include "bpf/element/get_ip_address.h"

static const struct sl_param params[] = {
	SL_PARAM("OFFSET", U32, SL_P_POS, NULL, struct get_ip_address_conf, offset,
		 "where the address is in the packet"),
	SL_PARAM("ANNO", ANNO32, SL_P_POS, "DST_IP", struct get_ip_address_conf, anno,
		 "annotation that is set"),
	SL_PARAM_X("IP", ARG, 0, NULL, "src or dst: of the IP header, instead of OFFSET"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct get_ip_address_conf, offset, U32),
	SL_FIELD(struct get_ip_address_conf, net, BOOL),
	SL_FIELD(struct get_ip_address_conf, anno, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct get_ip_address_conf *c = cf->inst->conf;
	const struct sl_arg *ip = sl_conf_arg(cf, "IP"), *offset = sl_conf_arg(cf, "OFFSET");

	if (!ip == !offset) {
		sl_diag_hint(
			sl_conf_error(cf, ip, "bad-argument", "one of OFFSET and IP must be given"),
			"GetIPAddress(16) or GetIPAddress(IP dst) is the destination");
		return -EINVAL;
	}
	if (!ip)
		return 0;
	c->net = 1;
	if (!strcmp(ip->text, "src")) {
		c->offset = offsetof(struct sl_ip4, src);
	} else if (!strcmp(ip->text, "dst")) {
		c->offset = offsetof(struct sl_ip4, dst);
	} else {
		sl_diag_hint(sl_conf_error(cf, ip, "bad-argument",
					   "IP: '%s' is no IP address field", ip->text),
			     "give src or dst");
		return -EINVAL;
	}
	return 0;
}

const struct sl_class sl_class_get_ip_address = {
	.spec = {.name = "GetIPAddress", .ports = "1/1", .processing = "a"},
	.base = "get_ip_address",
	.summary = "sets the destination address annotation from the packet",
	.help = "Copies four bytes at OFFSET, or the source or destination of the IP header, "
		"into an annotation, by default the destination address. A packet too short for "
		"that is dropped as short.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct get_ip_address_conf),
	.conf = conf,
	.configure = configure,
	.weight = 15,
};
