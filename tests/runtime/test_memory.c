/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of tenants: what maps take is what the kernel charges; groups of both versions, on a fake
 * root; the kernel's limit, which refuses and kills nobody but the one who makes maps; what graphs
 * ask for, and how they are refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/cgroup.h"
#include "loader/runtime/load.h"
#include "loader/runtime/memory.h"
#include "tests/runtime/one_compiled.h"

/* ---- Groups on a fake root -------------------------------------------------------------------*/

static char root[64];

static int fake_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/sl-memcg-XXXXXX");
	return !mkdtemp(root);
}

static int no_root(void **state)
{
	char cmd[96];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", root);
	return system(cmd); /* NOLINT: a fixed command of the test */
}

static void file(const char *dir, const char *name, const char *text)
{
	_free_ char *path = NULL;
	_fclose_ FILE *f = NULL;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
}

static void expect_file(const char *dir, const char *name, const char *text)
{
	_free_ char *path = NULL;
	_fclose_ FILE *f = NULL;
	char is[64] = "";

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fgets(is, sizeof(is), f) || !*text);
	assert_string_equal(is, text);
}

/* The kernel has a file in each group from the beginning. */
static struct sl_memcg *place(bool v2, char **dir)
{
	_free_ char *at = NULL;
	struct sl_memcg *m;

	assert_true(asprintf(&at, "%s/%s", root, v2 ? "two" : "one") > 0);
	assert_int_equal(sl_memcg_at(at, v2, &m), 0);
	*dir = sl_memcg_dir(m, "red");
	assert_non_null(*dir);
	assert_int_equal(mkdir(at, 0755), 0);
	assert_int_equal(mkdir(*dir, 0755), 0);
	file(*dir, v2 ? "memory.max" : "memory.limit_in_bytes", "");
	return m;
}

