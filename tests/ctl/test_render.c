// SPDX-License-Identifier: GPL-2.0-only
/* Results as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/render.h"
#include "loader/mem.h"

static char *render(const char *json, const struct ctl_view *view, bool as_json)
{
	struct json_object *o = json_tokener_parse(json);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(o);
	assert_int_equal(ctl_render(o, view, as_json, f), 0);
	fclose(f);
	json_object_put(o);
	return text;
}

static void shows(const char *json, const struct ctl_view *view, const char *want)
{
	_free_ char *text = render(json, view, false);

	if (strcmp(text, want))
		fail_msg("wanted:\n%s\ngot:\n%s", want, text);
}

static void an_object_is_names_and_values(void **state)
{
	(void)state;
	shows("{\"name\": \"red\", \"next_hop\": null, \"up\": true, \"n\": -3, \"list\": [1, "
	      "\"b\"],"
	      " \"none\": [], \"drops\": {}}",
	      NULL,
	      "name:     red\n"
	      "next hop: -\n"
	      "up:       yes\n"
	      "n:        -3\n"
	      "list:     1, b\n"
	      "none:     -\n"
	      "drops:    -\n");
}

static void units_go_to_the_values(void **state)
{
	(void)state;
	shows("{\"a_ns\": 12, \"b_ns\": 1500, \"c_ns\": 2500000, \"d_ns\": 61000000000,"
	      " \"i_ns\": 12345678000000,"
	      " \"e_s\": 2.5, \"f_ms\": 250, \"g_bps\": 2000000, \"h_bytes\": 5000000000}",
	      NULL,
	      "a:       12 ns\n"
	      "b:       1.50 us\n"
	      "c:       2.50 ms\n"
	      "d:       61 s\n"
	      "i:       12346 s\n"
	      "e:       2.5 s\n"
	      "f:       250 ms\n"
	      "g bps:   2 Mbit/s\n"
	      "h bytes: 5000000000\n");
}

static void large_counters_are_exact(void **state)
{
	(void)state;
	shows("{\"packets\": 18446744073709551615, \"bytes\": 9007199254740993}", NULL,
	      "packets: 18446744073709551615\n"
	      "bytes:   9007199254740993\n");
}

static void objects_inside_are_indented_and_lists_of_them_tables(void **state)
{
	(void)state;
	shows("{\"a\": {\"b\": 1, \"c\": {\"d\": 2}}, \"rows\": [{\"n\": 1, \"s\": \"x\"},"
	      " {\"n\": 20, \"t\": \"y\"}]}",
	      NULL,
	      "a:\n"
	      "  b: 1\n"
	      "  c:\n"
	      "    d: 2\n"
	      "rows:\n"
	      "   N  S  T\n"
	      "   1  x  -\n"
	      "  20  -  y\n");
}

static const struct ctl_view table = {
	.table = "rows", .columns = "name n inner.state drops gone", .empty = "nothing here"};

static void a_view_picks_columns_and_their_order(void **state)
{
	(void)state;
	shows("{\"rows\": [{\"n\": 1, \"name\": \"a\", \"inner\": {\"state\": \"up\"}, \"more\": "
	      "9},"
	      " {\"n\": 100, \"name\": \"long\", \"drops\": {\"ttl\": 3, \"no-route\": 1}}]}",
	      &table,
	      "NAME    N  STATE  DROPS\n"
	      "a       1  up     -\n"
	      "long  100  -      ttl 3, no-route 1\n");
	shows("{\"rows\": []}", &table, "nothing here\n");
}

static void lists_in_cells_are_names(void **state)
{
	static const struct ctl_view view = {.table = "rows"};

	(void)state;
	shows("{\"rows\": [{\"links\": [{\"device\": \"eth0\", \"key\": 1}, {\"device\": "
	      "\"eth1\"}],"
	      " \"ids\": [1, 2]}]}",
	      &view,
	      "LINKS       IDS\n"
	      "eth0, eth1  1, 2\n");
}

static void raw_text_is_as_it_is(void **state)
{
	static const struct ctl_view view = {.raw = "text"};

	(void)state;
	shows("{\"text\": \"a :: B;\\n\\tx\\u001b[1m\\n\"}", &view, "a :: B;\n\tx\033[1m\n");
	shows("{\"text\": \"no end\"}", &view, "no end\n");
	shows("{\"text\": \"\"}", &view, "");
	/* Without that member the rest is shown. */
	shows("{\"other\": 1}", &view, "other: 1\n");
}

static void a_line_has_the_members_that_are_there(void **state)
{
	static const struct ctl_view view = {.line = "time tenant text"};

	(void)state;
	shows("{\"text\": \"x\", \"time\": \"10:00\"}", &view, "10:00 x\n");
	shows("{\"text\": \"two\\nlines\", \"tenant\": \"red\"}", &view, "red two\\nlines\n");
}

/* Names and values that a tenant chose. */
static void strangers_text_cannot_drive_the_terminal(void **state)
{
	_free_ char *text =
		render("{\"a\\u001b[2J\": \"b\\u001b]0;x\\u0007\", \"t\": [{\"k\\u001b\": "
		       "\"\\u009b2J\"}], \"block\": \"l1\\n\\u001b[0m\"}",
		       NULL, false);

	(void)state;
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_non_null(strstr(text, "\\x1b"));
}

static void deep_objects_end(void **state)
{
	char json[2000] = "", *p = json;
	_free_ char *text = NULL;

	(void)state;
	for (int i = 0; i < 30; i++)
		p += sprintf(p, "{\"a\":");
	p += sprintf(p, "1");
	for (int i = 0; i < 30; i++)
		*p++ = '}';
	text = render(json, NULL, false);
	assert_non_null(text);
}

static void several_lines_stand_below_each_other(void **state)
{
	static const struct ctl_view view = {.table = "rows"};

	(void)state;
	shows("{\"rows\": [{\"h\": \"c.ports\", \"value\": \"1 input\\n2 outputs\\n\"}]}", &view,
	      "H        VALUE\n"
	      "c.ports  1 input\n"
	      "         2 outputs\n");
}

static void json_is_what_came(void **state)
{
	static const char json[] = "{\"b\": [1, {\"c\": \"/x\"}], \"a\": null, \"d_ns\": 5}";
	_free_ char *text = render(json, &table, true);
	struct json_object *want = json_tokener_parse(json), *got = json_tokener_parse(text);

	(void)state;
	assert_true(json_object_equal(want, got));
	assert_non_null(strstr(text, "\"/x\""));
	json_object_put(want);
	json_object_put(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_names_and_values),
		cmocka_unit_test(units_go_to_the_values),
		cmocka_unit_test(large_counters_are_exact),
		cmocka_unit_test(objects_inside_are_indented_and_lists_of_them_tables),
		cmocka_unit_test(a_view_picks_columns_and_their_order),
		cmocka_unit_test(lists_in_cells_are_names),
		cmocka_unit_test(raw_text_is_as_it_is),
		cmocka_unit_test(a_line_has_the_members_that_are_there),
		cmocka_unit_test(strangers_text_cannot_drive_the_terminal),
		cmocka_unit_test(deep_objects_end),
		cmocka_unit_test(several_lines_stand_below_each_other),
		cmocka_unit_test(json_is_what_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
