/* SPDX-License-Identifier: GPL-2.0-only */
/* Pins of one generation of a graph: what loader/runtime/tenant.c keeps in ROOT/NAME/gen-N. */
#ifndef SL_TENANT_PINS_H
#define SL_TENANT_PINS_H

#include "loader/runtime/load.h"

/* ROOT/NAME/gen-N, malloc'ed; NULL when out of memory. */
char *sl_generation_dir(const char *root, const char *name, uint32_t number);
/* Pins all of `l` below `dir`, which is made. On failure what was pinned is taken away again. */
int sl_pins_write(const struct sl_loaded *l, const char *root, const char *name, const char *dir);
/* Opens all that a graph with this layout has. -ENOENT when something is missing. */
int sl_pins_read(const struct sl_compiled *c, const char *dir, struct sl_loaded **out);
/* Puts what is shown of `l` at ROOT/NAME/counters, in one step. */
int sl_pins_counters(const struct sl_loaded *l, const char *root, const char *name);
/*
 * Removes a directory of pins with all in it; graphs whose generations are there must not run any
 * more. From the first step on none of them can be taken up. 0, also when it is not there, or
 * -errno.
 */
int sl_pins_remove(const char *dir);

#endif
