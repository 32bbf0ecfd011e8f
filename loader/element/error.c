// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Error. */
#include <errno.h>

#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ANYTHING", ARG, SL_P_POS | SL_P_REST | SL_P_IGNORED, NULL,
		   "whatever it is, the graph is refused"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	sl_diag_hint(sl_conf_error(cf, NULL, "error-element", "a graph with an Error never runs"),
		     "tools put an Error where they found a mistake: see what they said");
	return -EINVAL;
}

const struct sl_class sl_class_error = {
	.spec = {.name = "Error", .ports = "-/-", .processing = "a", .flow = "x/y"},
	.base = "error",
	.summary = "a graph with it is refused",
	.help = "Click's tools put it in the place of what they could not make sense of.",
	.flags = SL_C_IDLE,
	.params = params,
	.configure = configure,
	.weight = 1,
};
