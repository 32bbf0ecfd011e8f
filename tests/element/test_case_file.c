// SPDX-License-Identifier: GPL-2.0-only
/* The reader of case files: above all, that a case which could not fail is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/element/case_file.h"

#define GRAPH "graph\n\tFromDevice(eth0) -> d :: Discard;\n"

/* Reads `text` as a file; NULL with the message in *error. */
static struct case_file *read_text(const char *text, char **error)
{
	char path[] = "/tmp/sluice-case-XXXXXX";
	struct case_file *f = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	*error = NULL;
	if (case_file_read(path, &f, error))
		assert_null(f);
	unlink(path);
	return f;
}

static void refused(const char *text, const char *message)
{
	_free_ char *error = NULL;
	struct case_file *f = read_text(text, &error);

	if (f)
		fail_msg("this was taken:\n%s", text);
	if (!error || !strstr(error, message))
		fail_msg("'%s', wanted '%s'", error, message);
}

static struct case_file *taken(const char *text)
{
	_free_ char *error = NULL;
	struct case_file *f = read_text(text, &error);

	if (!f)
		fail_msg("%s", error);
	return f;
}

static void cases_that_cannot_fail_are_refused(void **state)
{
	(void)state;
	refused("", "no cases");
	refused(GRAPH, "no cases");
	refused(GRAPH "case x\n", ":3: this case wants nothing");
	refused(GRAPH "case x\nin eth0 ip\n", "the last packet of this case has no outcome");
	refused(GRAPH "case x\nin eth0 ip\nin eth0 ip\ndrop d element\n",
		":5: the packet above this line has no outcome");
	refused(GRAPH "case x\nin eth0 ip\nread d.count = 1\n",
		"the packet above this line has no outcome");
	refused(GRAPH "case x\nread d.count\n", "read without = VALUE");
	refused(GRAPH "case x\nwrite d.reset_counts\n", "wants nothing");
	refused("refuse x\nerror y\n", "refuse without a graph");
	refused("refuse x\n" GRAPH, "wants nothing");
}

static void what_means_nothing_is_refused(void **state)
{
	(void)state;
	refused("case x\nread a.b = c\n", "case without a graph above it");
	refused(GRAPH "case x\nfrob\n", ":4: 'frob' means nothing here");
	refused(GRAPH "in eth0 ip\n", "belongs to no case");
	refused(GRAPH "case x\nout eth0 ip\n", "out does not follow a packet");
	refused(GRAPH "case x\nread d = 1\n", "'d' is no ELEMENT.HANDLER");
	refused(GRAPH "case x\nin eth0 $none\ndrop d element\n", "no `let` for $none");
	refused("let x ip\n", "write: let NAME = WORDS");
	refused("device eth0 mack=1\n", "'mack=1' is no option of a device");
	refused(GRAPH "case x\nrepeat 2\ndrop d element\n", "repeat must be followed by in");
	refused(GRAPH "case x\nrepeat 0\nin eth0 ip\n", "repeat N, N at least 1");
	refused(GRAPH "case x\nonly sometimes\n", "only bpf, or only native");
	refused("click differs: x\n" GRAPH, "once, in a case or below a graph");
	refused(GRAPH "case x\nclick differs\n", "once, in a case or below a graph");
	refused(GRAPH "case x\nclick differs: a\nclick differs: b\n",
		":5: once, in a case or below a graph");
	refused(GRAPH "case x\nerror y\n", "error belongs to refuse");
	refused("refuse x\n" GRAPH "in eth0 ip\n", "only `graph` and `error` belong to refuse");
	refused("\tip\n", "nothing above that this line could go on with");
	refused("graph\ncase x\n", "graph without a text");
}

static void a_file_is_read_as_it_says(void **state)
{
	struct case_file *f = taken("# comment\n"
				    "let p = ip ttl=3 # comment\n"
				    "device red mac=2:0:0:0:0:7 ip=10.0.0.1/24 iplink\n"
				    "head 0\n"
				    "weight 300\n" GRAPH "\t// $p # not a comment\n"
				    "\n"
				    "case one   # named\n"
				    "repeat 3\n"
				    "in red $p\n"
				    "\tudp # comment\n"
				    "\tdata 4\n"
				    "out red same\n"
				    "drop - loop\n"
				    "read d.list a = b = c\\n\\td # comment\n"
				    "write d.w fails => no\n"
				    "write d.v 1 => 2\n"
				    "clock +5ms\n"
				    "event \\  x\n"
				    "refuse two\n" GRAPH "error y\n"
				    "case three\n"
				    "random 9\n"
				    "only native\n"
				    "read d.e =\n");
	const struct test_case *c = f->cases;
	const struct step *s = c->steps;

	(void)state;
	assert_int_equal(f->n_graphs, 2);
	assert_int_equal(f->n_cases, 3);
	assert_string_equal(f->graphs[0].devices[0].name, "red");
	assert_int_equal(f->graphs[0].devices[0].mac[5], 7);
	assert_true(f->graphs[0].devices[0].ip_link);
	assert_int_equal(f->graphs[0].head, 0);
	assert_int_equal(f->graphs[0].max_weight, 300);
	assert_int_equal(f->graphs[1].max_weight, 0);
	assert_int_equal(f->graphs[1].n_devices, 0);
	assert_int_equal(f->graphs[1].head, 32);
	/* Line numbers of the graph are those of the file. */
	assert_string_equal(f->graphs[0].text, "\n\n\n\n\n\n\tFromDevice(eth0) -> d :: Discard;\n"
					       "\t// $p # not a comment\n\n");
	assert_non_null(strstr(c->name, ": one"));
	assert_int_equal(c->n, 8);
	assert_int_equal(s[0].kind, STEP_IN);
	assert_int_equal(s[0].repeat, 3);
	assert_string_equal(s[0].a, "red");
	assert_string_equal(s[0].b, "ip ttl=3\tudp\tdata 4");
	assert_string_equal(s[1].b, "same");
	assert_string_equal(s[2].a, "-");
	assert_string_equal(s[2].b, "loop");
	assert_string_equal(s[3].b, "a");
	assert_string_equal(s[3].c, "b = c\n\td");
	assert_true(s[4].fails);
	assert_string_equal(s[4].b, "");
	assert_string_equal(s[4].c, "=> no");
	assert_string_equal(s[5].b, "1");
	assert_string_equal(s[5].c, "2");
	assert_true(s[6].plus);
	assert_string_equal(s[7].c, "  x");
	assert_true(c[1].refuse);
	assert_int_equal(c[1].graph, 1);
	assert_int_equal(c[2].graph, 0);
	assert_int_equal(c[2].rnd, 9);
	assert_int_equal(c[2].builds, RUN_NATIVE);
	assert_string_equal(c[2].steps[0].c, "");
	case_file_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_that_cannot_fail_are_refused),
		cmocka_unit_test(what_means_nothing_is_refused),
		cmocka_unit_test(a_file_is_read_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
