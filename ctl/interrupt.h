/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that go on until they are interrupted, and then say what came of it. */
#ifndef CTL_INTERRUPT_H
#define CTL_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM are noted; the next one of its kind ends the command as ever. */
void ctl_catch_interrupts(void);
bool ctl_interrupted(void);

#endif
