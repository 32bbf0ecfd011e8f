// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a stranger's process can reach from inside the compiler's sandbox: attempts, each with the
 * exact answer it has to get, made by a program that does nothing but (selftests/tools/jailbird.c),
 * for each way the sandbox can be built.
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
#include <unistd.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "tests/jail.h"

/* In requests, $NAME is the variable as the process in the sandbox has it. */
#define BPF "$SLUICE_BPF_DIR"
#define TMP "$TMPDIR"

struct attempt {
	const char *request;
	const char *answer; /* with a root of its own */
	const char *ruled;  /* under Landlock; NULL: the same */
};

static const struct attempt attempts[] = {
	/* The host's files. */
	{"open /etc/passwd", "ENOENT", "EACCES"},
	{"open /etc/shadow", "ENOENT", "EACCES"},
	{"open /etc/ld.so.cache", "ENOENT", "EACCES"},
	{"open " BPF "/../../../etc/passwd", "ENOENT", "EACCES"},
	{"open /usr/../etc/passwd", "ENOENT", "EACCES"},
	{"open /root", "ENOENT", "EACCES"},
	{"open /home", "ENOENT", "EACCES"},
	{"open /sys/kernel", "ENOENT", "EACCES"},
	{"open /proc", "ENOENT", "EACCES"},
	{"open /proc/self/maps", "ENOENT", "EACCES"},
	{"read /proc/1/environ", "ENOENT", "EACCES"},
	{"open /proc/self/root/etc/passwd", "ENOENT", "EACCES"},
	{"open /dev/zero", "ENOENT", "EACCES"},
	{"open /dev/kmsg", "ENOENT", "EACCES"},
	{"open /dev/null", "done", NULL},
	/* What it may read it may not change. */
	{"open " BPF "/types.h", "done", NULL},
	{"write " BPF "/types.h", "EROFS", "EACCES"},
	{"write " BPF "/new.h", "EROFS", "EACCES"},
	{"truncate " BPF "/types.h", "EPERM", NULL},
	{"unlink " BPF "/types.h", "EROFS", "EACCES"},
	{"write $SLUICE_CLANG", "EACCES", NULL},
	{"write /new", "EROFS", "EACCES"},
	{"write /lib/new", "EROFS", "EACCES"},
	/* Other ways to a file. */
	{"symlink " TMP "/link", "EPERM", NULL},
	{"fifo " TMP "/fifo", "EPERM", NULL},
	{"mknod " TMP "/null", "EPERM", NULL},
	{"write " TMP "/own", "done", NULL},
	/* The network, and other processes by sockets. */
	{"socket inet", "EPERM", NULL},
	{"socket inet6", "EPERM", NULL},
	{"socket unix", "EPERM", NULL},
	{"socket netlink", "EPERM", NULL},
	{"socket packet", "EPERM", NULL},
	{"socket vsock", "EPERM", NULL},
	{"socket xdp", "EPERM", NULL},
	/* Other processes. */
	{"ptrace parent", "EPERM", NULL},
	{"ptrace 1", "EPERM", NULL},
	{"kill 1", "EPERM", NULL},
	{"kill -1", "EPERM", NULL},
	{"kill 0", "EPERM", NULL},
	/* Inside, 1 is the process that keeps the sandbox: it does not hear. */
	{"tgkill 1", "done", "EPERM"},
	{"exec " TMP "/own-program", "EACCES", NULL},
	{"mount /tmp", "EPERM", NULL},
	{"raise-limit", "EPERM", NULL},
};

#define N_ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static struct jail_outcome *out;

static const char *expected(const struct attempt *a, enum jail_caller who)
{
	if (who != JAIL_NO_NAMESPACES || !a->ruled)
		return a->answer;
	/* Landlock hides nothing, so a file the host lacks (containers have no /dev/kmsg) is said
	 * to be lacking. */
	if (!strncmp(a->request, "open /", 6) && access(a->request + 5, F_OK))
		return "ENOENT";
	return a->ruled;
}

/* Nothing is left behind, whatever happened. */
static void assert_clean(const struct jail_outcome *o)
{
	if (!o->ran)
		fail_msg("the call did not return: %s", o->problem);
	assert_int_equal(o->fds, 0);
	assert_int_equal(o->mounts, 0);
	assert_int_equal(o->children, 0);
	assert_true(jail_tmp_is_empty());
}

static void ask(enum jail_caller who, const char *request, jail_prepare *prepare)
{
	if (!jail_can(who))
		skip();
	jail_call(who, NULL, request, prepare, out);
	assert_clean(out);
	if (out->ret)
		fail_msg("%s as %s: %s: %s\n%s", request, jail_caller_names[who], out->code,
			 out->message, out->detail);
	out->answer[strcspn(out->answer, "\n")] = 0;
}

