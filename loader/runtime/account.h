/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budgets, as the trusted program knows them (bpf/budget.h): what the node file says of a tenant
 * becomes buckets of its account. Each change is of single words, under traffic; what was used up,
 * or owed, stays so.
 */
#ifndef SL_RUNTIME_ACCOUNT_H
#define SL_RUNTIME_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct sl_budget;
struct sl_node_config;
struct sl_platform;
struct sl_platform_cost;

/* What the platform's part of a packet usually costs, where the host was not calibrated. */
extern const struct sl_platform_cost sl_account_usual_cost;
/* What is the node's: the reserve, what the platform's part of a packet costs. */
void sl_account_node(struct sl_platform *p, const struct sl_node_config *conf,
		     const struct sl_platform_cost *cost);
/* Gives chain slot `slot` the limits of `b`; a packet may cost `bound_ns` (class_choice.h). A
 * tenant that moved here from `from` brings its debts and its quarantine along; `from` is `slot`
 * otherwise. */
void sl_account_set(struct sl_platform *p, uint32_t slot, uint32_t from, const struct sl_budget *b,
		    uint32_t bound_ns);
/* Nobody's: no limits, no debts. */
void sl_account_clear(struct sl_platform *p, uint32_t slot);

/* What there is of it now. */
struct sl_account_left {
	int64_t left[SL_RES_N]; /* by enum sl_resource, in its units; negative: debt */
	double pay_s[SL_RES_N]; /* until a debt is paid back by time; 0: there is none */
};
void sl_account_read(const struct sl_platform *p, uint32_t slot, struct sl_account_left *out);
/* Whether its samples have put it into quarantine; and out of it again. */
bool sl_account_quarantined(const struct sl_platform *p, uint32_t slot);
void sl_account_release(struct sl_platform *p, uint32_t slot);

/* One packet of how many is measured, where each may cost `bound_ns`. */
uint32_t sl_account_sample(uint32_t bound_ns);

#endif
