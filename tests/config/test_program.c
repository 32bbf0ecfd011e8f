// SPDX-License-Identifier: GPL-2.0-only
/* From a graph to a configured program: assignment of arguments, where errors point, devices,
 * names, the list of classes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/config/config.h"
#include "loader/mem.h"

static const struct sl_click_opts opts = {.classes = &sl_class_set};

static char *text_of(const struct sl_diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	sl_diags_print(d, f);
	fclose(f);
	return text;
}

static struct sl_graph *parsed(const char *text)
{
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;

	if (sl_click_parse("g.click", text, strlen(text), &opts, &d, &g) ||
	    sl_graph_check(g, &opts, &d))
		fail_msg("%s", text_of(&d));
	sl_diags_free(&d);
	return g;
}

static struct sl_program *configured(const char *text, const struct sl_devices *devices)
{
	struct sl_diags d = {0};
	struct sl_program *p = NULL;

	if (sl_program_new(parsed(text), devices, &d, &p))
		fail_msg("%s", text_of(&d));
	assert_int_equal(d.errors, 0);
	sl_diags_free(&d);
	return p;
}

/* Wants exactly the messages `want`. */
static void refused(const char *text, const char *want)
{
	struct sl_diags d = {0};
	struct sl_program *p = NULL;
	_free_ char *got = NULL;

	assert_int_equal(sl_program_new(parsed(text), NULL, &d, &p), -EINVAL);
	assert_null(p);
	got = text_of(&d);
	assert_string_equal(got, want);
	sl_diags_free(&d);
}

static void classes_are_sorted_and_found_by_every_name(void **state)
{
	size_t n = 0;

	(void)state;
	for (; sl_all_classes[n]; n++) {
		const struct sl_class *c = sl_all_classes[n];

		if (n)
			assert_true(strcmp(sl_all_classes[n - 1]->base, c->base) < 0);
		assert_ptr_equal(sl_class_find(c->spec.name), c);
		for (size_t i = 0; c->aliases && c->aliases[i]; i++)
			assert_ptr_equal(sl_class_find(c->aliases[i]), c);
		assert_ptr_equal(sl_class_set.nth(n, NULL), &c->spec);
	}
	assert_true(n > 20);
	assert_null(sl_class_set.nth(n, NULL));
	assert_null(sl_class_find("NoSuchClass"));
	assert_null(sl_class_set.find("NoSuchClass", NULL));
}

/* What descriptors promise to those who read them. */
static void descriptors_are_complete(void **state)
{
	(void)state;
	for (size_t n = 0; sl_all_classes[n]; n++) {
		const struct sl_class *c = sl_all_classes[n];

		if (!c->spec.ports || !c->spec.processing || !c->summary || !c->help)
			fail_msg("%s: something is not said", c->spec.name);
		if (!!c->conf_size != !!c->conf || !!c->state_size != !!c->state ||
		    !!c->rw_size != !!c->rw)
			fail_msg("%s: a struct without a layout", c->spec.name);
		if (c->spec.info != !!(c->flags & SL_C_INFO))
			fail_msg("%s: information element or not?", c->spec.name);
		for (const struct sl_param *p = c->params; p && p->name; p++) {
			size_t size = sl_type_size(p->type);

			if (!p->help)
				fail_msg("%s: no help for %s", c->spec.name, p->name);
			if (p->offset >= 0 && (!size || p->offset + size > c->conf_size))
				fail_msg("%s: %s is outside of conf", c->spec.name, p->name);
			if (size > SL_VALUE_MAX)
				fail_msg("%s: %s is too large", c->spec.name, p->name);
		}
		for (const struct sl_handler *h = c->handlers; h && h->name; h++) {
			if (!h->help || !!(h->flags & SL_H_READ) != !!h->read ||
			    !!(h->flags & SL_H_WRITE) != !!h->write)
				fail_msg("%s: handler %s is not what it says", c->spec.name,
					 h->name);
			if (h->param && sl_param_index(c, h->param) < 0)
				fail_msg("%s: handler %s is of no argument", c->spec.name, h->name);
		}
		for (const struct sl_field *f = c->state; f && f->name; f++)
			assert_int_equal(f->kind, SL_K_U64);
	}
}

