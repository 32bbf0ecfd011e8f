// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetRandIPAddress. */
#include "loader/config/config.h"
#include "bpf/element/set_rand_ip_address.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PREFIX", IP4PREFIX, SL_P_REQ | SL_P_POS, NULL, "the network"),
	SL_PARAM_X("LIMIT", S32, SL_P_POS, "-1",
		   "different addresses at most; 0 or negative: all of the network"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_rand_ip_address_conf, addr, IP4),
	SL_FIELD(struct set_rand_ip_address_conf, mask, IP4),
	SL_FIELD(struct set_rand_ip_address_conf, limit, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct set_rand_ip_address_conf *c = cf->inst->conf;
	struct sl_prefix4 net = {0};
	int32_t limit = -1;

	sl_inst_param(cf->inst, "PREFIX", &net);
	sl_inst_param(cf->inst, "LIMIT", &limit);
	c->addr = net.addr;
	c->mask = net.mask;
	c->limit = limit > 0 ? (uint32_t)limit : 0;
	return 0;
}

const struct sl_class sl_class_set_rand_ip_address = {
	.spec = {.name = "SetRandIPAddress", .ports = "1/1", .processing = "a"},
	.base = "set_rand_ip_address",
	.summary = "sets the destination address annotation to any address of a network",
	.help = "Each packet gets another address of PREFIX, all of which are equally likely. With "
		"LIMIT there are no more than that many different ones.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct set_rand_ip_address_conf),
	.conf = conf,
	.configure = configure,
	.weight = 15,
};
