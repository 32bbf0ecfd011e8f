// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of GREDecap. */
#include "loader/config/gre.h"
#include "bpf/element/gre_decap.h"

static const struct sl_param params[] = {
	SL_GRE_PARAMS(struct gre_decap_conf),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_GRE_FIELDS(struct gre_decap_conf),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct gre_decap_state, tiny, U64), SL_FIELD(struct gre_decap_state, other, U64),
	SL_FIELD(struct gre_decap_state, key, U64),  SL_FIELD(struct gre_decap_state, sum, U64),
	SL_FIELD(struct gre_decap_state, seq, U64),  SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct gre_decap_rw, seq, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct gre_decap_conf *c = cf->inst->conf;
	int ret = sl_gre_configure(cf);

	cf->inst->weight = c->gre.flags & SL_GRE_F_CSUM ? 2900 : 60;
	return ret;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS("truncated GRE header\nother GRE flags or protocol\nother key\n"
				"bad GRE checksum\nold sequence number"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct gre_decap_conf *c = in->conf;

	(void)port;
	if (out)
		return true;
	sl_facts_read(f, f->off, gre_header_len(&c->gre));
	sl_facts_pull(f, gre_header_len(&c->gre));
	return true;
}

const struct sl_class sl_class_gre_decap = {
	.spec = {.name = "GREDecap", .ports = "1/1-2", .processing = "a/ah"},
	.base = "gre_decap",
	.summary = "takes off a GRE header",
	.help = "Not a class of Click's. The packet begins with its GRE header, as behind "
		"StripIPHeader. One that a GREEncap of the same arguments could have made goes on "
		"without it: these options and no others, this protocol and key, a right checksum, "
		"a sequence number later than the last (RFC 2890). Others leave as they came by "
		"output 1, to another GREDecap for example, or are dropped. `drops` counts "
		"them.\n\n"
		"CheckIPHeader -> StripIPHeader -> GREDecap(KEY 7) -> CheckIPHeader undoes "
		"GREEncap(KEY 7) -> IPEncap(gre, ...).",
	.flags = SL_C_REWRITE,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct gre_decap_conf),
	.conf = conf,
	.state_size = sizeof(struct gre_decap_state),
	.state = state,
	.rw_size = sizeof(struct gre_decap_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 2900,
};
