// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lookup elements are made of: small tables are a decision graph, which becomes code; larger
 * ones, and such that have been changed, are in maps (loader/lpm).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/decision_emit.h"
#include "loader/config/pattern.h"
#include "loader/config/routes.h"
#include "loader/mem.h"

#define _routes_ SL_CLEANUP(sl_routes_free)

#define ROUTE_PARAM                                                                                \
	SL_PARAM_X(                                                                                \
		"ROUTE", ARG, SL_P_POS | SL_P_REST, NULL,                                          \
		"ADDR/MASK [GATEWAY] OUTPUT; an address alone is ADDR/32, a gateway of '-' none")

const struct sl_param sl_static_routes_params[] = {
	ROUTE_PARAM,
	SL_PARAMS_END,
};

const struct sl_param sl_routes_params[] = {
	ROUTE_PARAM,
	SL_PARAM_X("MAP", BOOL, 0, "false",
		   "keep the routes in a map even if they are few: all changes act at once"),
	SL_PARAMS_END,
};

/* IPv6 routes are in a map always. */
const struct sl_param sl_routes6_params[] = {
	SL_PARAM_X("ROUTE", ARG, SL_P_POS | SL_P_REST, NULL,
		   "ADDR/MASK [GATEWAY] OUTPUT; an address alone is ADDR/128, a gateway of '::' or "
		   "'-' none"),
	SL_PARAMS_END,
};

const struct sl_table sl_routes_tables[] = {
	{.name = "routes",
	 .type = SL_TABLE_ROUTES,
	 .key_size = SL_LPM_IP4,
	 .value_size = 4,
	 .entries = 1},
	{.name = "wide",
	 .type = SL_TABLE_WIDE,
	 .key_size = SL_LPM_IP4,
	 .value_size = 4,
	 .entries = 1},
	{.name = NULL},
};

const struct sl_table sl_routes6_tables[] = {
	{.name = "routes",
	 .type = SL_TABLE_ROUTES,
	 .key_size = SL_LPM_IP6,
	 .value_size = 4,
	 .entries = 1},
	{.name = NULL},
};

enum sl_lpm_family sl_routes_family(const struct sl_inst *in)
{
	return in->class->tables->key_size;
}

/* ---- The decision graph ----------------------------------------------------------------------*/

static int by_prefix(const void *a, const void *b)
{
	const struct sl_lpm_route *x = a, *y = b;
	int d = memcmp(x->addr, y->addr, sizeof(x->addr));

	return d ? d : (int)x->len - (int)y->len;
}

/* The first four bytes of an address or gateway. */
static uint32_t word_of(const uint8_t *addr)
{
	uint32_t word;

	memcpy(&word, addr, 4);
	return word;
}

static uint32_t first_of(const struct sl_lpm_route *r)
{
	return ntohl(word_of(r->addr));
}

static uint32_t last_of(const struct sl_lpm_route *r)
{
	return first_of(r) | (uint32_t)((1ull << (32 - r->len)) - 1);
}

/* A table being cut into ranges without overlaps. */
struct cutter {
	struct sl_dec_case *cases;
	size_t n;
	uint64_t from; /* values below are done */
};

/* Values up to `hi` go to `to`. */
static void cut(struct cutter *c, uint64_t hi, sl_dec_ref to)
{
	if (c->from > hi)
		return;
	c->cases[c->n++] = (struct sl_dec_case){(uint32_t)hi, to};
	c->from = hi + 1;
}

/*
 * Ranges of addresses by the route they take. Routes are taken by address, wider ones first, so
 * that those a route lies in are on the stack when it comes: at most one a length.
 */
static int cut_table(const struct sl_routes *t, const sl_dec_ref *action, sl_dec_ref none,
		     struct cutter *c)
{
	/* `port` of these is their number in the table. */
	_free_ struct sl_lpm_route *sorted = malloc((t->n + 1) * sizeof(*sorted));
	const struct sl_lpm_route *open[33];
	int depth = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++) {
		sorted[i] = t->v[i];
		sorted[i].port = (uint32_t)i;
	}
	qsort(sorted, t->n, sizeof(*sorted), by_prefix);
	for (size_t i = 0; i <= t->n; i++) {
		while (depth && (i == t->n || last_of(open[depth - 1]) < first_of(&sorted[i]))) {
			cut(c, last_of(open[depth - 1]), action[open[depth - 1]->port]);
			depth--;
		}
		if (i == t->n)
			break;
		if (first_of(&sorted[i]))
			cut(c, first_of(&sorted[i]) - 1ull,
			    depth ? action[open[depth - 1]->port] : none);
		open[depth++] = &sorted[i];
	}
	cut(c, UINT32_MAX, none);
	return 0;
}

