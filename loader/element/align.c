// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Align. */
#include <errno.h>

#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("MODULUS", U32, SL_P_REQ | SL_P_POS, NULL, "2, 4 or 8; without effect"),
	SL_PARAM_X("OFFSET", U32, SL_P_REQ | SL_P_POS, NULL, "less than MODULUS; without effect"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	uint32_t modulus = 0, offset = 0;

	sl_inst_param(cf->inst, "MODULUS", &modulus);
	sl_inst_param(cf->inst, "OFFSET", &offset);
	if ((modulus == 2 || modulus == 4 || modulus == 8) && offset < modulus)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "MODULUS"), "bad-argument",
				   "MODULUS and OFFSET: bad alignment"),
		     "MODULUS is 2, 4 or 8, and OFFSET less than that");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "packets that came by"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_align = {
	.spec = {.name = "Align", .ports = "1/1", .processing = "a"},
	.base = "align",
	.summary = "passes packets unchanged",
	.help = "Where packets lie in memory does not matter here: every access works at any "
		"alignment.",
	.flags = SL_C_IDLE | SL_C_LOOK,
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.weight = 1,
};
