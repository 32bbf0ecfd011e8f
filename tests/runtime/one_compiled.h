/* SPDX-License-Identifier: GPL-2.0-only */
/* A graph compiled as far as it takes to know what it asks for; nothing is loaded. */
#ifndef SL_TESTS_RUNTIME_ONE_COMPILED_H
#define SL_TESTS_RUNTIME_ONE_COMPILED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "loader/codegen/compile.h"

static inline struct sl_compiled *compiled_of(const char *file, const char *graph)
{
	struct sl_submission s = {.graph = {(char *)file, (char *)graph, strlen(graph)}};
	const struct sl_compile_opts opts = {.target = SL_TARGET_CHECK};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	if (sl_compile(&s, &opts, &d, &c)) {
		sl_diags_print(&d, stderr);
		fail();
	}
	sl_diags_free(&d);
	return c;
}

#endif