/* ---- Configuration ---------------------------------------------------------------------------*/

/* Place of word `n` of an argument (-1: its beginning). */
static struct sl_arg word_place(const struct sl_arg *arg, int n)
{
	size_t off = 0;

	while (n-- > 0 && arg->text[off]) {
		off += strcspn(arg->text + off, " \t\r\n");
		off += strspn(arg->text + off, " \t\r\n");
	}
	return sl_arg_at(arg, off);
}

static int read_route(struct sl_conf *cf, const struct sl_arg *arg, struct sl_routes *t)
{
	unsigned int n_out = cf->inst->elem->n_out;
	enum sl_lpm_family family = sl_routes_family(cf->inst);
	struct sl_lpm_route r;
	const char *why;
	int word, ret;
	struct sl_arg at;

	ret = sl_route_parse(family, arg->text, false, cf->program, cf->inst->elem, &r, &why,
			     &word);
	at = word_place(arg, word);
	if (ret == -EINVAL)
		sl_diag_hint(sl_conf_error(cf, &at, "bad-route", "'%s': %s", arg->text, why),
			     "write ADDR/MASK [GATEWAY] OUTPUT, as in %s",
			     family == SL_LPM_IP4 ? "10.0.0.0/8 192.0.2.1 0"
						  : "2001:db8::/32 fe80::1 0");
	if (ret)
		return ret;
	if (r.port >= n_out) {
		sl_diag_hint(sl_conf_error(cf, &at, "bad-route",
					   "'%s': there is no output %" PRIu32, arg->text, r.port),
			     n_out ? "this element has outputs 0 to %u" : "connect its outputs",
			     n_out - 1);
		return -EINVAL;
	}
	if (SL_GROW(t->v, t->n, t->cap))
		return -ENOMEM;
	t->v[t->n++] = r;
	return 0;
}

/* Number of the action for a route's gateway and output, made if it is new. */
static uint32_t action_of(struct sl_dec_action *actions, size_t *n, const struct sl_lpm_route *r)
{
	uint32_t gw = word_of(r->gw);

	for (size_t i = 1; i < *n; i++)
		if (actions[i].port == r->port && actions[i].dst == gw)
			return (uint32_t)i;
	actions[*n] = (struct sl_dec_action){.port = r->port, .set_dst = gw, .dst = gw};
	return (uint32_t)(*n)++;
}

static int compile(struct sl_conf *cf, const struct sl_routes *t)
{
	_free_ struct sl_dec_action *actions = calloc(t->n + 1, sizeof(*actions));
	_free_ sl_dec_ref *action = calloc(t->n + 1, sizeof(*action));
	_free_ struct sl_dec_case *cases = calloc(2 * t->n + 2, sizeof(*cases));
	struct cutter c = {.cases = cases};
	struct sl_dec d = {0};
	size_t n = 1;
	uint32_t field;

	if (!actions || !action || !cases)
		return -ENOMEM;
	actions[0] = (struct sl_dec_action){.kill = true, .reason = "NOROUTE"};
	for (size_t i = 0; i < t->n; i++)
		action[i] = SL_DEC_END | action_of(actions, &n, &t->v[i]);
	if (cut_table(t, action, SL_DEC_END | 0, &c))
		return -ENOMEM;
	field = sl_dec_field(&d, (struct sl_dec_field){.base = SL_DB_DST, .width = 32});
	return sl_decider_set(cf, &d, sl_dec_node(&d, field, cases, c.n), actions, n);
}

/* Routes by prefix, those given first first. */
static int by_prefix_and_place(const void *a, const void *b)
{
	const struct sl_lpm_route *x = *(const struct sl_lpm_route *const *)a;
	const struct sl_lpm_route *y = *(const struct sl_lpm_route *const *)b;
	int d = by_prefix(x, y);

	return d ? d : x < y ? -1 : 1;
}

/* Takes out all routes for a prefix but one: of Click's elements, those for IPv4 keep the first,
 * and that for IPv6 the last. `args` are the routes' arguments. */
