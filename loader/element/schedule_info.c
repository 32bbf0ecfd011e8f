// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ScheduleInfo. */
#include "loader/element/element.h"

/* What Click's configurations say about its own machinery. */
static const char *const aliases[] = {"AlignmentInfo",
				      "ClickyInfo",
				      "DevirtualizeInfo",
				      "SpinlockInfo",
				      "StaticThreadSched",
				      "BalancedThreadSched",
				      NULL};

static const struct sl_param params[] = {
	SL_PARAM_X("ANYTHING", ARG, SL_P_POS | SL_P_REST | SL_P_IGNORED, NULL,
		   "what it is about is not there"),
	SL_PARAMS_END,
};

const struct sl_class sl_class_schedule_info = {
	.spec = {.name = "ScheduleInfo", .ports = "0/0", .processing = "a", .info = true},
	.base = "schedule_info",
	.aliases = aliases,
	.summary = "accepted and without effect",
	.help = "Click's tasks, threads and locks have no counterpart here (packets run as they "
		"arrive), nor has the alignment of packets; and what a drawing looks like is for "
		"those who draw. So ScheduleInfo, StaticThreadSched, BalancedThreadSched, "
		"SpinlockInfo, AlignmentInfo, DevirtualizeInfo and ClickyInfo are accepted with "
		"any arguments.",
	.flags = SL_C_INFO,
	.params = params,
};
