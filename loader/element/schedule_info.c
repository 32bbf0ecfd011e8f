// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ScheduleInfo. */
#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("TICKETS", ARG, SL_P_POS | SL_P_REST | SL_P_IGNORED, NULL,
		   "NAME TICKETS: nothing is scheduled here"),
	SL_PARAMS_END,
};

const struct sl_class sl_class_schedule_info = {
	.spec = {.name = "ScheduleInfo", .ports = "0/0", .processing = "a", .info = true},
	.base = "schedule_info",
	.summary = "accepted and without effect",
	.help = "Click's task scheduler has no counterpart here: packets run as they arrive.",
	.flags = SL_C_INFO,
	.params = params,
};
