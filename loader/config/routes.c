// SPDX-License-Identifier: GPL-2.0-only
/* IPv4 route tables: reading, looking up, and the decision graph for a table. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/pattern.h"
#include "loader/config/routes.h"
#include "loader/mem.h"

void sl_routes_free(struct sl_routes *t)
{
	free(t->v);
	*t = (struct sl_routes){0};
}

#define _routes_ SL_CLEANUP(sl_routes_free)

const struct sl_param sl_routes_params[] = {
	SL_PARAM_X(
		"ROUTE", ARG, SL_P_POS | SL_P_REST, NULL,
		"ADDR/MASK [GATEWAY] OUTPUT; an address alone is ADDR/32, a gateway of '-' none"),
	SL_PARAMS_END,
};

static uint32_t mask_of(uint8_t len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

/* ---- Text ------------------------------------------------------------------------------------*/

/* "NAME/LEN" with a name from AddressInfo. */
static bool named_prefix(const char *text, const struct sl_program *p, const struct sl_elem *where,
			 struct sl_prefix4 *out)
{
	const char *slash = strchr(text, '/');
	_free_ char *whole = NULL;
	struct in_addr ip;
	uint32_t addr;
	char name[64], dotted[INET_ADDRSTRLEN];

	if (!slash || (size_t)(slash - text) >= sizeof(name))
		return false;
	memcpy(name, text, (size_t)(slash - text));
	name[slash - text] = '\0';
	if (sl_names_ip4(p, where, name, &addr))
		return false;
	ip.s_addr = addr;
	inet_ntop(AF_INET, &ip, dotted, sizeof(dotted));
	return asprintf(&whole, "%s%s", dotted, slash) >= 0 && sl_text_prefix4(whole, out);
}

static int parse_prefix(const char *text, const struct sl_program *p, const struct sl_elem *where,
			struct sl_route *out, const char **why)
{
	struct sl_prefix4 prefix = {.mask = UINT32_MAX};
	uint32_t mask;

	if (!sl_text_prefix4(text, &prefix) && !named_prefix(text, p, where, &prefix) &&
	    !sl_text_ip4(text, &prefix.addr)) {
		/* A name that has both is its address, unless it asks for the network:
		 * "name:ipnet". */
		bool asks = strchr(text, ':');

		if ((!asks || sl_names_prefix4(p, where, text, &prefix)) &&
		    sl_names_ip4(p, where, text, &prefix.addr) &&
		    sl_names_prefix4(p, where, text, &prefix)) {
			*why = "not a prefix ADDR/MASK";
			return -EINVAL;
		}
	}
	mask = ntohl(prefix.mask);
	out->len = (uint8_t)__builtin_popcount(mask);
	if (mask != mask_of(out->len)) {
		*why = "the mask has gaps: longest-prefix routes take contiguous masks only";
		return -EINVAL;
	}
	out->addr = ntohl(prefix.addr) & mask;
	return 0;
}

/* Gateway and output: the words behind the prefix. */
static int parse_rest(char **words, int n, bool removing, const struct sl_program *p,
		      const struct sl_elem *where, struct sl_route *out, const char **why,
		      int *word)
{
	int at = 0;
	bool negative, gateway = false;
	uint64_t port;

	out->gw = 0;
	out->port = -1;
	if (n > at && !strcmp(words[at], "-"))
		gateway = true;
	else if (n > at &&
		 (sl_text_ip4(words[at], &out->gw) || !sl_names_ip4(p, where, words[at], &out->gw)))
		gateway = true;
	at += gateway;
	*word = at + 1;
	if (n > at + 1) {
		*why = gateway ? "too many words: expected ADDR/MASK [GATEWAY] OUTPUT"
			       : "not a gateway address";
		*word = gateway ? at + 2 : at + 1;
		return -EINVAL;
	}
	if (n == at) {
		*why = "output missing: expected ADDR/MASK [GATEWAY] OUTPUT";
		return removing ? 0 : -EINVAL;
	}
	if (!sl_text_int(words[at], &negative, &port) || negative || port > INT32_MAX) {
		*why = "not an output";
		return -EINVAL;
	}
	out->port = (int)port;
	return 0;
}

int sl_route_parse(const char *text, bool removing, const struct sl_program *p,
		   const struct sl_elem *where, struct sl_route *out, const char **why, int *word)
{
	char *words[5] = {NULL};
	struct sl_route r;
	int n = 0, ret;

	while (n < 5 && *text) {
		words[n] = sl_next_word(&text);
		if (!words[n])
			break;
		n++;
	}
	*word = 0;
	*why = "empty route";
	ret = n ? parse_prefix(words[0], p, where, &r, why) : -EINVAL;
	if (!ret)
		ret = parse_rest(words + 1, n - 1, removing, p, where, &r, why, word);
	if (!ret)
		*out = r;
	for (int i = 0; i < n; i++)
		free(words[i]);
	return ret;
}

