// SPDX-License-Identifier: GPL-2.0-only
/* The platform: made, taken up, replaced by another build, and put right after being killed at any
 * step. */
#include <linux/fs.h>

#include "loader/runtime/fault.h"
#include "tests/runtime/yard.h"

/* ---- What is pinned --------------------------------------------------------------------------*/

/* Changes the version of what is pinned, so that it is another's. */
static void change_version(void (*change)(struct sl_platform_version *v))
{
	struct sl_platform_version v;
	_close_ int fd = bpf_obj_get(ROOT "/platform/version");
	__u32 zero = 0;

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &zero, &v), 0);
	change(&v);
	assert_int_equal(bpf_map_update_elem(fd, &zero, &v, BPF_ANY), 0);
}

static void older_build(struct sl_platform_version *v)
{
	v->build[0] ^= 0xff;
}

static void other_abi(struct sl_platform_version *v)
{
	v->abi++;
}

static void left_ready(struct sl_platform_version *v)
{
	v->ready = 1;
}

static const struct sl_link_bind gre4 = {
	.tenant = 3,
	.dev = 1,
	.kind = SL_LINK_GRE4,
	.gre = SL_GRE_KEY,
	.in_len = 42,
	.mac = {2, 0, 0, 0, 0, 1},
	.peer_mac = {6, 0, 0, 0, 0, 1},
	.saddr = {192, 0, 2, 1},
	.daddr = {198, 51, 100, 1},
	.key = 0x01020304,
};

static uint32_t bound(struct sl_platform *p, const struct sl_link_bind *b)
{
	uint32_t index;

	assert_int_equal(sl_platform_link_alloc(p, &index), 0);
	assert_int_equal(sl_platform_link_bind(p, index, b), 0);
	return index;
}

static void a_new_platform_is_pinned_and_taken_up_again(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	uint32_t prog = prog_id(sl_platform_prog(p, SL_PROG_PORT)), index;
	uint32_t map = map_id(sl_platform_map(p, SL_MAP_LINKS));
	struct sl_link_bind b;

	(void)state;
	commit(p);
	assert_string_equal(sl_platform_root(p), ROOT);
	index = bound(p, &gre4);
	sl_platform_tenants(p)[5].generation = 99;
	sl_platform_close(p);
	assert_true(there(ROOT "/platform/link4"));
	assert_true(there(ROOT "/platform/sl_copy1"));
	assert_false(there(ROOT "/platform-new"));

	p = opened(SL_PLATFORM_ADOPTED);
	assert_int_equal(prog_id(sl_platform_prog(p, SL_PROG_PORT)), prog);
	assert_int_equal(map_id(sl_platform_map(p, SL_MAP_LINKS)), map);
	assert_int_equal(sl_platform_tenants(p)[5].generation, 99);
	assert_int_equal(sl_platform_link_get(p, index, &b), 0);
	assert_memory_equal(&b, &gre4, sizeof(b));
	commit(p);
	sl_platform_close(p);

	assert_int_equal(sl_platform_remove(ROOT, &yard.d), 0);
	assert_false(there(ROOT));
}

static void readers_take_what_is_there_or_nothing(void **state)
{
	struct sl_platform_opts opts = {.root = ROOT, .read_only = true};
	struct sl_platform *p, *reader = NULL;

	(void)state;
	assert_int_equal(sl_platform_open(&opts, &yard.d, &reader), -ENOENT);
	assert_true(said("platform"));
	assert_false(there(ROOT));
	p = opened(SL_PLATFORM_FRESH);
	bound(p, &gre4);
	assert_int_equal(sl_platform_open(&opts, &yard.d, &reader), 0);
	assert_int_equal(sl_platform_links(reader)[0].tenant, 3);
	sl_platform_close(reader);
	change_version(older_build);
	assert_int_equal(sl_platform_open(&opts, &yard.d, &reader), 0);
	sl_platform_close(reader);
	change_version(other_abi);
	reader = NULL;
	assert_int_equal(sl_platform_open(&opts, &yard.d, &reader), -ESTALE);
	assert_true(said("platform"));
	assert_null(reader);
	sl_platform_close(p);
}

static void without_a_bpffs_nothing_is_made(void **state)
{
	struct sl_platform_opts opts = {.root = "/tmp/sl-no-bpffs"};
	struct sl_platform *p = NULL;

	(void)state;
	assert_int_equal(sl_platform_open(&opts, &yard.d, &p), -ENOTSUP);
	assert_true(said("no-bpffs"));
	assert_false(there("/tmp/sl-no-bpffs"));
	opts.root = "sluice";
	assert_int_equal(sl_platform_open(&opts, &yard.d, &p), -EINVAL);
	assert_true(said("pin-root"));
}

