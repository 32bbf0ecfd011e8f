// SPDX-License-Identifier: GPL-2.0-only
/* Which graphs get a PathMTU, for which ToDevices, and what is noted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/element/to_device.h"
#include "loader/config/path_mtu.h"
#include "loader/mem.h"

#define IP(dev, address, bytes)                                                                    \
	{                                                                                          \
		.name = "eth" #dev, .index = dev, .ip_link = true, .ip = address, .mtu = bytes     \
	}

static const struct sl_device links[] = {IP(0, 1, 1472), IP(1, 2, 1300), IP(2, 3, 1300)};
static const struct sl_devices three = {links, 3, 24};

static struct sl_program *configured(const char *text, const struct sl_devices *devices,
				     struct sl_diags *d)
{
	struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_graph *g = NULL;
	struct sl_program *p = NULL;

	assert_int_equal(sl_click_parse("g.click", text, strlen(text), &opts, d, &g), 0);
	assert_int_equal(sl_graph_check(g, &opts, d), 0);
	assert_int_equal(sl_program_new(g, devices, d, &p), 0);
	return p;
}

/* The MTU that a ToDevice sets packets aside by. */
static unsigned int mtu_of(const struct sl_program *p, const char *name)
{
	const struct sl_inst *in = &p->insts[sl_graph_find(p->graph, name)];
	const struct to_device_conf *c = in->conf;

	assert_int_equal(!!c->mtu, !!in->aside);
	if (in->aside)
		assert_string_equal(p->insts[in->aside].class->spec.name, "PathMTU");
	return c->mtu;
}

static void every_device_on_an_ip_link_sets_aside(void **state)
{
	struct sl_device some[3];
	struct sl_devices devices = {some, 3, 24};
	struct sl_diags d = {0};
	struct sl_program *p;

	(void)state;
	memcpy(some, links, sizeof(some));
	some[1].ip_link = false;
	p = configured("FromDevice(eth0) -> a :: ToDevice(eth1); FromDevice(eth1) -> "
		       "b :: ToDevice(eth0); FromDevice(eth2) -> c :: ToDevice(eth2);",
		       &devices, &d);
	assert_int_equal(mtu_of(p, "a"), 0);
	assert_int_equal(mtu_of(p, "b"), 1472);
	assert_int_equal(mtu_of(p, "c"), 1300);
	assert_int_equal(sl_graph_find(p->graph, "PathMTU@mtu"), p->graph->n_elems - 1);
	assert_int_equal(d.n, 0);
	sl_program_free(p);
}

static void graphs_without_ip_links_stay_as_they_are(void **state)
{
	struct sl_diags d = {0};
	struct sl_program *p =
		configured("FromDevice(eth0) -> a :: ToDevice(eth1)", &(struct sl_devices){0}, &d);

	(void)state;
	assert_int_equal(mtu_of(p, "a"), 0);
	assert_int_equal(p->graph->n_elems, 2);
	assert_int_equal(d.n, 0);
	sl_program_free(p);
}

static void a_fragmenter_in_front_is_enough(void **state)
{
	struct sl_diags d = {0};
	struct sl_program *p = configured(
		"FromDevice(eth0) -> f :: IPFragmenter(1300) -> n :: Null -> a :: ToDevice(eth1);"
		"f[1] -> e :: ICMPError(1.2.3.4, unreachable, needfrag) -> b :: ToDevice(eth0);"
		"FromDevice(eth1) -> g :: IPFragmenter(1301) -> s :: Switch -> c :: "
		"ToDevice(eth2);"
		"s[1] -> x :: ToDevice(eth0); Idle -> IPFragmenter(1500) -> s;",
		&three, &d);

	(void)state;
	assert_int_equal(mtu_of(p, "a"), 0);
	assert_int_equal(mtu_of(p, "b"), 1472);
	assert_int_equal(mtu_of(p, "c"), 1300);
	assert_int_equal(mtu_of(p, "x"), 0);
	sl_program_free(p);
	sl_diags_free(&d);
}

