/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RatedSplitter: so many packets a second by output 0, the rest by output 1. */
#ifndef SL_ELEMENT_RATED_SPLITTER_H
#define SL_ELEMENT_RATED_SPLITTER_H

#include "bucket.h"

struct rated_splitter_conf {
	struct sl_bucket_conf bucket;
};

struct rated_splitter_rw {
	struct sl_bucket bucket;
};

sl_inline __u32 rated_splitter(struct sl_pkt *p, const struct rated_splitter_conf *c,
			       struct rated_splitter_rw *rw)
{
	sl_bucket_fill(p, &c->bucket, &rw->bucket);
	if (sl_bucket_take(&rw->bucket, SL_TOKEN, SL_TOKEN))
		return SL_OUT(0);
	return SL_OUT_OR(1, SAMPLED);
}

#endif
