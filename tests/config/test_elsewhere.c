// SPDX-License-Identifier: GPL-2.0-only
/* Every class of Click's is one here, or it is said why not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/config/config.h"
#include "loader/config/elsewhere.h"
#include "loader/mem.h"

/* Tests are run at the root of the tree. */
#define NAMES "tests/config/click_classes.txt"

static int each_name(void (*fn)(const char *name, void *arg), void *arg)
{
	_fclose_ FILE *in = fopen(NAMES, "re");
	_free_ char *line = NULL;
	size_t cap = 0;
	int n = 0;

	assert_non_null(in);
	while (getline(&line, &cap, in) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#')
			continue;
		fn(line, arg);
		n++;
	}
	return n;
}

static void here_or_elsewhere(const char *name, void *arg)
{
	size_t *missing = arg;

	if (sl_class_find(name) || sl_elsewhere_find(name))
		return;
	print_message("%s is neither a class nor in loader/config/elsewhere.c\n", name);
	++*missing;
}

static void every_name_of_click_is_known(void **state)
{
	size_t missing = 0;

	(void)state;
	assert_int_equal(each_name(here_or_elsewhere, &missing), 487);
	assert_int_equal(missing, 0);
}

struct search {
	const char *name;
	bool found;
};

static void compare(const char *name, void *arg)
{
	struct search *s = arg;

	s->found |= !strcmp(s->name, name);
}

/* No name twice, none that is no class of Click's, none that is one here; all say something. */
static void the_table_names_classes_of_click_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sl_elsewhere_n; i++) {
		_free_ char *names = strdup(sl_elsewhere[i].names);
		char *save = NULL;

		assert_true(strlen(sl_elsewhere[i].why) > 10);
		assert_true(strlen(sl_elsewhere[i].hint) > 5);
		for (char *w = strtok_r(names, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
			struct search s = {w, false};

			each_name(compare, &s);
			if (!s.found)
				fail_msg("%s is no class of Click's", w);
			if (sl_class_find(w))
				fail_msg("%s is a class here: take it out of the table", w);
			if (sl_elsewhere_find(w) != &sl_elsewhere[i])
				fail_msg("%s is in the table twice", w);
		}
	}
}

static void parts_of_names_are_none(void **state)
{
	(void)state;
	assert_null(sl_elsewhere_find(""));
	assert_null(sl_elsewhere_find("Unqueu"));
	assert_null(sl_elsewhere_find("nqueue"));
	assert_null(sl_elsewhere_find("Unqueue Unqueue2"));
	assert_null(sl_elsewhere_find("unqueue"));
	assert_null(sl_elsewhere_find("NoSuchClass"));
	assert_non_null(sl_elsewhere_find("Unqueue"));
	assert_non_null(sl_elsewhere_find("Unqueue2"));
}

/* The messages for `text`. */
static char *refusal(const char *text)
{
	const struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;
	char *said = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&said, &len);

	assert_non_null(f);
	assert_int_equal(sl_click_parse("g.click", text, strlen(text), &opts, &d, &g), -EINVAL);
	sl_diags_print(&d, f);
	fclose(f);
	sl_diags_free(&d);
	return said;
}

static void messages_say_what_it_needs(void **state)
{
	_free_ char *queue =
		refusal("FromDevice(eth0) -> Queue -> DelayShaper(5ms) -> ToDevice(eth1);");
	_free_ char *file = refusal("FromDump(x.pcap) -> Discard;");
	_free_ char *typo = refusal("FromDevice(eth0) -> Discrad;");

	(void)state;
	assert_non_null(strstr(queue,
			       "g.click:1:30: error: 'DelayShaper' needs a container (AF_XDP), "
			       "which this node cannot run yet\n"));
	assert_non_null(strstr(queue, "RatedSplitter"));
	assert_non_null(strstr(file,
			       "'FromDump' is not part of Sluice: it is one of Click's elements "
			       "that read packets from files\n"));
	assert_non_null(strstr(file, "sluicectl replay"));
	assert_non_null(strstr(typo, "undeclared element 'Discrad'"));
	assert_non_null(strstr(typo, "did you mean the class 'Discard'?"));
}

/* One's own class of such a name is one's own. */
static void a_compound_may_have_such_a_name(void **state)
{
	const char *text =
		"elementclass Shaper { $rate | input -> RatedSplitter($rate) -> output }\n"
		"FromDevice(eth0) -> Shaper(5) -> Discard;";
	const struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;

	(void)state;
	assert_int_equal(sl_click_parse("g.click", text, strlen(text), &opts, &d, &g), 0);
	assert_int_equal(d.errors, 0);
	sl_graph_free(g);
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_of_click_is_known),
		cmocka_unit_test(the_table_names_classes_of_click_once),
		cmocka_unit_test(parts_of_names_are_none),
		cmocka_unit_test(messages_say_what_it_needs),
		cmocka_unit_test(a_compound_may_have_such_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
