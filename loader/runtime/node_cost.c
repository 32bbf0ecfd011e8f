// SPDX-License-Identifier: GPL-2.0-only
/* What packets cost on this host, as `sluicectl calibrate` left it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/account.h"
#include "loader/runtime/node_int.h"

#define HINT "measure, and start sluiced again: sluicectl calibrate --platform"

void node_cost_read(struct sl_node *n, struct sl_diags *d)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = NULL;
	struct sl_pos pos = {0};
	_free_ char *path = NULL;
	char how[192];
	int ret;

	n->cost = sl_account_usual_cost;
	n->cost_s = 0;
	n->costs = NULL;
	if (asprintf(&path, "%s/" SL_CALIBRATION_FILE, n->state_dir) < 0) {
		path = NULL;
		return;
	}
	pos.file = path;
	ret = sl_calibration_read(path, &c);
	if (ret == -ENOENT || (!ret && !c->has_platform && !c->n_points)) {
		sl_diag_hint(
			sl_note(d, SL_NOPOS, "no-calibration",
				"what the platform's part of a packet costs was not measured on "
				"this host: tenants are charged the usual figures"),
			HINT);
		return;
	}
	if (ret) {
		sl_diag_hint(sl_warn(d, pos, "calibration",
				     "cannot be used, tenants are charged the usual figures: %s",
				     ret == -EBADMSG ? "no calibration, or of another version"
						     : strerror(-ret)),
			     HINT);
		return;
	}
	if (sl_calibration_differs(c, how, sizeof(how))) {
		sl_diag_hint(sl_warn(d, pos, "old-calibration",
				     "measured %s: not used, tenants are charged the usual figures",
				     how),
			     HINT);
		return;
	}
	if (c->has_platform) {
		n->cost = c->platform;
		n->cost_s = c->time_s;
	}
	if (c->n_points)
		n->costs = TAKE_PTR(c);
}

struct json_object *node_cost_json(const struct sl_node *n)
{
	struct json_object *o = sl_platform_cost_json(&n->cost);

	json_object_object_add(o, "calibrated", json_object_new_boolean(n->cost_s != 0));
	json_object_object_add(o, "elements", json_object_new_boolean(n->costs != NULL));
	if (n->cost_s)
		json_object_object_add(o, "time_s", json_object_new_int64(n->cost_s));
	return o;
}