static void a_reboot_leaves_nothing_to_adopt(void **state)
{
	struct sl_platform *p;

	(void)state;
	add_wire("w0");
	p = opened(SL_PLATFORM_FRESH);
	attached(p, "p0", "w0");
	sl_platform_close(p);
	/* As after a boot: an empty bpffs. */
	assert_int_equal(umount2("/sys/fs/bpf", MNT_DETACH), 0);
	assert_int_equal(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
	p = opened(SL_PLATFORM_FRESH);
	attached(p, "p0", "w0");
	sl_platform_close(p);
}

/* ---- Upgrades --------------------------------------------------------------------------------*/

static void another_build_replaces_the_programs_over_the_same_maps(void **state)
{
	struct sl_platform *p;
	struct sl_port_info before, after;
	uint32_t map, index;
	struct sl_link_bind b;

	(void)state;
	add_wire("w0");
	p = opened(SL_PLATFORM_FRESH);
	before = attached(p, "p0", "w0");
	assert_int_equal(sl_platform_copies(p, &yard.d), 0);
	index = bound(p, &gre4);
	map = map_id(sl_platform_map(p, SL_MAP_LINKS));
	sl_platform_close(p);
	change_version(older_build);

	p = opened(SL_PLATFORM_REPLACED);
	assert_int_equal(map_id(sl_platform_map(p, SL_MAP_LINKS)), map);
	assert_int_equal(sl_platform_link_get(p, index, &b), 0);
	/* Nothing that runs is touched before the commit. */
	assert_int_equal(sl_port_find(p, "p0", &after), 0);
	assert_int_equal(after.prog_id, before.prog_id);
	assert_false(after.current);
	assert_int_equal(after.index, before.index);
	commit(p);
	assert_int_equal(sl_port_find(p, "p0", &after), 0);
	assert_int_equal(after.prog_id, prog_id(sl_platform_prog(p, SL_PROG_PORT)));
	assert_int_equal(after.link_id, before.link_id);
	assert_true(after.current);
	assert_false(there(ROOT "/platform-new"));
	sl_platform_close(p);
	p = opened(SL_PLATFORM_ADOPTED);
	assert_int_equal(prog_id(sl_platform_prog(p, SL_PROG_PORT)), after.prog_id);
	sl_platform_close(p);
}

static void check_rebuilt(const char *why)
{
	struct sl_platform *p = opened(SL_PLATFORM_REBUILT);
	struct sl_port_info info;
	struct sl_link_bind b;
	uint32_t index;

	print_message("%s\n", why);
	/* New and empty, but for ports at their places. */
	assert_int_equal(sl_platform_link_get(p, 0, &b), -ENOENT);
	assert_int_equal(sl_port_find(p, "p1", &info), 0);
	assert_int_equal(info.index, 1);
	assert_false(info.current);
	index = bound(p, &gre4);
	commit(p);
	assert_int_equal(sl_port_find(p, "p1", &info), 0);
	assert_true(info.current);
	sl_platform_close(p);
	p = opened(SL_PLATFORM_ADOPTED);
	assert_int_equal(sl_platform_link_get(p, index, &b), 0);
	sl_platform_close(p);
}

static void other_layouts_are_built_beside_and_swapped_in(void **state)
{
	struct sl_platform_opts frags = {.root = ROOT, .frags = true};
	struct sl_platform *p;
	_close_ int other = -1;

	(void)state;
	add_wire("w0");
	add_wire("w1");
	p = opened(SL_PLATFORM_FRESH);
	attached(p, "p0", "w0");
	attached(p, "p1", "w1");
	bound(p, &gre4);
	sl_platform_close(p);

	change_version(other_abi);
	check_rebuilt("another ABI version");

	/* A map of another size under the same version. */
	other = bpf_map_create(BPF_MAP_TYPE_HASH, "link4", 16, 8, 16, NULL);
	assert_true(other >= 0);
	assert_int_equal(unlink(ROOT "/platform/link4"), 0);
	assert_int_equal(bpf_obj_pin(other, ROOT "/platform/link4"), 0);
	change_version(older_build);
	check_rebuilt("another layout");

	/* A pin somebody removed. */
	assert_int_equal(unlink(ROOT "/platform/links"), 0);
	check_rebuilt("a missing map");

	p = NULL;
	assert_int_equal(sl_platform_open(&frags, &yard.d, &p), 0);
	assert_int_equal(sl_platform_how(p), SL_PLATFORM_REBUILT);
	assert_true(sl_platform_frags(p));
	commit(p);
	sl_platform_close(p);
	check_rebuilt("another frags flag");
}

static void a_missing_program_is_replaced(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);

	(void)state;
	bound(p, &gre4);
	sl_platform_close(p);
	assert_int_equal(unlink(ROOT "/platform/sl_copy1"), 0);
	p = opened(SL_PLATFORM_REPLACED);
	assert_int_equal(sl_platform_links(p)[0].tenant, 3);
	commit(p);
	sl_platform_close(p);
	p = opened(SL_PLATFORM_ADOPTED);
	sl_platform_close(p);
}

