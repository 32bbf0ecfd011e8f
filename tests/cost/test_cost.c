// SPDX-License-Identifier: GPL-2.0-only
/* Costs: recipes that compile, a calibration on disk, what follows from it for graphs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "loader/codegen/compile.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"

/* ---- Recipes ---------------------------------------------------------------------------------*/

static char *recipe_graph(const struct cost_recipe *r)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fprintf(f, "FromDevice(eth0) -> %s%sx :: %s(%s);\n", cost_context(r->probe), r->before,
		r->class_name, r->config);
	for (unsigned int i = 1; i < r->inputs; i++)
		fprintf(f, "Idle -> [%u]x;\n", i);
	for (unsigned int i = 0; i < (r->outs ? r->outs : 1) && !r->last; i++)
		fprintf(f, "x[%u] -> Discard;\n", i);
	fclose(f);
	return text;
}

static void recipes_are_graphs(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct cost_recipe *r = cost_recipes; r->class_name; r++, n++) {
		_free_ char *text = recipe_graph(r);
		struct sl_submission s = {.graph = {(char *)"r", text, strlen(text)}};
		struct sl_compile_opts o = {.target = SL_TARGET_CHECK};
		SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
		struct sl_diags d = {0};

		if (sl_compile(&s, &o, &d, &c)) {
			sl_diags_print(&d, stderr);
			fail_msg("%s", text);
		}
		/* A warning would mean that the packets do not take the way that is meant. */
		if (d.warnings)
			sl_diags_print(&d, stderr);
		assert_int_equal(d.warnings, 0);
		if (r->write)
			assert_non_null(strchr(r->write, ' '));
		sl_diags_free(&d);
	}
	assert_true(n > 60);
}

static void frames_are_packets(void **state)
{
	uint8_t b[1514];

	(void)state;
	for (enum cost_probe p = 0; p < COST_PROBES; p++) {
		size_t len = cost_frame(p, 1514, b);
		uint32_t sum = 0;

		assert_int_equal(len, p == COST_ARP ? 60 : 1514);
		assert_true(cost_frame(p, 64, b) <= 66);
		if (p == COST_ARP || p == COST_UDP6)
			continue;
		for (int i = 14; i < 34; i += 2)
			sum += (uint32_t)(b[i] << 8 | b[i + 1]);
		assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
		assert_int_equal(b[16] << 8 | b[17], 50);
	}
}

/* ---- The file --------------------------------------------------------------------------------*/

static struct sl_calibration *made_up(void)
{
	static const struct sl_cost_point points[] = {
		{"strip", 6, 1, 1, 0},
		{"check_ip_header", 250, 8, 9, 1},
		{"dec_ip_ttl", 30, 3, 3, 0},
		{"classifier", 31, 2, 2, 0},
		{"classifier", 131, 12, 12, 0},
		{"icmp_error", 5000, 80, 170, 5},
		{"check_udp_header", 100, 60, 500, 1},
	};
	struct sl_calibration *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	sl_calibration_here(c);
	c->time_s = 1000;
	c->enter_ns = 10;
	c->cut_ns = 5;
	c->insn_ns = 0.5;
	c->hash_ns = 300;
	c->lru_ns = 500;
	c->array_ns = 50;
	c->n_points = sizeof(points) / sizeof(points[0]);
	c->points = malloc(sizeof(points));
	assert_non_null(c->points);
	memcpy(c->points, points, sizeof(points));
	c->has_platform = true;
	c->platform = (struct sl_platform_cost){20, 100, 70, 60, 500, 90.25, 150, 200, 180};
	return c;
}

