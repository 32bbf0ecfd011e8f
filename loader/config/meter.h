/* SPDX-License-Identifier: GPL-2.0-only */
/* What Meter and BandwidthMeter share: their rates, the C made from them, their handlers. */
#ifndef SL_CONFIG_METER_H
#define SL_CONFIG_METER_H

#include "loader/element/element.h"
#include "bpf/element/ewma.h"

/* `struct sl_ewma rate` is all there is in rw. */
#define SL_METER_RW_FIELDS(type)                                                                   \
	SL_FIELD(type, rate.epoch, U64), SL_FIELD(type, rate.count, U64),                          \
		SL_FIELD(type, rate.avg, U64)

extern const struct sl_param sl_meter_params[];
extern const struct sl_handler sl_meter_handlers[];

/* `unit`: whether rates should have one. */
int sl_meter_configure(struct sl_conf *cf, bool unit);
/* `amount`: C for what a packet counts. */
int sl_meter_emit(const struct sl_inst *in, const char *amount, FILE *out);
void sl_meter_release(struct sl_inst *in);

#endif
