// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl node validate: what the host offers, and whether a node file could be applied. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ctl/run.h"
#include "loader/mem.h"
#include "loader/runtime/admission.h"
#include "loader/runtime/config.h"
#include "loader/runtime/features.h"
#include "loader/runtime/port.h"

static enum ctl_exit check_host(struct ctl_call *call)
{
	SL_CLEANUP(sl_features_freep) struct sl_features *f = NULL;
	struct sl_features_opts opts = {0};
	int ret = sl_features_probe(&opts, &f);

	if (ret)
		return CTL_SYSTEM;
	call->result = sl_features_json(f);
	if (!f->required_missing)
		return CTL_DONE;
	sl_diag_hint(sl_error(&call->diags, SL_NOPOS, "host",
			      "this host lacks %u of the features a node needs",
			      f->required_missing),
		     "see the rows that say `no`, and what is lost");
	return CTL_SYSTEM;
}

/* The interfaces of ports are looked at as attaching would, which takes privilege. */
static enum ctl_exit check_ports(struct ctl_call *call, const struct sl_node_config *c)
{
	enum ctl_exit status = CTL_DONE;

	if (geteuid()) {
		sl_note(&call->diags, SL_NOPOS, "skipped",
			"the ports' interfaces were not looked at: that needs root");
		return CTL_DONE;
	}
	for (size_t i = 0; i < c->n_ports; i++)
		if (sl_port_check(c->ports[i].interface, c->ports[i].mode, c->frags,
				  c->ports[i].pos, &call->diags))
			status = CTL_REFUSED;
	return status;
}

static enum ctl_exit check_file(struct ctl_call *call, const char *path)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	int ret = sl_node_config_load(path, &call->diags, &c);
	enum ctl_exit status = CTL_DONE, ports;
	struct sl_capacity capacity;

	if (ret)
		return ret == -EINVAL ? CTL_REFUSED : CTL_SYSTEM;
	sl_capacity_here(&capacity);
	if (sl_admission(c, NULL, &capacity, NULL, &call->diags))
		status = CTL_REFUSED;
	if (call->result) {
		json_object_object_add(call->result, "file", json_object_new_string(path));
		json_object_object_add(call->result, "ports", json_object_new_uint64(c->n_ports));
		json_object_object_add(call->result, "tenants",
				       json_object_new_uint64(c->n_tenants));
	}
	ports = check_ports(call, c);
	return status ? status : ports;
}

int ctl_run_node_validate(struct ctl_call *call)
{
	const char *path = ctl_get(call, "FILE");
	enum ctl_exit host = check_host(call), file = CTL_DONE;

	if (path)
		file = check_file(call, path);
	/* What the caller wrote comes first: that is theirs to mend. */
	return (int)(file ? file : host);
}
