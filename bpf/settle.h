/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the chain is back: what its answer means, and what it costs the tenant. The answer is a
 * stranger's; everything in it is checked before it is used. Each packet ends in exactly one of the
 * tenant's counters, in a time that does not depend on the tenant.
 */
#ifndef SL_BPF_SETTLE_H
#define SL_BPF_SETTLE_H

#include "account.h"
#include "frame.h"

/* Counts a packet of the tenant as lost for `reason`; a reason out of range is a bad answer. */
sl_inline int settle_drop(const struct run *r, __u32 reason)
{
	opaque(reason);
	if (reason >= SL_R_MAX)
		reason = SL_R_BADANSWER;
	r->stats->drops[reason]++;
	return XDP_DROP;
}

/* The packet has become `act`: if it was measured, that is charged. */
sl_inline int settle(const struct run *r, int act)
{
	return sl_unlikely(r->start_ns) ? charge(r, act) : act;
}

/* The same where packets come back to the node; `where`: SL_ACT_THREAD, if what is not measured is
 * taking up and not receiving. That their delay is measured was decided when they came first. */
sl_inline int settle_back(const struct run *r, int act, int where)
{
	if (sl_unlikely(r->start_ns))
		charge(r, act | where);
	else if (sl_unlikely(r->since_ns))
		note_delay(r, act, bpf_ktime_get_ns(), 0);
	return act;
}

/* To the host's stack, if the tenant may, as a plain frame without metadata. */
sl_inline int settle_host(struct xdp_md *ctx, const struct run *r, __u32 low)
{
	if (!r->host)
		return settle_drop(r, SL_R_POLICY);
	if (!frame_at(ctx, low))
		return settle_drop(r, SL_R_BADANSWER);
	if ((low && bpf_xdp_adjust_head(ctx, (int)low)) || set_meta(ctx, 0))
		return settle_drop(r, SL_R_HEADROOM);
	r->stats->host++;
	return XDP_PASS;
}

#endif
