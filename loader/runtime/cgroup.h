/* SPDX-License-Identifier: GPL-2.0-only */
/* Control groups of both versions: where they are, and what is in their files. */
#ifndef SL_CGROUP_H
#define SL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Where `controller`'s hierarchy is mounted, and whether it is version 2. malloc'ed; NULL: nowhere.
 */
char *sl_cgroup_mount(const char *controller, bool *v2);
/* Whether groups below a group of version 2 have `controller`. */
bool sl_cgroup_delegates(const char *dir, const char *controller);
/* Whether `word` is in a list. */
bool sl_cgroup_word(const char *list, const char *word, const char *sep);

int sl_cgroup_write(const char *dir, const char *file, const char *value);
/* The number behind `key` in a file of "key number" lines, or without a key (NULL) the one that is
 * all of the file; 0 when there is none. */
uint64_t sl_cgroup_number(const char *dir, const char *file, const char *key);

#endif