void sl_route_print(const struct sl_route *r, bool tabs, FILE *out)
{
	char gw[INET_ADDRSTRLEN] = "-";
	char tab = tabs ? '\t' : ' ';
	int len;

	if (r->gw)
		inet_ntop(AF_INET, &r->gw, gw, sizeof(gw));
	len = fprintf(out, "%u.%u.%u.%u/%u%c", r->addr >> 24, r->addr >> 16 & 255,
		      r->addr >> 8 & 255, r->addr & 255, r->len, tab);
	if (tabs && len < 17)
		fputc('\t', out);
	len = fprintf(out, "%s%c", gw, tab);
	if (tabs && len < 9)
		fputc('\t', out);
	fprintf(out, "%d", r->port);
}

/* ---- Tables ----------------------------------------------------------------------------------*/

struct sl_route *sl_routes_find(const struct sl_routes *t, uint32_t addr, uint8_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].addr == addr && t->v[i].len == len)
			return &t->v[i];
	return NULL;
}

const struct sl_route *sl_routes_lookup(const struct sl_routes *t, uint32_t addr)
{
	const struct sl_route *best = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (!((t->v[i].addr ^ addr) & mask_of(t->v[i].len)) &&
		    (!best || t->v[i].len > best->len))
			best = &t->v[i];
	return best;
}

static int by_prefix(const void *a, const void *b)
{
	const struct sl_route *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (int)x->len - (int)y->len;
}

static uint32_t last_of(const struct sl_route *r)
{
	return r->addr | ~mask_of(r->len);
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
	_free_ struct sl_route *sorted = malloc((t->n + 1) * sizeof(*sorted));
	const struct sl_route *open[33];
	int depth = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		sorted[i] = t->v[i];
	qsort(sorted, t->n, sizeof(*sorted), by_prefix);
	for (size_t i = 0; i <= t->n; i++) {
		while (depth && (i == t->n || last_of(open[depth - 1]) < sorted[i].addr)) {
			cut(c, last_of(open[depth - 1]), action[open[depth - 1]->port]);
			depth--;
		}
		if (i == t->n)
			break;
		if (sorted[i].addr)
			cut(c, sorted[i].addr - 1ull, depth ? action[open[depth - 1]->port] : none);
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
	struct sl_route r, *have;
	const char *why;
	int word, ret;
	struct sl_arg at;

	ret = sl_route_parse(arg->text, false, cf->program, cf->inst->elem, &r, &why, &word);
	at = word_place(arg, word);
	if (ret == -EINVAL)
		sl_diag_hint(sl_conf_error(cf, &at, "bad-route", "'%s': %s", arg->text, why),
			     "write ADDR/MASK [GATEWAY] OUTPUT, as in 10.0.0.0/8 192.0.2.1 0");
	if (ret)
		return ret;
	if ((unsigned int)r.port >= n_out) {
		sl_diag_hint(sl_conf_error(cf, &at, "bad-route", "'%s': there is no output %d",
					   arg->text, r.port),
			     n_out ? "this element has outputs 0 to %u" : "connect its outputs",
			     n_out - 1);
		return -EINVAL;
	}
	have = sl_routes_find(t, r.addr, r.len);
	if (have) {
		at = word_place(arg, 0);
		sl_diag_hint(sl_diag_element(sl_warn(cf->diags, at.pos, "double-route",
						     "there is a route for this prefix already"),
					     cf->inst->elem->name),
			     "the first one counts: remove one of them");
		return 0;
	}
	if (SL_GROW(t->v, t->n, t->cap))
		return -ENOMEM;
	t->v[t->n++] = r;
	return 0;
}

/* Number of the action for a route's gateway and output, made if it is new. */
static uint32_t action_of(struct sl_dec_action *actions, size_t *n, const struct sl_route *r)
{
	for (size_t i = 1; i < *n; i++)
		if (actions[i].port == (uint32_t)r->port && actions[i].dst == r->gw)
			return (uint32_t)i;
	actions[*n] =
		(struct sl_dec_action){.port = (uint32_t)r->port, .set_dst = r->gw, .dst = r->gw};
	return (uint32_t)(*n)++;
}

static int compile(struct sl_conf *cf, struct sl_routes *t)
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
	/* From here on, `port` of a route is the number of its action. */
	for (size_t i = 0; i < t->n; i++) {
		action[i] = SL_DEC_END | action_of(actions, &n, &t->v[i]);
		t->v[i].port = (int)i;
	}
	if (cut_table(t, action, SL_DEC_END | 0, &c))
		return -ENOMEM;
	field = sl_dec_field(&d, (struct sl_dec_field){.base = SL_DB_DST, .width = 32});
	return sl_decider_set(cf, &d, sl_dec_node(&d, field, cases, c.n), actions, n);
}

int sl_routes_configure(struct sl_conf *cf)
{
	_routes_ struct sl_routes t = {0};
	int ret = 0;

	for (size_t i = 0; i < cf->n_rest && ret != -ENOMEM; i++) {
		int one = read_route(cf, cf->rest[i], &t);

		ret = one ? one : ret;
	}
	if (!ret && t.n > SL_ROUTES_MAX) {
		sl_diag_hint(sl_conf_error(cf, cf->rest[SL_ROUTES_MAX], "too-many-routes",
					   "%zu routes: at most %d are compiled into a program",
					   t.n, SL_ROUTES_MAX),
			     "join neighbouring prefixes with the same gateway and output");
		return -EINVAL;
	}
	return ret ? ret : compile(cf, &t);
}
