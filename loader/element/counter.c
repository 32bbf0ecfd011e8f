// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor of Counter. Counters are never cleared where packets run: a reset remembers where they
 * stood. Rates are worked out when somebody reads them, from the difference since the last reading.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/calls.h"
#include "loader/config/rate.h"
#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/counter.h"

/* Readings closer together than this give the same rates, so that reading `rate` and then
 * `byte_rate` is one measurement. */
#define WINDOW_MIN_NS 100000000ull
/* A reading `t` after the last one weighs t / (t + TAU): old traffic is forgotten in about that. */
#define TAU_NS 1000000000ull

static const struct sl_param params[] = {
	SL_PARAM_X("COUNT_CALL", ARG, 0, NULL,
		   "N HANDLER [VALUE]: the handler is called when N packets have come"),
	SL_PARAM_X("BYTE_COUNT_CALL", ARG, 0, NULL, "the same when N bytes have come"),
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
	SL_FIELD_N(struct counter_rw, called, U64),
	SL_FIELD_N(struct counter_rw, call, U64),
	SL_FIELDS_END,
};

/* ---- Calls -----------------------------------------------------------------------------------*/

enum { PACKETS, BYTES };
static const char *const call_params[] = {"COUNT_CALL", "BYTE_COUNT_CALL"};

struct priv {
	char *call[2];
};

static int configure(struct sl_conf *cf)
{
	struct priv *priv = calloc(1, sizeof(*priv));
	uint64_t n;
	int ret = 0;

	if (!priv)
		return -ENOMEM;
	cf->inst->priv = priv;
	for (size_t i = 0; i < 2; i++) {
		int err = sl_conf_call(cf, call_params[i], &n, &priv->call[i]);

		ret = ret ? ret : err;
	}
	return ret;
}

static void release(struct sl_inst *in)
{
	struct priv *priv = in->priv;

	if (!priv)
		return;
	free(priv->call[PACKETS]);
	free(priv->call[BYTES]);
	free(priv);
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct counter_rw *w = bytes;

	for (size_t i = 0; i < 2; i++)
		w->call[i] = sl_call_number(in, call_params[i]);
	/* 0 bytes have come when anything has; 0 packets never come. */
	if (!w->call[BYTES])
		w->call[BYTES] = 1;
	if (!w->call[PACKETS])
		w->call[PACKETS] = UINT64_MAX;
}

static const char *call(const struct sl_inst *in, unsigned int k)
{
	const struct priv *priv = in->priv;

	return k < 2 ? priv->call[k] : NULL;
}

/* ---- Counts ----------------------------------------------------------------------------------*/

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
	unsigned __int128 now = sl_thousandths_a_second(delta, dt);
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
		sl_thousandths_print(w.mpps, out);
	else
		sl_thousandths_print(h->name[1] == 'i' ? w.mbps * 8 : w.mbps, out);
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
	memset(w.called, 0, sizeof(w.called));
	return ret ? ret : l->ops->rw_set(l, in->index, &w, 0, sizeof(w));
}

/* What was counted since the last reset, by kind. */
static int counts(struct sl_live *l, const struct sl_inst *in, uint64_t n[2], struct counter_rw *w)
{
	int ret = totals(l, in, &n[PACKETS], &n[BYTES], w);

	n[PACKETS] = sl_since(n[PACKETS], (uint64_t)w->base_packets);
	n[BYTES] = sl_since(n[BYTES], (uint64_t)w->base_bytes);
	return ret;
}

static int due(struct sl_live *l, const struct sl_inst *in, uint32_t *calls)
{
	struct counter_rw w;
	uint64_t n[2] = {0, 0};
	int ret = l->ops->rw_get(l, in->index, &w, 0, sizeof(w));

	/* Most counters call nothing, and what was counted takes longer to find. */
	if (ret || (w.call[PACKETS] == UINT64_MAX && w.call[BYTES] == UINT64_MAX))
		return ret;
	ret = counts(l, in, n, &w);
	for (size_t i = 0; i < 2 && !ret; i++) {
		uint64_t at = w.call[i];

		if (n[i] < at || w.called[i] == at)
			continue;
		*calls |= 1u << i;
		ret = l->ops->rw_set(l, in->index, &at,
				     offsetof(struct counter_rw, called) + i * sizeof(at),
				     sizeof(at));
	}
	return ret;
}

