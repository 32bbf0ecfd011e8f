/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault injection: counting steps. */
#include <signal.h>
#include <unistd.h>

#include "loader/runtime/fault.h"

static unsigned int fault_at, steps;
static void (*called)(const char *what);

void sl_fault_at(unsigned int n)
{
	fault_at = n;
	steps = 0;
}

unsigned int sl_fault_steps(void)
{
	return steps;
}

void sl_fault_call(void (*fn)(const char *what))
{
	called = fn;
}

void sl_fault(const char *what)
{
	if (called)
		called(what);
	if (++steps == fault_at)
		kill(getpid(), SIGKILL);
}