static void a_calibration_comes_back_from_disk(void **state)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = made_up(), *back = NULL;
	char dir[] = "/tmp/sluice-cost.XXXXXX", path[64], how[192];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/calibration.json", dir);
	assert_int_equal(sl_calibration_read(path, &back), -ENOENT);
	assert_int_equal(sl_calibration_write(path, c), 0);
	/* A second one takes its place. */
	c->cut_ns = 7.25;
	assert_int_equal(sl_calibration_write(path, c), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(sl_calibration_read(path, &back), 0);
	assert_string_equal(back->kernel, c->kernel);
	assert_int_equal(back->time_s, 1000);
	assert_true(back->cut_ns > 7.2 && back->cut_ns < 7.3);
	assert_int_equal(back->n_points, c->n_points);
	assert_string_equal(back->points[1].base, "check_ip_header");
	assert_int_equal(back->points[1].weight, 250);
	assert_true(back->has_platform);
	assert_true(back->platform.clock_ns > 19.9 && back->platform.clock_ns < 20.1);
	assert_true(back->platform.send_ns > 90.2 && back->platform.send_ns < 90.3);
	assert_null(sl_calibration_differs(back, how, sizeof(how)));

	/* Of another kernel, of another CPU, of another build: known as such. */
	snprintf(back->kernel, sizeof(back->kernel), "5.0 other");
	assert_string_equal(sl_calibration_differs(back, how, sizeof(how)), "on kernel 5.0 other");
	sl_calibration_here(back);
	snprintf(back->cpu, sizeof(back->cpu), "Z80");
	assert_string_equal(sl_calibration_differs(back, how, sizeof(how)), "on the CPU Z80");
	sl_calibration_here(back);
	back->revision[0] ^= 1;
	assert_non_null(strstr(sl_calibration_differs(back, how, sizeof(how)), "another build"));

	unlink(path);
	rmdir(dir);
}

static int read_text(const char *path, const char *text)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *back = NULL;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return sl_calibration_read(path, &back);
}

#define HEAD                                                                                       \
	"{\"version\": 3, \"kernel\": \"k\", \"cpu\": \"c\", \"revision\": \"r\", \"time_s\": 1, " \
	"\"cut_ns\": 1, \"instruction_ns\": 1, \"hash_ns\": 1, \"lru_ns\": 1, \"array_ns\": 1, "
#define PARTS                                                                                      \
	"\"sample_ns\": 1, \"refuse_ns\": 1, \"drop_ns\": 1, \"pass_ns\": 1, \"send_ns\": 1, "     \
	"\"hand_ns\": 1, \"thread_send_ns\": 1, \"thread_drop_ns\": 1"

static void what_cannot_be_is_no_calibration(void **state)
{
	static const char *const good[] = {
		HEAD "\"enter_ns\": 4, \"classes\": []}",
		/* Elements, the platform, both or neither may have been measured. */
		HEAD "\"enter_ns\": 4}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": 20, " PARTS "}}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": 1000000, " PARTS "}}",
	};
	static const char *const bad[] = {
		"",
		"not JSON",
		"{}",
		"[]",
		"{\"version\": 999, \"classes\": []}",
		/* Of versions before. */
		"{\"version\": 2, \"kernel\": \"k\", \"cpu\": \"c\", \"revision\": \"r\"}",
		"{\"version\": 1, \"kernel\": \"k\", \"cpu\": \"c\", \"revision\": \"r\"}",
		HEAD "\"enter_ns\": -4, \"classes\": []}",
		HEAD "\"enter_ns\": \"4\"}",
		HEAD "\"enter_ns\": 4, \"platform\": {}}",
		HEAD "\"enter_ns\": 4, \"platform\": 7}",
		HEAD "\"enter_ns\": 4, \"platform\": {" PARTS "}}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": -1, " PARTS "}}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": 1e7, " PARTS "}}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": NaN, " PARTS "}}",
		HEAD "\"enter_ns\": 4, \"platform\": {\"clock_ns\": null, " PARTS "}}",
	};
	char dir[] = "/tmp/sluice-cost.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/calibration.json", dir);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (read_text(path, good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_text(path, bad[i]) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	unlink(path);
	rmdir(dir);
}

/* ---- Graphs ----------------------------------------------------------------------------------*/

struct planned {
	struct sl_program *p;
	struct sl_plan *plan;
	struct sl_cost *cost;
};

static struct planned planned(const char *text, unsigned int weight)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = made_up();
	struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_devices none = {0};
	struct planned x = {NULL};
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};

	assert_int_equal(sl_click_parse("t", text, strlen(text), &opts, &d, &g), 0);
	assert_int_equal(sl_graph_check(g, &opts, &d), 0);
	assert_int_equal(sl_program_new(g, &none, &d, &x.p), 0);
	assert_int_equal(sl_plan_new(x.p, weight, &d, &x.plan), 0);
	assert_int_equal(sl_cost_new(c, x.p, x.plan, &x.cost), 0);
	sl_diags_free(&d);
	return x;
}

