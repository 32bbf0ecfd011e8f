/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What element classes that compile to a decision graph share: from the graph of an instance to
 * its C, its `program` handler and its end. Their conf is empty; `priv` is a struct sl_decider.
 */
#ifndef SL_DECIDE_H
#define SL_DECIDE_H

#include "loader/config/decision.h"
#include "loader/element/element.h"

struct sl_decider {
	struct sl_dec graph;
	struct sl_dec_action *actions;
	size_t n_actions;
};

/*
 * Reduces the graph below `root` and makes it the instance's; takes it over in every case.
 * `actions` is copied. 0, -EINVAL (too large, reported), -ENOMEM.
 */
int sl_decider_set(struct sl_conf *cf, struct sl_dec *d, sl_dec_ref root,
		   const struct sl_dec_action *actions, size_t n_actions);

/* Actions of classifiers: the outputs in order, then these two. */
#define SL_DEC_NOMATCH(cf) (SL_DEC_END | (cf)->inst->elem->n_out)
#define SL_DEC_DENY(cf) (SL_DEC_END | ((cf)->inst->elem->n_out + 1))
int sl_decider_set_outputs(struct sl_conf *cf, struct sl_dec *d, sl_dec_ref root);
/* Warns of outputs that no packet can come to. `what` is what one argument is called. */
void sl_decider_warn_unused(struct sl_conf *cf);

/* Whether some packet leaves by output `out` of an instance whose class emits with
 * sl_decider_emit(). */
bool sl_decider_reaches(const struct sl_inst *in, uint32_t out);

/* Writes PREFIX_run() of an instance as `graph` says, which ends in its actions, where there[]
 * bytes are known to be behind each base (NULL: none). 0 or -errno. */
int sl_decider_write(const struct sl_inst *in, const struct sl_dec *graph, const uint32_t *there,
		     const char *prefix, FILE *out);

/* For descriptors. */
int sl_decider_emit(const struct sl_inst *in, FILE *out);
void sl_decider_release(struct sl_inst *in);
sl_read_fn sl_h_program;
#define SL_HANDLER_PROGRAM                                                                         \
	{                                                                                          \
		.name = "program", .flags = SL_H_READ,                                             \
		.help = "the decision program: a line a step, what is tested and where it leads",  \
		.read = sl_h_program                                                               \
	}

/* Whether there is one argument an output; says so if not. */
int sl_decider_check_count(struct sl_conf *cf);

#endif
