/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packets of a running graph do, from its counters, and whether the graph should be compiled
 * again for it.
 */
#ifndef SL_SHARES_H
#define SL_SHARES_H

#include <json-c/json.h>

#include "loader/codegen/compile.h"

/* Fewer packets tell nothing. */
#define SL_SHARES_LEAST 1000

/* What was counted up to a moment, so that older packets do not outweigh those of today: a graph's
 * cells, twice, the older at least a window ago. */
struct sl_window {
	uint32_t generation;  /* whose cells; 0: nothing is there */
	uint64_t *cells[2];   /* [0] the older */
	uint64_t since_ms[2]; /* when they were read */
};
#define SL_WINDOW_MS 10000
void sl_window_free(struct sl_window *w);
/* Whether cells are wanted at this time, for this generation; and takes them over (malloc'ed). */
bool sl_window_wants(const struct sl_window *w, uint32_t generation, uint64_t now_ms);
void sl_window_put(struct sl_window *w, uint32_t generation, uint64_t now_ms, uint64_t *cells);

/*
 * Shares of all elements, since the window's older moment (NULL: since the beginning), into
 * `s`->shares in place of those there. *packets: how many entered. 0 (no shares when there were
 * fewer than SL_SHARES_LEAST), -ENOMEM.
 */
int sl_shares_count(const struct sl_compiled *c, const uint64_t *cells, const struct sl_window *w,
		    struct sl_submission *s, uint64_t *packets);

/*
 * What would be laid out otherwise with the shares of `now` than with those of `before`: an array
 * of {element, class, output, share, before, before_share}, shares in percent of what enters the
 * element. Only what is worth it: elements that one of twenty packets comes to, and outputs that
 * half as many again take as the one that was laid out as usual. (Where nothing is known: output
 * 0.) The caller puts it; NULL when out of memory.
 */
struct json_object *sl_shares_changes(const struct sl_compiled *c,
				      const struct sl_submission *before,
				      const struct sl_submission *now);

/*
 * When a graph may be compiled again by itself: at most once in an interval, and only if that was
 * wanted two times in a row, so that what comes and goes changes nothing.
 */
struct sl_patience {
	uint64_t changed_ms; /* 0: not yet */
	uint64_t asked_ms;   /* the last time it was asked */
	bool wanted;	     /* then */
};
/* Whether to ask at all now. */
bool sl_patience_due(const struct sl_patience *p, uint64_t interval_ms, uint64_t now_ms);
/* It was asked; `wanted` says what was found. True: do it, now. */
bool sl_patience_ask(struct sl_patience *p, uint64_t interval_ms, uint64_t now_ms, bool wanted);

#endif
