/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate in front of a tenant's chain: the cheapest place to say no. */
#ifndef SL_BPF_GATE_H
#define SL_BPF_GATE_H

#include "maps.h"

/* 0 if the tenant may have this packet now, otherwise the reason it is dropped for. Budgets are
 * judged here, and nowhere else on the way in. */
sl_inline int gate(const struct sl_tenant_rec *t)
{
	if (sl_unlikely(!t->active))
		return SL_R_NOPROG;
	return 0;
}

#endif
