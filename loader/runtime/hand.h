/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loaded graphs, handed from the process that loaded them to the daemon: what the kernel has looked
 * at once need not be looked at again. Descriptors of maps and programs go through a socket of the
 * kind SOCK_SEQPACKET; nothing is pinned, so whichever of the two processes ends, nothing is left.
 *
 * The sender is a copy of the daemon (ahead.h), with the same rights and the same reading of what
 * the compiler sent. Nevertheless nothing is taken that does not fit: the bundle has to be the same
 * to the byte, the graph it follows the one that runs now, and the maps and programs as many as the
 * bundle says. What does not fit is loaded by the daemon.
 */
#ifndef SL_HAND_H
#define SL_HAND_H

#include "loader/runtime/load.h"

struct sl_hand;

/* Which kernel object stands for the graph before: 0 for none (`before` NULL) or unknown. */
uint32_t sl_hand_mark(const struct sl_loaded *before);

/*
 * Sends `l`, loaded for a tenant from `c` at the `cut`-th try (recut.h), as successor of the graph
 * of mark `before`. Never waits: what does not fit into the socket is not sent, and -errno
 * returned.
 */
int sl_hand_send(int sock, const char *tenant, const struct sl_compiled *c,
		 const struct sl_loaded *l, int cut, uint32_t before);
/* The graphs that were sent, as far as they were sent whole; NULL: none. */
struct sl_hand *sl_hand_receive(int sock);
/* At which try the tenant's was loaded; 0 if there is none (`h` NULL included). */
int sl_hand_cut(const struct sl_hand *h, const char *tenant);
/*
 * The tenant's loaded graph, if it is the one that loading `c` for that class as successor of
 * `before` would make; it is the caller's then. 0; -ENOENT: it is not (`h` NULL included); -errno.
 */
int sl_hand_take(struct sl_hand *h, const char *tenant, const struct sl_compiled *c, bool thread,
		 const struct sl_loaded *before, struct sl_loaded **out);
void sl_hand_free(struct sl_hand *h);

#endif
