// SPDX-License-Identifier: GPL-2.0-only
/* What Meter and BandwidthMeter share. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/config/meter.h"
#include "loader/config/rate.h"

#define RATE_MAX (1ull << 40)
#define EPOCHS (1000000000 / SL_EWMA_EPOCH_NS) /* a second */
#define HALF (1 << (SL_EWMA_SCALE - 1))

struct rates {
	size_t n;
	uint64_t rate[];
};

const struct sl_param sl_meter_params[] = {
	SL_PARAM_X("RATES", ARG, SL_P_POS | SL_P_REST, NULL,
		   "rates, each more than the one before"),
	SL_PARAMS_END,
};

static int bad_rate(struct sl_conf *cf, size_t i, const char *why, const char *hint)
{
	sl_diag_hint(
		sl_conf_error(cf, cf->rest[i], "bad-argument", "'%s': %s", cf->rest[i]->text, why),
		"%s", hint);
	return -EINVAL;
}

static int read_rate(struct sl_conf *cf, size_t i, bool unit, uint64_t *rate)
{
	const char *why = "";
	struct sl_diag *d;

	if (sl_parse_value(SL_T_BPS, cf->rest[i]->text, cf->program, cf->inst->elem, &rate[i],
			   &why))
		return bad_rate(cf, i, why,
				unit ? sl_type_text(SL_T_BPS) : "give packets a second");
	if (unit && !sl_text_has_unit(cf->rest[i]->text)) {
		d = sl_warn(cf->diags, cf->rest[i]->pos, "no-unit",
			    "'%s': bandwidth without a unit", cf->rest[i]->text);
		sl_diag_element(d, cf->inst->elem->name);
		sl_diag_hint(d, "bytes a second are assumed; say Bps, or bps for bits");
	}
	if (rate[i] > RATE_MAX)
		return bad_rate(cf, i, "out of range: at most 2^40", "give a smaller rate");
	if (i && rate[i] <= rate[i - 1])
		return bad_rate(cf, i, "not more than the rate before it",
				"rates are in ascending order");
	return 0;
}

int sl_meter_configure(struct sl_conf *cf, bool unit)
{
	struct rates *r = malloc(sizeof(*r) + cf->n_rest * sizeof(r->rate[0]));

	if (!r)
		return -ENOMEM;
	if (!cf->n_rest) {
		free(r);
		sl_diag_hint(sl_conf_error(cf, NULL, "missing-argument", "a rate is missing"),
			     "give one less than there are outputs");
		return -EINVAL;
	}
	cf->inst->priv = r;
	r->n = cf->n_rest;
	for (size_t i = 0; i < r->n; i++) {
		int ret = read_rate(cf, i, unit, r->rate);

		if (ret)
			return ret;
	}
	if (r->n + 1 == cf->inst->elem->n_out)
		return 0;
	sl_diag_hint(sl_conf_error(cf, NULL, "bad-argument",
				   "%u outputs take %u rates, there %s %zu", cf->inst->elem->n_out,
				   cf->inst->elem->n_out - 1, r->n == 1 ? "is" : "are", r->n),
		     "each rate divides one output from the next");
	return -EINVAL;
}

void sl_meter_release(struct sl_inst *in)
{
	free(in->priv);
}

/* Averages are of an epoch and have SCALE bits of fraction; so are the limits, rounded down. */
int sl_meter_emit(const struct sl_inst *in, const char *amount, FILE *out)
{
	const struct rates *r = in->priv;

	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, struct %s_rw *rw)\n"
		"{\n\t__u64 rate = sl_ewma_update(p, &rw->rate, %s);\n\n",
		in->index, in->class->base, amount);
	for (size_t i = 0; i < r->n; i++)
		fprintf(out, "\tif (rate < %" PRIu64 "ull)\n\t\treturn SL_OUT(%zu);\n",
			(r->rate[i] << SL_EWMA_SCALE) / EPOCHS, i);
	fprintf(out, "\treturn SL_OUT(%zu);\n}\n", r->n);
	return 0;
}

static int print_rate(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t now = l->ops->now_ns(l) / SL_EWMA_EPOCH_NS, avg;
	struct sl_ewma e;
	int ret = l->ops->rw_get(l, in->index, &e, 0, sizeof(e));

	(void)h, (void)args, (void)d;
	if (ret)
		return ret;
	avg = e.avg;
	if ((int64_t)(now - e.epoch) > 0)
		avg = sl_ewma_after(avg, e.count, now - e.epoch - 1);
	sl_thousandths_print(
		(uint64_t)(((unsigned __int128)avg * EPOCHS * 1000 + HALF) >> SL_EWMA_SCALE), out);
	return 0;
}

static int print_meters(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	const struct rates *r = in->priv;

	(void)l, (void)h, (void)args, (void)d;
	for (size_t i = 0; i < r->n; i++)
		fprintf(out, "%s%" PRIu64, i ? "\n" : "", r->rate[i]);
	return 0;
}

const struct sl_handler sl_meter_handlers[] = {
	{.name = "rate",
	 .flags = SL_H_READ,
	 .help = "the rate at this moment, a second",
	 .read = print_rate},
	{.name = "meters",
	 .flags = SL_H_READ,
	 .help = "the rates that divide the outputs, a line each",
	 .read = print_meters},
	SL_HANDLERS_END,
};
