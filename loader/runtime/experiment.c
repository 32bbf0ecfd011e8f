// SPDX-License-Identifier: GPL-2.0-only
/* Which graphs a node's experiments allow. */
#include <errno.h>

#include "loader/runtime/experiment.h"

int sl_experiments_check(const struct sl_compiled *c, const struct sl_node_config *node,
			 struct sl_diags *d)
{
	const struct sl_bundle *b = c->bundle;
	int ret = 0;

	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_bundle_elem *e = &b->elems[i];
		const char *name = sl_class_find(e->class_name)->experiment;
		const struct sl_pos at = {e->file, e->line, e->col};
		struct sl_diag *m;

		if (!name || (node && sl_node_config_experiment(node, name)))
			continue;
		if (node)
			m = sl_error(d, at, "experiment",
				     "'%s :: %s' is for experiments, and this node does not allow "
				     "'%s'",
				     e->name, e->class_name, name);
		else
			m = sl_note(d, at, "experiment",
				    "'%s :: %s' is for experiments: nodes refuse it unless they "
				    "allow '%s'",
				    e->name, e->class_name, name);
		sl_diag_element(m, e->name);
		sl_diag_hint(m,
			     "the operator allows it in the node file: `node: {experiments: "
			     "[%s]}`",
			     name);
		ret = node ? -EINVAL : 0;
	}
	return ret;
}
