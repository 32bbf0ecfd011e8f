/* SPDX-License-Identifier: GPL-2.0-only */
/* Variables set from outside, and the end of libraries' texts. */
#ifndef SL_CLICK_REQUIRE_H
#define SL_CLICK_REQUIRE_H

#include "loader/click/scope.h"

/* Sets a variable of `t` whether it is defined or not. Both texts must stay. */
void click_set_var(struct click_run *r, struct tmpl *t, struct ast_name name,
		   struct click_text text);
void click_libraries_free(struct click_run *r);

#endif
