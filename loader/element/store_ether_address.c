// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StoreEtherAddress. */
#include <errno.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "bpf/element/store_ether_address.h"

static const struct sl_param params[] = {
	SL_PARAM("ADDR", ETHER, SL_P_POS, NULL, struct store_ether_address_conf, addr,
		 "the address"),
	SL_PARAM_X("OFFSET", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "where it goes: bytes from the packet's start, or src (6) or dst (0)"),
	SL_PARAM_X("ANNO", ARG, 0, NULL, "the annotation of six bytes that holds the address"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct store_ether_address_conf, offset, U32),
	SL_FIELD(struct store_ether_address_conf, addr, ETHER),
	SL_FIELD(struct store_ether_address_conf, use_anno, BOOL),
	SL_FIELD(struct store_ether_address_conf, anno, U8),
	SL_FIELDS_END,
};

static int bad_argument(struct sl_conf *cf, const char *param, const char *why, const char *hint)
{
	const struct sl_arg *arg = sl_conf_arg(cf, param);

	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "%s: '%s': %s", param, arg->text, why),
		     "%s", hint);
	return -EINVAL;
}

static int configure(struct sl_conf *cf)
{
	struct store_ether_address_conf *c = cf->inst->conf;
	const struct sl_arg *offset = sl_conf_arg(cf, "OFFSET"), *anno = sl_conf_arg(cf, "ANNO");
	const char *why = "";

	if (!sl_conf_arg(cf, "ADDR") == !anno) {
		sl_diag_hint(sl_conf_error(cf, anno, "bad-argument",
					   "exactly one of ADDR and ANNO is needed"),
			     "give the address, or the annotation that holds it");
		return -EINVAL;
	}
	if (!strcasecmp(offset->text, "src"))
		c->offset = SL_ETH_ALEN;
	else if (!strcasecmp(offset->text, "dst"))
		c->offset = 0;
	else if (sl_parse_value(SL_T_U32, offset->text, cf->program, cf->inst->elem, &c->offset,
				&why))
		return bad_argument(cf, "OFFSET", why, "give src, dst or a number of bytes");
	if (c->offset > SL_OFF_MASK)
		return sl_conf_too_far(cf, "OFFSET");
	if (anno && sl_text_anno(anno->text, SL_ETH_ALEN, &c->anno, &why))
		return bad_argument(cf, "ANNO", why, "give an offset: a multiple of 6, at most 42");
	c->use_anno = !!anno;
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("addr", "ADDR", "the address"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct store_ether_address_conf *c = in->conf;

	(void)port;
	if (!out && sl_facts_fixed(f->off))
		sl_facts_read(f, f->off + c->offset, SL_ETH_ALEN);
	return true;
}

const struct sl_class sl_class_store_ether_address = {
	.spec = {.name = "StoreEtherAddress", .ports = "1/1-2", .processing = "a/ah"},
	.base = "store_ether_address",
	.summary = "writes an Ethernet address into packets",
	.help = "A packet that ends before the address would leaves unchanged by output 1, or is "
		"dropped as short.",
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct store_ether_address_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 16,
};
