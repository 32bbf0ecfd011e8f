// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of elements with a token bucket. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/bucket.h"

#define SECOND_NS 1000000000ull
/* A bucket that is full sooner than this is filled by the precise clock. The kernel's ticks are at
 * most 10 ms apart. */
#define COARSE_NS 20000000ull
#define RATE_MAX (1ull << 40)
/* Click's buckets hold at least what runs in within one of its ticks, of which it has so many a
 * second. */
#define TICKS 1000
/* Where tokens are bytes, Click's buckets are that much larger, and never emptier than that. */
#define CLICK_THRESHOLD 131072

static uint64_t tokens(struct sl_conf *cf, bool bytes, uint64_t rate)
{
	const char *size = bytes ? "BURST_BYTES" : "BURST_SIZE";
	uint64_t ns = 0, least = rate ? (rate - 1) / TICKS + 1 : 1, n;
	uint32_t given = 0;
	unsigned __int128 product;

	if (sl_conf_arg(cf, size)) {
		sl_inst_param(cf->inst, size, &given);
		n = given;
	} else {
		sl_inst_param(cf->inst, "BURST_DURATION", &ns);
		/* Click's durations are whole milliseconds. */
		product = (unsigned __int128)rate * (ns / 1000000) / 1000;
		n = product > UINT32_MAX ? UINT32_MAX : (uint64_t)product;
	}
	if (bytes)
		least = least > CLICK_THRESHOLD ? least - CLICK_THRESHOLD : 0;
	if (n < least)
		n = least;
	return n ? n : 1;
}

int sl_bucket_configure(struct sl_conf *cf, bool bytes, struct sl_bucket_conf *b)
{
	const char *size = bytes ? "BURST_BYTES" : "BURST_SIZE";
	uint64_t rate = 0;

	sl_inst_param(cf->inst, "RATE", &rate);
	if (sl_conf_arg(cf, size) && sl_conf_arg(cf, "BURST_DURATION")) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, size), "bad-argument",
					   "give only one of BURST_DURATION and %s", size),
			     "the one is RATE times the other");
		return -EINVAL;
	}
	if (rate > RATE_MAX) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "RATE"), "bad-argument",
					   "RATE: at most %" PRIu64 " bytes a second",
					   (uint64_t)RATE_MAX),
			     "without a limit, leave the element out");
		return -EINVAL;
	}
	b->rate = rate;
	b->cap = tokens(cf, bytes, rate) * SL_TOKEN;
	b->fill_ns = rate ? (b->cap + CLICK_THRESHOLD * SL_TOKEN) / rate + 1 : UINT64_MAX;
	b->precise = rate && b->cap / rate < COARSE_NS;
	return 0;
}

void sl_bucket_init(const struct sl_bucket_conf *c, struct sl_bucket *b)
{
	b->level = c->rate ? c->cap : (uint64_t)-1;
}
