// SPDX-License-Identifier: GPL-2.0-only
/* Route tables: the decision graph of random tables against a plain search, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/config/routes.h"
#include "loader/mem.h"
#include "tests/config/filter_oracle.h"

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed ^ seed >> 15) * n) >> 32) % n;
}

static uint32_t rnd32(void)
{
	return rnd(0x10000) << 16 | rnd(0x10000);
}

/* An element with routes for arguments. */
struct fixture {
	struct sl_elem elem;
	struct sl_inst inst;
	struct sl_diags diags;
	struct sl_program program;
	struct sl_conf cf;
	struct sl_arg *args;
	const struct sl_arg **rest;
};

static void fixture_init(struct fixture *x, char **routes, size_t n, unsigned int n_out)
{
	*x = (struct fixture){.elem = {.name = "rt", .n_out = n_out}};
	x->inst.elem = &x->elem;
	x->inst.class = sl_class_find("StaticIPLookup");
	x->args = calloc(n + 1, sizeof(*x->args));
	x->rest = calloc(n + 1, sizeof(*x->rest));
	assert_true(x->args && x->rest);
	for (size_t i = 0; i < n; i++) {
		x->args[i] = (struct sl_arg){routes[i], {"r.click", (unsigned int)i + 1, 1}};
		x->rest[i] = &x->args[i];
	}
	x->elem.args = x->args;
	x->elem.n_args = n;
	x->cf = (struct sl_conf){.inst = &x->inst,
				 .program = &x->program,
				 .diags = &x->diags,
				 .rest = x->rest,
				 .n_rest = n};
}

static void fixture_free(struct fixture *x)
{
	sl_routes_release(&x->inst);
	sl_diags_free(&x->diags);
	free(x->args);
	free(x->rest);
}