/* In a cycle each element is reached once, and the smallest MTU wins. */
static void cycles_end(void **state)
{
	struct sl_diags d = {0};
	struct sl_program *p = configured(
		"FromDevice(eth0) -> a :: Null -> s :: Switch(0) -> f :: IPFragmenter(1472) -> a;"
		"s[1] -> g :: IPFragmenter(1300) -> a; s[2] -> x :: ToDevice(eth1);"
		"s[3] -> y :: ToDevice(eth0);",
		&three, &d);

	(void)state;
	assert_int_equal(mtu_of(p, "x"), 0);
	assert_int_equal(mtu_of(p, "y"), 0);
	sl_program_free(p);
	sl_diags_free(&d);
}

/* No class rewrites yet: one that would, in place of another. */
static void nothing_is_quoted_behind_a_rewriter(void **state)
{
	struct sl_class rewriter;
	struct sl_diags d = {0};
	struct sl_program *p = configured("FromDevice(eth0) -> n :: Null -> a :: ToDevice(eth1);"
					  "FromDevice(eth1) -> b :: ToDevice(eth0)",
					  &(struct sl_devices){0}, &d);
	struct sl_inst *in = &p->insts[sl_graph_find(p->graph, "n")];

	(void)state;
	rewriter = *in->class;
	rewriter.flags |= SL_C_REWRITE;
	in->class = &rewriter;
	p->devs[0].ip_link = p->devs[1].ip_link = true;
	p->devs[0].ip = p->devs[1].ip = 1;
	assert_int_equal(sl_path_mtu_add(p, &d), 0);
	assert_int_equal(mtu_of(p, "a"), 0);
	assert_int_equal(mtu_of(p, "b"), 1500);
	sl_program_free(p);
	assert_int_equal(d.n, 0);
}

static void notes(const struct sl_device *list, const char *const *want, size_t n)
{
	struct sl_diags d = {0};
	struct sl_program *p = configured("FromDevice(eth0) -> a :: ToDevice(eth1);"
					  "FromDevice(eth1) -> ToDevice(eth0)",
					  &(struct sl_devices){list, 2, 24}, &d);

	assert_int_equal(d.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(d.list[i].code, "no-mtu-answer");
		assert_int_equal(d.list[i].level, SL_DIAG_NOTE);
		assert_int_equal(d.list[i].line, 1);
		assert_int_equal(d.list[i].col, 21);
		assert_non_null(strstr(d.list[i].message, want[i]));
	}
	sl_program_free(p);
	sl_diags_free(&d);
}

static void missing_addresses_are_noted(void **state)
{
	struct sl_device list[2] = {links[0], links[1]};

	(void)state;
	notes(list, NULL, 0);
	list[0].ip = 0;
	notes(list, (const char *const[]){"eth0 has no IPv4"}, 1);
	list[1].ip = 0;
	notes(list, (const char *const[]){"eth0 has no IPv4", "eth1 has no IPv4"}, 2);
	list[0].ip6[0] = 0x20;
	notes(list, (const char *const[]){"eth1 has no IPv6"}, 1);
	list[1].ip6[0] = 0x20;
	notes(list, NULL, 0);
}

/* A chain of many fragmenters, each with connections of its own, takes no square of time. */
static void many_fragmenters_take_one_walk(void **state)
{
	const int n = 20000;
	char *text = malloc((size_t)n * 60 + 100), *s = text;
	struct sl_diags d = {0};
	struct sl_program *p;

	(void)state;
	s += sprintf(s, "FromDevice(eth0) -> ");
	for (int i = 0; i < n; i++)
		s += sprintf(s, "IPFragmenter(%d) -> ", 1000 + n - i);
	sprintf(s, "x :: ToDevice(eth1);");
	p = configured(text, &three, &d);
	free(text);
	assert_int_equal(mtu_of(p, "x"), 0);
	sl_program_free(p);
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_device_on_an_ip_link_sets_aside),
		cmocka_unit_test(graphs_without_ip_links_stay_as_they_are),
		cmocka_unit_test(a_fragmenter_in_front_is_enough),
		cmocka_unit_test(cycles_end),
		cmocka_unit_test(nothing_is_quoted_behind_a_rewriter),
		cmocka_unit_test(missing_addresses_are_noted),
		cmocka_unit_test(many_fragmenters_take_one_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
