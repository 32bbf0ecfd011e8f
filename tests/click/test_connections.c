// SPDX-License-Identifier: GPL-2.0-only
/* Connections: ports, lists of ports, "->" and "=>", groups, declarations. */
#include <errno.h>

#include "tests/click/fixture.h"

static void chain_of_declared_and_anonymous_elements(void **state)
{
	(void)state;
	expect_flat("c :: Counter(1); InfiniteSource -> c -> Print(a, b) -> Discard;",
		    "c :: Counter(1);\n"
		    "InfiniteSource@2 :: InfiniteSource;\n"
		    "Print@3 :: Print(a, b);\n"
		    "Discard@4 :: Discard;\n"
		    "\n"
		    "InfiniteSource@2 -> c;\n"
		    "c -> Print@3;\n"
		    "Print@3 -> Discard@4;\n");
}

static void declaration_inside_a_chain(void **state)
{
	(void)state;
	expect_flat("a :: Idle -> b :: Null -> c :: Idle",
		    "a :: Idle;\nb :: Null;\nc :: Idle;\n\na -> b;\nb -> c;\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_of_declared_and_anonymous_elements),
		cmocka_unit_test(declaration_inside_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
