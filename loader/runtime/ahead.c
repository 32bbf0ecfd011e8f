// SPDX-License-Identifier: GPL-2.0-only
/* Compiling ahead of a change. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "loader/mem.h"
#include "loader/runtime/ahead.h"
#include "loader/runtime/carry.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/experiment.h"
#include "loader/runtime/node_int.h"
#include "loader/runtime/recut.h"
#include "loader/runtime/tenant_pins.h"

struct item {
	const struct sl_node_config *node;
	const struct sl_node_tenant *conf;
	/* By number of the try (recut.h); all of one device table. */
	struct sl_compile_opts tries[SL_RECUTS + 1];
	struct sl_device *devices;
	const struct sl_generation *before; /* what runs now, or NULL: only to be read */
	struct sl_platform_cost cost;
	struct node_memory memory;
};

struct sl_ahead {
	const char *root; /* of the pins */
	struct item *items;
	size_t n;
	bool frags;
};

/* ---- In the daemon ---------------------------------------------------------------------------*/

size_t sl_ahead_graphs(const struct sl_ahead *a)
{
	return a->n;
}

void sl_ahead_free(struct sl_ahead *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		free(a->items[i].devices);
	free(a->items);
	free(a);
}

static void sl_ahead_freep(struct sl_ahead **a)
{
	sl_ahead_free(*a);
}

static int add(struct sl_ahead *a, struct sl_node *n, const struct node_state *st,
	       const struct tenant_state *t, const struct sl_node_tenant *conf)
{
	const struct tenant_rt *rt = node_rt(n, conf->name);
	struct item *it = &a->items[a->n];

	it->node = st->config;
	it->conf = conf;
	it->cost = n->cost;
	it->before = rt ? rt->run : NULL;
	node_memory_for(n, conf, &it->memory);
	it->devices = calloc(SL_MAX_DEVS, sizeof(*it->devices));
	if (!it->devices)
		return -ENOMEM;
	a->n++;
	/* They differ in nothing else, and the kernel is asked about each device. */
	node_graph_options(n, st, t, conf, 0, it->devices, &it->tries[0]);
	for (int cut = 1; cut <= SL_RECUTS; cut++) {
		it->tries[cut] = it->tries[0];
		it->tries[cut].max_weight = sl_recut_weight(n->max_weight, cut);
	}
	return 0;
}

static struct sl_ahead *ahead_new(const struct sl_node *n, size_t items)
{
	struct sl_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->root = sl_platform_root(n->pf);
	a->frags = sl_platform_frags(n->pf);
	a->items = calloc(items + 1, sizeof(*a->items));
	if (a->items)
		return a;
	free(a);
	return NULL;
}

int sl_ahead_tenant(struct sl_node *n, const char *tenant, struct sl_ahead **out)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	SL_CLEANUP(sl_ahead_freep) struct sl_ahead *a = NULL;

	if (!t || !conf)
		return -ENOENT;
	a = ahead_new(n, 1);
	if (!a || add(a, n, &n->st, t, conf))
		return -ENOMEM;
	*out = TAKE_PTR(a);
	return 0;
}

int sl_ahead_config(struct sl_node *n, const struct sl_node_config *c, struct sl_ahead **out)
{
	/* The state as it will be, as far as compiling looks at it. */
	const struct node_state st = {.config = (struct sl_node_config *)c};
	SL_CLEANUP(sl_ahead_freep) struct sl_ahead *a = ahead_new(n, c->n_tenants);

	if (!a)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_tenants; i++) {
		const struct tenant_state t = {.head = node_links_head(n, &c->tenants[i])};

		if (c->tenants[i].graph && add(a, n, &st, &t, &c->tenants[i]))
			return -ENOMEM;
	}
	*out = TAKE_PTR(a);
	return 0;
}

/* ---- In the copy -----------------------------------------------------------------------------*/

struct trial {
	struct node_memory memory;
	const struct sl_ahead *ahead;
	const struct item *item;
	const struct sl_submission *submission;
	struct sl_loaded *before; /* the running graph's maps, opened anew; NULL: none */
	struct sl_loaded *loaded; /* what the last try made */
	int cut;
};

/* The copy has none of the daemon's descriptors: what runs is opened by its pins. */
static void open_before(struct trial *t)
{
	const struct sl_generation *g = t->item->before;
	_free_ char *dir =
		g ? sl_generation_dir(t->ahead->root, t->item->conf->name, g->number) : NULL;

	if (dir)
		sl_pins_read(g->compiled, dir, &t->before);
}

static int compile_cut(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	struct trial *t = arg;

	t->cut = cut;
	return sl_compile(t->submission, &t->item->tries[cut], d, out);
}

/* As sl_tenant_prepare() loads: with the maps that the running graph leaves to this one. */
static int load_cut(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	struct trial *t = arg;
	_free_ int *pages = calloc(c->layout->n_pages + 1, sizeof(*pages));
	_free_ int *tables = calloc(c->layout->n_tables + 1, sizeof(*tables));
	struct sl_class_choice choice;
	struct sl_load_opts lo = {.name = t->item->conf->name,
				  .frags = t->ahead->frags,
				  .pages = pages,
				  .tables = tables,
				  .memory = &t->memory.memory};
	struct sl_generation before = {0};
	int ret = sl_experiments_check(c, t->item->node, d);

	sl_class_choose(t->item->conf, t->item->node, &t->item->cost, c->bundle->dear_ns, &choice);
	lo.thread = choice.thread;

	if (ret)
		return ret;
	if (!pages || !tables)
		return -ENOMEM;
	if (getrandom(&lo.seed, sizeof(lo.seed), 0) != sizeof(lo.seed))
		return -EIO;
	if (t->before)
		before = (struct sl_generation){.compiled = t->item->before->compiled,
						.loaded = t->before};
	ret = sl_carry_plan(t->before ? &before : NULL, c, pages, tables, d);
	return ret ? ret : sl_load(c, &lo, d, &t->loaded);
}

static int compile(const struct sl_ahead *a, const struct item *it, const struct sl_submission *s,
		   int hand, struct sl_diags *d, struct json_object *stages)
{
	struct trial t = {.memory = it->memory, .ahead = a, .item = it, .submission = s};
	const struct sl_recut recut = {&t, compile_cut, load_cut, 0};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	int ret;

	open_before(&t);
	ret = node_memory_begin(&t.memory);
	ret = ret ? ret : sl_recut(&recut, d, &c);
	if (!ret)
		node_graph_stages(stages, &c->stages);
	/* If it cannot be sent, the daemon loads it: slower, and no worse. */
	if (!ret && hand >= 0)
		sl_hand_send(hand, it->conf->name, c, t.loaded, t.cut, sl_hand_mark(t.before));
	sl_loaded_free(t.loaded);
	sl_loaded_free(t.before);
	node_memory_end(&t.memory, !ret);
	return ret;
}

int sl_ahead_compile(const struct sl_ahead *a, const struct sl_submission *s, int hand,
		     struct sl_diags *d, struct json_object *stages)
{
	int first = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct sl_submission own = {0};
		int ret = s ? 0 : node_graph_read(a->items[i].conf, d, &own);

		ret = ret ? ret : compile(a, &a->items[i], s ? s : &own, hand, d, stages);
		sl_submission_free(&own);
		first = first ? first : ret;
	}
	return first;
}
