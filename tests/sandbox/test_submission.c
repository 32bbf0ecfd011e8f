// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a submission can reach through the names in it: only regular files below the graph's own
 * directory, of limited size and number; and what a graph can do to the compiler that reads it in
 * the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/codegen/build.h"
#include "loader/mem.h"
#include "loader/runtime/sandbox.h"

/* What must appear nowhere. */
#define SECRET "Secret :: Counter;"

static char dir[64];
static char path[128];

static void in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/tenant/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	FILE *f;

	in_dir(name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	_free_ char *command = NULL;

	(void)state;
	strcpy(dir, "/tmp/sl-submission-XXXXXX");
	if (!mkdtemp(dir) || asprintf(&command, "%s/tenant", dir) < 0 || mkdir(command, 0755))
		return -1;
	put("../secret.click", SECRET);
	return 0;
}

static int teardown(void **state)
{
	_free_ char *command = NULL;

	(void)state;
	return asprintf(&command, "rm -rf %s", dir) < 0 ? -1 : system(command);
}

static int submit(const char *text, struct sl_diags *d, struct sl_submission *s)
{
	put("graph.click", text);
	in_dir("graph.click");
	return sl_submission_read(path, NULL, 0, d, s);
}

/* One error, about the library on the graph's second line, with a reason and what to do. */
static void refused(const char *library, const char *reason)
{
	struct sl_submission s = {0};
	_free_ char *text = NULL;
	struct sl_diags d = {0};

	assert_true(asprintf(&text, "// a graph\n  require(library %s);\n", library) > 0);
	assert_int_equal(submit(text, &d, &s), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.errors, 1);
	assert_string_equal(d.list[0].code, "library");
	assert_string_equal(d.list[0].file, path);
	assert_int_equal(d.list[0].line, 2);
	assert_int_equal(d.list[0].col, 11);
	if (!strstr(d.list[0].message, reason))
		fail_msg("%s: %s", library, d.list[0].message);
	assert_null(strstr(d.list[0].message, "Secret"));
	assert_non_null(d.list[0].hint);
	/* The caller's is left alone. */
	assert_null(s.graph.text);
	assert_int_equal(s.n_libs, 0);
	sl_diags_free(&d);
}

static void outside(void **state)
{
	(void)state;
	refused("/etc/passwd", "outside");
	refused("../secret.click", "outside");
	refused("sub/../../secret.click", "outside");
	refused("\"../secret.click\"", "outside");
	refused("/proc/self/environ", "outside");
	refused("/dev/stdin", "outside");
}

static void missing(void **state)
{
	(void)state;
	refused("nowhere.click", "no such file");
	refused("nowhere/at/all.click", "no such file");
}

static void symlinks(void **state)
{
	(void)state;
	in_dir("link.click");
	assert_int_equal(symlink("../secret.click", path), 0);
	refused("link.click", "symbolic link");
	in_dir("passwd");
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refused("passwd", "symbolic link");
	in_dir("up");
	assert_int_equal(symlink("..", path), 0);
	refused("up/secret.click", "symbolic link");
	in_dir("proc");
	assert_int_equal(symlink("/proc/self", path), 0);
	refused("proc/environ", "symbolic link");
	/* Even where it leads to a file that might be read. */
	put("fine.click", "x :: Idle;");
	in_dir("alias.click");
	assert_int_equal(symlink("fine.click", path), 0);
	refused("alias.click", "symbolic link");
}

static void special_files(void **state)
{
	(void)state;
	in_dir("fifo");
	assert_int_equal(mkfifo(path, 0644), 0);
	refused("fifo", "not a regular file");
	in_dir("sub");
	assert_int_equal(mkdir(path, 0755), 0);
	refused("sub", "not a regular file");
}

static void devices(void **state)
{
	(void)state;
	in_dir("zero");
	if (mknod(path, S_IFCHR | 0666, makedev(1, 5))) {
		assert_int_equal(errno, EPERM);
		skip();
	}
	refused("zero", "not a regular file");
}

static void large_files(void **state)
{
	(void)state;
	in_dir("large.click");
	put("large.click", "");
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	refused("large.click", "larger than 1 MiB");
}

static void many_files(void **state)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	char text[65 * 32] = "", name[24], *at = text;

	(void)state;
	for (int i = 0; i < 65; i++) {
		_free_ char *lib = NULL;

		snprintf(name, sizeof(name), "l%d.click", i);
		assert_true(asprintf(&lib, "e%d :: Idle;\n", i) > 0);
		put(name, lib);
		if (i < 64)
			at += sprintf(at, "require(library %s);\n", name);
	}
	assert_int_equal(submit(text, &d, &s), 0);
	assert_int_equal(s.n_libs, 64);
	sl_submission_free(&s);
	sprintf(at, "require(library l64.click);\n");
	assert_int_equal(submit(text, &d, &s), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.list[0].line, 65);
	assert_non_null(strstr(d.list[0].message, "more than 64 files"));
	sl_diags_free(&d);
}

