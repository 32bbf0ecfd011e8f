// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Tee. */
#include <errno.h>
#include <inttypes.h>

#include "loader/element/element.h"
#include "bpf/element/tee.h"

static const struct sl_param params[] = {
	SL_PARAM_X("N", U32, SL_P_POS, NULL, "as many outputs as there are; may be left out"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct tee_conf, n_out, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct tee_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "N");
	unsigned int n = cf->inst->elem->n_out;
	uint32_t want = n;

	if (arg)
		sl_inst_param(cf->inst, "N", &want);
	if (want != n) {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
					   "N: %" PRIu32 ", but %u outputs are connected", want, n),
			     "leave N out, or connect as many outputs");
		return -EINVAL;
	}
	c->n_out = (uint8_t)n;
	return 0;
}

const struct sl_class sl_class_tee = {
	.spec = {.name = "Tee", .ports = "1/1-", .processing = "h"},
	.base = "tee",
	.summary = "copies packets to every output",
	.help = "A copy of every packet leaves by each output, by output 0 first. If what "
		"is behind an output other than 0 only counts, prints or drops, it looks "
		"at the packet in passing and nothing is copied for it: so those are the "
		"outputs for a Counter. If there are two outputs or more besides, the "
		"platform makes the copies: for N outputs it copies the packet in two N - "
		"1 times. Each copy is charged to the tenant and may be lost like any "
		"packet (counted as copy); so may what leaves by output 0, which makes the "
		"same way.\n\nOne packet may become 64 at the most, with what is copied "
		"behind the outputs, whatever its bytes: a graph that could make more of "
		"it is refused.",
	.flags = SL_C_COPY | SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct tee_conf),
	.conf = conf,
	.configure = configure,
	.weight = 6,
};
