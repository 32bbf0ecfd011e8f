/* SPDX-License-Identifier: GPL-2.0-only */
/* What the checks of a flattened graph share. */
#ifndef SL_CLICK_CHECK_H
#define SL_CLICK_CHECK_H

#include "loader/click/arena.h"
#include "loader/click/graph.h"

/* As sl_graph_check(); `known_bad`: elements without a class were reported before. */
int click_check(struct sl_graph *g, const struct sl_click_opts *opts, struct sl_diags *d,
		bool known_bad);

/* ---- codes.c ----------------------------------------------------------------------------------*/

struct port_counts {
	uint32_t in_lo, in_hi, out_lo, out_hi;
	bool out_follows;  /* "=": as many outputs as inputs ... */
	uint32_t out_more; /* ... and this many more */
};

/* Click's port code, "1/1-2". 0 or -EINVAL. */
int click_port_counts(const char *code, struct port_counts *c);

/* Processing of port `port` by Click's code, "a/ah". */
enum sl_processing click_processing(const char *code, bool output, uint32_t port);

/* What a flow code says of one port: letters it carries, and how it treats '#', which stands for
 * a letter of its own for each port number. */
struct flow {
	uint64_t letters; /* bit 0-25 a-z, 26-51 A-Z */
	enum { HASH_NONE, HASH_OWN, HASH_OTHERS, HASH_ALL } hash;
};

struct flow click_flow(const char *code, bool output, uint32_t port);
/* Whether packets can go from input `i` to output `o`, which say `in` and `out`. */
bool click_flows(const struct flow *in, const struct flow *out, uint32_t i, uint32_t o);

/* ---- check.c, process.c -----------------------------------------------------------------------*/

struct check {
	struct sl_graph *g;
	struct sl_diags *d;
	struct click_arena mem; /* for the time of the check */
	bool *bad;		/* connections to leave aside: reported */
	uint32_t *in_first;	/* element to number of its first input among all ports */
	uint32_t *out_first;
	uint32_t n_ports; /* inputs, then outputs */
	int err;
};

/* "'x :: Class'" into a text that lasts as long as the check. */
const char *click_elem_shown(struct check *c, const struct sl_elem *e);
/* Resolves agnostic ports and finds conflicts. */
void click_check_processing(struct check *c);

#endif
