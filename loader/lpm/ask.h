/* SPDX-License-Identifier: GPL-2.0-only */
/* What handlers ask of a route table, carried out and answered in Click's words. */
#ifndef SL_LPM_ASK_H
#define SL_LPM_ASK_H

#include <stdio.h>

#include "loader/diag.h"
#include "loader/lpm/lpm.h"

/*
 * CHANGE: all changes or none; what is wrong is reported in `d`, naming the element `name`. LOOKUP:
 * writes "PORT [GATEWAY]" or "-1". LIST: a line a route. 0 or -errno.
 */
int sl_lpm_answer(struct sl_lpm *t, enum sl_lpm_family family, const struct sl_lpm_ask *ask,
		  const char *name, FILE *out, struct sl_diags *d);

/* "10.0.0.0/8 192.0.2.1 0"; with `tabs` as tables are listed, without a line end. */
void sl_lpm_print(const struct sl_lpm_route *r, enum sl_lpm_family family, bool tabs, FILE *out);

/* "PORT [GATEWAY]", or "-1" for no route (NULL). */
void sl_lpm_print_hop(const struct sl_lpm_route *r, enum sl_lpm_family family, FILE *out);

#endif
