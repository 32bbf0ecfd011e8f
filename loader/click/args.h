/* SPDX-License-Identifier: GPL-2.0-only */
/* Arguments of a configuration string, with the positions of their bytes. */
#ifndef SL_CLICK_ARGS_H
#define SL_CLICK_ARGS_H

#include "loader/click/arena.h"
#include "loader/click/graph.h"
#include "loader/click/text.h"

/* As sl_split_args(), with memory from `mem` (do not sl_args_free() it). 0 or -ENOMEM. */
int click_split_args(struct click_arena *mem, const struct click_text *t, struct sl_arg **args,
		     size_t *n_args);
/* `text` in double quotes, so that sl_unquote() gives it back. */
char *click_quote(struct click_arena *mem, const char *text, size_t len);

#endif
