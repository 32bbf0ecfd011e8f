/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate in front of a tenant's chain: the cheapest place to say no. */
#ifndef SL_BPF_GATE_H
#define SL_BPF_GATE_H

#include "account.h"

#ifndef SL_NO_BUDGETS
/*
 * 0 if the tenant may have this packet now, otherwise the reason it is dropped for. Goes by the
 * last look at the account. Sets r->start_ns: since when the packet is measured, or 0 if it is not.
 */
sl_inline int gate_for(struct run *r, struct sl_tenant_rec *t, int paid)
{
	struct sl_local *l = &r->stats->local;

	r->start_ns = 0;
	if (sl_unlikely(!t->active))
		return SL_R_NOPROG;
	if (sl_unlikely((__s32)l->until <= 1 || l->closed || l->jiffy != bpf_jiffies64()))
		return account_turn(r, t, paid);
	l->until--;
	return 0;
}

sl_inline int gate(struct run *r, struct sl_tenant_rec *t)
{
	return gate_for(r, t, 0);
}

/* The same where a thread takes up a packet that the gate has let in. */
sl_inline int gate_again(struct run *r, struct sl_tenant_rec *t)
{
	return gate_for(r, t, 1);
}

/* 0 if the tenant may send, or the reason why it may not. */
sl_inline int gate_out(const struct run *r)
{
	return r->stats->local.closed_out;
}
#else
/* To measure against: what it costs to have budgets. */
sl_inline int gate(struct run *r, struct sl_tenant_rec *t)
{
	r->start_ns = 0;
	return t->active ? 0 : SL_R_NOPROG;
}

sl_inline int gate_again(struct run *r, struct sl_tenant_rec *t)
{
	return gate(r, t);
}

sl_inline int gate_out(const struct run *r)
{
	(void)r;
	return 0;
}
#endif

#endif
