/* SPDX-License-Identifier: GPL-2.0-only */
/* The later steps of reading a node file; config.c calls them in this order. */
#ifndef SL_CONFIG_BUILD_H
#define SL_CONFIG_BUILD_H

#include "loader/runtime/config.h"
#include "loader/runtime/config_schema.h"

/*
 * Makes typed values of what libcyaml loaded, with places from the tree (both are of the same text,
 * and it passed sl_schema_check()). `c` has its file and directory set. What contradicts itself
 * within one link or budget is reported here. 0, -EINVAL, -ENOMEM.
 */
int sl_config_build(const struct sl_raw_config *raw, const struct sl_yaml *root, struct sl_diags *d,
		    struct sl_node_config *c);
/* Frees what sl_config_build() filled in; `c` itself stays. */
void sl_config_clear(struct sl_node_config *c);
/* Frees what a tenant has; config_copy.c makes what is freed here. */
void sl_config_clear_tenant(struct sl_node_tenant *t);

#endif
