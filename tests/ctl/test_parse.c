// SPDX-License-Identifier: GPL-2.0-only
/* The command line against the table, and what is made from the table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/command.h"
#include "ctl/run.h"
#include "loader/config/config.h"
#include "loader/mem.h"

/* Splits at spaces; "_" stands for an empty word. */
static enum ctl_exit parse(const char *line, struct ctl_call *call)
{
	static char copy[512], program[] = "sluicectl", nothing[] = "";
	char *argv[64] = {program};
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		argv[argc++] = strcmp(w, "_") ? w : nothing;
	memset(call, 0, sizeof(*call));
	return ctl_parse(argc, argv, call);
}

static void ok(const char *line, struct ctl_call *call)
{
	if (parse(line, call) != CTL_DONE) {
		sl_diags_print(&call->diags, stderr);
		fail_msg("refused: %s", line);
	}
}

/* The line is refused with exit status 2, and the message has `text` in it. */
static void bad(const char *line, const char *text)
{
	struct ctl_call call;
	_free_ char *said = NULL;
	size_t len;
	FILE *f = open_memstream(&said, &len);

	if (parse(line, &call) != CTL_USAGE)
		fail_msg("not refused: %s", line);
	sl_diags_print(&call.diags, f);
	fclose(f);
	if (!strstr(said, text))
		fail_msg("%s: wanted '%s', got: %s", line, text, said);
	ctl_call_free(&call);
}

static void arguments_and_options_are_found_by_name(void **state)
{
	struct ctl_call c;
	const char **all;
	size_t n;

	(void)state;
	ok("tenant install red a.click A=1 B=2 -j", &c);
	assert_string_equal(c.command->object, "tenant");
	assert_string_equal(c.command->action, "install");
	assert_string_equal(ctl_get(&c, "TENANT"), "red");
	assert_string_equal(ctl_get(&c, "GRAPH"), "a.click");
	all = ctl_get_all(&c, "NAME=value", &n);
	assert_int_equal(n, 2);
	assert_string_equal(all[1], "B=2");
	assert_null(all[2]);
	assert_true(c.json);
	free(all);
	ctl_call_free(&c);
}

static void options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"-j --socket /x port attach up eth0 --mode generic --confirm 60s",
		"port attach --confirm 60s --mode=generic -j --socket /x up eth0",
	};
	struct ctl_call c;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		ok(lines[i], &c);
		assert_string_equal(ctl_get(&c, "NAME"), "up");
		assert_string_equal(ctl_get(&c, "INTERFACE"), "eth0");
		assert_string_equal(ctl_get(&c, "mode"), "generic");
		assert_string_equal(ctl_get(&c, "confirm"), "60s");
		assert_string_equal(c.socket, "/x");
		assert_true(c.json);
		ctl_call_free(&c);
	}
}

static void values_with_dashes_come_behind_two_dashes(void **state)
{
	struct ctl_call c;

	(void)state;
	ok("write red/c.limit -- -5 x", &c);
	assert_string_equal(ctl_get_nth(&c, "VALUE", 0), "-5");
	assert_string_equal(ctl_get_nth(&c, "VALUE", 1), "x");
	assert_null(ctl_get_nth(&c, "VALUE", 2));
	ctl_call_free(&c);
}

static void commands_without_action_take_their_arguments(void **state)
{
	struct ctl_call c;

	(void)state;
	ok("read red/a/b.count", &c);
	assert_string_equal(ctl_get(&c, "HANDLER"), "red/a/b.count");
	ctl_call_free(&c);
	ok("stats --watch", &c);
	assert_null(ctl_get(&c, "TENANT"));
	assert_non_null(ctl_get(&c, "watch"));
	ctl_call_free(&c);
	ok("replay g.click --in eth0=a.pcap --in eth1=b.pcap --read a.x --read b.y", &c);
	assert_string_equal(ctl_get_nth(&c, "in", 1), "eth1=b.pcap");
	assert_string_equal(ctl_get_nth(&c, "read", 1), "b.y");
	ctl_call_free(&c);
}

static void help_is_asked_for_in_every_way(void **state)
{
	static const char *const lines[] = {"help",
					    "--help",
					    "-h",
					    "tenant install --help",
					    "tenant install red -h",
					    "help tenant install"};
	struct ctl_call c;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ok(lines[i], &c);
		assert_true(c.help || !strcmp(c.command->object, "help"));
		ctl_call_free(&c);
	}
	ok("tenant --help", &c);
	assert_string_equal(ctl_get(&c, "COMMAND"), "tenant");
	ctl_call_free(&c);
}

