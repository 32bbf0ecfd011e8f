/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of loading share.
 *
 *   load.c        type information and maps
 *   load_progs.c  programs, on all CPUs, and the chain
 */
#ifndef SL_LOAD_INT_H
#define SL_LOAD_INT_H

#include "loader/runtime/load.h"

struct loading {
	const struct sl_compiled *c;
	const struct sl_load_opts *opts;
	struct sl_diags *d;
	struct sl_loaded *l;
	struct sl_types *types;
};

/* Says that there is no map for `what`; -err. */
int load_map_failed(struct loading *ld, const char *what, int err);
/* Loads all programs and fills the chain; `string_offs`: where the type information has the lines
 * of source. 0 or -errno with messages. */
int load_progs(struct loading *ld, const uint32_t *string_offs);

#endif
