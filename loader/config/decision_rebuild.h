/* SPDX-License-Identifier: GPL-2.0-only */
/* Decision graphs being written anew from others: between the files that reduce them. */
#ifndef SL_DECISION_REBUILD_H
#define SL_DECISION_REBUILD_H

#include "loader/config/decision.h"
#include "loader/mem.h"

/* A graph being written anew from another, lower nodes first. */
struct sl_dec_rebuild {
	const struct sl_dec *from;
	struct sl_dec to; /* its fields have the same numbers */
	uint32_t *list;	  /* nodes of `from` in use */
	size_t n;
	sl_dec_ref *map; /* node of `from` -> ref in `to` */
};

int sl_dec_rebuild_start(struct sl_dec_rebuild *r, const struct sl_dec *from);
/* `d` becomes what was written. */
int sl_dec_rebuild_done(struct sl_dec_rebuild *r, struct sl_dec *d);
void sl_dec_rebuild_free(struct sl_dec_rebuild *r);
#define _rebuild_ SL_CLEANUP(sl_dec_rebuild_free)

static inline sl_dec_ref mapped(const struct sl_dec_rebuild *r, sl_dec_ref ref)
{
	return ref & SL_DEC_END ? ref : r->map[ref];
}

static inline const struct sl_dec_case *cases_of(const struct sl_dec *d, uint32_t node)
{
	return &d->cases[d->nodes[node].first];
}

#endif
