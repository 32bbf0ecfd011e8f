// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Idle. */
#include "loader/element/element.h"
#include "bpf/element/idle.h"

const struct sl_class sl_class_idle = {
	.spec = {.name = "Idle", .ports = "-/-", .processing = "a", .flow = "x/y"},
	.base = "idle",
	.summary = "emits nothing; drops what it is given",
	.help = "Goes where a port must be connected and nothing is to happen.",
	.weight = 4,
};
