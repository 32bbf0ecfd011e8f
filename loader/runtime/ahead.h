/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiling ahead: what a change of the node will have to compile is compiled before, by a copy of
 * the daemon (fork) in a process of its own, so that the daemon finds it in the compile cache and
 * nobody waits. What has to be known of the node is asked first, in the daemon; the copy touches
 * nothing of it.
 */
#ifndef SL_AHEAD_H
#define SL_AHEAD_H

#include "loader/runtime/node.h"

struct sl_ahead;

/* For a graph of one tenant. 0; -ENOENT: no such tenant; -ENOMEM. */
int sl_ahead_tenant(struct sl_node *n, const char *tenant, struct sl_ahead **out);
/* For all graphs that a node file names; `c` stays the caller's, and must outlive it. */
int sl_ahead_config(struct sl_node *n, const struct sl_node_config *c, struct sl_ahead **out);
void sl_ahead_free(struct sl_ahead *a);
/* How many graphs that is. */
size_t sl_ahead_graphs(const struct sl_ahead *a);

/*
 * Compiles, and loads to see whether smaller segments are needed, as installing will. `s` is the
 * graph of sl_ahead_tenant(); NULL: those of the node file are read. `stages` (may be NULL) gets
 * the times of the last one, as sl_node_install() gives them. 0 or -errno with messages in `d`: the
 * change would be refused. What was loaded for `s` is sent through the socket `hand` (hand.h; -1:
 * nowhere).
 */
int sl_ahead_compile(const struct sl_ahead *a, const struct sl_submission *s, int hand,
		     struct sl_diags *d, struct json_object *stages);

#endif
