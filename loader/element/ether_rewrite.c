// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EtherRewrite. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/ether_rewrite.h"

static const struct sl_param params[] = {
	SL_PARAM("SRC", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_rewrite_conf, src, "source"),
	SL_PARAM("DST", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_rewrite_conf, dst,
		 "destination"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ether_rewrite_conf, src, ETHER),
	SL_FIELD(struct ether_rewrite_conf, dst, ETHER),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_PARAM("dst", "DST", "destination"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote(f, f->mac, offsetof(struct sl_eth, type));
	return true;
}

const struct sl_class sl_class_ether_rewrite = {
	.spec = {.name = "EtherRewrite", .ports = "1/1", .processing = "a"},
	.base = "ether_rewrite",
	.summary = "writes other addresses into the Ethernet header",
	.help = "The header is where it was when the packet came in or the header was prepended, "
		"also after it has been stripped. A packet that has none (one that an element made "
		"without one) is dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ether_rewrite_conf),
	.conf = conf,
	.facts = facts,
	.weight = 16,
};
