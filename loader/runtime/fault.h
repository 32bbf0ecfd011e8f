/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places where a change may be cut short, so that tests can kill the daemon at every step that the
 * kernel or the disk sees. Without a fault asked for, a step is one comparison.
 */
#ifndef SL_FAULT_H
#define SL_FAULT_H

/* The process kills itself (SIGKILL) at the `n`-th step from now; 0: never. */
void sl_fault_at(unsigned int n);
/* Steps passed since the last sl_fault_at(): how many there are to try. */
unsigned int sl_fault_steps(void);
/* Calls `fn` at each step from now; NULL: no more. */
void sl_fault_call(void (*fn)(const char *what));
/* A step has been done; `what` names it for people reading the code. */
void sl_fault(const char *what);

#endif