static void mistakes_are_told_with_what_to_do(void **state)
{
	(void)state;
	bad("_", "no command");
	bad("tennant list", "did you mean `sluicectl tenant`");
	bad("xyzzy", "`sluicectl help`");
	bad("tenant", "add, install");
	bad("tenant instal red", "did you mean `sluicectl tenant install`");
	bad("tenant frobnicate", "nothing to do with a tenant");
	bad("tenant install red", "GRAPH is missing");
	bad("tenant stop", "TENANT is missing");
	bad("tenant stop red blue", "one argument too many");
	bad("tenant stop Red", "small letters");
	bad("tenant stop red/x", "small letters");
	bad("tenant install red a.click 9x=1", "NAME=value");
	bad("port attach up eth0 --mode fast", "one of");
	bad("port attach up eth0 --mode native --mode generic", "given twice");
	bad("port attach up eth0 --confirm soon", "a time");
	bad("port attach up eth0 --confirm", "needs a value");
	bad("port attach up eth0 --confrm 3s", "unknown option");
	bad("port attach up a/b", "network interface");
	bad("link show red", "TENANT/DEVICE");
	bad("read red", "TENANT/ELEMENT.HANDLER");
	bad("read red/count", "TENANT/ELEMENT.HANDLER");
	bad("read red/.count", "TENANT/ELEMENT.HANDLER");
	bad("read red/c.", "TENANT/ELEMENT.HANDLER");
	bad("events --last many", "a number");
	bad("stats --interval 1h", "a time");
}

static void times_have_units(void **state)
{
	static const struct {
		const char *text;
		long long ms;
	} cases[] = {
		{"60", 60000},	  {"60s", 60000}, {"1.5s", 1500}, {"250ms", 250}, {"2m", 120000},
		{"2min", 120000}, {"0s", 0},	  {"", -1},	  {"s", -1},	  {"-1s", -1},
		{"1h", -1},	  {"1 s", -1},	  {"1e99m", -1},  {"1sx", -1},
	};
	unsigned long long ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = ctl_time_ms(cases[i].text, &ms);

		if (cases[i].ms < 0 ? !ret : ret || ms != (unsigned long long)cases[i].ms)
			fail_msg("%s", cases[i].text);
	}
}

/* ---- The table -------------------------------------------------------------------------------*/

static void the_table_is_sound(void **state)
{
	char name[64];

	(void)state;
	for (const struct ctl_command *c = ctl_commands; c->object; c++) {
		ctl_command_name(c, name, sizeof(name));
		if (ctl_command_find(c->object, c->action) != c)
			fail_msg("%s: another command is found under this name", name);
		if (!c->run && !c->serve)
			fail_msg("%s: nobody carries it out", name);
		if (!c->help || strchr(c->help, '\n') || c->help[strlen(c->help) - 1] == '.')
			fail_msg("%s: its help is one line without a full stop", name);
		for (const struct ctl_arg *a = c->args; a && a->name; a++) {
			if ((a->many || a->optional) && a[1].name && !a[1].optional)
				fail_msg("%s: %s cannot be followed by more", name, a->name);
			if (a->many && a[1].name)
				fail_msg("%s: %s takes all", name, a->name);
		}
		for (const struct ctl_option *o = c->options; o && o->name; o++) {
			if ((o->kind == CTL_FLAG) != !o->metavar)
				fail_msg("%s: --%s: a flag, or a value with a name", name, o->name);
			if ((o->kind == CTL_CHOICE) != !!o->choices)
				fail_msg("%s: --%s: choices", name, o->name);
			if (!o->help)
				fail_msg("%s: --%s: no help", name, o->name);
		}
	}
}

static void every_command_has_help(void **state)
{
	char name[64];

	(void)state;
	for (const struct ctl_command *c = ctl_commands; c->object; c++) {
		_free_ char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		ctl_help(c, NULL, f);
		fclose(f);
		ctl_command_name(c, name, sizeof(name));
		if (!strstr(text, name) || !strstr(text, c->help))
			fail_msg("%s", name);
		for (const char *line = text; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (strcspn(line, "\n") > 100)
				fail_msg("%s: a line of %zu", name, strcspn(line, "\n"));
		}
	}
}

/* ---- Documents -------------------------------------------------------------------------------*/

static void same_as(const char *path, int (*fn)(FILE *out))
{
	_free_ char *now = NULL, *file = NULL;
	size_t len, n;
	FILE *f = open_memstream(&now, &len);
	_fclose_ FILE *kept = fopen(path, "r");

	assert_int_equal(fn(f), 0);
	fclose(f);
	if (!kept)
		fail_msg("%s is not there: make docs", path);
	file = calloc(1, len + 2);
	n = fread(file, 1, len + 1, kept);
	if (n != len || memcmp(file, now, len))
		fail_msg("%s is not up to date: make docs", path);
}

static void the_man_page_is_up_to_date(void **state)
{
	(void)state;
	same_as("docs/sluicectl.8", ctl_man);
}

static void the_completion_is_up_to_date(void **state)
{
	(void)state;
	same_as("configs/sluicectl.bash", ctl_completion);
}

static void the_element_reference_is_up_to_date(void **state)
{
	(void)state;
	same_as("docs/elements.md", sl_docs_elements);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_and_options_are_found_by_name),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(values_with_dashes_come_behind_two_dashes),
		cmocka_unit_test(commands_without_action_take_their_arguments),
		cmocka_unit_test(help_is_asked_for_in_every_way),
		cmocka_unit_test(mistakes_are_told_with_what_to_do),
		cmocka_unit_test(times_have_units),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(every_command_has_help),
		cmocka_unit_test(the_man_page_is_up_to_date),
		cmocka_unit_test(the_completion_is_up_to_date),
		cmocka_unit_test(the_element_reference_is_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
