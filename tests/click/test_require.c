// SPDX-License-Identifier: GPL-2.0-only
/* `require`: packages, libraries; configurations in ar archives. */
#include "tests/click/fixture.h"

struct file {
	const char *name;
	const char *text;
};

static const struct file files[] = {
	{"lib", "require(library dir/lib2)\nelementclass A { b :: B; }"},
	{"dir/lib2", "elementclass B { i :: Idle; }"},
	{"lib3", "require(library lib); define($from3 3); a3 :: Idle;"},
	{"self", "require(library self) elementclass S { s :: Idle }"},
	{"bad", "x :: Nope;\n  -> y;"},
	{"frag", "a -> "},
	{"", ""},
};

static char asked_from[64];

static int library(const char *name, const char *from_file, char **text, size_t *len, void *arg)
{
	snprintf(asked_from, sizeof(asked_from), "%s", from_file);
	assert_ptr_equal(arg, files);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		*text = strdup(files[i].text);
		*len = strlen(files[i].text);
		return *text ? 0 : -ENOMEM;
	}
	return strcmp(name, "secret") ? -ENOENT : -EACCES;
}

static const struct sl_click_opts lib_opts = {
	.classes = &classes,
	.library = library,
	.library_arg = (void *)files,
};

static void packages_are_kept(void **state)
{
	struct sl_graph *g = parse("require(package foo, bar ,, \"b a z\") require(compact_config);"
				   "{ require(in) }");

	(void)state;
	assert_int_equal(g->n_requirements, 4);
	assert_string_equal(g->requirements[0], "package foo");
	assert_string_equal(g->requirements[1], "package bar");
	assert_string_equal(g->requirements[2], "package b a z");
	assert_string_equal(g->requirements[3], "package in");
	sl_graph_free(g);
}

static bool only_foo(const char *name, void *arg)
{
	(void)arg;
	return !strcmp(name, "foo");
}

static void packages_that_are_not_there(void **state)
{
	struct sl_classes some = classes;
	const struct sl_click_opts opts = {.classes = &some};
	const struct wanted want[] = {
		WANT_ERROR(1, 22, "package", "requirement 'bar' not available"),
		WANT_ERROR(2, 16, "package", "requirement 'b a z' not available"),
	};

	(void)state;
	some.provides = only_foo;
	some.provides_hint = "use foo";
	expect_with("require(package foo, bar);\nIdle; require( \"b a z\")", want, 2, &opts);
	expect_flat_with("require(foo, compact_config)", "require(package foo);\n", &opts);
}

static void bad_requirements(void **state)
{
	(void)state;
	expect_messages("require(a b);\nrequire(package);\n require(library, x, package a b, \"\", "
			"\"\\<01>\")",
			WANT_ERROR(1, 9, "syntax", "syntax error at requirement"),
			WANT_ERROR(2, 9, "syntax", "syntax error at requirement"),
			WANT_ERROR(3, 10, "syntax", "syntax error at requirement"),
			WANT_ERROR(3, 22, "syntax", "syntax error at requirement"),
			WANT_ERROR(3, 35, "syntax", "syntax error at requirement"),
			WANT_ERROR(3, 39, "syntax", "syntax error at requirement"));
}

static void libraries_are_included_once(void **state)
{
	(void)state;
	expect_flat_with("require(library lib, library lib3)\na :: A; b :: B; m :: Message($from3)",
			 "a3 :: Idle;\nm :: Message(3);\na/b/i :: Idle;\nb/i :: Idle;\n",
			 &lib_opts);
	expect_flat_with("require(library self); require(library self); S", "S@1/s :: Idle;\n",
			 &lib_opts);
}

static void library_is_asked_for_with_the_asking_file(void **state)
{
	(void)state;
	expect_flat_with("require(library dir/lib2)", "", &lib_opts);
	assert_string_equal(asked_from, "t.click");
	expect_flat_with("require(library lib)", "", &lib_opts);
	assert_string_equal(asked_from, "lib");
	/* A line directive does not make it another file. */
	expect_flat_with("# 1 \"/etc/x\"\nrequire(library dir/lib2)", "", &lib_opts);
	assert_string_equal(asked_from, "t.click");
}