/* Files that ask for each other end; each is read once. */
static void nested(void **state)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	_free_ char *text = NULL;
	size_t len = 0;

	(void)state;
	in_dir("lib");
	assert_int_equal(mkdir(path, 0755), 0);
	put("lib/a.click", "require(library lib/b.click); a :: Idle;");
	put("lib/b.click", "require(library lib/a.click); b :: Idle;");
	assert_int_equal(submit("require(library lib/a.click);\n"
				"require(library \"lib/a.click\");\n",
				&d, &s),
			 0);
	assert_int_equal(s.n_libs, 2);
	assert_string_equal(s.libs[0].name, "lib/a.click");
	assert_string_equal(s.libs[1].name, "lib/b.click");
	assert_int_equal(sl_submission_library("lib/b.click", "x", &text, &len, &s), 0);
	assert_int_equal(len, s.libs[1].len);
	assert_memory_equal(text, s.libs[1].text, len);
	/* From here on nothing is opened: what was not collected is not there. */
	put("later.click", SECRET);
	assert_int_equal(sl_submission_library("later.click", "x", &text, &len, &s), -ENOENT);
	assert_int_equal(sl_submission_library("/etc/passwd", "x", &text, &len, &s), -ENOENT);
	sl_submission_free(&s);
	sl_diags_free(&d);
}

/* Mistakes of the language are the compiler's to report, with what could be read. */
static void broken_graph(void **state)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};

	(void)state;
	put("ok.click", "x :: Idle;");
	assert_int_equal(submit("require(library ok.click);\n a :: -> ;", &d, &s), 0);
	assert_int_equal(d.n, 0);
	assert_int_equal(s.n_libs, 1);
	sl_submission_free(&s);
}

static void the_graph_itself(void **state)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};

	(void)state;
	in_dir("no.click");
	assert_int_equal(sl_submission_read(path, NULL, 0, &d, &s), -ENOENT);
	assert_int_equal(sl_submission_read(dir, NULL, 0, &d, &s), -EISDIR);
	in_dir("fifo");
	assert_int_equal(sl_submission_read(path, NULL, 0, &d, &s), -ENXIO);
	in_dir("large.click");
	assert_int_equal(sl_submission_read(path, NULL, 0, &d, &s), -EFBIG);
	assert_int_equal(d.n, 4);
	for (size_t i = 0; i < d.n; i++) {
		assert_string_equal(d.list[i].code, "graph-file");
		assert_non_null(d.list[i].hint);
	}
	sl_diags_free(&d);
}

static void variables(void **state)
{
	static const char *const good[] = {"A=1", "long_name=x=y", "E="};
	static const char *const bad[] = {"A", "=1", "a-b=1", "a b=1"};
	struct sl_submission s = {0};
	struct sl_diags d = {0};

	(void)state;
	put("graph.click", "x :: Idle;");
	in_dir("graph.click");
	assert_int_equal(sl_submission_read(path, good, 3, &d, &s), 0);
	assert_int_equal(s.n_vars, 3);
	assert_string_equal(s.vars[1].name, "long_name");
	assert_string_equal(s.vars[1].value, "x=y");
	assert_string_equal(s.vars[2].value, "");
	sl_submission_free(&s);
	assert_int_equal(sl_submission_read(path, bad, 4, &d, &s), -EINVAL);
	assert_int_equal(d.errors, 4);
	sl_diags_free(&d);
}

static void standard_input(void **state)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	int fds[2], old = dup(0);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x :: Idle;", 10), 10);
	close(fds[1]);
	assert_int_equal(dup2(fds[0], 0), 0);
	close(fds[0]);
	assert_int_equal(sl_submission_read("-", NULL, 0, &d, &s), 0);
	assert_int_equal(dup2(old, 0), 0);
	close(old);
	assert_int_equal(s.graph.len, 10);
	assert_string_equal(s.graph.text, "x :: Idle;");
	sl_submission_free(&s);
}

/* ---- Through the compiler, in the sandbox ----------------------------------------------------*/

static int compile(const char *text, struct sl_diags *d)
{
	struct sl_submission s = {.graph = {.name = (char *)"graph.click",
					    .text = (char *)text,
					    .len = strlen(text)}};
	struct sl_compile_opts o = {.target = SL_TARGET_BPF, .sandbox = true};
	struct sl_compiled *c = NULL;
	int ret = sl_compile(&s, &o, d, &c);

	sl_compiled_free(c);
	return ret;
}

