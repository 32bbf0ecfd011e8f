// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl calibrate: what elements and the platform cost on this host, measured and kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ctl/run.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/runtime/node.h"

#define REPEAT 60000

/* Whoever waits is told on what; that is no result. */
static void say(void *arg, const char *what)
{
	(void)arg;
	fprintf(stderr, "measuring %s\n", what);
}

static enum ctl_exit keep(struct ctl_call *call, const char *path, const struct sl_calibration *c)
{
	int ret;

	/* As the daemon would make it. */
	if (!ctl_get(call, "out") && mkdir(SL_STATE_DIR, 0700) && errno != EEXIST)
		ret = -errno;
	else
		ret = sl_calibration_write(path, c);
	if (!ret)
		return CTL_DONE;
	sl_error(&call->diags, (struct sl_pos){.file = path}, "file", "cannot be written: %s",
		 strerror(-ret));
	return CTL_SYSTEM;
}

/* Elements as they were measured before, if that was here. */
static void keep_elements(const char *path, struct sl_calibration *c)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *old = NULL;
	struct sl_platform_cost platform = c->platform;
	bool has = c->has_platform;
	char how[192];

	if (sl_calibration_read(path, &old) || sl_calibration_differs(old, how, sizeof(how)))
		return;
	free(c->points);
	*c = *old;
	old->points = NULL;
	c->platform = platform;
	c->has_platform = has;
}

int ctl_run_calibrate(struct ctl_call *call)
{
	const char *path = ctl_get(call, "out"), *rounds = ctl_get(call, "rounds");
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = NULL;
	const char *within = ctl_get(call, "within"), *seconds = ctl_get(call, "seconds");
	struct sl_calibrate_opts o = {.within = within ? atoi(within) / 100. : 0.05,
				      .seconds = seconds ? atoi(seconds) : 40,
				      .rounds = rounds ? (unsigned int)atoi(rounds) : 7,
				      .repeat = REPEAT,
				      .no_elements = ctl_get(call, "platform") != NULL,
				      .say = call->json ? NULL : say};
	time_t start = time(NULL);
	enum ctl_exit status;
	int ret = sl_calibrate(&o, &call->diags, &c);

	if (ret) {
		if (!call->diags.errors)
			sl_error(&call->diags, SL_NOPOS, "calibrate", "measuring failed: %s",
				 strerror(-ret));
		return (int)CTL_SYSTEM;
	}
	if (!path)
		path = SL_STATE_DIR "/" SL_CALIBRATION_FILE;
	if (o.no_elements)
		keep_elements(path, c);
	status = keep(call, path, c);
	if (status)
		return (int)status;
	call->result = sl_calibration_json(c);
	json_object_object_add(call->result, "file", json_object_new_string(path));
	json_object_object_add(call->result, "took_s",
			       json_object_new_int64((int64_t)(time(NULL) - start)));
	return (int)CTL_DONE;
}
