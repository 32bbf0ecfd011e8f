// SPDX-License-Identifier: GPL-2.0-only
/* Decision graphs as C: what must be known of nodes before they are written. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/decision_emit.h"
#include "loader/mem.h"

static int find_parents(struct sl_dec_emitter *e)
{
	const struct sl_dec *d = e->d;

	e->parents = calloc(d->n_nodes + 1, sizeof(*e->parents));
	e->absorbed = calloc(d->n_nodes + 1, 1);
	if (!e->parents || !e->absorbed)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++) {
		const struct sl_dec_case *c = cases_of(e, e->list[i]);

		for (uint32_t j = 0; j < d->nodes[e->list[i]].n; j++) {
			bool again = c[j].to & SL_DEC_END;

			for (uint32_t k = 0; k < j && !again; k++)
				again = c[k].to == c[j].to;
			if (!again)
				e->parents[c[j].to]++;
		}
	}
	return 0;
}

/* Numbers the words fields lie in. Returns how many there are. */
static size_t number_words(const struct sl_dec *d, uint32_t *number)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_fields; i++) {
		const struct sl_dec_field *f = &d->fields[i], *g = d->fields;

		while (g != f && (g->len || g->base != f->base || g->word != f->word))
			g++;
		number[i] = g == f ? (uint32_t)n++ : number[g - d->fields];
	}
	return n;
}

/* Fills `again`, from the bottom: which bits of which words are looked at from each node on. */
static int find_again(struct sl_dec_emitter *e)
{
	const struct sl_dec *d = e->d;
	_free_ uint32_t *number = calloc(d->n_fields + 1, sizeof(*number));
	_free_ uint32_t *bits = NULL;
	size_t row;

	e->again = calloc(d->n_nodes + 1, 1);
	if (!number || !e->again)
		return -ENOMEM;
	row = number_words(d, number);
	bits = calloc((d->n_nodes + 1) * row + 1, sizeof(*bits));
	if (!bits)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++) {
		uint32_t node = e->list[i], mask, *own = bits + node * row;
		const struct sl_dec_field *f = field_of(e, node);

		for (uint32_t j = 0; j < d->nodes[node].n; j++) {
			sl_dec_ref to = cases_of(e, node)[j].to;

			for (size_t k = 0; !(to & SL_DEC_END) && k < row; k++)
				own[k] |= bits[to * row + k];
		}
		if (f->len)
			continue;
		mask = word_bits(f, sl_dec_field_max(f));
		own += number[d->nodes[node].field];
		e->again[node] = (*own & mask) != 0;
		*own |= mask;
	}
	return 0;
}

int sl_dec_learn(struct sl_dec_emitter *e)
{
	int ret = find_parents(e);

	return ret ? ret : find_again(e);
}
