// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of GREEncap and GREDecap. */
#include "loader/config/gre.h"

int sl_gre_configure(struct sl_conf *cf)
{
	struct gre_header *h = cf->inst->conf;
	uint8_t checksum = 0, sequence = 0;
	uint32_t key = 0;

	sl_inst_param(cf->inst, "CHECKSUM", &checksum);
	sl_inst_param(cf->inst, "SEQUENCE", &sequence);
	if (sl_conf_arg(cf, "KEY")) {
		sl_inst_param(cf->inst, "KEY", &key);
		h->flags |= SL_GRE_F_KEY;
	}
	h->key = sl_htonl(key);
	h->flags |= checksum ? SL_GRE_F_CSUM : 0;
	h->flags |= sequence ? SL_GRE_F_SEQ : 0;
	return 0;
}