static uint32_t value(const struct sl_program *p, const char *elem, const char *param)
{
	long i = sl_graph_find(p->graph, elem);
	uint64_t v = 0;

	assert_true(i >= 0);
	assert_int_equal(sl_inst_param(&p->insts[i], param, &v), 0);
	return (uint32_t)v;
}

static void arguments_by_position_and_keyword(void **state)
{
	SL_CLEANUP(sl_program_freep)
	struct sl_program *p =
		configured("a :: Paint(1, 2); b :: Paint(ANNO 3, COLOR 4);"
			   "c :: Paint(COLOR 5, 6); d :: Paint(7, COLOR 8, COLOR 9);"
			   "e :: Paint(10, ANNO 11, COLOR 12, 13); f :: Paint(ANNO 5, 14);"
			   "Idle -> a -> b -> c -> d -> e -> f -> Discard",
			   NULL);

	(void)state;
	assert_int_equal(value(p, "a", "COLOR"), 1);
	assert_int_equal(value(p, "a", "ANNO"), 2);
	assert_int_equal(value(p, "b", "COLOR"), 4);
	assert_int_equal(value(p, "b", "ANNO"), 3);
	/* A keyword and a position for the same: the later one. */
	assert_int_equal(value(p, "c", "COLOR"), 6);
	assert_int_equal(value(p, "c", "ANNO"), 16);
	assert_int_equal(value(p, "d", "COLOR"), 9);
	assert_int_equal(value(p, "e", "COLOR"), 12);
	assert_int_equal(value(p, "e", "ANNO"), 13);
	assert_int_equal(value(p, "f", "COLOR"), 14);
	assert_int_equal(value(p, "f", "ANNO"), 5);
}

static void defaults_are_values_too(void **state)
{
	SL_CLEANUP(sl_program_freep)
	struct sl_program *p =
		configured("a :: Paint(1,); b :: Print; Idle -> a -> b -> Discard", NULL);
	const struct sl_inst *in = &p->insts[sl_graph_find(p->graph, "b")];
	uint64_t v;

	(void)state;
	assert_int_equal(value(p, "a", "ANNO"), 16);
	assert_int_equal(value(p, "b", "MAXLENGTH"), 24);
	assert_int_equal(value(p, "b", "ACTIVE"), 1);
	assert_int_equal(sl_inst_param(in, "NOTHING", &v), -ENOENT);
	assert_string_equal(sl_inst_text(in, sl_param_index(in->class, "MAXLENGTH")), "24");
	assert_string_equal(sl_inst_text(in, sl_param_index(in->class, "LABEL")), "");
}

static void every_error_is_reported_where_it_is(void **state)
{
	(void)state;
	refused("Idle -> a :: Paint(300,\n  ANNO 99) -> Strip(LENGHT 4)\n"
		"  -> Null(1, 2) -> Discard;",
		"g.click:1:20: error: COLOR: '300': out of range: must be 0 to 255 [element 'a']\n"
		"    fix: give a number from 0 to 255\n"
		"g.click:2:3: error: ANNO: '99': outside the 48 bytes of annotations [element "
		"'a']\n"
		"    fix: give a one-byte annotation such as PAINT, or its offset\n"
		"g.click:2:21: error: LENGTH: 'LENGHT 4': not a whole number [element 'Strip@3']\n"
		"    fix: give a number from 0 to 4294967295\n"
		"g.click:3:11: error: too many arguments, from '1' on [element 'Null@4']\n"
		"    fix: remove it; Null takes no arguments\n");
	refused("Idle -> s :: Strip(1, LENGHT 4, FOO 1) -> EtherEncap(1) -> Discard;",
		"g.click:1:23: error: LENGHT: unknown argument [element 's']\n"
		"    fix: did you mean LENGTH?\n"
		"g.click:1:33: error: FOO: unknown argument [element 's']\n"
		"    fix: remove it; Strip takes no argument of this name\n"
		"g.click:1:43: error: SRC: required argument missing [element 'EtherEncap@3']\n"
		"    fix: give an Ethernet address such as 02:00:00:00:00:01, or a name from "
		"AddressInfo: source\n"
		"g.click:1:43: error: DST: required argument missing [element 'EtherEncap@3']\n"
		"    fix: give an Ethernet address such as 02:00:00:00:00:01, or a name from "
		"AddressInfo: destination\n");
}

