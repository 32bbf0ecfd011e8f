// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl calibrate: what elements cost on this host, measured and kept. */
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

int ctl_run_calibrate(struct ctl_call *call)
{
	const char *path = ctl_get(call, "out"), *rounds = ctl_get(call, "rounds");
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = NULL;
	struct sl_calibrate_opts o = {.rounds = rounds ? (unsigned int)atoi(rounds) : 7,
				      .repeat = REPEAT,
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
	status = keep(call, path, c);
	if (status)
		return (int)status;
	call->result = sl_calibration_json(c);
	json_object_object_add(call->result, "file", json_object_new_string(path));
	json_object_object_add(call->result, "took_s",
			       json_object_new_int64((int64_t)(time(NULL) - start)));
	return (int)CTL_DONE;
}
