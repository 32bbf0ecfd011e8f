/* SPDX-License-Identifier: GPL-2.0-only */
/* Files as bytes. */
#ifndef SL_FILE_H
#define SL_FILE_H

#include <stddef.h>

/* Reads a file of at most `max` bytes; never through a symbolic link. *bytes is malloc'ed, with a
 * NUL behind the *len bytes. 0; -EFBIG; -errno. */
int sl_file_read(const char *path, size_t max, void **bytes, size_t *len);
/* Writes all of it. 0 or -errno. */
int sl_write_all(int fd, const void *bytes, size_t len);

#endif
