// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetTimestamp. */
#include <errno.h>
#include <string.h>

#include "loader/element/element.h"
#include "bpf/element/set_timestamp.h"

static const struct sl_param params[] = {
	SL_PARAM("TIMESTAMP", NS, SL_P_POS, "0", struct set_timestamp_conf, time_ns,
		 "the time, seconds; left out: now"),
	SL_PARAM("FIRST", BOOL, 0, "false", struct set_timestamp_conf, first,
		 "the annotation FIRST_TIMESTAMP instead of the packet's timestamp"),
	SL_PARAM_X("DELTA", BOOL, 0, "false", "refused, as in Click"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_timestamp_conf, first, BOOL),
	SL_FIELD(struct set_timestamp_conf, given, BOOL),
	SL_FIELD(struct set_timestamp_conf, time_ns, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct set_timestamp_conf *c = cf->inst->conf;
	uint8_t delta = 0;

	sl_inst_param(cf->inst, "DELTA", &delta);
	if (delta) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "DELTA"), "bad-argument",
					   "DELTA is no longer there"),
			     "leave it out");
		return -EINVAL;
	}
	c->given = !!sl_conf_arg(cf, "TIMESTAMP");
	if (!c->first)
		sl_conf_note(cf, NULL, "no-timestamp",
			     "packets have no timestamp of their own at level xdp: without FIRST "
			     "this element has no effect");
	return 0;
}

const struct sl_class sl_class_set_timestamp = {
	.spec = {.name = "SetTimestamp", .ports = "1/1", .processing = "a"},
	.base = "set_timestamp",
	.summary = "sets a timestamp annotation",
	.help = "With FIRST, the annotation FIRST_TIMESTAMP becomes TIMESTAMP, or the time now in "
		"nanoseconds of the clock elements see. At level xdp packets have no timestamp "
		"annotation besides: elements that need the time look at the clock. Without FIRST "
		"packets pass unchanged, and preflight says so.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct set_timestamp_conf),
	.conf = conf,
	.configure = configure,
	.weight = 10,
};