static void errors_inside_compounds_name_the_way_in(void **state)
{
	struct sl_diags d = {0};
	struct sl_program *p = NULL;
	_free_ char *got = NULL;

	(void)state;
	assert_int_equal(
		sl_program_new(parsed("elementclass C { $n |\n input -> Strip($n) -> output };\n"
				      "Idle -> c :: C(many) -> Discard;"),
			       NULL, &d, &p),
		-EINVAL);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.list[0].line, 2);
	assert_string_equal(d.list[0].element, "c/Strip@1");
	got = text_of(&d);
	assert_non_null(strstr(got, "g.click:3:"));
	sl_diags_free(&d);
}

static void devices_come_from_the_graph_if_none_are_given(void **state)
{
	SL_CLEANUP(sl_program_freep)
	struct sl_program *p =
		configured("FromDevice(west) -> ToDevice(DEVNAME \"east\");"
			   "FromDevice(SNIFFER false, DEVNAME east) -> ToDevice(west)",
			   NULL);
	const uint8_t mac[6] = {2, 0, 0, 0, 0, 2}, peer[6] = {2, 0, 0, 0, 1, 2};

	(void)state;
	assert_int_equal(p->devices.n, 2);
	assert_string_equal(p->devices.list[0].name, "west");
	assert_string_equal(p->devices.list[1].name, "east");
	assert_int_equal(p->devices.list[1].index, 1);
	assert_memory_equal(p->devices.list[1].mac, mac, 6);
	assert_memory_equal(p->devices.list[1].peer, peer, 6);
	assert_int_equal(p->devices.list[1].mtu, 1500);
}

static void devices_given_are_the_only_ones(void **state)
{
	const struct sl_device list[] = {{.name = "eth0", .index = 0, .mac = {6, 5, 4, 3, 2, 1}}};
	const struct sl_devices devices = {list, 1, 24};
	struct sl_diags d = {0};
	struct sl_program *p = NULL;

	(void)state;
	p = configured("FromDevice(eth0) -> ToDevice(eth0)", &devices);
	assert_int_equal(p->devices.head, 24);
	assert_memory_equal((const char *)p->insts[0].conf + 1, list[0].mac, 6);
	sl_program_free(p);
	p = NULL;
	assert_int_equal(
		sl_program_new(parsed("FromDevice(eth0) -> ToDevice(eth1)"), &devices, &d, &p),
		-EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message, "DEVNAME: 'eth1': not a device of this tenant");
	assert_string_equal(d.list[0].hint, "its devices are: eth0");
	sl_diags_free(&d);
}

static void names_that_are_no_devices_are_not_collected(void **state)
{
	(void)state;
	refused("FromDevice(a_name_of_more_than_thirty_one_bytes) -> Discard; FromDevice(\"\") -> "
		"Discard;",
		"g.click:1:12: error: DEVNAME: 'a_name_of_more_than_thirty_one_bytes': not a "
		"device "
		"of this tenant [element 'FromDevice@1']\n"
		"    fix: it has no devices\n"
		"g.click:1:73: error: DEVNAME: '\"\"': not a device of this tenant [element "
		"'FromDevice@3']\n"
		"    fix: it has no devices\n");
}

static void is_port(const struct sl_program *p, const char *elem, const char *name,
		    unsigned int proto, int want)
{
	const struct sl_elem *where = elem ? &p->graph->elems[sl_graph_find(p->graph, elem)] : NULL;
	uint16_t port = 0;
	int ret = sl_names_port(p, where, name, proto, &port);

	assert_int_equal(ret ? ret : port, want);
}

