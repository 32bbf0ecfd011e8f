// SPDX-License-Identifier: GPL-2.0-only
/* What an element of a graph costs, from what was measured of its class. */
#include <math.h>
#include <string.h>

#include "loader/cost/cost.h"

/* Packets that tables and their neighbours see are changed and looked up a few times at most. */
static double tables_ns(const struct sl_calibration *c, const struct sl_inst *in)
{
	double ns = 0;

	for (const struct sl_table *t = in->class->tables; t && t->name; t++) {
		if (t->type == SL_TABLE_HASH)
			ns += c->hash_ns;
		else if (t->type == SL_TABLE_LRU)
			ns += c->lru_ns;
		else
			ns += c->array_ns;
	}
	return ns;
}

static double between(double x, double x0, double y0, double x1, double y1)
{
	return x1 == x0 ? y0 : y0 + (x - x0) * (y1 - y0) / (x1 - x0);
}

/* A class measured once costs what it did; one measured with more and with less to do, in
 * proportion to its weight, but not less than the least. */
static bool measured(const struct sl_calibration *c, const struct sl_inst *in, double *usual,
		     double *most)
{
	const struct sl_cost_point *a = NULL, *b = NULL;
	double w = sl_cost_weight(in);

	for (size_t i = 0; i < c->n_points; i++) {
		const struct sl_cost_point *p = &c->points[i];

		if (strcmp(p->base, in->class->base))
			continue;
		if (!a || p->weight < a->weight)
			a = p;
		if (!b || p->weight > b->weight)
			b = p;
	}
	if (!a)
		return false;
	*usual = between(w, a->weight, a->short_ns, b->weight, b->short_ns);
	*most = between(w, a->weight, a->long_ns, b->weight, b->long_ns);
	*usual = fmax(*usual, fmin(a->short_ns, b->short_ns));
	*most = fmax(*most, *usual);
	return true;
}

const struct sl_calibration sl_usual_calibration = {
	.enter_ns = 10,
	.cut_ns = 9,
	.insn_ns = 0.4,
	.hash_ns = 400,
	.lru_ns = 500,
	.array_ns = 50,
};
/* What share_of_weight() comes to on hosts that were measured. */
#define USUAL_SHARE 0.1

/* Of the measured classes, what one costs of what its weight lets fear: their geometric mean. */
static double share_of_weight(const struct sl_calibration *c)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->n_points; i++) {
		const struct sl_cost_point *p = &c->points[i];

		if (!p->weight || p->short_ns <= 0)
			continue;
		sum += log(p->short_ns / (p->weight * c->insn_ns + 0.01));
		n++;
	}
	return n ? fmin(exp(sum / (double)n), 1) : USUAL_SHARE;
}

struct sl_cost_elem sl_cost_of(const struct sl_calibration *c, const struct sl_inst *in)
{
	double weight_ns = sl_cost_weight(in) * c->insn_ns, most = 0;
	struct sl_cost_elem e = {.measured = true};

	/* No code, or what every packet pays on its way in. */
	if (in->class->flags & (SL_C_IDLE | SL_C_INFO))
		return e;
	if (in->class->flags & SL_C_SOURCE) {
		e.usual_ns = e.dear_ns = e.bound_ns = c->enter_ns;
		return e;
	}
	/* The way out is measured with the way in. */
	if ((in->class->flags & SL_C_SINK) && !(in->class->flags & SL_C_TODEV)) {
		e.bound_ns = weight_ns;
		return e;
	}
	e.measured = measured(c, in, &e.usual_ns, &most);
	if (!e.measured)
		e.usual_ns = weight_ns * share_of_weight(c);
	if (in->class->spends)
		e.usual_ns = in->class->spends(in);
	e.dear_ns = fmax(fmax(e.usual_ns, most), 0) + tables_ns(c, in);
	e.bound_ns = fmax(weight_ns + tables_ns(c, in), e.dear_ns);
	return e;
}
