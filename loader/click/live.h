/* SPDX-License-Identifier: GPL-2.0-only */
/* Which parts of a graph packets need. */
#ifndef SL_CLICK_LIVE_H
#define SL_CLICK_LIVE_H

#include "loader/click/arena.h"
#include "loader/click/tools.h"

/* What is known of some of Click's classes by their names, as the language's own. */
enum role {
	ROLE_NONE,
	ROLE_NULL,	  /* one input to one output, unchanged */
	ROLE_IDLE,	  /* nothing goes in, nothing comes out */
	ROLE_DISCARD,	  /* packets pushed into it go nowhere */
	ROLE_SWITCH,	  /* every input to one output, or to none */
	ROLE_PULL_SWITCH, /* one input, or none, to every output */
	ROLE_TEE,	  /* every output gets every packet: which is which does not matter */
	ROLE_PULL_TEE,	  /* the same, except that the first one pulls */
	ROLE_SCHED,	  /* asks its inputs for packets, in turn or in their order */
	ROLE_STRIDE,	  /* the same, by arguments for each input */
	ROLE_SCRIPT,	  /* may take and send packets whenever it likes */
};

enum role click_role(const struct sl_elem *e);

struct live {
	struct sl_graph *g; /* checked */
	const struct sl_undead_opts *opts;
	const uint32_t *orig;		/* element to its index in the graph as given */
	struct click_arena *mem;	/* for all below */
	uint32_t *in_first, *out_first; /* element to number of its first port of that side */
	bool *fed;			/* inputs some packet comes to */
	bool *used;			/* inputs at which it matters if one comes */
	bool *gives;			/* outputs some packet leaves by */
	bool *wanted;			/* outputs at which it matters if one leaves */
	bool *kept;			/* elements that have to stay */
	bool *named;			/* of these, those that stand in others' arguments */
};

/* Fills in all but the first four members. 0 or -ENOMEM. */
int click_live(struct live *l);

static inline bool click_live_conn(const struct live *l, const struct sl_conn *c)
{
	return l->kept[c->from] && l->kept[c->to] &&
	       l->gives[l->out_first[c->from] + c->from_port] &&
	       l->used[l->in_first[c->to] + c->to_port];
}

#endif
