// SPDX-License-Identifier: GPL-2.0-only
/* Noting that a command is to come to its end. */
#include <signal.h>
#include <stddef.h>

#include "ctl/interrupt.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

void ctl_catch_interrupts(void)
{
	struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool ctl_interrupted(void)
{
	return interrupted;
}
