// SPDX-License-Identifier: GPL-2.0-only
/* Decision graphs where it is known what packets come in. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/decided.h"
#include "loader/mem.h"

bool sl_is_decider(const struct sl_inst *in)
{
	return in->class->emit == sl_decider_emit && in->priv;
}

uint32_t sl_dec_tests(const struct sl_dec *d)
{
	uint32_t n = 0;

	for (size_t i = 0; i < d->n_nodes; i++)
		n += !d->fields[d->nodes[i].field].len;
	return n;
}

void sl_decided_free(struct sl_decided *x)
{
	if (!x)
		return;
	sl_dec_free(&x->graph);
	free(x);
}

/* ---- Facts and fields ------------------------------------------------------------------------*/

/* Where a base is, from the packet's start; SL_ANY, SL_UNSET. */
static uint32_t place_of(const struct sl_facts *f, uint8_t base)
{
	switch (base) {
	case SL_DB_WINDOW:
		return f->off;
	case SL_DB_MAC:
		return f->mac;
	case SL_DB_NET:
		return f->nh;
	case SL_DB_TRANSPORT:
		return f->th;
	default:
		return SL_ANY;
	}
}

/* Where a field's bits are from the packet's start. Its base is fixed. */
static uint32_t bit_of(const struct sl_facts *f, const struct sl_dec_field *g)
{
	return 8 * (place_of(f, g->base) + g->word) + 32 - g->shift - g->width;
}

static bool placed(const struct sl_facts *f, const struct sl_dec_field *g)
{
	uint32_t at = place_of(f, g->base);

	return sl_facts_fixed(at) && at <= SL_OFF_MASK && g->word <= SL_OFF_MASK;
}

static uint32_t bytes_there(const struct sl_facts *f, uint8_t base)
{
	uint32_t at = place_of(f, base);

	return sl_facts_fixed(at) && at < f->known ? f->known - at : 0;
}

/* What is known of the fields of a graph. Lengths come last, as they are needed for longest. */
static struct sl_dec_known known_at(const struct sl_dec *d, const struct sl_facts *f)
{
	struct sl_dec_known k = {.reached = true};

	for (uint32_t i = 0; i < d->n_fields; i++) {
		const struct sl_dec_field *g = &d->fields[i];
		struct sl_ranges in;

		if (g->len || !placed(f, g))
			continue;
		in = sl_facts_of_bits(f, bit_of(f, g), g->width);
		if (in.r[0].lo == 0 && in.r[0].hi == sl_dec_field_max(g))
			continue;
		sl_dec_narrow(&k, i, in.r[0].lo, in.r[in.n - 1].hi);
		k.f[k.n - 1].in = in;
	}
	for (uint32_t i = 0; i < d->n_fields; i++) {
		const struct sl_dec_field *g = &d->fields[i];

		if (!g->len)
			continue;
		if (place_of(f, g->base) == SL_UNSET)
			sl_dec_narrow(&k, i, 0, 0);
		else if (bytes_there(f, g->base))
			sl_dec_narrow(&k, i, bytes_there(f, g->base), UINT32_MAX);
	}
	return k;
}

/* Adds to `f` what is known of a graph's fields. */
static void learn(const struct sl_dec *d, const struct sl_dec_known *k, struct sl_facts *f)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const struct sl_dec_field *g = &d->fields[k->f[i].field];
		const struct sl_ranges *in = &k->f[i].in;

		if (!placed(f, g))
			continue;
		if (g->len)
			sl_facts_read(f, place_of(f, g->base), in->r[0].lo);
		else
			sl_facts_bits(f, bit_of(f, g), g->width, in);
	}
}

/* ---- Deciding --------------------------------------------------------------------------------*/

static int behind_outputs(const struct sl_inst *in, const struct sl_dec *d,
			  struct sl_dec_known *ends, const struct sl_facts *f,
			  struct sl_facts *behind, bool *taken)
{
	const struct sl_decider *dr = in->priv;

	for (uint32_t o = 0; o < in->elem->n_out; o++) {
		struct sl_dec_known *all = NULL;

		for (size_t a = 0; a < dr->n_actions; a++) {
			if (dr->actions[a].kill || dr->actions[a].port != o || !ends[a].reached)
				continue;
			if (all)
				sl_dec_known_join(d, all, &ends[a]);
			else
				all = &ends[a];
		}
		behind[o] = *f;
		taken[o] = all;
		if (all)
			learn(d, all, &behind[o]);
	}
	return 0;
}

int sl_decider_under(const struct sl_inst *in, const struct sl_facts *f, struct sl_facts *behind,
		     bool *taken, struct sl_decided **out)
{
	const struct sl_decider *dr = in->priv;
	SL_CLEANUP(sl_decided_freep) struct sl_decided *x = calloc(1, sizeof(*x));
	_free_ struct sl_dec_known *ends = calloc(dr->n_actions + 1, sizeof(*ends));
	struct sl_dec_known known = known_at(&dr->graph, f);
	int ret;

	if (!x || !ends)
		return -ENOMEM;
	ret = sl_dec_copy(&dr->graph, &x->graph);
	if (!ret)
		ret = sl_dec_thread_under(&x->graph, &known, ends, dr->n_actions);
	if (!ret)
		ret = behind_outputs(in, &dr->graph, ends, f, behind, taken);
	if (!ret)
		ret = sl_dec_cluster(&x->graph);
	if (ret)
		return ret;
	*out = NULL;
	if (sl_dec_tests(&x->graph) == sl_dec_tests(&dr->graph) &&
	    x->graph.n_cases >= dr->graph.n_cases)
		return 0;
	x->known = *f;
	for (uint8_t base = 0; base < SL_DB_MAX; base++)
		x->there[base] = bytes_there(f, base);
	*out = TAKE_PTR(x);
	return 0;
}

int sl_decided_emit(const struct sl_inst *in, const struct sl_decided *x, const char *prefix,
		    FILE *out)
{
	return sl_decider_write(in, &x->graph, x->there, prefix, out);
}
