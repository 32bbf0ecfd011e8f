/* SPDX-License-Identifier: GPL-2.0-only */
/* Decision graphs as C: between the files that write them. */
#ifndef SL_DECISION_EMIT_H
#define SL_DECISION_EMIT_H

#include "loader/config/decision.h"

struct sl_dec_emitter {
	const struct sl_dec *d;
	const struct sl_dec_action *actions;
	const uint32_t *there; /* by base: so many bytes are there; or NULL */
	FILE *out;
	uint32_t *list;
	size_t n;
	uint32_t *parents; /* by node */
	uint8_t *absorbed; /* by node: written as part of its only parent */
	uint8_t *again;	   /* by node: a node below looks at the same bits */
};

static inline const struct sl_dec_case *cases_of(const struct sl_dec_emitter *e, uint32_t node)
{
	return &e->d->cases[e->d->nodes[node].first];
}

static inline const struct sl_dec_field *field_of(const struct sl_dec_emitter *e, uint32_t node)
{
	return &e->d->fields[e->d->nodes[node].field];
}

static inline uint32_t word_bits(const struct sl_dec_field *f, uint32_t value)
{
	return value << f->shift;
}

/* Fills `parents`, `absorbed` (nothing yet) and `again`; the caller frees them. 0 or -ENOMEM. */
int sl_dec_learn(struct sl_dec_emitter *e);

#endif