static int take_one(struct sl_conf *cf, struct sl_routes *t, const struct sl_arg **args)
{
	_free_ const struct sl_lpm_route **sorted = calloc(t->n + 1, sizeof(*sorted));
	_free_ bool *again = calloc(t->n + 1, sizeof(*again));
	bool last = sl_routes_family(cf->inst) == SL_LPM_IP6;
	size_t n = 0;

	if (!sorted || !again)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		sorted[i] = &t->v[i];
	qsort(sorted, t->n, sizeof(*sorted), by_prefix_and_place);
	for (size_t i = 1; i < t->n; i++)
		if (!by_prefix(sorted[i - 1], sorted[i]))
			again[sorted[last ? i - 1 : i] - t->v] = true;
	for (size_t i = 0; i < t->n; i++) {
		struct sl_arg at;

		if (!again[i]) {
			t->v[n++] = t->v[i];
			continue;
		}
		at = word_place(args[i], 0);
		sl_diag_hint(
			sl_diag_element(sl_warn(cf->diags, at.pos, "double-route",
						last ? "there is another route for this prefix"
						     : "there is a route for this prefix already"),
					cf->inst->elem->name),
			"the %s one counts: remove one of them", last ? "last" : "first");
	}
	t->n = n;
	return 0;
}

int sl_routes_configure(struct sl_conf *cf)
{
	struct sl_routes_inst *x = calloc(1, sizeof(*x));
	uint8_t map = 0;
	int ret = 0;

	if (!x)
		return -ENOMEM;
	for (size_t i = 0; i < cf->n_rest && ret != -ENOMEM; i++) {
		int one = read_route(cf, cf->rest[i], &x->t);

		ret = one ? one : ret;
	}
	ret = ret ? ret : take_one(cf, &x->t, cf->rest);
	if (sl_inst_param(cf->inst, "MAP", &map))
		map = 0;
	if (!ret && !map && sl_routes_family(cf->inst) == SL_LPM_IP4 &&
	    x->t.n <= SL_ROUTES_CODE_MAX) {
		ret = compile(cf, &x->t);
		x->code = cf->inst->priv;
	}
	cf->inst->priv = x;
	return ret;
}

/* ---- Descriptors -----------------------------------------------------------------------------*/

int sl_routes_emit(const struct sl_inst *in, FILE *out)
{
	const struct sl_routes_inst *x = in->priv;
	char prefix[24];
	int ret = 0;

	if (sl_routes_family(in) == SL_LPM_IP6) {
		fprintf(out,
			"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, void *table)\n{\n"
			"\treturn sl_lookup_ip6(p, table, %u);\n}\n",
			in->index, in->elem->n_out);
		return 0;
	}
	snprintf(prefix, sizeof(prefix), "e%" PRIu32 "_code", in->index);
	if (x->code)
		ret = sl_dec_emit(&x->code->graph, x->code->actions, NULL, prefix, out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, void *table, void *wide)\n{\n",
		in->index);
	if (x->code)
		fprintf(out, "\t(void)table;\n\t(void)wide;\n\treturn %s_run(p);\n}\n", prefix);
	else
		fprintf(out, "\treturn sl_lookup_ip(p, table, wide, %u);\n}\n", in->elem->n_out);
	return ret;
}

int sl_routes_begin(const struct sl_inst *in, struct sl_lpm_route **routes, uint32_t *n)
{
	const struct sl_routes_inst *x = in->priv;

	if (x->code || !x->t.n)
		return 0;
	*routes = calloc(x->t.n, sizeof(**routes));
	if (!*routes)
		return -ENOMEM;
	memcpy(*routes, x->t.v, x->t.n * sizeof(**routes));
	*n = (uint32_t)x->t.n;
	return 0;
}

void sl_routes_release(struct sl_inst *in)
{
	struct sl_routes_inst *x = in->priv;

	if (!x)
		return;
	in->priv = x->code;
	sl_decider_release(in);
	sl_routes_free(&x->t);
	free(x);
	in->priv = NULL;
}

bool sl_routes_reaches(const struct sl_inst *in, uint32_t out)
{
	const struct sl_routes_inst *x = in->priv;

	for (size_t i = 0; i < x->t.n; i++)
		if (x->t.v[i].port == out)
			return true;
	return false;
}
