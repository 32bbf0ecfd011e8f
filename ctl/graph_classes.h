/* SPDX-License-Identifier: GPL-2.0-only */
/* The classes for commands that show graphs and do not run them. */
#ifndef CTL_GRAPH_CLASSES_H
#define CTL_GRAPH_CLASSES_H

#include "loader/click/graph.h"

/* Sluice's own, and RouterLink, which stands in combined graphs. */
extern const struct sl_classes ctl_graph_classes;

#endif
