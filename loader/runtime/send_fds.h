/* SPDX-License-Identifier: GPL-2.0-only */
/* A message with descriptors, to another process by a socket of the machine's own (unix(7)). */
#ifndef SL_SEND_FDS_H
#define SL_SEND_FDS_H

#include <stddef.h>

/* Descriptors of one message, of at most 253 that the kernel takes (SCM_MAX_FD). */
#define SL_SEND_FDS_MOST 250

/* Sends `len` bytes, at least one, and `n` descriptors, as one message; `flags`: of sendmsg(2).
 * Only system calls. 0; -EPIPE: not all of it; -errno. */
int sl_send_fds(int sock, const void *bytes, size_t len, const int *fds, size_t n, int flags);

#endif