static void end(struct planned *x)
{
	sl_cost_free(x->cost);
	sl_plan_free(x->plan);
	sl_program_free(x->p);
}

static const struct sl_cost_elem *cost_of(const struct planned *x, const char *name)
{
	long at = sl_graph_find(x->p->graph, name);

	assert_true(at >= 0);
	return &x->cost->elems[at];
}

static void near(double a, double b)
{
	if (a < b - 0.001 || a > b + 0.001)
		fail_msg("%g instead of %g", a, b);
}

static void elements_cost_what_was_measured(void **state)
{
	struct planned x = planned("FromDevice(eth0) -> s :: Strip(14) -> c :: CheckIPHeader"
				   " -> u :: CheckUDPHeader -> m :: SetIPDSCP(1)"
				   " -> r :: IPRewriter(pattern 1.1.1.1 1024-2000 - - 0 0)"
				   " -> Null -> Discard;",
				   0);

	(void)state;
	near(cost_of(&x, "s")->usual_ns, 1);
	near(cost_of(&x, "s")->bound_ns, 3);
	/* All its instructions may cost more than what was seen. */
	near(cost_of(&x, "c")->usual_ns, 8);
	near(cost_of(&x, "c")->bound_ns, 125);
	/* Longer packets may, too. */
	assert_true(cost_of(&x, "u")->bound_ns >= 500);
	assert_true(cost_of(&x, "s")->measured);
	/* Not measured: something between nothing and all its instructions. */
	assert_false(cost_of(&x, "m")->measured);
	assert_true(cost_of(&x, "m")->usual_ns > 0);
	near(cost_of(&x, "m")->bound_ns, 12.5);
	/* Tables are bound as if nothing of them were near. */
	assert_true(cost_of(&x, "r")->bound_ns >= 1200 * 0.5 + 300);
	end(&x);
}

static void cost_goes_with_weight_where_it_was_measured_twice(void **state)
{
	struct planned few = planned("FromDevice(eth0) -> c :: Classifier(12/0800, -); c[0] -> "
				     "Discard; c[1] -> Discard;",
				     0);
	struct planned more = planned("FromDevice(eth0) -> c :: Classifier(12/0800, 12/0806, "
				      "12/86dd, 14/11, 14/22, -); c[0] -> Discard; c[1] -> Discard;"
				      " c[2] -> Discard; c[3] -> Discard; c[4] -> Discard; c[5] -> "
				      "Discard;",
				      0);
	double w = sl_cost_weight(&more.p->insts[sl_graph_find(more.p->graph, "c")]);

	(void)state;
	assert_true(cost_of(&few, "c")->usual_ns < cost_of(&more, "c")->usual_ns);
	near(cost_of(&more, "c")->usual_ns, 2 + (w - 31) / 10);
	end(&few);
	end(&more);
}

static const char diamond[] =
	"c :: Classifier(12/0800, -); FromDevice(eth0) -> c;"
	"c[0] -> Strip(14) -> ch :: CheckIPHeader -> d :: DecIPTTL -> Unstrip(14) -> Discard;"
	"c[1] -> Discard; ch[1] -> Discard;"
	"d[1] -> e :: ICMPError(1.1.1.1, timeexceeded) -> ch;";

