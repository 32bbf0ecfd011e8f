// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of HashSwitch. */
#include <errno.h>

#include "loader/element/element.h"
#include "bpf/element/hash_switch.h"

static const struct sl_param params[] = {
	SL_PARAM("OFFSET", U32, SL_P_REQ | SL_P_POS, NULL, struct hash_switch_conf, offset,
		 "first byte"),
	SL_PARAM("LENGTH", U32, SL_P_REQ | SL_P_POS, NULL, struct hash_switch_conf, length,
		 "bytes, 1 to 256"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct hash_switch_conf, offset, U32),
	SL_FIELD(struct hash_switch_conf, length, U32),
	SL_FIELD(struct hash_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct hash_switch_conf *c = cf->inst->conf;

	c->n_out = (uint8_t)cf->inst->elem->n_out;
	if (c->length >= 1 && c->length <= 256)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "LENGTH"), "bad-argument",
				   "LENGTH: out of range: must be 1 to 256"),
		     "the bytes of a packet's addresses and ports are enough to tell flows apart");
	return -EINVAL;
}

const struct sl_class sl_class_hash_switch = {
	.spec = {.name = "HashSwitch", .ports = "1/1-", .processing = "h"},
	.base = "hash_switch",
	.summary = "the output is computed from some bytes",
	.help = "Adds up LENGTH bytes from OFFSET on, so that equal bytes always mean the same "
		"output. A packet "
		"that ends before them leaves by output 0.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct hash_switch_conf),
	.conf = conf,
	.configure = configure,
	.weight = 60,
};