struct param {
	enum jail_caller who;
	const struct attempt *attempt;
};

static void attempt(void **state)
{
	const struct param *p = *state;

	ask(p->who, p->attempt->request, NULL);
	assert_string_equal(out->answer, expected(p->attempt, p->who));
}

/* Everything a compiler does not need answers EPERM; clone3() says it is not there. */
static void no_other_system_call(void **state)
{
	const struct param *p = *state;
	char name[64], answer[64];
	int n = 0, len, calls = 0;

	if (!jail_can(p->who))
		skip();
	jail_call(p->who, NULL, "syscall ", NULL, out);
	assert_clean(out);
	assert_int_equal(out->ret, 0);
	while (sscanf(out->answer + n, "%63s %63s%n", name, answer, &len) == 2) {
		const char *want = strcmp(name, "clone3") ? "EPERM" : "ENOSYS";

		if (strcmp(answer, want) != 0)
			fail_msg("%s answers %s", name, answer);
		n += len;
		calls++;
	}
	assert_true(calls >= 50);
}

static void a_foreign_system_call_ends_it(void **state)
{
	const struct param *p = *state;

	if (!jail_can(p->who))
		skip();
	jail_call(p->who, NULL, "foreign-call", NULL, out);
	assert_clean(out);
	assert_int_equal(out->ret, -EINVAL);
	assert_string_equal(out->code, "sandbox-refused");
}

static void is_nobody(void **state)
{
	const struct param *p = *state;
	unsigned int uid, gid, pid, ppid, caps;
	int groups;

	ask(p->who, "ids", NULL);
	assert_int_equal(sscanf(out->answer, "uid %u gid %u groups %d pid %u ppid %u caps %x", &uid,
				&gid, &groups, &pid, &ppid, &caps),
			 6);
	assert_int_equal(caps, 0);
	if (p->who == JAIL_ROOT) {
		assert_in_range(uid, 0x7f000000, 0x7f00ffff);
		assert_int_equal(gid, uid);
	} else if (geteuid() == 0) {
		/* The test gives it another number where it forbids namespaces. */
		assert_int_equal(uid, p->who == JAIL_USER ? 65534 : 1000);
		assert_int_equal(gid, uid);
	}
	if (geteuid() == 0)
		assert_int_equal(groups, 0);
	if (p->who != JAIL_NO_NAMESPACES) {
		assert_int_equal(pid, 2);
		assert_int_equal(ppid, 1);
	}
}

static void leave_files_open(void)
{
	/* As a careless caller does: no O_CLOEXEC. */
	for (int i = 0; i < 40; i++)
		if (open("/etc/passwd", O_RDONLY) < 0)
			abort();
}

static void inherits_no_descriptor(void **state)
{
	const struct param *p = *state;

	ask(p->who, "fds", leave_files_open);
	assert_string_equal(out->answer, "0 1 2");
}

static void close_standard_files(void)
{
	close(0);
	close(1);
	close(2);
}

static void works_without_standard_files(void **state)
{
	const struct param *p = *state;

	ask(p->who, "echo hello", close_standard_files);
	assert_string_equal(out->answer, "hello");
}

static void set_secret(void)
{
	setenv("SL_SECRET", "hunter2", 1);
	setenv("LD_PRELOAD", "/nowhere.so", 1);
}

