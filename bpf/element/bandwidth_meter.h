/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BandwidthMeter: its function is generated for each instance (loader/config/meter.c). */
#ifndef SL_ELEMENT_BANDWIDTH_METER_H
#define SL_ELEMENT_BANDWIDTH_METER_H

#include "ewma.h"

struct bandwidth_meter_rw {
	struct sl_ewma rate; /* of bytes */
};

#endif
