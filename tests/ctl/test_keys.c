/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys read from a terminal: at once, not shown, and the terminal is given back however it ends. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/keys.h"

/* A terminal for standard input; the side where somebody types. */
static int terminal(int *stdin_before)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) || unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	*stdin_before = dup(STDIN_FILENO);
	assert_int_equal(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	close(slave);
	return master;
}

static void give_back(int master, int stdin_before)
{
	dup2(stdin_before, STDIN_FILENO);
	close(stdin_before);
	close(master);
}

static bool shows(void)
{
	struct termios t;

	assert_int_equal(tcgetattr(STDIN_FILENO, &t), 0);
	return t.c_lflag & ECHO && t.c_lflag & ICANON;
}

static void keys_come_at_once_and_are_not_shown(void **state)
{
	int before, master = terminal(&before);

	(void)state;
	assert_true(shows());
	assert_true(ctl_keys_begin());
	assert_false(shows());
	assert_int_equal(ctl_keys_next(), 0);
	assert_int_equal(write(master, "pq", 2), 2);
	assert_int_equal(ctl_keys_next(), 'p');
	assert_int_equal(ctl_keys_next(), 'q');
	assert_int_equal(ctl_keys_next(), 0);
	ctl_keys_end();
	assert_true(shows());
	ctl_keys_end();
	assert_int_equal(ctl_keys_next(), 0);
	give_back(master, before);
}

static void a_signal_gives_the_terminal_back_and_ends(void **state)
{
	int before, master = terminal(&before), status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		if (!ctl_keys_begin() || shows())
			_exit(1);
		raise(SIGTERM);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_true(shows());
	give_back(master, before);
}

static void what_is_no_terminal_has_no_keys(void **state)
{
	int before = dup(STDIN_FILENO), null = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(dup2(null, STDIN_FILENO), STDIN_FILENO);
	assert_false(ctl_keys_begin());
	assert_int_equal(ctl_keys_next(), 0);
	dup2(before, STDIN_FILENO);
	close(before);
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_at_once_and_are_not_shown),
		cmocka_unit_test(a_signal_gives_the_terminal_back_and_ends),
		cmocka_unit_test(what_is_no_terminal_has_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
