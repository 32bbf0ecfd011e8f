/* SPDX-License-Identifier: GPL-2.0-only */
/* Arguments such as COUNT_CALL: "N HANDLER [VALUE]", a handler to be called at N of something. */
#ifndef SL_CONFIG_CALLS_H
#define SL_CONFIG_CALLS_H

#include "loader/element/element.h"

/* Said by all classes that have such arguments. */
#define SL_CALLS_HELP                                                                              \
	"The daemon looks twice a second whether a call is due, and makes up to four for all "     \
	"tenants each time: so a call comes up to half a second late, and later still if many "    \
	"are due. HANDLER is one of the graph's that acts at once: those that compile the graph "  \
	"anew cannot be called. A graph that is tried with replay or bench makes no calls."

/*
 * Reads argument `param` if it was given. *n: the number (UINT64_MAX: not given); *call: the path
 * of the handler from the graph's top and the value behind a space (malloc'ed), or NULL where no
 * handler was named. 0, -ENOMEM, -EINVAL (reported).
 */
int sl_conf_call(struct sl_conf *cf, const char *param, uint64_t *n, char **call);
/* The number in such an argument, which was configured before; UINT64_MAX: not given. */
uint64_t sl_call_number(const struct sl_inst *in, const char *param);

#endif