static void mistakes_in_a_library_are_placed_there(void **state)
{
	const char *text = "require(library bad); z :: Idle;";
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	const struct wanted want[] = {
		WANT_ERROR(2, 3, "syntax", "near '->'"),
		WANT_ERROR(1, 6, "unknown-class", "'Nope'"),
	};

	(void)state;
	assert_int_equal(sl_click_parse("t.click", text, strlen(text), &lib_opts, &d, &g), -EINVAL);
	expect_diags(text, &d, want, 2);
	assert_string_equal(d.list[0].file, "bad");
	assert_string_equal(d.list[1].file, "bad");
	sl_diags_free(&d);
}

static void libraries_that_are_not_there(void **state)
{
	const struct wanted missing[] = {WANT_ERROR(1, 9, "library", "library 'nope' not found")};
	const struct wanted secret[] = {WANT_ERROR(1, 9, "library", "Permission denied")};
	const struct wanted inside[] = {WANT_ERROR(1, 11, "library", "must be used at file scope")};

	(void)state;
	expect_with("require(library nope)", missing, 1, &lib_opts);
	expect_with("require(library secret)", secret, 1, &lib_opts);
	expect_with("{ require(library lib) }", inside, 1, &lib_opts);
	expect_messages("require(library lib)",
			WANT_ERROR(1, 9, "library", "there are no libraries here"));
}

static int endless(const char *name, const char *from_file, char **text, size_t *len, void *arg)
{
	int n = asprintf(text, "require(library x%s)", name);

	(void)from_file;
	(void)arg;
	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -ENOMEM : 0;
}

static void libraries_without_end(void **state)
{
	const struct sl_click_opts opts = {.classes = &classes, .library = endless};
	const char *text = "require(library x)";
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_click_parse("t", text, strlen(text), &opts, &d, &g), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].code, "nesting");
	sl_diags_free(&d);
}

/* ---- Archives
 * ----------------------------------------------------------------------------------*/

static size_t member(char *buf, const char *name, const char *data, size_t len)
{
	int n = sprintf(buf, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0644, len);

	assert_int_equal(n, 60);
	memcpy(buf + n, data, len);
	if (len & 1)
		buf[n + len++] = '\n';
	return (size_t)n + len;
}

static void expect_archive(const char *buf, size_t len, const char *code, const char *flat)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	int ret = sl_click_parse("t.ar", buf, len, &default_opts, &d, &g);

	if (code) {
		assert_int_equal(ret, -EINVAL);
		assert_int_equal(d.n, 1);
		assert_string_equal(d.list[0].code, code);
	} else {
		_free_ char *text = NULL;

		assert_int_equal(ret, 0);
		text = graph_text(g);
		assert_string_equal(text, flat);
	}
	sl_diags_free(&d);
	sl_graph_free(g);
}

static void archives(void **state)
{
	static const char magic[] = "!<arch>\n";
	char buf[1024];
	size_t n;

	(void)state;
	strcpy(buf, magic);
	n = 8 + member(buf + 8, "x.so/", "odd", 3);
	expect_archive(buf, n, "archive", NULL);
	n += member(buf + n, "config/", "a :: Idle;", 10);
	n += member(buf + n, "z/", "b :: Idle;", 10);
	expect_archive(buf, n, NULL, "a :: Idle;\n");
	n = 8 + member(buf + 8, "config", "b :: Idle", 9);
	expect_archive(buf, n, NULL, "b :: Idle;\n");
	n = 8 + member(buf + 8, "#1/8", "config\0\0c :: Idle", 17);
	expect_archive(buf, n, NULL, "c :: Idle;\n");
	n = 8 + member(buf + 8, "//", "longer/\nconfig/\n", 16);
	n += member(buf + n, "/0", "x", 1);
	n += member(buf + n, "/8", "d :: Idle", 9);
	expect_archive(buf, n, NULL, "d :: Idle;\n");
	expect_archive(buf, 8, "archive", NULL);
	/* Cut short at every byte: an error, never a read past the end. */
	for (size_t cut = 8; cut < n - 1; cut++) {
		char *copy = malloc(cut);

		assert_non_null(copy);
		memcpy(copy, buf, cut);
		expect_archive(copy, cut, "archive", NULL);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_are_kept),
		cmocka_unit_test(packages_that_are_not_there),
		cmocka_unit_test(bad_requirements),
		cmocka_unit_test(libraries_are_included_once),
		cmocka_unit_test(library_is_asked_for_with_the_asking_file),
		cmocka_unit_test(mistakes_in_a_library_are_placed_there),
		cmocka_unit_test(libraries_that_are_not_there),
		cmocka_unit_test(libraries_without_end),
		cmocka_unit_test(archives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