static void inherits_no_environment(void **state)
{
	static const char *const known[] = {"PATH=",	       "LC_ALL=C",	"TMPDIR=",
					    "SLUICE_BPF_DIR=", "SLUICE_CLANG=", "LD_LIBRARY_PATH="};
	const struct param *p = *state;
	char *line, *save;

	if (!jail_can(p->who))
		skip();
	jail_call(p->who, NULL, "env", set_secret, out);
	assert_clean(out);
	assert_int_equal(out->ret, 0);
	for (line = strtok_r(out->answer, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= !strncmp(line, known[i], strlen(known[i]));
		if (!found)
			fail_msg("inherited: %s", line);
	}
}

/* Every word of `list` is one of `allowed`. */
static void assert_only(const char *list, const char *const allowed[])
{
	char word[256];
	int n = 0, len;

	while (sscanf(list + n, "%255s%n", word, &len) == 1) {
		bool found = false;

		for (size_t i = 0; allowed[i]; i++)
			found |= !strcmp(word, allowed[i]);
		if (!found)
			fail_msg("in the sandbox's root: %s", word);
		n += len;
	}
}

static void root_holds_only_the_compiler(void **state)
{
	static const char *const top[] = {"bin",    "bpf", "dev", "lib", "lib32", "lib64",
					  "libx32", "tmp", "usr", "opt", NULL};
	const struct param *p = *state;

	if (p->who == JAIL_NO_NAMESPACES) {
		ask(p->who, "list /", NULL);
		assert_string_equal(out->answer, "EACCES");
		return;
	}
	ask(p->who, "list /", NULL);
	assert_only(out->answer, top);
	ask(p->who, "list /bin", NULL);
	assert_string_equal(out->answer, "clang ld sluice-compile");
	ask(p->who, "list /dev", NULL);
	assert_string_equal(out->answer, "null");
	ask(p->who, "list /tmp", NULL);
	assert_string_equal(out->answer, "");
	ask(p->who, "list /bpf", NULL);
	assert_string_equal(out->answer, "types.h");
}

static void clang_works(void **state)
{
	const struct param *p = *state;

	ask(p->who, "clang bpf types.h", NULL);
	assert_string_equal(out->answer, "ELF 0");
	ask(p->who, "clang native stdint.h", NULL);
	assert_string_equal(out->answer, "ELF 0");
}

static void says_what_protects(void **state)
{
	const struct param *p = *state;
	unsigned int all = SL_SANDBOX_SECCOMP | SL_SANDBOX_LIMITS | SL_SANDBOX_MEMORY;

	ask(p->who, "echo", NULL);
	if (p->who == JAIL_ROOT)
		all |= SL_SANDBOX_NAMESPACES | SL_SANDBOX_UID |
		       (out->features & SL_SANDBOX_MEMORY_SUM);
	else if (p->who == JAIL_USER)
		all |= SL_SANDBOX_NAMESPACES | SL_SANDBOX_USERNS;
	else
		all |= SL_SANDBOX_LANDLOCK;
	assert_int_equal(out->features, all);
}

static void probe_finds_a_way(void **state)
{
	unsigned int features = 0;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_sandbox_probe(&d), 0);
	assert_int_equal(d.errors, 0);
	assert_int_equal(d.n, 3);
	assert_int_equal(sl_sandbox_features(&features, &d), 0);
	assert_true(features & (SL_SANDBOX_NAMESPACES | SL_SANDBOX_LANDLOCK));
	assert_true(features & SL_SANDBOX_SECCOMP);
	sl_diags_free(&d);
}

static int setup(void **state)
{
	(void)state;
	out = jail_outcome_new();
	return out ? jail_setup() : -1;
}

static int teardown(void **state)
{
	(void)state;
	jail_teardown();
	jail_outcome_free(out);
	return 0;
}

static const struct {
	const char *name;
	CMUnitTestFunction fn;
} checks[] = {
	{"no other system call", no_other_system_call},
	{"a foreign system call ends it", a_foreign_system_call_ends_it},
	{"is nobody", is_nobody},
	{"inherits no descriptor", inherits_no_descriptor},
	{"works without standard files", works_without_standard_files},
	{"inherits no environment", inherits_no_environment},
	{"the root holds only the compiler", root_holds_only_the_compiler},
	{"clang works", clang_works},
	{"says what protects", says_what_protects},
};

#define N_CHECKS (sizeof(checks) / sizeof(checks[0]))
#define N_TESTS (JAIL_CALLERS * (N_ATTEMPTS + N_CHECKS) + 1)

/* Whether the command line asks for it: by parts of names. */
static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[N_TESTS];
	static struct param params[N_TESTS];
	static char names[N_TESTS][96];
	size_t n = 0;

	for (int who = 0; who < JAIL_CALLERS; who++) {
		for (size_t i = 0; i < N_ATTEMPTS + N_CHECKS; i++) {
			bool one = i < N_ATTEMPTS;

			params[n].who = (enum jail_caller)who;
			params[n].attempt = one ? &attempts[i] : NULL;
			snprintf(names[n], sizeof(names[n]), "%s: %s", jail_caller_names[who],
				 one ? attempts[i].request : checks[i - N_ATTEMPTS].name);
			if (!wanted(names[n], argc, argv))
				continue;
			tests[n].name = names[n];
			tests[n].test_func = one ? attempt : checks[i - N_ATTEMPTS].fn;
			tests[n].initial_state = &params[n];
			n++;
		}
	}
	tests[n].name = "probe finds a way";
	tests[n++].test_func = probe_finds_a_way;
	return _cmocka_run_group_tests("sandbox", tests, n, setup, teardown);
}
