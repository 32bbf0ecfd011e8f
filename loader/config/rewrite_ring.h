/* SPDX-License-Identifier: GPL-2.0-only */
/* SourceIPHashMapper's ring of points. Included by rewrite_emit.c, and by its class. */
#ifndef SL_REWRITE_RING_H
#define SL_REWRITE_RING_H

#include "loader/config/rewrite.h"

/* Points on a ring: those of each pattern, times the patterns. */
#define SL_RW_RING_MAX 8192

/* Whether an input's mapper chooses by the source address. */
bool sl_rw_by_hash(const struct sl_rw_spec *s);
/* Reads "NNODES SEED". 0, or -EINVAL with *why. */
int sl_rw_ring_parse(const char *text, uint32_t *nodes, uint32_t *seed, const char **why);
/* Whether a ring can be made of these patterns. 0, or -EINVAL with *why. */
int sl_rw_ring_check(const struct sl_rw_way *ways, size_t n, uint32_t nodes, const char **why);
/* Writes eN_ringI(saddr), which gives the number of a pattern. 0 or -ENOMEM. */
int sl_rw_ring_emit(const struct sl_rw_spec *s, uint32_t elem, size_t input, FILE *out);

#endif
