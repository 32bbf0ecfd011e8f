// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon asks of its host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "ctl/daemon.h"

/* A shell's thousand would be used up by the clients and maps of a few dozen tenants. */
static void as_many_files_as_may_be(void **state)
{
	struct rlimit r;
	rlim_t most;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	most = r.rlim_max < 65536 ? r.rlim_max : 65536;
	r.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	ctl_daemon_files();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	assert_int_equal(r.rlim_cur, most);
	/* Nor are there fewer than there were. */
	r.rlim_max = r.rlim_cur = 4096 < most ? 4096 : most;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	ctl_daemon_files();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	assert_int_equal(r.rlim_cur, r.rlim_max);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_files_as_may_be),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