static uint32_t mask_of(unsigned int len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

/* What becomes of a packet for `addr`: gateway and output, -1 for none. */
static int decide(const struct fixture *x, uint32_t addr, uint32_t *gw)
{
	const struct sl_decider *dr = ((const struct sl_routes_inst *)x->inst.priv)->code;
	struct view v = {.dst = addr};
	bool fault = false;
	unsigned int steps;
	const struct sl_dec_action *a = &dr->actions[walk_graph(&dr->graph, &v, &steps, &fault)];

	assert_false(fault);
	assert_true(steps <= 1);
	*gw = a->set_dst ? a->dst : 0;
	return a->kill ? -1 : (int)a->port;
}

struct route {
	uint32_t addr, gw; /* host and network order */
	uint8_t len;
	int port;
};

static void try_table(size_t n)
{
	struct route *r = calloc(n + 1, sizeof(*r));
	char **text = calloc(n + 1, sizeof(*text));
	struct fixture x;

	assert_true(r && text);
	for (size_t i = 0; i < n; i++) {
		static const uint8_t lens[] = {0, 1, 8, 15, 16, 23, 24, 24, 31, 32};
		uint32_t near = i && rnd(3) ? r[rnd((uint32_t)i)].addr : rnd32();

		r[i].len = lens[rnd(10)];
		r[i].addr = (near ^ (rnd(2) ? rnd(512) : 0)) & mask_of(r[i].len);
		r[i].gw = rnd(2) ? htonl(0x0a000001 + rnd(5)) : 0;
		r[i].port = (int)rnd(4);
		assert_true(asprintf(&text[i], "%u.%u.%u.%u/%u %s %d", r[i].addr >> 24,
				     r[i].addr >> 16 & 255, r[i].addr >> 8 & 255, r[i].addr & 255,
				     r[i].len, r[i].gw ? inet_ntoa((struct in_addr){r[i].gw}) : "-",
				     r[i].port) > 0);
	}
	fixture_init(&x, text, n, 4);
	assert_int_equal(sl_routes_configure(&x.cf), 0);
	for (int k = 0; k < 2000; k++) {
		uint32_t addr = n && rnd(4) ? r[rnd((uint32_t)n)].addr + rnd(3) - 1 : rnd32();
		uint32_t gw, want_gw = 0;
		int want = -1, best = -1, got;

		/* The first of equal prefixes counts. */
		for (size_t i = 0; i < n; i++) {
			if (((addr ^ r[i].addr) & mask_of(r[i].len)) || r[i].len <= best)
				continue;
			best = r[i].len;
			want = r[i].port;
			want_gw = r[i].gw;
		}
		got = decide(&x, addr, &gw);
		assert_int_equal(got, want);
		assert_int_equal(gw, want_gw);
	}
	fixture_free(&x);
	for (size_t i = 0; i < n; i++)
		free(text[i]);
	free(text);
	free(r);
}

static void test_random_tables(void **state)
{
	(void)state;
	seed = 5;
	for (int i = 0; i < 200; i++)
		try_table(rnd(40));
	try_table(0);
	try_table(1000);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *route;
		unsigned int col;
		const char *message;
	} bad[] = {
		{"10.0.0.0/8", 11, "output missing"},
		{"10.0.0.0/33 0", 1, "not a prefix"},
		{"10.0.0.0/255.0.255.0 0", 1, "gaps"},
		{"10.1/8.1 0", 1, "not a prefix"},
		{"10.0.0.0/8 4", 12, "no output 4"},
		{"10.0.0.0/8 -1", 12, "not an output"},
		{"10.0.0.0/8 1.2.3 0", 12, "not a gateway"},
		{"10.0.0.0/8 1.2.3.4 x", 20, "not an output"},
		{"10.0.0.0/8 1.2.3.4 0 0", 22, "too many words"},
		{"nowhere 0", 1, "not a prefix"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *route = (char *)bad[i].route;
		struct fixture x;

		fixture_init(&x, &route, 1, 4);
		assert_int_equal(sl_routes_configure(&x.cf), -EINVAL);
		assert_int_equal(x.diags.n, 1);
		if (!strstr(x.diags.list[0].message, bad[i].message) ||
		    x.diags.list[0].col != bad[i].col) {
			sl_diags_print(&x.diags, stderr);
			fail_msg("%s: want column %u, '%s'", route, bad[i].col, bad[i].message);
		}
		assert_non_null(x.diags.list[0].hint);
		fixture_free(&x);
	}
}

static void test_accepted_forms(void **state)
{
	char *routes[] = {"18.26/16 1.0.0.1 0", "18.26.4.9 1", "10.0.0.0/255.0.0.0 - 2", "0/0 3",
			  "18.26.4.9/32 2.0.0.2 2"};
	struct fixture x;
	uint32_t gw;

	(void)state;
	fixture_init(&x, routes, 5, 4);
	assert_int_equal(sl_routes_configure(&x.cf), 0);
	assert_int_equal(decide(&x, 0x121a0001, &gw), 0);
	assert_int_equal(gw, htonl(0x01000001));
	/* The first route for a prefix counts; the second is warned of. */
	assert_int_equal(decide(&x, 0x121a0409, &gw), 1);
	assert_int_equal(gw, 0);
	assert_int_equal(x.diags.warnings, 1);
	assert_int_equal(x.diags.list[0].line, 5);
	assert_int_equal(decide(&x, 0x0affffff, &gw), 2);
	assert_int_equal(decide(&x, 0x0b000000, &gw), 3);
	fixture_free(&x);
}

static void test_many_routes(void **state)
{
	struct sl_lpm_route *routes = NULL;
	char *text[1025];
	struct fixture x;
	uint32_t n = 0;

	(void)state;
	for (unsigned int i = 0; i < 1025; i++)
		assert_true(asprintf(&text[i], "10.%u.%u.0/24 0", i >> 8, i & 255) > 0);
	fixture_init(&x, text, 1024, 1);
	assert_int_equal(sl_routes_configure(&x.cf), 0);
	assert_non_null(((struct sl_routes_inst *)x.inst.priv)->code);
	fixture_free(&x);
	fixture_init(&x, text, 1025, 1);
	assert_int_equal(sl_routes_configure(&x.cf), 0);
	assert_null(((struct sl_routes_inst *)x.inst.priv)->code);
	assert_int_equal(sl_routes_begin(&x.inst, &routes, &n), 0);
	assert_int_equal(n, 1025);
	assert_memory_equal(routes[1024].addr, "\012\004\000", 4);
	assert_int_equal(routes[1024].len, 24);
	free(routes);
	fixture_free(&x);
	for (unsigned int i = 0; i < 1025; i++)
		free(text[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_accepted_forms),
		cmocka_unit_test(test_many_routes),
	};

	return cmocka_run_group_tests_name("route tables", tests, NULL, NULL);
}
