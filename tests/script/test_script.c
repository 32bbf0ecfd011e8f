// SPDX-License-Identifier: GPL-2.0-only
/* Scripts: every instruction, every function, what is substituted, and what the hostile may try. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/script/script.h"
#include "tests/script/world.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND 1000000000ull

/* Runs one script until nothing is due and gives what it printed. */
static const char *run(struct world *w, const char *config)
{
	struct sl_diags d = {0};

	world_open(w);
	if (!world_add(w, "s", config, &d)) {
		sl_diags_print(&d, stderr);
		fail();
	}
	sl_diags_free(&d);
	world_run(w, 1000, 1000);
	return w->text ? w->text : "";
}

static void prints(const char *config, const char *want)
{
	struct world w;

	assert_string_equal(run(&w, config), want);
	world_close(&w);
}

/* ---- Functions -------------------------------------------------------------------------------*/

static void functions_compute(void **state)
{
	static const char *const cases[][2] = {
		{"add 10 5 2", "17"},
		{"add", "0"},
		{"add 0x10 010 -1", "23"},
		{"add 9223372036854775807 1", "-9223372036854775808"},
		{"add 1 2.5", "3.5"},
		{"sub 10 5 2", "3"},
		{"sub 10", "10"},
		{"min 3 1 2", "1"},
		{"min 3 1.5", "1.5"},
		{"max 5 10 2", "10"},
		{"max -1 -2", "-1"},
		{"mul 2 3 4", "24"},
		{"mul", "1"},
		{"mul 1.5 2", "3"},
		{"div 7 2", "3.5"},
		{"div 6 2", "3"},
		{"div 1 3", "0.333333333333"},
		{"div 1 0", "inf"},
		{"idiv 7 2", "3"},
		{"idiv -7 2", "-3"},
		{"idiv 1 0", "9223372036854775807"},
		{"idiv 0 0", "0"},
		{"mod 7 3", "1"},
		{"mod -7 3", "-1"},
		{"mod -9223372036854775808 -1", "0"},
		{"rem 7 3", "1"},
		{"rem 7.5 2", "1.5"},
		{"neg 5", "-5"},
		{"neg -2.5", "2.5"},
		{"neg -9223372036854775808", "-9223372036854775808"},
		{"abs -5", "5"},
		{"abs 5", "5"},
		{"abs -1.5", "1.5"},
		{"eq 10 0xA", "true"},
		{"eq 10x 10x", "true"},
		{"eq \"a\" a", "true"},
		{"eq 1 1.0", "true"},
		{"ne 1 2", "true"},
		{"gt 10 9", "true"},
		{"gt 10 9x", "false"},
		{"ge 9 9", "true"},
		{"lt 9 10", "true"},
		{"lt a b", "true"},
		{"le 9 8", "false"},
		{"le 18446744073709551615 18446744073709551615", "true"},
		{"not true", "false"},
		{"not 0", "true"},
		{"and true 1 yes", "true"},
		{"and true false junk", "false"},
		{"and", "true"},
		{"or false 1 junk", "true"},
		{"or", "false"},
		{"nand true true", "false"},
		{"nor false false", "true"},
		{"if true a b", "a"},
		{"if false a b", "b"},
		{"if false a", ""},
		{"in foo bar foo", "true"},
		{"in foo bar 'foo'", "true"},
		{"in foo bar", "false"},
		{"in", "false"},
		{"first a b", "a"},
		{"first \"a b\" c", "\"a b\""},
		{"length a b", "3"},
		{"length", "0"},
		{"unquote \"a b\"", "a b"},
		{"htons 0x1234", "13330"},
		{"ntohs 0x1234", "13330"},
		{"htonl 1", "16777216"},
		{"ntohl 1", "16777216"},
		{"now", "1700000000.000000000"},
		{"random 1", "0"},
		{"random 5 5", "5"},
		{"readable c.count sw.switch", "true"},
		{"readable c.count c.nothing", "false"},
		{"writable sw.switch", "true"},
		{"writable c.count", "false"},
		{"writable stop", "true"},
		{"readable add s.add version", "true"},
		{"sprintf \"%05x\" 127", "0007f"},
		{"sprintf '%d|%5d|%-5d|%+d|% d|%05d' 1 2 3 4 5 -6", "1|    2|3    |+4| 5|-0006"},
		{"sprintf '%#x %#o %X %u' 255 8 255 7", "0xff 010 FF 7"},
		{"sprintf '%.3d %*d %-*d.' 5 4 6 4 7", "005    6 7   ."},
		{"sprintf '%hd %hu %ld %lld' 65537 65537 1 2", "1 1 1 2"},
		{"sprintf '%s %5s %-5s. %.2s' ab \"c d\" e fghi", "ab   c d e    . fg"},
		{"sprintf '100%%'", "100%"},
		{"sprintf '%.0d.%.0x.' 0 0", ".."},
		{"sprintf '%i' 0x10", "16"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_free_ char *config = NULL, *want = NULL;

		assert_true(asprintf(&config, "printn \"<\", print $(%s)", cases[i][0]) > 0);
		assert_true(asprintf(&want, "<%s\n", cases[i][1]) > 0);
		prints(config, want);
	}
}

static void functions_refuse(void **state)
{
	static const char *const cases[][2] = {
		{"add 1 a", "add: a list of numbers is expected"},
		{"add 1 inf", "add: a list of numbers is expected"},
		{"mod 1 0", "mod: division by 0"},
		{"rem 1 0", "rem: division by 0"},
		{"mod 1.5 2", "mod: two integers are expected"},
		{"mod 1", "mod: two arguments are expected"},
		{"eq 1 2 3", "eq: two arguments are expected"},
		{"neg a", "neg: one number is expected"},
		{"abs 1 2", "abs: one number is expected"},
		{"htons x", "htons: one number is expected"},
		{"htonl 4294967296", "htonl: one number is expected"},
		{"not maybe", "not: true or false is expected"},
		{"and true maybe", "and: true or false is expected"},
		{"if maybe 1 2", "if: true or false is expected"},
		{"random 0", "random: N, of 1 or more"},
		{"random 3 2", "random: N, of 1 or more"},
		{"random a", "random: N, of 1 or more"},
		{"random 1 2 3", "random: N, of 1 or more"},
		{"now 1", "read handler 'now' takes no arguments"},
		{"sprintf '%d'", "sprintf: a number is expected"},
		{"sprintf '%s'", "sprintf: an argument is missing"},
		{"sprintf '%n' 1", "sprintf: the format has an unknown conversion"},
		{"sprintf '%'", "sprintf: the format has an unknown conversion"},
		{"sprintf '%99999d' 1", "sprintf: a width is too large"},
		{"sprintf '%.*d' -1 1", "sprintf: a precision is negative"},
		{"sprintf 'a' b", "sprintf: there are more arguments than conversions"},
		{"get", "get: which variable?"},
		{"get nothing", "no variable 'nothing'"},
		{"get a b", "too many arguments"},
		{"nothing 1", "there is no read handler 'nothing'"},
		{"x.y", "there is no element 'x'"},
		{"c.nothing", "there is no read handler 'c.nothing'"},
		{"c.count 1", "read handler 'c.count' takes no arguments"},
		{"c.fail", "fail: it does not work"},
		{"stop", "there is no read handler 'stop'"},
		{"\"\"", "a handler is missing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_free_ char *config = NULL;
		struct world w;

		assert_true(asprintf(&config, "set x $(%s)", cases[i][0]) > 0);
		run(&w, config);
		assert_non_null(w.text);
		if (!strstr(w.text, cases[i][1]) || strncmp(w.text, "s: instruction 1: ", 18))
			fail_msg("%s: %s, wanted %s", config, w.text, cases[i][1]);
		world_close(&w);
	}
}

static void random_numbers_are_within(void **state)
{
	struct world w;
	int seen = 0;

	(void)state;
	run(&w, "set i 0, label a, print $(random 3 6), set i $(add $i 1), goto a $(lt $i 200)");
	for (const char *s = w.text; *s; s += 2) {
		assert_in_range(*s, '3', '6');
		seen |= 1 << (*s - '0');
	}
	assert_int_equal(seen, 0x78);
	world_close(&w);
}

/* ---- Substitution ----------------------------------------------------------------------------*/

static void texts_are_substituted_as_in_click(void **state)
{
	static const char *const cases[][2] = {
		{"set x $(c.count), print $x", "0\n"},
		{"set x \"$(c.count)\", print $x", "\"0\"\n"},
		{"setq x \"$(c.count)\", print $x", "0\n"},
		{"print c.count", "0\n"},
		{"print \"c.count\"", "c.count\n"},
		{"print '\"c.count\"'", "\"c.count\"\n"},
		{"set x c.count, print $x, print $($x)", "c.count\n0\n"},
		{"set x a, print \"$x ${x}b '$x'\", print '$x'", "a ab 'a'\n$x\n"},
		{"print \"$y ${y} $(c.none)\"",
		 "s: instruction 1: there is no read handler 'c.none'\n$y ${y} $(c.none)\n"},
		{"set x \"a  b\", print \"$x\"", "\"a  b\"\n"},
		{"set x 'a\"b', print \"<$x>\"", "<'a\"b'>\n"},
		{"set x $(c.odd), print $x", "a \"b\" $c\\\n \\377\n"},
		{"print \"\\$x \\x41\"", "$x A\n"},
		{"printq c.echo \"a b\", print c.echo \"a b\"", "a b\n\"a b\"\n"},
		{"printn a.b, printn \"1\", printn \"2\", print \"3\"",
		 "s: instruction 1: there is no element 'a'\n123\n"},
		{"printnq c.echo 'x', print \"\"", "x\n"},
		{"read c.count", "c.count:\n0\n"},
		{"readq c.echo 'a  b'", "c.echo 'a  b':\na  b\n"},
		{"print version", SL_VERSION "\n"},
		{"print $(.version)", SL_VERSION "\n"},
		{"print driver", "sluice\n"},
		{"print s.class", "s\n"},
		{"print $?$#$0.$write", "00.false\n"},
		{"write sw.switch 3, print $?, write c.fail, print $?",
		 "0\ns: instruction 3: fail: it does not work\n-16\n"},
		{"write c.count 1", "s: instruction 1: there is no write handler 'c.count'\n"},
		{"write sw.config 1, print $?",
		 "s: instruction 1: config: compiles the graph anew, which scripts cannot\n-1\n"},
		{"writeq sw.switch \"4\", print sw.switch", "4\n"},
		{"set a $(add $(add 1 2) $(mul 2 $(add 1 1))), print $a", "7\n"},
		{"set n 1, set v1 x, print ${v$n}", "x\n"},
		{"init x 5, print $x, set x 6, print $x", "5\n6\n"},
		{"print $x, init x 5", "5\n"},
		{"initq x \"5 6\", print $x", "5 6\n"},
		{"init x $(add 1 $y), init y 2, print $x", "1\n"},
		{"error", ""},
		{"error a b, print 1", "s: instruction 1: a b\n"},
		{"errorq \"a b\"", "s: instruction 1: a b\n"},
		{"goto l 7", "s: instruction 1: bad condition '7'\n"},
	};

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(cases); i++)
		prints(cases[i][0], cases[i][1]);
	prints("goto l 7, label l", cases[ARRAY_SIZE(cases) - 1][1]);
}

static void names_are_seen_from_inside(void **state)
{
	struct sl_diags d = {0};
	struct world w;

	(void)state;
	world_open(&w);
	assert_true(world_add(&w, "in/s", "print c.count, print sw.switch", &d));
	assert_true(world_add(&w, "in/deep/s", "print c.count", &d));
	world_run(&w, 1000, 10);
	assert_string_equal(w.text, "7\n0\n7\n");
	world_close(&w);
}

/* ---- Instructions ----------------------------------------------------------------------------*/

static void gotos_go(void **state)
{
	(void)state;
	prints("set x 0, label begin_loop, print $x, set x $(add $x 1), "
	       "goto begin_loop $(lt $x 5), stop",
	       "0\n1\n2\n3\n4\n"
	       "the driver stops: the scripts of this graph end, packets go on\n");
	prints("goto end, print 1", "");
	prints("goto end false, print 1", "1\n");
	prints("init x 0, set x $(add $x 1), goto exit $(gt $x 2), print $x, loop", "1\n2\n");
	prints("init x 0, set x $(add $x 1), print $x, goto begin $(lt $x 3)", "1\n2\n3\n");
	prints("goto error, print 1", "");
	prints("exit, print 1", "");
	prints("end, print 1", "");
	prints("print 1, return 5, print 2", "1\n");
	prints("goto stop", "the driver stops: the scripts of this graph end, packets go on\n");
}

static void writes(struct world *w, unsigned int i, const char *handler, const char *value)
{
	struct sl_diags d = {0};

	assert_int_equal(sl_scripts_write(w->set, WORLD_SCRIPT + i, handler, value, &d), 0);
	sl_diags_free(&d);
}

static void reads(struct world *w, unsigned int i, const char *handler, const char *args,
		  const char *want)
{
	_free_ char *value = NULL;
	struct sl_diags d = {0};

	if (sl_scripts_read(w->set, WORLD_SCRIPT + i, handler, args, &value, &d)) {
		sl_diags_print(&d, stderr);
		fail_msg("%s", handler);
	}
	assert_string_equal(value, want);
	sl_diags_free(&d);
}

static void refuses(struct world *w, unsigned int i, const char *handler, const char *value,
		    bool write, const char *want)
{
	_free_ char *got = NULL;
	struct sl_diags d = {0};
	int ret = write ? sl_scripts_write(w->set, WORLD_SCRIPT + i, handler, value, &d)
			: sl_scripts_read(w->set, WORLD_SCRIPT + i, handler, value, &got, &d);

	assert_true(ret < 0);
	assert_null(got);
	if (want) {
		assert_true(d.errors > 0);
		if (!strstr(d.list[0].message, want))
			fail_msg("%s, wanted %s", d.list[0].message, want);
	}
	sl_diags_free(&d);
}

static void scripts_wait(void **state)
{
	struct world w;

	(void)state;
	run(&w, "print 1, wait 0.5s, print 2, wait $(add 1 1), print 3, wait 1ms, print 4");
	assert_string_equal(w.text, "1\n");
	assert_true(sl_scripts_due(w.set) == SECOND / 2);
	w.now = SECOND / 2 - 1;
	assert_int_equal(world_run(&w, 1000, 10), 0);
	w.now++;
	world_run(&w, 1000, 10);
	assert_string_equal(w.text, "1\n2\n");
	assert_true(sl_scripts_due(w.set) == SECOND / 2 + 2 * SECOND);
	/* A step ends the waiting, too. */
	writes(&w, 0, "step", "");
	assert_string_equal(w.text, "1\n2\n3\n");
	writes(&w, 0, "step", "1");
	assert_string_equal(w.text, "1\n2\n3\n4\n");
	assert_true(sl_scripts_due(w.set) == UINT64_MAX);
	world_close(&w);
	run(&w, "wait 1, print 1");
	assert_true(sl_scripts_due(w.set) == SECOND);
	world_close(&w);
	run(&w, "set x 5y, wait $x, print 1");
	assert_non_null(strstr(w.text, "s: instruction 2: wait '5y'"));
	writes(&w, 0, "step", "");
	assert_non_null(strstr(w.text, "\n1\n"));
	world_close(&w);
}

static void scripts_pause(void **state)
{
	struct world w;

	(void)state;
	run(&w, "print 1, pause, print 2, wait_step 2, print 3, wait, print 4, wait_stop, "
		"print 5, loop");
	assert_string_equal(w.text, "1\n");
	writes(&w, 0, "step", "");
	assert_string_equal(w.text, "1\n2\n");
	writes(&w, 0, "step", "");
	assert_string_equal(w.text, "1\n2\n");
	writes(&w, 0, "step", "");
	assert_string_equal(w.text, "1\n2\n3\n");
	writes(&w, 0, "step", "2");
	assert_string_equal(w.text, "1\n2\n3\n4\n5\n1\n");
	refuses(&w, 0, "step", "x", true, "'x' is not a number of steps");
	world_close(&w);
}

static void handlers_of_a_script(void **state)
{
	struct sl_diags d = {0};
	struct world w;

	(void)state;
	world_open(&w);
	assert_true(world_add(&w, "sum", "TYPE PASSIVE, return $(add $(c.count) $args)", &d));
	assert_true(world_add(&w, "args", "TYPE PASSIVE, returnq \"$# $1 $2 $10 $0 $write\"", &d));
	assert_true(world_add(&w, "vars",
			      "TYPE PASSIVE, export x 1, exportq y \"2 3\", set x $args,"
			      " print $(shift x) $(shift), print $args",
			      &d));
	assert_true(world_add(&w, "twice", "TYPE PASSIVE, return $(sum.run $(sum.run $1))", &d));
	assert_true(world_add(&w, "bad", "TYPE PASSIVE, error not $args", &d));
	assert_true(world_add(&w, "labels", "TYPE PASSIVE, end, label a, print 1, label b, print 2",
			      &d));
	world_run(&w, 1000, 100);
	w.count = 40;
	reads(&w, 0, "run", "2", "42");
	reads(&w, 1, "run", "a \"b c\" d", "3 a \"b c\"  run false");
	reads(&w, 3, "run", "1", "81");
	reads(&w, 2, "x", "", "1");
	reads(&w, 2, "y", "", "2 3");
	writes(&w, 2, "run", "p q");
	assert_string_equal(w.text, "p p\nq\n");
	reads(&w, 2, "x", "", "q");
	reads(&w, 2, "get", "y", "2 3");
	writes(&w, 2, "set", "z new value");
	reads(&w, 2, "get", "z", "new value");
	reads(&w, 2, "shift", "z", "new");
	reads(&w, 2, "get", "z", "value");
	reads(&w, 0, "add", "1 2", "3");
	refuses(&w, 4, "run", "good", false, "not good");
	refuses(&w, 0, "add", "x", false, "add: a list of numbers");
	refuses(&w, 0, "nothing", "", false, NULL);
	refuses(&w, 0, "run", "x", false, "add: a list of numbers");
	writes(&w, 5, "goto", "b");
	assert_string_equal(w.text, "p p\nq\n2\n");
	writes(&w, 5, "goto", "a");
	assert_string_equal(w.text, "p p\nq\n2\n1\n2\n");
	refuses(&w, 5, "goto", "c", true, "no such label 'c'");
	assert_int_equal(sl_scripts_flags(w.set, WORLD_SCRIPT, "nothing"), 0);
	assert_int_equal(sl_scripts_flags(w.set, 0, "count"), 0);
	world_close(&w);
}

static void a_proxy_has_every_handler(void **state)
{
	struct sl_diags d = {0};
	struct world w;

	(void)state;
	world_open(&w);
	assert_true(world_add(&w, "p",
			      "TYPE PROXY, goto nota $(ne $0 a), returnq \"you called 'a' $write\","
			      " label nota, goto notb $(ne $0 b), write sw.switch $args, return,"
			      " label notb, error bad handler",
			      &d));
	assert_true(world_add(&w, "user", "print p.a, write p.b 5, print p.c", &d));
	world_run(&w, 1000, 100);
	assert_string_equal(w.text, "you called 'a' false\np: instruction 8: bad handler\n");
	assert_int_equal(w.output, 5);
	reads(&w, 0, "a", "", "you called 'a' false");
	writes(&w, 0, "b", "6");
	assert_int_equal(w.output, 6);
	refuses(&w, 0, "c", "", false, "bad handler");
	world_close(&w);
}

static void the_driver_is_asked_before_it_stops(void **state)
{
	struct sl_diags d = {0};
	struct world w;

	(void)state;
	world_open(&w);
	assert_true(
		world_add(&w, "d", "TYPE DRIVER, pause, print \"cleaning\", wait 0.1s, stop", &d));
	assert_true(world_add(&w, "s",
			      "wait 1, write stop, print \"on\", wait 0.01, print \"still\", "
			      "wait 10, print \"never\"",
			      &d));
	world_run(&w, 1000, 100);
	assert_null(w.text);
	w.now = SECOND;
	world_run(&w, 1000, 100);
	assert_string_equal(w.text, "on\ncleaning\n");
	w.now += SECOND / 20;
	world_run(&w, 1000, 100);
	assert_string_equal(w.text, "on\ncleaning\nstill\n");
	w.now += SECOND;
	world_run(&w, 1000, 100);
	assert_string_equal(w.text, "on\ncleaning\nstill\nthe driver stops: the scripts of this "
				    "graph end, packets go on\n");
	assert_true(sl_scripts_due(w.set) == UINT64_MAX);
	/* What is called still works. */
	reads(&w, 1, "add", "1 1", "2");
	world_close(&w);
	world_open(&w);
	assert_true(world_add(&w, "d", "TYPE DRIVER", &d));
	assert_true(world_add(&w, "s", "stop", &d));
	world_run(&w, 1000, 100);
	assert_string_equal(w.text,
			    "the driver stops: the scripts of this graph end, packets go on\n");
	world_close(&w);
	prints("TYPE DRIVER, print 1, pause, print 2", "1\n");
}

/* ---- Mistakes --------------------------------------------------------------------------------*/

static void mistakes_are_explained_where_they_are(void **state)
{
	static const struct {
		const char *config;
		unsigned int col;
		const char *message, *hint;
	} cases[] = {
		{"wiat 3", 1, "'wiat' is not an instruction", "did you mean 'wait'?"},
		{"print 1, set", 10, "a variable's name is missing", "set x 1"},
		{"set x", 1, "'x': a value is missing", "set x \"\""},
		{"set $x 1", 1, "'$x' is not a variable's name", "without $"},
		{"export add 1", 1, "every script has a handler 'add'", "another name"},
		{"goto away", 1, "no such label 'away'", "a label of this script"},
		{"goto", 1, "no such label ''", "a label"},
		{"label", 1, "a label is one word", "label again"},
		{"label a b", 1, "a label is one word", "label again"},
		{"end 1", 1, "'end' takes no argument", "alone"},
		{"stop 1", 1, "'stop' takes no argument", "alone"},
		{"loop 1", 1, "'loop' takes no argument", "alone"},
		{"pause x", 1, "'x': not a number of steps", "wait 0.5s"},
		{"pause -1", 1, "'-1': not a number of steps", "pause 2"},
		{"wait 5y", 1, "'5y'", "wait 0.5s"},
		{"wait_for", 1, "a time is missing", "wait 0.5s"},
		{"write", 1, "a handler is missing", "write sw.switch 1"},
		{"read", 1, "a handler is missing", "write"},
		{"save c.count f", 1, "'save': there are no files here", "print it"},
		{"append c.count f", 1, "'append': there are no files here", "print it"},
		{"print >f c.count", 1, "there are no files here", "events"},
		{"print >>f c.count", 1, "there are no files here", "events"},
		{"set x $(cat /etc/shadow)", 1, "'cat': there are neither files", "own graph"},
		{"set x \"$(add $(catq f))\"", 1, "'catq': there are neither files", "own graph"},
		{"set x $(kill 9 1)", 1, "'kill': there are neither files", "own graph"},
		{"print $$", 1, "'$$': there is no process", "leave it out"},
		{"set x $(add 1", 1, "is not closed", "close it with ')'"},
		{"set x ${x", 1, "is not closed", "close it with '}'"},
		{"TYPE PACKET, end", 6, "TYPE PACKET: packets do not come", "Switch"},
		{"TYPE PUSH, end", 6, "TYPE PUSH: packets do not come", "Switch"},
		{"TYPE SIGNAL INT, end", 6, "TYPE SIGNAL: there is no process", "PASSIVE"},
		{"TYPE EAGER, end", 6, "TYPE: 'EAGER' is none", "DRIVER"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sl_arg *args = NULL, type = {0}, *list;
		struct sl_script *s = NULL;
		struct sl_diags d = {0};
		size_t n = 0;
		bool typed;
		int ret;

		assert_int_equal(
			sl_split_args(cases[i].config, (struct sl_pos){"g", 7, 1}, &args, &n), 0);
		list = args;
		typed = !strncmp(args[0].text, "TYPE ", 5);
		if (typed) {
			type = args[0];
			type.text += 5;
			type.pos.col += 5;
			list++;
		}
		ret = sl_script_parse("s", typed ? &type : NULL, SL_SCRIPT_ACTIVE, list, n - typed,
				      &d, &s);
		assert_int_equal(ret, -EINVAL);
		assert_null(s);
		assert_int_equal(d.errors, 1);
		if (!strstr(d.list[0].message, cases[i].message) ||
		    !strstr(d.list[0].hint, cases[i].hint))
			fail_msg("%s: %s (%s)", cases[i].config, d.list[0].message, d.list[0].hint);
		assert_int_equal(d.list[0].line, 7);
		assert_int_equal(d.list[0].col, cases[i].col);
		assert_string_equal(d.list[0].element, "s");
		sl_args_free(args, n);
		sl_diags_free(&d);
	}
}

static void count_call(void *arg, const char *handler, bool write, struct sl_pos pos)
{
	char *out = arg;

	(void)pos;
	strcat(out, write ? ">" : "<");
	strcat(out, handler);
}

static void calls_are_seen_before_they_are_made(void **state)
{
	struct sl_script *s = NULL;
	struct sl_diags d = {0};
	char seen[256] = "";

	(void)state;
	assert_int_equal(sl_script_parse_config("s",
						"write a.b $(c.d $(e.f 1)), read g.h, print i.j, "
						"print \"k.l $(m.n)\", set x $($y) , write $x.z 1, "
						"print '$(o.p)'",
						SL_SCRIPT_ACTIVE, &d, &s),
			 0);
	sl_script_calls(s, count_call, seen);
	assert_string_equal(seen, ">a.b<c.d<e.f<g.h<i.j<m.n");
	sl_script_free(s);
}

/* ---- The hostile -----------------------------------------------------------------------------*/

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static void endless_loops_end(void **state)
{
	struct world w;

	(void)state;
	prints("label a, goto a", "s: instruction 2: too many jumps without waiting: giving up\n");
	prints("loop", "s: instruction 1: too many jumps without waiting: giving up\n");
	/* One that waits goes on for ever, a turn at a time. */
	run(&w, "label a, wait 0, goto a");
	assert_int_equal(world_run(&w, 1000, 500), 500);
	assert_null(w.text);
	world_close(&w);
}

/* What one turn takes, whatever is tried: measured, and held against a generous bound. */
static void turns_are_short(void **state)
{
	static const char *const tries[] = {
		"label a, set x $(add 1 2), goto a",
		"set x a, label a, set x $x$x, goto a",
		"set x \"$(c.odd)\", label a, set x \"$x$x\", goto a",
		"set x $(sprintf '%4096d%4096d%4096d' 1 2 3), label a, set y $(length $x), goto a",
		"set x $(sprintf '%4096d%4096d%4096d' 1 2 3), label a, "
		"set y $(length $x$(length $x)), set z $(add $x 1 2 3), set z \"$x\", goto a",
		"set x \"1 1 1 1 1 1 1 1 \", label d, setq x \"$x$x\", goto d $(lt $(length $x) "
		"8000),"
		"label a, set y $(add $x), goto a",
		"set x \"c.y c.y c.y c.y c.y c.y c.y \", label d, setq x \"$x$x\", "
		"goto d $(lt $(length $x) 8000), label a, set y $(in zz $x), goto a",
		"label a, set y $(nothing.at.all), goto a",
		"label a, set y $(c.slow)$(c.slow)$(c.slow)$(c.slow), goto a",
		"label a, print $(sprintf '%4000d' 1), goto a",
		"set x ${a${a${a${a${a${a${a${a${a${a${a${a${a}}}}}}}}}}}}}, label a, set x $x, "
		"goto a",
	};
	uint64_t worst = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct sl_diags d = {0};
		struct world w;

		world_open(&w);
		assert_true(world_add(&w, "s", tries[i], &d));
		for (int n = 0; n < 2000 && !sl_scripts_due(w.set); n++) {
			uint64_t t = cpu_ns(), used = sl_scripts_turn(w.set, 200);

			t = cpu_ns() - t;
			worst = t > worst ? t : worst;
			assert_true(used <= 200 + SL_SCRIPT_UNITS * 2);
		}
		world_close(&w);
	}
	print_message("the longest turn took %.3f ms\n", (double)worst / 1e6);
	assert_true(worst < 200 * 1000000ull);
}

static void limits_end_a_script_and_say_which(void **state)
{
	static const char *const cases[][2] = {
		{"set x $(c.big), print 1", "a text of more than 16384 bytes is too much"},
		{"set x a, label a, set x $x$x, goto a", "a text of more than 16384 bytes"},
		{"print $(sprintf '%4096d%4096d%4096d%4096d%4096d' 1 2 3 4 5)",
		 "a text of more than 16384 bytes"},
		{"set x $(unquote \"\\0\")", "a byte 0 in a text"},
		{"set y $(c.slow)$(c.slow)$(c.slow)$(c.slow), print 1",
		 "handlers that take so long is too much"},
		{"init i 0, label a, set i $(add $i 1), write s.set v$i 1, goto a",
		 "that many variables"},
		{"set x $(sprintf '%4096d%4096d%4096d' 1 2 3), init i 0, label a, "
		 "set i $(add $i 1), write s.set v$i $x, goto a",
		 "what all variables hold is too much"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world w;

		run(&w, cases[i][0]);
		assert_non_null(w.text);
		if (!strstr(w.text, cases[i][1]) || !strstr(w.text, "giving up\n"))
			fail_msg("%s: %s", cases[i][0], w.text);
		assert_null(strstr(w.text, "\n1\n"));
		assert_true(sl_scripts_due(w.set) == UINT64_MAX);
		world_close(&w);
	}
}

static void scripts_that_call_each_other_end(void **state)
{
	struct sl_diags d = {0};
	struct world w;
	uint64_t t;

	(void)state;
	world_open(&w);
	assert_true(world_add(&w, "a", "label l, set x $(b.run $x), goto l", &d));
	assert_true(world_add(&w, "b", "TYPE PASSIVE, label l, set x $(d.run), goto l", &d));
	assert_true(world_add(&w, "d", "TYPE PASSIVE, label l, set x $(a.run), goto l", &d));
	t = cpu_ns();
	world_run(&w, 200, 100000);
	t = cpu_ns() - t;
	assert_true(t < 5 * SECOND);
	assert_non_null(strstr(w.text, "giving up"));
	assert_true(sl_scripts_due(w.set) == UINT64_MAX);
	/* From outside the caller hears of it. */
	refuses(&w, 1, "run", "", false, NULL);
	world_close(&w);
	/* One that calls itself begins again. */
	prints("init n 0, set n $(add $n 1), goto end $(gt $n 3), write s.run, print $n", "");
}

static void what_is_too_large_is_refused(void **state)
{
	_free_ char *text = malloc(200000);
	struct sl_script *s = NULL;
	struct sl_diags d = {0};
	struct world w;

	(void)state;
	strcpy(text, "end");
	for (int i = 0; i < SL_SCRIPT_INSNS; i++)
		strcat(text + 5 * i, ", end");
	assert_int_equal(sl_script_parse_config("s", text, SL_SCRIPT_ACTIVE, &d, &s), -EINVAL);
	assert_non_null(strstr(d.list[0].message, "1024 instructions"));
	sl_diags_free(&d);
	memcpy(text, "set x ", 6);
	memset(text + 6, 'a', 70000);
	text[70006] = 0;
	assert_int_equal(sl_script_parse_config("s", text, SL_SCRIPT_ACTIVE, &d, &s), -EINVAL);
	sl_diags_free(&d);
	text[0] = 0;
	for (int i = 0; i <= SL_SCRIPT_VARS; i++)
		sprintf(text + strlen(text), "set v%d 1,", i);
	assert_int_equal(sl_script_parse_config("s", text, SL_SCRIPT_ACTIVE, &d, &s), -EINVAL);
	assert_non_null(strstr(d.list[0].message, "256 variables"));
	sl_diags_free(&d);
	world_open(&w);
	for (int i = 0; i < SL_SCRIPT_MAX; i++)
		assert_true(world_add(&w, "s", "end", &d));
	assert_false(world_add(&w, "s", "end", &d));
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_compute),
		cmocka_unit_test(functions_refuse),
		cmocka_unit_test(random_numbers_are_within),
		cmocka_unit_test(texts_are_substituted_as_in_click),
		cmocka_unit_test(names_are_seen_from_inside),
		cmocka_unit_test(gotos_go),
		cmocka_unit_test(scripts_wait),
		cmocka_unit_test(scripts_pause),
		cmocka_unit_test(handlers_of_a_script),
		cmocka_unit_test(a_proxy_has_every_handler),
		cmocka_unit_test(the_driver_is_asked_before_it_stops),
		cmocka_unit_test(mistakes_are_explained_where_they_are),
		cmocka_unit_test(calls_are_seen_before_they_are_made),
		cmocka_unit_test(endless_loops_end),
		cmocka_unit_test(turns_are_short),
		cmocka_unit_test(limits_end_a_script_and_say_which),
		cmocka_unit_test(scripts_that_call_each_other_end),
		cmocka_unit_test(what_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
