/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BandwidthRatedSplitter: so many bytes a second by output 0, the rest by output 1. */
#ifndef SL_ELEMENT_BANDWIDTH_RATED_SPLITTER_H
#define SL_ELEMENT_BANDWIDTH_RATED_SPLITTER_H

#include "bucket.h"

struct bandwidth_rated_splitter_conf {
	struct sl_bucket_conf bucket;
};

struct bandwidth_rated_splitter_rw {
	struct sl_bucket bucket;
};

/* A packet passes while the bucket is not in debt, and may bring it into debt: how long it is makes
 * no difference to whether it passes. */
sl_inline __u32 bandwidth_rated_splitter(struct sl_pkt *p,
					 const struct bandwidth_rated_splitter_conf *c,
					 struct bandwidth_rated_splitter_rw *rw)
{
	sl_bucket_fill(p, &c->bucket, &rw->bucket);
	if (sl_bucket_take(&rw->bucket, sl_len(p) * SL_TOKEN, 0))
		return SL_OUT(0);
	return SL_OUT_OR(1, SAMPLED);
}

#endif
