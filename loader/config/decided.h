/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decision graphs where it is known what packets come in: the tests whose outcome follows are left
 * out, and what the tests say is known behind the outputs. So the graphs of classifiers that follow
 * each other are decided as one, whatever stands between them and leaves the bytes alone.
 */
#ifndef SL_DECIDED_H
#define SL_DECIDED_H

#include "loader/config/decide.h"
#include "loader/element/facts.h"

/* The graph of an instance for packets that usually come. */
struct sl_decided {
	struct sl_dec graph;
	struct sl_facts known;	   /* what it relies on */
	uint32_t there[SL_DB_MAX]; /* bytes known to be behind each base */
};

/* Does the instance's class emit with sl_decider_emit()? */
bool sl_is_decider(const struct sl_inst *in);

/* Tests of bits in a graph. */
uint32_t sl_dec_tests(const struct sl_dec *d);

/*
 * Decides for packets of which `f` holds. behind[o], of the element's outputs, becomes what is
 * known there; taken[o] says whether any packet comes there. *out is NULL where no test is spared.
 * 0 or -ENOMEM.
 */
int sl_decider_under(const struct sl_inst *in, const struct sl_facts *f, struct sl_facts *behind,
		     bool *taken, struct sl_decided **out);
void sl_decided_free(struct sl_decided *x);
static inline void sl_decided_freep(struct sl_decided **x)
{
	sl_decided_free(*x);
}

/* Writes it as PREFIX_run(). 0 or -errno. */
int sl_decided_emit(const struct sl_inst *in, const struct sl_decided *x, const char *prefix,
		    FILE *out);

#endif
