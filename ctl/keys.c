// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/keys.h"

#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t taken;

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

void ctl_keys_end(void)
{
	if (!taken)
		return;
	taken = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void on_end(int sig)
{
	ctl_keys_end();
	/* Installed to happen once: now it does what it always does. */
	raise(sig);
}

bool ctl_keys_begin(void)
{
	struct sigaction sa = {.sa_handler = on_end, .sa_flags = SA_RESETHAND};
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return false;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	taken = 1;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &sa, NULL);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw)) {
		taken = 0;
		return false;
	}
	return true;
}

int ctl_keys_next(void)
{
	unsigned char key;

	return taken && read(STDIN_FILENO, &key, 1) == 1 ? key : 0;
}
