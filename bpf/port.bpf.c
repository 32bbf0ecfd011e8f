/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trusted program: on both ends of every tenant's chain. It finds out whose packet it is, asks
 * the gate, takes the outer headers off, enters the tenant's chain, and when that is back judges
 * the answer, settles, and puts the outer headers of the way out on.
 *
 * sl_port runs on each port, sl_copy0 and sl_copy1 on the far ends of the two veths that `copies`
 * leads to, sl_thread in the kernel threads of tenants of class `thread`. User space runs sl_move.
 */
#include "arrive.h"
#include "copy.h"
#include "demux.h"
#include "enter.h"
#include "mux.h"
#include "thread.h"

LICENSE("GPL");

ENTER(enter, tenants);
ENTER(enter_resume, resume); /* for copies that come back */
/* The same in a thread: the kernel lets programs of one kind alone call each other. */
ENTER(enter_thread, on_thread);
ENTER(resume_thread, back_on_thread);

/* How a packet comes to its chain: first, or back as a copy. */
#define FIRST 0
#define BACK 1

/* Does what the chain answered. MUX_AGAIN, only with `again`, or an XDP action. */
sl_inline int judge(struct xdp_md *ctx, struct run *r, __u64 returned, int again)
{
	__u32 answer = (__u32)returned, arg = SL_ANSWER_ARG(answer), low = SL_ANSWER_LOW(answer);

	switch (SL_ANSWER_VERDICT(answer)) {
	case SL_V_OUT:
		return mux(ctx, r, arg, low, again);
	case SL_V_DROP:
		return settle_drop(r, arg);
	case SL_V_HOST:
		return settle_host(ctx, r, low);
	case SL_V_COPY:
		return copy_out(ctx, r, arg, low);
	}
	return settle_drop(r, SL_R_BADANSWER);
}

/* Runs the chain on an answer of the platform's own, which mux() has put in its place. Not a loop
 * in serve(): Linux 6.1 takes none that clang lays out with its head first. */
sl_noinline int serve_reply(struct xdp_md *ctx, struct run *r)
{
	arrived(ctx, r);
	return judge(ctx, r, enter(ctx, sl_chain_index(r->slot, r->generation)), 0);
}

/* Runs the tenant's chain on a packet that is in its place, and does what it answers. */
sl_inline int serve(struct xdp_md *ctx, struct run *r, int how)
{
	__u32 index = sl_chain_index(r->slot, r->generation);
	int act = judge(ctx, r, how == BACK ? enter_resume(ctx, index) : enter(ctx, index), 1);

	return sl_unlikely(act == MUX_AGAIN) ? serve_reply(ctx, r) : act;
}

sl_noinline int serve_reply_thread(struct xdp_md *ctx, struct run *r)
{
	arrived(ctx, r);
	return judge(ctx, r, enter_thread(ctx, sl_chain_index(r->slot, r->generation)), 0);
}

sl_inline int serve_thread(struct xdp_md *ctx, struct run *r, int how)
{
	__u32 index = sl_chain_index(r->slot, r->generation);
	int act = judge(ctx, r, how == BACK ? resume_thread(ctx, index) : enter_thread(ctx, index),
			1);

	return sl_unlikely(act == MUX_AGAIN) ? serve_reply_thread(ctx, r) : act;
}

SEC("xdp")
int sl_port(struct xdp_md *ctx)
{
	struct outer o;
	struct run r;
	int act;

	act = demux(ctx, &o);
	if (act != DEMUX_LINK)
		return act;
	act = arrive(ctx, &o, &r);
	if (act == ARRIVED)
		act = sl_unlikely(r.generation & SL_GEN_THREAD) ? hand_over(ctx, &r, 0, 0)
								: serve(ctx, &r, FIRST);
	return settle(&r, act);
}

SEC("xdp/cpumap")
int sl_thread(struct xdp_md *ctx)
{
	struct run r = {};
	int act = take_up(ctx, &r);

	if (act == THREAD_ENTER || act == THREAD_RESUME)
		act = serve_thread(ctx, &r, act == THREAD_RESUME ? BACK : FIRST);
	return settle_back(&r, act, SL_ACT_THREAD);
}

/* No packet's: user space runs it. */
SEC("xdp")
int sl_move(struct xdp_md *ctx)
{
	return move_now(ctx);
}

SEC("xdp")
int sl_copy0(struct xdp_md *ctx)
{
	struct run r = {};
	int act = copy_in(ctx, &r, 0);

	return settle_back(&r, act == COPY_ENTER ? serve(ctx, &r, BACK) : act, 0);
}

SEC("xdp")
int sl_copy1(struct xdp_md *ctx)
{
	struct run r = {};
	int act = copy_in(ctx, &r, 1);

	return settle_back(&r, act == COPY_ENTER ? serve(ctx, &r, BACK) : act, 0);
}
