/* SPDX-License-Identifier: GPL-2.0-only */
/* What joining routers and taking them apart share. */
#ifndef SL_CLICK_COMBINE_H
#define SL_CLICK_COMBINE_H

#include "loader/click/graph.h"

/*
 * A RouterLink's arguments say what stood in its place: for each input, then for each output,
 * "ROUTER/ELEMENT INDEX CLASS "CONFIGURATION"". INDEX is where it was among the elements of its
 * router.
 */
#define ROUTER_LINK "RouterLink"

/* Copies an element under another name. 0 or -ENOMEM. */
int click_copy_elem(struct sl_graph *g, const struct sl_elem *e, const char *name);
int click_copy_conn(struct sl_graph *g, const struct sl_conn *c, uint32_t from, uint32_t to);
/* Adds what is not there yet. 0 or -ENOMEM. */
int click_copy_requirements(struct sl_graph *g, const struct sl_graph *from);

#endif
