/* SPDX-License-Identifier: GPL-2.0-only */
/* Arguments of elements with a token bucket: RATE, BURST_DURATION, BURST_SIZE or BURST_BYTES. */
#ifndef SL_CONFIG_BUCKET_H
#define SL_CONFIG_BUCKET_H

#include "loader/element/element.h"
#include "bpf/element/bucket.h"

/* The fields of `struct sl_bucket_conf bucket` in a conf, of `struct sl_bucket bucket` in rw. */
#define SL_BUCKET_CONF_FIELDS(type)                                                                \
	SL_FIELD(type, bucket.rate, U64), SL_FIELD(type, bucket.cap, U64),                         \
		SL_FIELD(type, bucket.fill_ns, U64), SL_FIELD(type, bucket.precise, BOOL)
#define SL_BUCKET_RW_FIELDS(type)                                                                  \
	SL_FIELD(type, bucket.level, U64), SL_FIELD(type, bucket.last_ns, U64)

/* From the arguments, tokens being bytes or packets. 0 or -EINVAL (reported). */
int sl_bucket_configure(struct sl_conf *cf, bool bytes, struct sl_bucket_conf *b);
/* A bucket is full at first; one that nothing runs into is empty. */
void sl_bucket_init(const struct sl_bucket_conf *c, struct sl_bucket *b);

#endif