static size_t kind(const struct sl_handler *h)
{
	return h->name[0] == 'b' ? BYTES : PACKETS;
}

static int read_call(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	const struct priv *priv = in->priv;

	(void)l, (void)args, (void)d;
	if (priv->call[kind(h)])
		fprintf(out, "%" PRIu64, sl_call_number(in, call_params[kind(h)]));
	return 0;
}

/* The new configuration; a number of packets that has been passed is not reached any more. */
static int write_call(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *value, struct sl_diags *d)
{
	size_t len = strcspn(value, " \t"), i = kind(h);
	_free_ char *word = strndup(value, len);
	uint64_t n[2] = {0, 0}, at = 0, called = 0;
	struct counter_rw w;
	int ret = counts(l, in, n, &w);
	char *end = NULL;

	if (ret)
		return ret;
	errno = 0;
	if (word)
		at = strtoull(word, &end, 0);
	if (!word || !len || *end || errno || word[0] == '-') {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
						      "%s: '%s' does not begin with a number",
						      h->name, value),
					     in->elem->name),
			     "for example 1000 sw.switch 1");
		return -EINVAL;
	}
	if (i == PACKETS && n[i] >= at)
		called = at;
	ret = l->ops->rw_set(l, in->index, &called,
			     offsetof(struct counter_rw, called) + i * sizeof(called),
			     sizeof(called));
	return ret ? ret : sl_h_param_set(l, in, h, value, d);
}

static const struct sl_handler handlers[] = {
	{.name = "count",
	 .flags = SL_H_READ | SL_H_MAPS,
	 .help = "packets since the last reset",
	 .read = read_count},
	{.name = "byte_count",
	 .flags = SL_H_READ | SL_H_MAPS,
	 .help = "bytes since the last reset",
	 .read = read_count},
	{.name = "rate",
	 .flags = SL_H_READ | SL_H_MAPS,
	 .help = "packets a second",
	 .read = read_rate},
	{.name = "bit_rate",
	 .flags = SL_H_READ | SL_H_MAPS,
	 .help = "bits a second",
	 .read = read_rate},
	{.name = "byte_rate",
	 .flags = SL_H_READ | SL_H_MAPS,
	 .help = "bytes a second",
	 .read = read_rate},
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON | SL_H_MAPS,
	 .help = "count from 0 again",
	 .write = reset},
	{.name = "reset_counts",
	 .flags = SL_H_WRITE | SL_H_BUTTON | SL_H_MAPS,
	 .help = "the same",
	 .write = reset},
	{.name = "count_call",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "the number of packets of COUNT_CALL; writing gives a new COUNT_CALL",
	 .read = read_call,
	 .write = write_call,
	 .param = "COUNT_CALL"},
	{.name = "byte_count_call",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "the same for BYTE_COUNT_CALL",
	 .read = read_call,
	 .write = write_call,
	 .param = "BYTE_COUNT_CALL"},
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
		"Counter measures in the path of every packet instead.\n\n"
		"COUNT_CALL calls a write handler once when N packets have come since the last "
		"reset, BYTE_COUNT_CALL when N bytes have. " SL_CALLS_HELP,
	.flags = SL_C_LOOK,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct counter_state),
	.state = state,
	.rw_size = sizeof(struct counter_rw),
	.rw = rw,
	.rw_keep = offsetof(struct counter_rw, call),
	.configure = configure,
	.init_rw = init_rw,
	.release = release,
	.due = due,
	.call = call,
	.weight = 6,
};