static void port_names_are_seen_from_inside(void **state)
{
	SL_CLEANUP(sl_program_freep)
	struct sl_program *p =
		configured("PortInfo(game 4711, odd 16/tcp, odd 17/udp, one 18/udp, www 8080/tcp);"
			   "Idle -> out :: Null -> c :: { PortInfo(game 1); input -> n :: Null ->"
			   " { input -> deep :: Null -> output } -> output } -> Discard",
			   NULL);
	const char *deep = NULL;

	(void)state;
	for (size_t i = 0; i < p->graph->n_elems; i++) {
		if (strstr(p->graph->elems[i].name, "/deep"))
			deep = p->graph->elems[i].name;
	}
	is_port(p, NULL, "game", 6, 4711);
	is_port(p, "out", "game", 17, 4711);
	is_port(p, "c/n", "game", 6, 1);
	is_port(p, deep, "game", 0, 1);
	is_port(p, deep, "odd", 6, 16);
	is_port(p, deep, "odd", 17, 17);
	is_port(p, deep, "odd", 0, 16);
	is_port(p, NULL, "one", 17, 18);
	is_port(p, NULL, "one", 6, -ENOENT);
	is_port(p, NULL, "one", 0, 18);
	/* One's own names before those everybody knows, which stay where they are not touched. */
	is_port(p, deep, "www", 6, 8080);
	is_port(p, NULL, "c/game", 6, 1);
	is_port(p, NULL, "ntp", 17, 123);
}

/* Lookups of many names must not take the square of their number. */
static void many_names_are_found(void **state)
{
	const int n = 50000;
	char *text = malloc((size_t)n * 40 + 100), *s = text;
	struct sl_program *p;

	(void)state;
	s += sprintf(s, "Idle -> EtherEncap(1, n0, n%d) -> Discard; AddressInfo(", n - 1);
	for (int i = 0; i < n; i++)
		s += sprintf(s, "n%d 2:0:0:0:%x:%x,", i, i >> 8, i & 255);
	sprintf(s, ");");
	p = configured(text, NULL);
	free(text);
	assert_int_equal(((const uint8_t *)sl_inst_value(&p->insts[1], 2))[4], (n - 1) >> 8);
	sl_program_free(p);
}

static void too_many_outputs_are_refused(void **state)
{
	char text[32000];
	size_t n = (size_t)sprintf(text, "Idle -> s :: RoundRobinSwitch; d :: Discard;");
	struct sl_diags d = {0};
	struct sl_program *p = NULL;

	(void)state;
	for (int i = 0; i < 252; i++)
		n += (size_t)sprintf(text + n, "s[%d] -> d;", i);
	assert_int_equal(sl_program_new(parsed(text), NULL, &d, &p), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].code, "too-many-outputs");
	sl_diags_free(&d);
}

static void bandwidth_defaults_have_a_unit(void **state)
{
	(void)state;
	for (size_t n = 0; sl_all_classes[n]; n++) {
		for (const struct sl_param *q = sl_all_classes[n]->params; q && q->name; q++) {
			if (q->type == SL_T_BPS && q->def)
				assert_true(sl_text_has_unit(q->def));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_sorted_and_found_by_every_name),
		cmocka_unit_test(descriptors_are_complete),
		cmocka_unit_test(arguments_by_position_and_keyword),
		cmocka_unit_test(defaults_are_values_too),
		cmocka_unit_test(every_error_is_reported_where_it_is),
		cmocka_unit_test(errors_inside_compounds_name_the_way_in),
		cmocka_unit_test(devices_come_from_the_graph_if_none_are_given),
		cmocka_unit_test(devices_given_are_the_only_ones),
		cmocka_unit_test(names_that_are_no_devices_are_not_collected),
		cmocka_unit_test(port_names_are_seen_from_inside),
		cmocka_unit_test(many_names_are_found),
		cmocka_unit_test(too_many_outputs_are_refused),
		cmocka_unit_test(bandwidth_defaults_have_a_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
