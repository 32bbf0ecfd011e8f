/* SPDX-License-Identifier: GPL-2.0-only */
/* Classes that are for experiments run only where the node file allows them. */
#ifndef SL_EXPERIMENT_H
#define SL_EXPERIMENT_H

#include "loader/codegen/compile.h"
#include "loader/runtime/config.h"

/*
 * Holds a graph against the experiments that `node` allows. 0, or -EINVAL with an error in `d` for
 * each element that is not allowed. `node` NULL: not known yet, so they are notes.
 */
int sl_experiments_check(const struct sl_compiled *c, const struct sl_node_config *node,
			 struct sl_diags *d);

#endif