static void ways_are_sums(void **state)
{
	struct planned x = planned(diamond, 0);
	const struct sl_cost_path *p = &x.cost->paths[0];
	double sum = 0, once;

	(void)state;
	for (size_t i = 0; i < p->n_usual; i++)
		sum += x.cost->elems[p->usual[i]].usual_ns;
	/* In one segment, so no tail call: the sum of the elements. */
	near(p->usual_ns, sum);
	assert_int_equal(p->n_usual, 7);
	assert_int_equal(p->usual[3], sl_graph_find(x.p->graph, "ch"));

	/* The worst goes by the error, and round once: there is no error about an error. */
	once = cost_of(&x, "c")->bound_ns + cost_of(&x, "ch")->bound_ns +
	       cost_of(&x, "d")->bound_ns + cost_of(&x, "e")->bound_ns;
	assert_true(p->worst_ns > once + cost_of(&x, "ch")->bound_ns);
	assert_true(p->worst_ns < 2 * once + cost_of(&x, "e")->bound_ns + 200);
	end(&x);
}

static void tail_calls_are_paid(void **state)
{
	struct planned one = planned(diamond, 0), many = planned(diamond, 1);
	const struct sl_cost_path *a = &one.cost->paths[0], *b = &many.cost->paths[0];

	(void)state;
	assert_true(many.plan->n_segments > one.plan->n_segments);
	assert_int_equal(a->n_usual, b->n_usual);
	/* Every hop but the one into segment 0 is a tail call of 5 ns. */
	near(b->usual_ns - a->usual_ns, 5.0 * (double)(b->n_usual - 1));
	end(&one);
	end(&many);
}

static void a_cycle_ends_at_the_hop_limit(void **state)
{
	struct planned x = planned("FromDevice(eth0) -> a :: Strip(1) -> b :: Strip(1) -> c :: "
				   "Classifier(0/00, -); c[0] -> a; c[1] -> Discard;",
				   0);
	double round = cost_of(&x, "b")->bound_ns + cost_of(&x, "c")->bound_ns +
		       cost_of(&x, "a")->bound_ns + 5;

	(void)state;
	assert_true(x.cost->paths[0].worst_ns > SL_MAX_HOPS * round);
	/* In shared code there are two segments at most to go round. */
	assert_true(x.cost->paths[0].worst_ns < (SL_MAX_HOPS + 2) * (round + 10) + 20);
	end(&x);
}

/* What decides where a graph runs: as measured, of the longest packets, tables as if cold. */
static void dear_is_between_usual_and_bound(void **state)
{
	struct planned x = planned("FromDevice(eth0) -> s :: Strip(14) -> c :: CheckIPHeader"
				   " -> u :: CheckUDPHeader -> m :: SetIPDSCP(1)"
				   " -> r :: IPRewriter(pattern 1.1.1.1 1024-2000 - - 0 0)"
				   " -> Null -> Discard;",
				   0);
	const struct sl_cost_path *p = &x.cost->paths[0];
	double sum;

	(void)state;
	near(cost_of(&x, "s")->dear_ns, 1);
	near(cost_of(&x, "c")->dear_ns, 9);
	near(cost_of(&x, "u")->dear_ns, 500);
	near(cost_of(&x, "m")->dear_ns, cost_of(&x, "m")->usual_ns);
	assert_true(cost_of(&x, "r")->dear_ns >= cost_of(&x, "r")->usual_ns + 300);
	/* The sum; at most one element has its code twice, its seldom part behind the usual one. */
	sum = 10 + 1 + 9 + 500 + cost_of(&x, "m")->dear_ns + cost_of(&x, "r")->dear_ns;
	assert_true(p->dear_ns > sum - 0.1 && p->dear_ns < sum + 600);
	assert_true(p->usual_ns < p->dear_ns && p->dear_ns < p->worst_ns);
	end(&x);
	/* Of all ways the dearest, though few packets take it. */
	x = planned(diamond, 0);
	p = &x.cost->paths[0];
	assert_true(p->dear_ns > p->usual_ns + 170 && p->dear_ns < p->worst_ns);
	end(&x);
}

static double dear_of(const char *text)
{
	struct planned x = planned(text, 0);
	double ns = x.cost->paths[0].dear_ns;

	end(&x);
	return ns;
}

static void what_an_argument_spends_counts(void **state)
{
	static const char graph[] = "FromDevice(eth0) -> b :: BurnCycles(%u) -> Discard;";
	char none[128], much[128];

	(void)state;
	snprintf(none, sizeof(none), graph, 0U);
	snprintf(much, sizeof(much), graph, 50000U);
	near(dear_of(much) - dear_of(none), 20000);
}

