/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A graph whose programs the kernel finds too complex, or the compiler too deep for their stack, is
 * compiled again, cut into smaller segments, until they are taken: wherever programs are loaded, so
 * that preflight, replay and a tenant come to the same segments.
 */
#ifndef SL_RECUT_H
#define SL_RECUT_H

#include "loader/codegen/compile.h"

/* Tries after the first one, each with segments half as large as before. */
#define SL_RECUTS 6

struct sl_recut {
	void *arg;
	/* Compiles with segments of sl_recut_weight(..., cut). -E2BIG: too much for a program; 0 or
	 * another -errno. */
	int (*compile)(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out);
	/* Loads what was compiled. -E2BIG: too complex; 0 or another -errno ends the tries. */
	int (*load)(void *arg, struct sl_compiled *c, struct sl_diags *d);
	int first; /* the try to begin with: those before it are known to be refused */
};

/* Weight of a segment at the `cut`-th try; `first` 0: the default. */
unsigned int sl_recut_weight(unsigned int first, int cut);

/*
 * Compiles and loads until one of the two says something else than -E2BIG, or no try is left. `d`
 * gets the last try's messages. *out is what was compiled last, the caller's (NULL: nothing was),
 * also where it was not loaded. 0 or -errno.
 */
int sl_recut(const struct sl_recut *r, struct sl_diags *d, struct sl_compiled **out);

#endif