static void a_group_of_version_1(void **state)
{
	_free_ char *dir = NULL;
	SL_CLEANUP(sl_memcg_freep) struct sl_memcg *m = place(false, &dir);
	struct sl_memcg_use use;

	(void)state;
	assert_int_equal(sl_memcg_limit(m, "red", 5 << 20), 0);
	expect_file(dir, "memory.limit_in_bytes", "5242880");
	file(dir, "memory.kmem.usage_in_bytes", "12345\n");
	file(dir, "memory.failcnt", "3\n");
	file(dir, "memory.oom_control", "oom_kill_disable 7\nunder_oom 8\noom_kill 2\n");
	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	assert_int_equal(use.charged, 12345);
	assert_int_equal(use.limit, 5 << 20);
	assert_int_equal(use.refused, 3);
	assert_int_equal(use.killed, 2);
	file(dir, "memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	assert_true(use.limit == UINT64_MAX);
	assert_int_equal(sl_memcg_read(m, "blue", &use), -ENOENT);
}

static void a_group_of_version_2(void **state)
{
	_free_ char *dir = NULL;
	SL_CLEANUP(sl_memcg_freep) struct sl_memcg *m = place(true, &dir);
	struct sl_memcg_use use;

	(void)state;
	assert_int_equal(sl_memcg_limit(m, "red", 5 << 20), 0);
	expect_file(dir, "memory.max", "5242880");
	file(dir, "memory.stat", "anon 1\nkernel_stack 16384\nkernel 6000000\n");
	file(dir, "memory.events", "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n");
	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	assert_int_equal(use.charged, 6000000);
	assert_int_equal(use.refused, 4);
	assert_int_equal(use.killed, 1);
	/* Nobody is killed for a limit. */
	assert_int_equal(sl_memcg_limit(m, "red", 4 << 20), -EBUSY);
	expect_file(dir, "memory.max", "5242880");
	file(dir, "memory.max", "");
	assert_int_equal(sl_memcg_limit(m, "red", 0), 0);
	expect_file(dir, "memory.max", "max");
	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	assert_true(use.limit == UINT64_MAX);
}

static bool is_red(void *arg, const char *tenant)
{
	(void)arg;
	return !strcmp(tenant, "red");
}

static void groups_of_nobody_go(void **state)
{
	SL_CLEANUP(sl_memcg_freep) struct sl_memcg *m = NULL;
	_free_ char *at = NULL, *red = NULL, *blue = NULL;

	(void)state;
	assert_true(asprintf(&at, "%s/three", root) > 0);
	assert_int_equal(sl_memcg_at(at, false, &m), 0);
	red = sl_memcg_dir(m, "red");
	blue = sl_memcg_dir(m, "blue");
	mkdir(at, 0755);
	mkdir(red, 0755);
	mkdir(blue, 0755);
	sl_memcg_sweep(m, is_red, NULL);
	assert_int_equal(access(red, F_OK), 0);
	assert_int_equal(access(blue, F_OK), -1);
	assert_int_equal(sl_memcg_remove(m, "red"), 0);
	assert_int_equal(access(at, F_OK), -1);
	assert_int_equal(sl_memcg_remove(m, "red"), 0);
}

/* ---- What the kernel charges -----------------------------------------------------------------*/

static struct sl_memcg *real_place(void)
{
	struct sl_memcg *m = NULL;
	_free_ char *mount = NULL, *at = NULL;
	bool v2;

	mount = geteuid() ? NULL : sl_cgroup_mount("memory", &v2);
	if (!mount || (v2 && !sl_cgroup_delegates(mount, "memory"))) {
		print_message("needs root and a memory controller\n");
		skip();
	}
	assert_true(asprintf(&at, "%s/sluice-test-%d", mount, (int)getpid()) > 0);
	assert_int_equal(sl_memcg_at(at, v2, &m), 0);
	return m;
}

static uint64_t charged(const struct sl_memcg *m)
{
	struct sl_memcg_use use;

	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	return use.charged;
}

static void maps_take_what_is_computed(void **state)
{
	static const struct sl_map_spec maps[] = {
		{.type = BPF_MAP_TYPE_ARRAY, .key = 4, .value = 9000, .entries = 1},
		{.type = BPF_MAP_TYPE_ARRAY, .key = 4, .value = 16, .entries = 200000},
		{.type = BPF_MAP_TYPE_ARRAY,
		 .key = 4,
		 .value = 4096,
		 .entries = 100,
		 .flags = BPF_F_MMAPABLE},
		{.type = BPF_MAP_TYPE_HASH, .key = 4, .value = 16, .entries = 16},
		{.type = BPF_MAP_TYPE_HASH, .key = 13, .value = 50, .entries = 30000},
		{.type = BPF_MAP_TYPE_LRU_HASH, .key = 4, .value = 16, .entries = 4096},
		{.type = BPF_MAP_TYPE_LRU_HASH, .key = 13, .value = 50, .entries = 30000},
		{.type = BPF_MAP_TYPE_PROG_ARRAY, .key = 4, .value = 4, .entries = 10},
		{.type = BPF_MAP_TYPE_RINGBUF, .entries = SL_EVENTS_SIZE},
	};
	SL_CLEANUP(sl_memcg_freep) struct sl_memcg *m = real_place();
	SL_CLEANUP(sl_charge_freep) struct sl_charge *c = NULL;
	int fds[sizeof(maps) / sizeof(maps[0])][8];

	(void)state;
	assert_int_equal(sl_memcg_limit(m, "red", 256 << 20), 0);
	assert_int_equal(sl_charge_new(m, "red", &c), 0);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct sl_map_spec s = maps[i];
		uint64_t bytes, is, before;

		s.name = "test";
		bytes = sl_map_bytes(&s);
		fds[i][0] = sl_charge_map(c, &s); /* its process is there */
		before = charged(m);
		for (int k = 1; k < 8; k++) {
			fds[i][k] = sl_charge_map(c, &s);
			assert_true(fds[i][k] >= 0);
		}
		is = (charged(m) - before) / 7;
		print_message("type %d, %u entries: %llu bytes computed, %llu charged\n", s.type,
			      s.entries, (unsigned long long)bytes, (unsigned long long)is);
		/* A page more or less: slabs are charged by pages. */
		assert_true(bytes + bytes / 50 + 4096 > is && is + is / 20 + 4096 > bytes);
	}
	/* Not before: the kernel gives back some time later. */
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		for (int k = 0; k < 8; k++)
			close(fds[i][k]);
	sl_charge_rest(c);
	assert_int_equal(sl_memcg_remove(m, "red"), 0);
	assert_int_equal(access(m->dir, F_OK), -1);
}

