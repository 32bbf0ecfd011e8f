// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of BandwidthRatedSplitter. */
#include "loader/config/bucket.h"
#include "loader/element/element.h"
#include "bpf/element/bandwidth_rated_splitter.h"

static const struct sl_param params[] = {
	SL_PARAM_X("RATE", BPS, SL_P_REQ | SL_P_POS, NULL, "bandwidth"),
	SL_PARAM_X("BURST_DURATION", NS, 0, "20ms", "the bucket holds what runs in so long"),
	SL_PARAM_X("BURST_BYTES", U32, 0, NULL, "instead: the bucket holds so many bytes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_BUCKET_CONF_FIELDS(struct bandwidth_rated_splitter_conf),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_BUCKET_RW_FIELDS(struct bandwidth_rated_splitter_rw),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct bandwidth_rated_splitter_conf *c = cf->inst->conf;

	return sl_bucket_configure(cf, true, &c->bucket);
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	const struct bandwidth_rated_splitter_conf *c = in->conf;
	struct bandwidth_rated_splitter_rw *w = bytes;

	sl_bucket_init(&c->bucket, &w->bucket);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("rate", "RATE", "bandwidth"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_bandwidth_rated_splitter = {
	.spec = {.name = "BandwidthRatedSplitter", .ports = "1/1-2", .processing = "h"},
	.base = "bandwidth_rated_splitter",
	.summary = "so many bytes a second by output 0, the rest by output 1",
	.help = "A token bucket of bytes: RATE bytes run in every second, each packet that leaves "
		"by "
		"output 0 takes as many as it is long, and the bucket, full at first, holds what "
		"runs "
		"in within BURST_DURATION. A packet passes if the bucket is not in debt, whatever "
		"the "
		"packet's length, and may bring it into debt; the others leave by output 1, or are "
		"dropped (sampled). With RATE 0 all do.\n\n"
		"All CPUs share one bucket: over any time t, no more than RATE * t bytes, one "
		"bucketful and one packet leave by output 0, on however many CPUs packets come "
		"in. Tokens run in with the ticks of the kernel's clock (1 to 10 ms apart), or "
		"continuously if the bucket is full in less than 20 ms. A rate that is written "
		"begins with a full bucket. Click counts tokens once a millisecond, rounded, and "
		"shows the rate so.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct bandwidth_rated_splitter_conf),
	.conf = conf,
	.rw_size = sizeof(struct bandwidth_rated_splitter_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.weight = 45,
};
