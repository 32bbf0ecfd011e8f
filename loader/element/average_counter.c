// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AverageCounter. */
#include <inttypes.h>

#include "loader/config/rate.h"
#include "loader/element/element.h"
#include "bpf/element/average_counter.h"

/* The time between first and last packet counts as this much at least: Click's tick. */
#define LEAST_NS 1000000ull

static const struct sl_param params[] = {
	SL_PARAM_X("IGNORE", U32, SL_P_POS, "0",
		   "packets within so many seconds after the first are not counted"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct average_counter_conf, ignore_ns, U64),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct average_counter_state, packets, U64),
	SL_FIELD(struct average_counter_state, bytes, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct average_counter_rw, first_ns, U64),
	SL_FIELD(struct average_counter_rw, last_ns, U64),
	SL_FIELD(struct average_counter_rw, base_packets, U64),
	SL_FIELD(struct average_counter_rw, base_bytes, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct average_counter_conf *c = cf->inst->conf;
	uint32_t seconds = 0;

	sl_inst_param(cf->inst, "IGNORE", &seconds);
	c->ignore_ns = seconds * 1000000000ull;
	return 0;
}

static int read_words(struct sl_live *l, const struct sl_inst *in, struct average_counter_state *st,
		      struct average_counter_rw *w)
{
	int ret = l->ops->state(l, in->index, st, sizeof(*st));

	return ret ? ret : l->ops->rw_get(l, in->index, w, 0, sizeof(*w));
}

/* "byte_..." handlers are about bytes, the others about packets. */
static int read_count(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct average_counter_state st;
	struct average_counter_rw w;
	int ret = read_words(l, in, &st, &w);

	(void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu64,
			h->name[0] == 'b'
				? sl_since((uint64_t)st.bytes, (uint64_t)w.base_bytes)
				: sl_since((uint64_t)st.packets, (uint64_t)w.base_packets));
	return ret;
}

static int read_rate(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	const struct average_counter_conf *c = in->conf;
	struct average_counter_state st;
	struct average_counter_rw w;
	int ret = read_words(l, in, &st, &w);
	uint64_t count, ns;

	(void)args, (void)d;
	if (ret)
		return ret;
	count = h->name[0] == 'b' ? sl_since((uint64_t)st.bytes, (uint64_t)w.base_bytes)
				  : sl_since((uint64_t)st.packets, (uint64_t)w.base_packets);
	ns = sl_since((uint64_t)w.last_ns, (uint64_t)w.first_ns + (uint64_t)c->ignore_ns);
	sl_thousandths_print(sl_thousandths_a_second(count, ns < LEAST_NS ? LEAST_NS : ns), out);
	return 0;
}

static int reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *value, struct sl_diags *d)
{
	struct average_counter_state st;
	struct average_counter_rw w;
	int ret = read_words(l, in, &st, &w);

	(void)h, (void)value, (void)d;
	w = (struct average_counter_rw){.base_packets = st.packets, .base_bytes = st.bytes};
	return ret ? ret : l->ops->rw_set(l, in->index, &w, 0, sizeof(w));
}

static const struct sl_handler handlers[] = {
	{.name = "count",
	 .flags = SL_H_READ,
	 .help = "packets since the last reset",
	 .read = read_count},
	{.name = "byte_count",
	 .flags = SL_H_READ,
	 .help = "bytes since the last reset",
	 .read = read_count},
	{.name = "rate",
	 .flags = SL_H_READ,
	 .help = "packets a second between the first and the last",
	 .read = read_rate},
	{.name = "byte_rate",
	 .flags = SL_H_READ,
	 .help = "bytes a second between the first and the last packet",
	 .read = read_rate},
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "count from 0 again; the next packet is the first",
	 .write = reset},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_average_counter = {
	.spec = {.name = "AverageCounter", .ports = "1/1", .processing = "a"},
	.base = "average_counter",
	.summary = "counts packets and bytes, and their average from the first to the last",
	.help = "The average covers the time between the first and the latest packet since the "
		"last reset, less IGNORE, and at least 1 ms. Times are those of the kernel's "
		"ticks, "
		"1 to 10 ms apart. Counts are 64 bits wide, and so do not overflow as Click's "
		"do.",
	.flags = SL_C_LOOK,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct average_counter_conf),
	.conf = conf,
	.state_size = sizeof(struct average_counter_state),
	.state = state,
	.rw_size = sizeof(struct average_counter_rw),
	.rw = rw,
	.rw_keep = sizeof(struct average_counter_rw),
	.configure = configure,
	.weight = 30,
};
