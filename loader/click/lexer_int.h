/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the lexer, tokens and configuration strings, share. */
#ifndef SL_CLICK_LEXER_INT_H
#define SL_CLICK_LEXER_INT_H

#include "loader/click/lexer.h"

struct sl_pos click_lexer_pos(const struct click_lexer *lx);
/* On to `to`, counting lines. */
void click_lexer_advance(struct click_lexer *lx, const char *to);
/* Whether a line directive starts here; lx->p < lx->end. */
bool click_lexer_at_directive(const struct click_lexer *lx);
/* Over the directive, its line end included; lines count from what it said. */
void click_lexer_directive(struct click_lexer *lx);

#endif