static void the_kernel_refuses_what_is_too_much(void **state)
{
	struct sl_map_spec s = {.type = BPF_MAP_TYPE_HASH,
				.name = "test",
				.key = 4,
				.value = 1000,
				.entries = 16000};
	SL_CLEANUP(sl_memcg_freep) struct sl_memcg *m = real_place();
	SL_CLEANUP(sl_charge_freep) struct sl_charge *c = NULL;
	struct sl_memcg_use use;
	int fd;

	(void)state;
	assert_int_equal(sl_memcg_limit(m, "red", 8 << 20), 0);
	assert_int_equal(sl_charge_new(m, "red", &c), 0);
	assert_int_equal(sl_charge_map(c, &s), -ENOMEM);
	assert_int_equal(sl_memcg_read(m, "red", &use), 0);
	assert_true(use.refused > 0);
	assert_int_equal(use.killed, 0);
	/* What was given back is there again. */
	s.entries = 1000;
	fd = sl_charge_map(c, &s);
	assert_true(fd >= 0);
	close(fd);
	/* Known before it is asked. */
	sl_charge_allow(c, 100000);
	assert_int_equal(sl_charge_map(c, &s), -ENOMEM);
	assert_int_equal(sl_charge_lacking(c), sl_map_bytes(&s) - 100000);
	sl_charge_rest(c);
	assert_int_equal(sl_memcg_remove(m, "red"), 0);
}

static void without_a_group_it_is_counted_alone(void **state)
{
	const struct sl_map_spec s = {
		.type = BPF_MAP_TYPE_ARRAY, .name = "test", .key = 4, .value = 8, .entries = 1};
	SL_CLEANUP(sl_charge_freep) struct sl_charge *c = NULL;
	int fd;

	(void)state;
	assert_int_equal(sl_charge_new(NULL, "red", &c), 0);
	sl_charge_allow(c, sl_map_bytes(&s) + 5);
	fd = sl_charge_map(c, &s);
	if (fd == -EPERM)
		skip();
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(sl_charge_left(c), 5);
	assert_int_equal(sl_charge_map(c, &s), -ENOMEM);
}

/* ---- What graphs ask for ---------------------------------------------------------------------*/

static const char graph[] = "FromDevice(eth0) -> Strip(14) -> CheckIPHeader\n"
			    "  -> few :: AggregateIPAddrPair(CAPACITY 2000)\n"
			    "  -> many :: AggregateIPAddrPair(CAPACITY 40000)\n"
			    "  -> Unstrip(14) -> ToDevice(eth0);\n";

static void check(const struct sl_compiled *c, const struct sl_memory *m, const char *want,
		  const char *fix)
{
	struct sl_diags d = {0};

	assert_int_equal(sl_memory_check(c, NULL, NULL, m, &d), want ? -EDQUOT : 0);
	assert_int_equal(d.errors, want ? 1 : 0);
	if (want) {
		assert_string_equal(d.list[0].code, "memory");
		assert_string_equal(d.list[0].element, "many");
		assert_string_equal(d.list[0].file, "g.click");
		assert_int_equal(d.list[0].line, 3);
		assert_int_equal(d.list[0].col, 6);
		if (!strstr(d.list[0].message, want) || !strstr(d.list[0].hint, fix))
			fail_msg("%s / %s", d.list[0].message, d.list[0].hint);
		assert_true(d.n > 1 && strstr(d.list[1].message, "table 'pairs' of 40000 entries"));
	}
	sl_diags_free(&d);
}

static void a_graph_is_held_against_the_limit(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = compiled_of("g.click", graph);
	struct sl_memory_sum s;
	struct sl_memory m = {.tenant = "red"};
	uint64_t need;

	(void)state;
	sl_memory_of(c, NULL, NULL, &s);
	need = sl_memory_total(&s);
	assert_true(s.tables > 42000 * 80 && s.tables < 42000 * 120);
	assert_true(s.counters && s.words && s.per_cpu);
	check(c, &m, NULL, NULL);
	m.limit = m.during = need;
	check(c, &m, NULL, NULL);
	m.limit = m.during = need - 1;
	check(c, &m, "tenant red has 0.0 KiB in use, which makes", "smaller capacity");
	/* Beside what runs. */
	m.limit = m.during = need + 4096;
	m.used = 4096;
	check(c, &m, NULL, NULL);
	m.used = 4097;
	check(c, &m, "4.0 KiB in use until the new graph has taken over", "budget set red memory=");
	/* What was allowed until now is while the one follows the other; not afterwards. */
	m.during = need + 10000;
	check(c, &m, NULL, NULL);
	m.limit = need - 1;
	check(c, &m, "it may have", "budget set red memory=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_of_version_1),
		cmocka_unit_test(a_group_of_version_2),
		cmocka_unit_test(groups_of_nobody_go),
		cmocka_unit_test(maps_take_what_is_computed),
		cmocka_unit_test(the_kernel_refuses_what_is_too_much),
		cmocka_unit_test(without_a_group_it_is_counted_alone),
		cmocka_unit_test(a_graph_is_held_against_the_limit),
	};

	return cmocka_run_group_tests(tests, fake_root, no_root);
}
