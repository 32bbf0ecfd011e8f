// SPDX-License-Identifier: GPL-2.0-only
/* What preflight notes of graphs that mean something else at level xdp than in Click, or do less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/config/config.h"
#include "loader/mem.h"

#define THROUGH(elem) "FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> " elem " -> Discard;"

static const struct sl_device eth[] = {{.name = "eth0", .index = 0, .mtu = 1500}};
static const struct sl_device ip[] = {
	{.name = "eth0", .index = 0, .ip_link = true, .ip = 1, .mtu = 1500}};

static const struct note {
	const char *graph, *code; /* no code: nothing is noted */
	const struct sl_device *dev;
} notes[] = {
	{"q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1); FromDevice(eth0) -> q -> ToDevice(eth0);"
	 "Idle -> [1] q;",
	 "no-waiting", eth},
	{"q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1); FromDevice(eth0) -> q -> ToDevice(eth0);"
	 "Idle -> [1] q;",
	 NULL, ip},
	{"q :: IP6NDSolicitor(fe80::1, 2:0:0:0:0:1); FromDevice(eth0) -> q -> ToDevice(eth0);"
	 "Idle -> [1] q;",
	 "no-waiting", eth},
	{THROUGH("IPFragmenter(1500)"), "no-fragments", eth},
	{THROUGH("IPRewriter(keep 0 0)"), "capacity", eth},
	{THROUGH("IPRewriter(keep 0 0, MAPPING_CAPACITY 100)"), NULL, eth},
	{"m :: RoundRobinIPMapper(- - 10.0.0.2 - 0 0, - - 10.0.0.3 - 0 0);" THROUGH(
		 "UDPRewriter(m, MAPPING_CAPACITY 10)"),
	 "one-try", eth},
	{"m :: RoundRobinIPMapper(- - 10.0.0.2 - 0 0);" THROUGH(
		 "UDPRewriter(m, MAPPING_CAPACITY 10)"),
	 "one-pattern", eth},
	{THROUGH("AggregateIPFlows"), "fragments", eth},
	{THROUGH("AggregateIPFlows(FRAGMENTS false)"), NULL, eth},
	{THROUGH("SetTimestamp"), "no-timestamp", eth},
	{THROUGH("SetTimestamp(FIRST true)"), NULL, eth},
	{THROUGH("Print(CONTENTS true, MAXLENGTH 4000)"), "shortened", eth},
	{THROUGH("IPPrint(CONTENTS true, MAXLENGTH 4000)"), "shortened", eth},
	{THROUGH("Null") "ControlSocket(TCP, 7777);", "elsewhere", eth},
	{THROUGH("Null"), NULL, eth},
};

static void what_is_different_is_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		const struct sl_devices devices = {notes[i].dev, 1, 24};
		struct sl_click_opts opts = {.classes = &sl_class_set};
		struct sl_diags d = {0};
		struct sl_graph *g = NULL;
		struct sl_program *p = NULL;
		bool found = false;

		assert_int_equal(sl_click_parse("g.click", notes[i].graph, strlen(notes[i].graph),
						&opts, &d, &g),
				 0);
		assert_int_equal(sl_graph_check(g, &opts, &d), 0);
		if (sl_program_new(g, &devices, &d, &p))
			fail_msg("%s: %s", notes[i].graph, d.n ? d.list[0].message : "");
		for (size_t k = 0; k < d.n; k++) {
			assert_int_equal(d.list[k].level, SL_DIAG_NOTE);
			if (!notes[i].code)
				fail_msg("%s: noted: %s", notes[i].graph, d.list[k].message);
			if (strcmp(d.list[k].code, notes[i].code))
				continue;
			found = true;
			assert_true(d.list[k].line > 0);
		}
		if (notes[i].code && !found)
			fail_msg("%s: %s is not noted", notes[i].graph, notes[i].code);
		sl_diags_free(&d);
		sl_program_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_different_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
