// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements that are alike: of one class, with the same ports and the same code but for values.
 * Where packets come seldom they share it, and a router's sixty-four ICMPErrors are compiled and
 * verified as one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/plan/plan_int.h"

/* So many elements of a block have room in sl_saved.at; no graph comes near. */
#define BLOCK_MAX 32768

struct candidate {
	const struct planner *pl;
	uint32_t elem;
	char *text; /* what the class writes for this instance, NULL: nothing */
};

static const struct sl_class *class(const struct candidate *c)
{
	return plan_class(c->pl, c->elem);
}

/* Under a number that is the same for all. */
static int read_text(struct candidate *c)
{
	struct sl_inst in = c->pl->prog->insts[c->elem];
	size_t len = 0;
	FILE *f;
	int ret;

	if (!in.class->emit)
		return 0;
	f = open_memstream(&c->text, &len);
	if (!f)
		return -ENOMEM;
	in.index = 0;
	ret = in.class->emit(&in, f);
	return fclose(f) ? -ENOMEM : ret;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_confs(const struct sl_class *c, const uint8_t *x, const uint8_t *y)
{
	int ret = 0;

	for (const struct sl_field *f = c->conf; f && f->name && !ret; f++)
		if (!f->value)
			ret = memcmp(x + f->offset, y + f->offset, sl_field_size(f));
	return ret;
}

/* 0: alike. */
static int compare(const struct candidate *a, const struct candidate *b)
{
	const struct sl_plan_elem *x = &a->pl->plan->elems[a->elem];
	const struct sl_plan_elem *y = &b->pl->plan->elems[b->elem];
	const struct sl_inst *insts = a->pl->prog->insts;
	int ret = strcmp(class(a)->base, class(b)->base);

	if (!ret && class(a) != class(b))
		ret = class(a) < class(b) ? -1 : 1;
	if (!ret && (insts[a->elem].n_uses || insts[b->elem].n_uses))
		ret = compare_numbers(a->elem, b->elem);
	/* What looks at copies in line has code of others in it. */
	if (!ret && (x->looks || y->looks))
		ret = compare_numbers(a->elem, b->elem);
	ret = ret ? ret : compare_numbers(x->n_out, y->n_out);
	ret = ret ? ret
		  : compare_numbers(plan_elem(a->pl, a->elem)->n_in,
				    plan_elem(b->pl, b->elem)->n_in);
	ret = ret ? ret : compare_numbers(x->copy >= 0, y->copy >= 0);
	ret = ret ? ret : compare_confs(class(a), insts[a->elem].conf, insts[b->elem].conf);
	return ret || !a->text ? ret : strcmp(a->text, b->text);
}

static int by_likeness(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	const struct sl_plan_elem *elems = x->pl->plan->elems;
	int ret = compare(x, y);

	return ret ? ret : compare_numbers(elems[x->elem].order, elems[y->elem].order);
}

static int add_block(struct sl_plan *plan, const struct candidate *c, size_t n)
{
	struct sl_plan_block *b;

	if (SL_GROW(plan->blocks, plan->n_blocks, plan->cap_blocks))
		return -ENOMEM;
	b = &plan->blocks[plan->n_blocks++];
	*b = (struct sl_plan_block){.elems = calloc(n, sizeof(*b->elems))};
	if (!b->elems)
		return -ENOMEM;
	for (; b->n < n; b->n++)
		b->elems[b->n] = c[b->n].elem;
	b->order = plan->elems[b->elems[0]].order;
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const struct sl_plan_block *x = a, *y = b;

	return compare_numbers(x->order, y->order);
}

static int group(struct sl_plan *plan, struct candidate *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_likeness);
	for (size_t first = 0, k = 1; first < n; k++) {
		if (k < n && k - first < BLOCK_MAX && !compare(&list[first], &list[k]))
			continue;
		if (add_block(plan, &list[first], k - first))
			return -ENOMEM;
		first = k;
	}
	qsort(plan->blocks, plan->n_blocks, sizeof(*plan->blocks), by_order);
	for (uint32_t b = 0; b < plan->n_blocks; b++) {
		for (uint32_t k = 0; k < plan->blocks[b].n; k++) {
			struct sl_plan_elem *pe = &plan->elems[plan->blocks[b].elems[k]];

			pe->block = b;
			pe->at = k;
		}
	}
	return 0;
}

int plan_blocks(struct planner *pl, const bool *shared)
{
	struct sl_plan *plan = pl->plan;
	_free_ struct candidate *list = calloc(plan->n_order + 1, sizeof(*list));
	size_t n = 0;
	int ret = 0;

	if (!list)
		return -ENOMEM;
	for (size_t k = 0; k < plan->n_order && !ret; k++) {
		if (!shared[plan->order[k]])
			continue;
		list[n] = (struct candidate){.pl = pl, .elem = plan->order[k]};
		ret = read_text(&list[n++]);
	}
	if (!ret && n)
		ret = group(plan, list, n);
	for (size_t k = 0; k < n; k++)
		free(list[k].text);
	return ret;
}
