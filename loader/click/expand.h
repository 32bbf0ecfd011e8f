/* SPDX-License-Identifier: GPL-2.0-only */
/* From templates to the flattened graph: substitution, instances, connections through them. */
#ifndef SL_CLICK_EXPAND_H
#define SL_CLICK_EXPAND_H

#include "loader/click/args.h"
#include "loader/click/scope.h"

/* ---- vars.c -----------------------------------------------------------------------------------*/

/* The variables visible in an instance of `t`: its own, then those of what is around its text. */
struct env {
	const struct tmpl *t;
	const struct env *outer;
	const struct click_text *args; /* values of the parameters */
};

/*
 * Replaces variables in `in`. *out shares `in`'s text when there are none. *changed (may be NULL)
 * tells whether there were. 0, or the error of the run.
 */
int click_subst(struct click_run *r, const struct env *env, const struct click_text *in,
		struct click_text *out, bool *changed);

/* ---- overload.c -------------------------------------------------------------------------------*/

/*
 * The overload of `type` that fits the ports used and the arguments of `e`; its parameters' values
 * are put into *values. NULL after an error, which has been reported.
 */
struct type *click_resolve(struct click_run *r, struct type *type, const struct telem *e,
			   const char *name, const struct sl_arg *args, size_t n_args,
			   const struct sl_origin *origin, struct click_text **values);

/* ---- expand.c, tunnel.c -----------------------------------------------------------------------*/

/* The two ends of a connection are elements of the graph, or tunnels with this bit set. */
#define NODE_TUNNEL 0x80000000u

struct tunnel {
	struct telem *elem; /* the compound's use, or the group's own end */
	bool output;
	bool quiet;	  /* mistakes in its ports follow from others */
	const char *name; /* the compound element's full name, NULL for a group */
	const struct sl_origin *origin;
};

struct raw_conn {
	uint32_t from, from_port, to, to_port;
	const struct sl_origin *origin;
};

struct expansion {
	struct click_run *r;
	struct sl_graph *g;
	struct tunnel *tunnels;
	uint32_t n_tunnels, cap_tunnels;
	struct raw_conn *raw;
	size_t n_raw, cap_raw;
};

/* Fills `g` from the file's template. Errors go to the run's messages. */
void click_expand(struct click_run *r, struct sl_graph *g);
/* Connections of elements from those of elements and tunnels. */
void click_join_tunnels(struct expansion *x);

/* ---- graph.c ----------------------------------------------------------------------------------*/

/* What sl_graph.arena points at. */
struct graph_mem {
	struct click_arena arena;
	struct click_map names; /* to element index + 1 */
};

struct click_arena *click_graph_arena(const struct sl_graph *g);
/* Indexes the names; the element that has a name already keeps it. 0 or -ENOMEM. */
int click_graph_index(const struct sl_graph *g);

#endif