static void an_upgrade_that_is_not_committed_is_undone(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);

	(void)state;
	sl_platform_close(p);
	change_version(older_build);
	p = opened(SL_PLATFORM_REPLACED);
	sl_platform_close(p);
	assert_true(there(ROOT "/platform-new/version"));
	p = opened(SL_PLATFORM_REPLACED);
	commit(p);
	sl_platform_close(p);
	/* A crash just before the new platform is settled. */
	change_version(left_ready);
	p = opened(SL_PLATFORM_ADOPTED);
	sl_platform_close(p);
}

/* ---- Killed at every step --------------------------------------------------------------------*/

/* Runs `work` in a child that is killed at step `n`. False when it came to its end before. */
static bool killed_at(unsigned int n, void (*work)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		sl_fault_at(n);
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return true;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void open_and_commit(void)
{
	struct sl_platform_opts opts = {.root = ROOT};
	struct sl_platform *p = NULL;
	struct sl_diags d = {0};

	if (sl_platform_open(&opts, &d, &p) || sl_platform_commit(p, &d))
		_exit(1);
}

static void making_is_finished_after_a_kill_at_any_step(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; killed_at(n, open_and_commit); n++) {
		struct sl_platform_opts opts = {.root = ROOT};
		struct sl_platform *p = NULL;

		assert_int_equal(sl_platform_open(&opts, &yard.d, &p), 0);
		assert_true(sl_platform_how(p) == SL_PLATFORM_FRESH ||
			    sl_platform_how(p) == SL_PLATFORM_ADOPTED);
		bound(p, &gre4);
		sl_platform_close(p);
		assert_false(there(ROOT "/platform-new"));
		assert_int_equal(sl_platform_remove(ROOT, &yard.d), 0);
	}
	/* Every pin is a step. */
	assert_true(n > SL_MAP_N + SL_PROG_N);
}

static void upgrading_is_finished_or_undone_after_a_kill_at_any_step(void **state)
{
	struct sl_platform *p;
	struct sl_port_info info, again;
	unsigned int n, finished = 0, undone = 0;

	(void)state;
	add_wire("w0");
	p = opened(SL_PLATFORM_FRESH);
	attached(p, "p0", "w0");
	bound(p, &gre4);
	sl_platform_close(p);
	for (n = 1;; n++) {
		struct sl_platform_opts opts = {.root = ROOT};

		change_version(older_build);
		if (!killed_at(n, open_and_commit))
			break;
		assert_int_equal(sl_platform_open(&opts, &yard.d, &p), 0);
		/* The link is there, and the port runs one of the two. */
		assert_int_equal(sl_platform_links(p)[0].tenant, 3);
		assert_int_equal(sl_port_find(p, "p0", &info), 0);
		if (sl_platform_how(p) == SL_PLATFORM_ADOPTED) {
			assert_true(info.current);
			finished++;
		} else {
			assert_int_equal(sl_platform_how(p), SL_PLATFORM_REPLACED);
			assert_false(info.current);
			undone++;
		}
		commit(p);
		assert_int_equal(sl_port_find(p, "p0", &again), 0);
		assert_true(again.current);
		assert_int_equal(again.link_id, info.link_id);
		assert_false(there(ROOT "/platform-new"));
		sl_platform_close(p);
	}
	/* Both happened, or the steps were not in the commit. */
	assert_true(finished > 2);
	assert_true(undone > SL_MAP_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(a_new_platform_is_pinned_and_taken_up_again),
		ROOT_TEST(readers_take_what_is_there_or_nothing),
		ROOT_TEST(without_a_bpffs_nothing_is_made),
		ROOT_TEST(a_reboot_leaves_nothing_to_adopt),
		ROOT_TEST(another_build_replaces_the_programs_over_the_same_maps),
		ROOT_TEST(other_layouts_are_built_beside_and_swapped_in),
		ROOT_TEST(a_missing_program_is_replaced),
		ROOT_TEST(an_upgrade_that_is_not_committed_is_undone),
		ROOT_TEST(making_is_finished_after_a_kill_at_any_step),
		ROOT_TEST(upgrading_is_finished_or_undone_after_a_kill_at_any_step),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
