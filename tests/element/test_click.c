// SPDX-License-Identifier: GPL-2.0-only
/* The comparison with Click, without one: the configuration it would get, and what it might print.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/element/click.h"

static const char cases[] = "device eth0 ip=10.0.0.1/24\n"
			    "graph\n"
			    "\tFromDevice(eth0) -> c :: Counter -> ToDevice(eth0);\n"
			    "case one\n"
			    "repeat 2\n"
			    "in eth0 raw hex 0102030405060708090a0b0c0d0e\n"
			    "out eth0 same\n"
			    "clock +2.5\n"
			    "write c.reset a$\"b\n"
			    "read c.count = 2\n"
			    "read c.none = 0\n"
			    "event hello\n";

/* A case, compiled, with nothing that frees it but the end of the test. */
struct fixture {
	struct case_file *file;
	struct sl_compiled *compiled;
	struct run *r;
};

static int set_up(void **state)
{
	char path[] = "/tmp/sl-click-XXXXXX", *error = NULL;
	int fd = mkstemp(path);
	struct fixture *f = calloc(1, sizeof(*f));
	struct sl_compile_opts opts = {.target = SL_TARGET_CHECK, .bpf_dir = "bpf"};
	struct sl_submission sub = {0};
	struct sl_diags d = {0};
	struct case_graph *g;

	assert_int_equal(write(fd, cases, sizeof(cases) - 1), sizeof(cases) - 1);
	close(fd);
	if (case_file_read(path, &f->file, &error))
		fail_msg("%s", error);
	unlink(path);
	g = f->file->graphs;
	sub.graph.name = "x";
	sub.graph.text = g->text;
	sub.graph.len = strlen(g->text);
	opts.devices = (struct sl_devices){g->devices, g->n_devices, g->head};
	assert_int_equal(sl_compile(&sub, &opts, &d, &f->compiled), 0);
	f->r = calloc(1, sizeof(*f->r));
	*f->r = (struct run){
		.file = f->file, .tc = f->file->cases, .build = "click", .compiled = f->compiled};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->r->why);
	free(f->r);
	sl_compiled_free(f->compiled);
	case_file_free(f->file);
	free(f);
	return 0;
}

static void a_case_becomes_a_script(void **state)
{
	static const char *const parts[] = {
		"FromDevice(eth0) -> c :: Counter -> ToDevice(eth0);",
		"AddressInfo(eth0 02:00:00:00:00:01 10.0.0.1 10.0.0.1/255.255.255.0);",
		"writeq FromDevice@1/sl_in.data \"\\<0102030405060708090a0b0c0d0e>\",",
		"write FromDevice@1/sl_in.limit 1,",
		"write FromDevice@1/sl_in.limit 2,",
		"set d $(sub 1002.500000000 $(now)),",
		"wait $d,",
		"writeq c.reset \"a\\$\\\"b\",",
		"printq c.count ,",
	};
	struct fixture *f = *state;
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(click_config(f->r, out), 0);
	fclose(out);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strstr(text, parts[i]))
			fail_msg("no '%s' in\n%s", parts[i], text);
	}
}

#define FRAME "@@out eth0:   14 | 01020304 05060708 090a0b0c 0d0e\n"
#define START "warning\n@@step\n"
#define UNTIL_READ START FRAME "@@step\nhello\n" FRAME "@@step\n@@step\n@@status 0\n@@step\n"
#define END "@@step\nIn 's':\n  no 'c.none' read handler\n@@end\n"

static void says(void **state, const char *printed, const char *difference)
{
	struct fixture *f = *state;
	struct click_output o;
	unsigned int unknown = 0;
	_free_ char *why = NULL;

	assert_int_equal(click_output_read(printed, &o), 0);
	why = click_differs(f->r, &o, &unknown);
	click_output_free(&o);
	if (difference && (!why || !strstr(why, difference)))
		fail_msg("'%s' instead of '%s'", why ? why : "", difference);
	if (!difference && why)
		fail_msg("%s", why);
	if (!difference)
		assert_int_equal(unknown, 1);
}

static void what_is_as_wanted_is_no_difference(void **state)
{
	says(state, UNTIL_READ "2\n" END, NULL);
}

static void every_difference_is_seen(void **state)
{
	says(state, UNTIL_READ "3\n" END, "c.count is '3' in Click, wanted '2'");
	says(state, UNTIL_READ "2\n", "does not come to its end");
	says(state, START "@@step\nhello\n" FRAME "@@end\n", "sends nothing more");
	says(state, START FRAME FRAME "@@end\n", "a frame nobody wants to eth0");
	says(state, START "@@out eth1:   14 | 01020304 05060708 090a0b0c 0d0e\n@@end\n",
	     "sends nothing more");
	says(state, START "@@out eth0:   14 | 01020304 05060708 090a0b0c 0d0f\n@@end\n", "0d0f");
	says(state, START "@@out eth0:   13 | 01020304 05060708 090a0b0c 0d\n@@end\n", "13 bytes");
	says(state, START FRAME "@@step\n" FRAME "@@step\n" FRAME "@@end\n",
	     "a frame while time passes");
	says(state, START FRAME "@@step\n" FRAME "@@step\n@@step\nno\n@@status -1\n@@end\n",
	     "writing c.reset");
	says(state,
	     START FRAME "@@step\nhallo\n" FRAME "@@step\n@@step\n@@status 0\n@@step\n2\n" END,
	     "Click says");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_case_becomes_a_script, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_as_wanted_is_no_difference, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(every_difference_is_seen, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("click", tests, NULL, NULL);
}
