// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor of Counter. Counters are never cleared where packets run: a reset remembers where they
 * stood. Rates are worked out when somebody reads them, from the difference since the last reading.
 */
#include <errno.h>
#include <inttypes.h>

#include "loader/element/element.h"
#include "bpf/element/counter.h"

/* Readings closer together than this give the same rates, so that reading `rate` and then
 * `byte_rate` is one measurement. */
#define WINDOW_MIN_NS 100000000ull
/* A reading `t` after the last one weighs t / (t + TAU): old traffic is forgotten in about that. */
#define TAU_NS 1000000000ull

static const struct sl_param params[] = {
	SL_PARAM_X("COUNT_CALL", ARG, 0, NULL, "not there at level xdp: read `count`"),
	SL_PARAM_X("BYTE_COUNT_CALL", ARG, 0, NULL, "not there at level xdp: read `byte_count`"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct counter_state, bytes, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct counter_rw, base_packets, U64),
	SL_FIELD(struct counter_rw, base_bytes, U64),
	SL_FIELD(struct counter_rw, window_ns, U64),
	SL_FIELD(struct counter_rw, window_packets, U64),
	SL_FIELD(struct counter_rw, window_bytes, U64),
	SL_FIELD(struct counter_rw, mpps, U64),
	SL_FIELD(struct counter_rw, mbps, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	static const char *const calls[] = {"COUNT_CALL", "BYTE_COUNT_CALL"};
	int ret = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct sl_arg *arg = sl_conf_arg(cf, calls[i]);

		if (!arg)
			continue;
		sl_diag_hint(sl_conf_error(cf, arg, "unsupported-argument",
					   "%s is not there at level xdp", calls[i]),
			     "leave it out, and read the handler %s instead",
			     i ? "byte_count" : "count");
		ret = -EINVAL;
	}
	return ret;
}

static int totals(struct sl_live *l, const struct sl_inst *in, uint64_t *packets, uint64_t *bytes,
		  struct counter_rw *w)
{
	struct counter_state st = {0};
	int ret = l->ops->packets(l, in->index, packets);

	if (!ret)
		ret = l->ops->state(l, in->index, &st, sizeof(st));
	if (!ret)
		ret = l->ops->rw_get(l, in->index, w, 0, sizeof(*w));
	if (!ret)
		*bytes = st.bytes;
	return ret;
}

static int read_count(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t packets, bytes;
	struct counter_rw w;
	int ret = totals(l, in, &packets, &bytes, &w);

	(void)args, (void)d;
	if (ret)
		return ret;
	if (h->name[0] == 'b')
		fprintf(out, "%" PRIu64, sl_since(bytes, (uint64_t)w.base_bytes));
	else
		fprintf(out, "%" PRIu64, sl_since(packets, (uint64_t)w.base_packets));
	return 0;
}

/* old + (new - old) * dt / (dt + tau), in thousandths a second. */
static uint64_t blend(uint64_t old, uint64_t delta, uint64_t dt)
{
	unsigned __int128 now = ((unsigned __int128)delta * 1000 * 1000000000 + dt / 2) / dt;
	uint64_t weights = dt + TAU_NS;

	return (uint64_t)(((unsigned __int128)old * TAU_NS + now * dt + weights / 2) / weights);
}

/* Begins a window, or ends one and begins the next if it was long enough. */
static void measure(struct counter_rw *w, uint64_t now, uint64_t packets, uint64_t bytes)
{
	uint64_t dt = now - (uint64_t)w->window_ns;

	if (w->window_ns && dt < WINDOW_MIN_NS)
		return;
	if (w->window_ns) {
		w->mpps = blend(w->mpps, sl_since(packets, (uint64_t)w->window_packets), dt);
		w->mbps = blend(w->mbps, sl_since(bytes, (uint64_t)w->window_bytes), dt);
	}
	w->window_ns = now;
	w->window_packets = packets;
	w->window_bytes = bytes;
}

static void print_thousandths(uint64_t n, FILE *out)
{
	unsigned int rest = (unsigned int)(n % 1000), digits = 3;

	fprintf(out, "%" PRIu64, n / 1000);
	if (!rest)
		return;
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	fprintf(out, ".%0*u", (int)digits, rest);
}

static int read_rate(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t packets, bytes;
	struct counter_rw w;
	int ret = totals(l, in, &packets, &bytes, &w);

	(void)args, (void)d;
	if (ret)
		return ret;
	measure(&w, l->ops->now_ns(l), packets, bytes);
	ret = l->ops->rw_set(l, in->index, &w, 0, sizeof(w));
	if (ret)
		return ret;
	if (h->name[0] == 'r')
		print_thousandths(w.mpps, out);
	else
		print_thousandths(h->name[1] == 'i' ? w.mbps * 8 : w.mbps, out);
	return 0;
}

static int reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *value, struct sl_diags *d)
{
	uint64_t packets, bytes;
	struct counter_rw w;
	int ret = totals(l, in, &packets, &bytes, &w);

	(void)h, (void)value, (void)d;
	w.base_packets = packets;
	w.base_bytes = bytes;
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
	{.name = "rate", .flags = SL_H_READ, .help = "packets a second", .read = read_rate},
	{.name = "bit_rate", .flags = SL_H_READ, .help = "bits a second", .read = read_rate},
	{.name = "byte_rate", .flags = SL_H_READ, .help = "bytes a second", .read = read_rate},
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "count from 0 again",
	 .write = reset},
	{.name = "reset_counts",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "the same",
	 .write = reset},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_counter = {
	.spec = {.name = "Counter", .ports = "1/1", .processing = "a"},
	.base = "counter",
	.summary = "counts packets and bytes, and their rates",
	.help = "Bytes are those of the packet as it is here. Rates are measured between readings: "
		"the "
		"first reading of a rate begins to measure and gives 0, each later one gives the "
		"mean "
		"since the one before, blended with what was known then (weight t / (t + 1 s) for "
		"a "
		"reading t later). Readings within 100 ms of each other give the same rates. "
		"Click's "
		"Counter measures in the path of every packet instead.",
	.flags = SL_C_LOOK,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct counter_state),
	.state = state,
	.rw_size = sizeof(struct counter_rw),
	.rw = rw,
	.configure = configure,
	.weight = 6,
};