/* A reply is answered by nobody: only once round, and into the error from there. */
static void an_answer_is_not_answered(void **state)
{
	static const char ping[] = "FromDevice(eth0) -> ch :: CheckIPHeader(OFFSET 14)"
				   " -> p :: ICMPPingResponder -> ch; p[1] -> Discard;"
				   "ch[1] -> Discard;";
	static const char error[] = "FromDevice(eth0) -> ch :: CheckIPHeader(OFFSET 14)"
				    " -> p :: ICMPPingResponder -> ch;"
				    "p[1] -> e :: ICMPError(1.1.1.1, timeexceeded) -> ch;"
				    "ch[1] -> Discard;";
	struct planned x = planned(ping, 0);
	double once = cost_of(&x, "ch")->dear_ns + cost_of(&x, "p")->dear_ns;
	double dear = x.cost->paths[0].dear_ns;

	(void)state;
	assert_true(dear > 2 * once && dear < 2 * once + 10 + 5 * 5);
	end(&x);
	x = planned(error, 0);
	dear = x.cost->paths[0].dear_ns;
	once = cost_of(&x, "ch")->dear_ns + cost_of(&x, "p")->dear_ns;
	/* Which is tried of the error, too, and makes none. */
	assert_true(dear > 3 * once + 2 * 170 && dear < 3 * once + 2 * 170 + 10 + 8 * 5);
	end(&x);
}

/* Without a calibration, too: routers fit into what a node lets packets cost by default, and what
 * spends more does not. */
static void usual_figures_tell_dear_from_cheap(void **state)
{
	static const char *const files[] = {"configs/router2.click", "configs/router6.click",
					    "configs/firewall.click", "selftests/bench/nat.click"};
	static const char burn[] = "FromDevice(eth0) -> BurnCycles(50000) -> Discard;";

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct sl_submission s = {0};
		struct sl_compile_opts o = {.target = SL_TARGET_CHECK};
		SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
		struct sl_diags d = {0};

		assert_int_equal(sl_submission_read(files[i], NULL, 0, &d, &s), 0);
		assert_int_equal(sl_compile(&s, &o, &d, &c), 0);
		if (c->bundle->dear_ns < 20 || c->bundle->dear_ns > 7500)
			fail_msg("%s: %u ns", files[i], c->bundle->dear_ns);
		sl_submission_free(&s);
		sl_diags_free(&d);
	}
	for (int measured = 0; measured < 2; measured++) {
		SL_CLEANUP(sl_calibration_freep) struct sl_calibration *m = made_up();
		struct sl_submission s = {.graph = {(char *)"b", (char *)burn, strlen(burn)}};
		struct sl_compile_opts o = {.target = SL_TARGET_CHECK,
					    .costs = measured ? m : NULL};
		SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
		struct sl_diags d = {0};

		m->enter_ns = 777;
		assert_int_equal(sl_compile(&s, &o, &d, &c), 0);
		assert_true(c->bundle->dear_ns > 20000);
		/* What was measured is what counts. */
		assert_true((c->bundle->dear_ns % 20000 > 777) == measured);
		sl_diags_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipes_are_graphs),
		cmocka_unit_test(frames_are_packets),
		cmocka_unit_test(a_calibration_comes_back_from_disk),
		cmocka_unit_test(what_cannot_be_is_no_calibration),
		cmocka_unit_test(elements_cost_what_was_measured),
		cmocka_unit_test(cost_goes_with_weight_where_it_was_measured_twice),
		cmocka_unit_test(ways_are_sums),
		cmocka_unit_test(tail_calls_are_paid),
		cmocka_unit_test(a_cycle_ends_at_the_hop_limit),
		cmocka_unit_test(dear_is_between_usual_and_bound),
		cmocka_unit_test(what_an_argument_spends_counts),
		cmocka_unit_test(an_answer_is_not_answered),
		cmocka_unit_test(usual_figures_tell_dear_from_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
