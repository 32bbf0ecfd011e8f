// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Meter. */
#include "loader/config/meter.h"
#include "bpf/element/meter.h"

static const struct sl_field rw[] = {
	SL_METER_RW_FIELDS(struct meter_rw),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	return sl_meter_configure(cf, false);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	return sl_meter_emit(in, "1", out);
}

const struct sl_class sl_class_meter = {
	.spec = {.name = "Meter", .ports = "1/2-", .processing = "h"},
	.base = "meter",
	.summary = "all packets leave by the output of the rate they come at",
	.help = "Measures packets a second, on all CPUs together, and sends each packet by output "
		"0 "
		"while that is less than the first rate, by output 1 while it is less than the "
		"second, and so on; n rates take n + 1 outputs. The whole stream goes one way: "
		"RatedSplitter divides it.\n\n"
		"The rate is Click's moving average: what came within each millisecond weighs a "
		"sixteenth, and the millisecond a packet comes in does not count yet. A packet "
		"costs a look at the precise clock.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = sl_meter_params,
	.handlers = sl_meter_handlers,
	.rw_size = sizeof(struct meter_rw),
	.rw = rw,
	.configure = configure,
	.emit = emit,
	.release = sl_meter_release,
	.weight = 90,
};
