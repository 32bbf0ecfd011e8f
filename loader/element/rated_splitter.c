// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of RatedSplitter. */
#include "loader/config/bucket.h"
#include "loader/element/element.h"
#include "bpf/element/rated_splitter.h"

static const struct sl_param params[] = {
	SL_PARAM_X("RATE", U32, SL_P_REQ | SL_P_POS, NULL, "packets a second"),
	SL_PARAM_X("BURST_DURATION", NS, 0, "20ms", "the bucket holds what runs in so long"),
	SL_PARAM_X("BURST_SIZE", U32, 0, NULL, "instead: the bucket holds so many packets"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_BUCKET_CONF_FIELDS(struct rated_splitter_conf),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_BUCKET_RW_FIELDS(struct rated_splitter_rw),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rated_splitter_conf *c = cf->inst->conf;

	return sl_bucket_configure(cf, false, &c->bucket);
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	const struct rated_splitter_conf *c = in->conf;
	struct rated_splitter_rw *w = bytes;

	sl_bucket_init(&c->bucket, &w->bucket);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("rate", "RATE", "packets a second"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_rated_splitter = {
	.spec = {.name = "RatedSplitter", .ports = "1/1-2", .processing = "h"},
	.base = "rated_splitter",
	.summary = "so many packets a second by output 0, the rest by output 1",
	.help = "A token bucket: RATE tokens run in every second, each packet that leaves by "
		"output 0 takes one, and the bucket, full at first, holds what runs in within "
		"BURST_DURATION, but at least what does within 1 ms. Packets that find no token "
		"leave by output 1, or are dropped (sampled). With RATE 0 all do.\n\n"
		"All CPUs share one bucket: over any time t, no more than RATE * t packets and one "
		"bucketful leave by output 0, on however many CPUs packets come in. Several CPUs "
		"that want the last token in the same instant may all miss it; it is there for the "
		"next packet. Tokens run in with the ticks of the kernel's clock (1 to 10 ms "
		"apart), or continuously if the bucket is full in less than 20 ms. A rate that is "
		"written begins with a full bucket. Click counts tokens once a millisecond and "
		"rounds them down, so that its last one may come a millisecond later.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct rated_splitter_conf),
	.conf = conf,
	.rw_size = sizeof(struct rated_splitter_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.weight = 45,
};
