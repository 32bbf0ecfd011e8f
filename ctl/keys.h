/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys pressed while a command shows something live: read at once, and not shown. */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

#include <stdbool.h>

/* Takes the terminal over, if standard input is one: false if not. Signals that end the command
 * give it back first. */
bool ctl_keys_begin(void);
/* The next key that was pressed, or 0. Does not wait. */
int ctl_keys_next(void);
/* Gives the terminal back; may be called twice. */
void ctl_keys_end(void);

#endif
