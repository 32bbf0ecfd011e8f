/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: which element runs in which segment, where the graph is cut into tail calls, and
 * which element comes behind each output. Everything the code generator needs beside the
 * instances themselves.
 */
#ifndef SL_PLAN_H
#define SL_PLAN_H

#include "loader/config/decided.h"
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "loader/plan/flow.h"

#define SL_NO_ELEM UINT32_MAX

#define SL_NO_BLOCK UINT32_MAX

/* What lies behind an output. */
struct sl_hop {
	uint32_t elem; /* SL_NO_ELEM: nothing connected */
	uint32_t port; /* its input port */
	bool back;     /* closes a cycle: counts against the hop limit */
	bool shared;   /* into the element's shared code */
	bool cut;      /* by a tail call into `segment` at `entry` */
	bool dead;     /* from usual code: no packet takes it, as facts show */
	bool taken;    /* the same, as last found */
	uint16_t segment, entry;
};

struct sl_plan_elem {
	bool reachable; /* from a FromDevice */
	/* Input ports that are told apart: each has code of its own, with `port` a constant. */
	uint32_t n_ports;
	uint32_t facts; /* index of its first port's */
	uint32_t order; /* position in topological order, back edges left out */
	/* Where packets usually come, an element has code of its own, in this segment. */
	bool usual;
	uint16_t segment;
	/* Where they come seldom, code it shares with elements that are alike: the block, or
	 * SL_NO_BLOCK, and its place among the block's elements. */
	uint32_t block, at;
	struct sl_hop *out, *again; /* ways on from its own code, from shared code */
	uint32_t n_out;
	/* From its own to shared code, for SL_SELDOM(): one, or one for each input if the class
	 * looks at them. */
	struct sl_hop *seldom;
	uint32_t n_seldom;
	/* Of a class that decides: its own code without the tests whose outcome is known; NULL: as
	 * configured. */
	struct sl_decided *decided;
	/* Its copies leave by these of the graph's ways; -1 and 0 when it makes none. */
	int copy;
	uint32_t n_ways;
	/* All outputs but the first only get copies (Tee). Of those, a bit for each that only looks
	 * at packets: run in line, before output 0. */
	bool tees;
	uint64_t looks;
};

/* A tee has no more outputs. */
#define SL_TEE_MAX 64

/* An output that copies leave by. Those of an element stand together, in the order in which the
 * copies go. */
struct sl_plan_way {
	uint32_t elem, out;
	/* Where a copy takes this way and another goes on to those behind it: branch `branch`
	 * needs so many copies, the other may have the rest (struct sl_split). */
	uint8_t branch, copies;
};

/* Code of one or more elements that are alike but for values. */
struct sl_plan_block {
	uint32_t *elems;
	uint32_t n;
	uint32_t order; /* of the first element */
	uint16_t segment;
};

/* A place where a segment may be entered: an element with code of its own, or a block's first. */
struct sl_plan_entry {
	uint32_t elem, port;
};

/* Segment 0 is entered from outside only, so that the usual path need not ask how it came in. */
struct sl_plan_segment {
	bool shared; /* holds blocks */
	struct sl_plan_entry *entries;
	size_t n_entries, cap_entries;
	unsigned int weight;
};

struct sl_plan {
	struct sl_plan_elem *elems;
	size_t n_elems;
	uint32_t *order; /* reachable elements, topological */
	size_t n_order;
	struct sl_plan_block *blocks; /* in the order of their first elements */
	size_t n_blocks, cap_blocks;
	struct sl_plan_segment *segments;
	size_t n_segments, cap_segments;
	struct sl_plan_way *ways;
	size_t n_ways, cap_ways;
	uint32_t n_copies;   /* elements that copy */
	uint32_t max_copies; /* most that are made of a packet that comes in, and of its copies */
	/* Ways in: segment 0 goes on to the FromDevice of the device index; the program `resume`
	 * goes on, always by a tail call, to what is behind each way. */
	struct sl_hop *from_dev; /* n_devs */
	size_t n_devs;
	struct sl_hop *resume; /* n_ways */
	/* What holds for every packet that enters an element's own code, by sl_plan_facts_at(); and
	 * for those that enter shared code, by the block's first element. */
	struct sl_facts *facts, *shared_facts;
	struct sl_flow *flow; /* what is counted */
};

/* Weight a segment may have before it is cut, unless told otherwise (sl_class.weight). */
#define SL_SEGMENT_WEIGHT 6000

/*
 * Plans a configured graph for level xdp. Refuses what cannot run there (a queue that is not in
 * front of a ToDevice, an output that fans out, two FromDevices on one device), every case with a
 * message. `max_weight` 0 takes the default; a smaller one makes more segments.
 * 0, -EINVAL, -ENOMEM.
 */
int sl_plan_new(const struct sl_program *prog, unsigned int max_weight, struct sl_diags *d,
		struct sl_plan **out);
/* A class that is given the input port has its code once for each, up to this many. */
#define SL_PORTS_APART 4

/* Does code go on by this output, other than with a copy? */
static inline bool sl_plan_direct(const struct sl_plan_elem *pe, uint32_t out)
{
	return !pe->tees || out == 0;
}

/* Is output `out` looked at in line? */
static inline bool sl_plan_looks(const struct sl_plan_elem *pe, uint32_t out)
{
	return out < SL_TEE_MAX && pe->looks >> out & 1;
}

/* Index into sl_plan.facts of what enters element `elem` by `port`. */
static inline uint32_t sl_plan_facts_at(const struct sl_plan *p, uint32_t elem, uint32_t port)
{
	const struct sl_plan_elem *pe = &p->elems[elem];

	return pe->facts + (port < pe->n_ports ? port : 0);
}

/* The segment an element runs in where packets usually come, or else where they come at all;
 * SL_MAX_SEGMENTS: none. */
static inline uint32_t sl_plan_segment_of(const struct sl_plan *p, uint32_t elem)
{
	const struct sl_plan_elem *pe = &p->elems[elem];

	if (pe->usual)
		return pe->segment;
	return pe->block == SL_NO_BLOCK ? SL_MAX_SEGMENTS : p->blocks[pe->block].segment;
}

/*
 * The `k`-th of an element's `n` outputs in the order that code is laid out: what most packets take
 * is first; as they stand where that is not known, or of more than SL_OUTPUTS_RANKED.
 */
#define SL_OUTPUTS_RANKED 256
uint32_t sl_plan_nth_output(const struct sl_program *prog, uint32_t elem, uint32_t n, uint32_t k);

/* Fills in the facts of a plan, and what follows from them: what classes decide, which ways are
 * taken. 0 or -ENOMEM. */
int sl_plan_facts(const struct sl_program *prog, struct sl_plan *plan);
void sl_plan_free(struct sl_plan *p);
static inline void sl_plan_freep(struct sl_plan **p)
{
	sl_plan_free(*p);
}

#endif
