/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns of Classifier: clauses "[!]OFFSET/VALUE[%MASK]", or "-". */
#ifndef SL_PATTERN_H
#define SL_PATTERN_H

#include "loader/config/decision.h"
#include "loader/element/element.h"

struct sl_clause {
	bool negated;
	uint32_t off, n;
	uint8_t *value, *mask;
};

struct sl_pattern {
	struct sl_clause *clauses;
	size_t n, cap;
};

/* 0, -EINVAL (reported at its place in the argument), -ENOMEM. `out` is empty before. */
int sl_pattern_parse(struct sl_conf *cf, const struct sl_arg *arg, struct sl_pattern *out);
void sl_pattern_free(struct sl_pattern *p);
/* The graph that goes to `yes` where all clauses hold. */
sl_dec_ref sl_pattern_compile(struct sl_dec *d, const struct sl_pattern *p, sl_dec_ref yes,
			      sl_dec_ref no);

/* Place of character `off` of an argument, for messages. */
struct sl_arg sl_arg_at(const struct sl_arg *arg, size_t off);

#endif
