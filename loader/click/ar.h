/* SPDX-License-Identifier: GPL-2.0-only */
/* `ar` archives: the form a configuration has when compiled parts travel with it. */
#ifndef SL_CLICK_AR_H
#define SL_CLICK_AR_H

#include <stddef.h>

#include "loader/diag.h"

/*
 * If `*text` is an archive, makes it (and `*len`) the contents of its member `config`. 0, or
 * -EINVAL with a message when there is no such member or the archive is damaged.
 */
int click_ar_member(struct sl_diags *d, const char *file, const char **text, size_t *len);

#endif
