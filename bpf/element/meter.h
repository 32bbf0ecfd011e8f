/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Meter: its function is generated for each instance (loader/config/meter.c). */
#ifndef SL_ELEMENT_METER_H
#define SL_ELEMENT_METER_H

#include "ewma.h"

struct meter_rw {
	struct sl_ewma rate; /* of packets */
};

#endif
