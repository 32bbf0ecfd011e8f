// SPDX-License-Identifier: GPL-2.0-only
/* The node of this machine. */
#include "ctl/node_ops.h"

const struct ctl_node_ops ctl_node_real = {
	.apply = sl_node_apply,
	.show = sl_node_show,
	.config = sl_node_config,
	.port_attach = sl_node_port_attach,
	.port_detach = sl_node_port_detach,
	.ports = sl_node_ports,
	.links = sl_node_links,
	.owner = sl_node_owner,
	.tenant_add = sl_node_tenant_add,
	.tenant_remove = sl_node_tenant_remove,
	.install = sl_node_install,
	.ahead_tenant = sl_ahead_tenant,
	.ahead_config = sl_ahead_config,
	.ahead_compile = sl_ahead_compile,
	.ahead_free = sl_ahead_free,
	.rollback = sl_node_rollback,
	.set_active = sl_node_set_active,
	.tenants = sl_node_tenants,
	.devices = sl_node_devices,
	.emitted = sl_node_emitted,
	.graph_text = sl_node_graph_text,
	.read = sl_node_read,
	.write = sl_node_write,
	.handler = sl_node_handler,
	.read_only = sl_node_read_only,
	.graph = sl_node_graph,
	.stats = sl_node_stats,
	.events = sl_node_events,
};