static void print_errors(struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		print_message("# %s: %s\n%s\n", d->list[i].code, d->list[i].message,
			      d->list[i].detail ? d->list[i].detail : "");
}

static void an_honest_graph_compiles(void **state)
{
	struct sl_diags d = {0};
	int ret;

	(void)state;
	ret = compile("FromDevice(eth0) -> Counter -> ToDevice(eth0);", &d);
	print_errors(&d);
	assert_int_equal(ret, 0);
	sl_diags_free(&d);
}

static void the_compiler_opens_no_library(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../secret.click", "/proc/self/environ",
					    "/bpf/types.h", "/tmp/graph.c"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sl_diags d = {0};
		_free_ char *text = NULL;

		assert_true(asprintf(&text, "require(library %s);", names[i]) > 0);
		assert_int_equal(compile(text, &d), -EINVAL);
		assert_int_equal(d.errors, 1);
		assert_string_equal(d.list[0].code, "library");
		assert_non_null(strstr(d.list[0].message, "not found"));
		sl_diags_free(&d);
	}
}

/* Thirty compounds, each of two of the one before: a thousand million elements. */
static void a_huge_expansion_is_refused(void **state)
{
	struct sl_diags d = {0};
	char text[8192], *at = text;

	(void)state;
	at += sprintf(at, "elementclass C0 { input -> Counter -> output };\n");
	for (int i = 1; i <= 30; i++)
		at += sprintf(at, "elementclass C%d { input -> C%d -> C%d -> output };\n", i, i - 1,
			      i - 1);
	sprintf(at, "FromDevice(eth0) -> C30 -> ToDevice(eth0);\n");
	assert_int_equal(compile(text, &d), -EINVAL);
	assert_true(d.errors >= 1);
	assert_null(strstr(d.list[0].code, "sandbox-"));
	sl_diags_free(&d);
}

/* A parameter that doubles with every level: few elements, a thousand million bytes. */
static void a_huge_text_is_refused(void **state)
{
	struct sl_diags d = {0};
	char text[8192], *at = text;

	(void)state;
	at += sprintf(at, "elementclass T0 { $x | input -> Print($x) -> output };\n");
	for (int i = 1; i <= 30; i++)
		at += sprintf(at, "elementclass T%d { $x | input -> T%d($x$x) -> output };\n", i,
			      i - 1);
	sprintf(at, "FromDevice(eth0) -> T30(x) -> ToDevice(eth0);\n");
	assert_int_equal(compile(text, &d), -EINVAL);
	assert_true(d.errors >= 1);
	assert_null(strstr(d.list[0].code, "sandbox-"));
	sl_diags_free(&d);
}

/* Configuration text never becomes C. */
static void text_stays_text(void **state)
{
	static const char *const texts[] = {
		"FromDevice(eth0) -> Print(\"*/ #include </etc/passwd> /*\") -> ToDevice(eth0);",
		"FromDevice(eth0) -> Print(\"\\\"; __asm__(\\\".incbin "
		"\\\\\\\"/etc/passwd\\\\\\\"\\\"); "
		"//\") -> ToDevice(eth0);",
		"FromDevice(eth0) -> a/b/c@1 :: Counter -> ToDevice(eth0);",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sl_diags d = {0};
		int ret = compile(texts[i], &d);

		/* A legal graph or one the language refuses; the C compiler never complains. */
		assert_true(ret == 0 || ret == -EINVAL);
		for (size_t j = 0; j < d.n; j++) {
			assert_string_not_equal(d.list[j].code, "compiler");
			assert_null(strstr(d.list[j].code, "sandbox-"));
		}
		sl_diags_free(&d);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside),
		cmocka_unit_test(missing),
		cmocka_unit_test(symlinks),
		cmocka_unit_test(special_files),
		cmocka_unit_test(devices),
		cmocka_unit_test(large_files),
		cmocka_unit_test(many_files),
		cmocka_unit_test(nested),
		cmocka_unit_test(broken_graph),
		cmocka_unit_test(the_graph_itself),
		cmocka_unit_test(variables),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(an_honest_graph_compiles),
		cmocka_unit_test(the_compiler_opens_no_library),
		cmocka_unit_test(a_huge_expansion_is_refused),
		cmocka_unit_test(a_huge_text_is_refused),
		cmocka_unit_test(text_stays_text),
	};

	/* The sandbox starts the running program again as the compiler. Without the leak checker at
	 * the end, which needs /proc. */
	if (argc > 0 && !strcmp(argv[0], SL_SANDBOX_ARGV0))
		_exit(sl_compile_main());
	return cmocka_run_group_tests_name("submission", tests, setup, teardown);
}
