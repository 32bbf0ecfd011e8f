// SPDX-License-Identifier: GPL-2.0-only
/* Links that a change left half done, by a kill at any step of it, are put right. */
#include "loader/runtime/fault.h"
#include "tests/runtime/link_maps.h"

/* ---- Put right -------------------------------------------------------------------------------*/

static void what_an_interrupted_change_leaves_is_put_right(void **state)
{
	struct sl_link4_key second = {htonl(0xc0000201), htonl(0xc6336401), htonl(99), 1};
	struct sl_link4_key nobody = {htonl(0xc0000209), htonl(0xc6336401), htonl(5), 1};
	struct sl_pair4_key pair = {htonl(0xc0000201), htonl(0xc6336401)}, stray = {1, 2};
	uint32_t a = bound(gre4(3, 1, 1)), nine = 9, at = 4 * SL_MAX_DEVS + 1, to = a + 1;

	(void)state;
	/* A second key of the link, a key to no link, counts too high, a device of somebody else at
	 * the link, and a record that nothing leads to. */
	bpf_map_update_elem(sl_platform_map(p, SL_MAP_LINK4), &second, &a, 0);
	bpf_map_update_elem(sl_platform_map(p, SL_MAP_LINK4), &nobody, &nine, 0);
	bpf_map_update_elem(sl_platform_map(p, SL_MAP_PAIR4), &pair, &nine, 0);
	bpf_map_update_elem(sl_platform_map(p, SL_MAP_PAIR4), &stray, &nine, 0);
	bpf_map_update_elem(sl_platform_map(p, SL_MAP_TENANT_DEV), &at, &to, 0);
	sl_platform_links(p)[50].kind = SL_LINK_GRE4;
	sl_platform_links(p)[50].tenant = 7;
	restart();
	assert_int_equal(count(SL_MAP_LINK4), 1);
	assert_true((found4(1, true) == (int)a) != (found4(99, true) == (int)a));
	assert_int_equal(pairs4(), 1);
	assert_int_equal(count(SL_MAP_PAIR4), 1);
	assert_int_equal(dev_entry(4, 1), 0);
	assert_int_equal(dev_entry(3, 1), a + 1);
	assert_int_equal(sl_platform_links(p)[50].kind, SL_LINK_NONE);
	sl_platform_link_unbind(p, a);
	assert_no_links();
}

/* What the children below do to the platform that is pinned. */
static struct sl_platform *child_open(void)
{
	struct sl_platform_opts opts = {.root = ROOT};
	struct sl_platform *mine = NULL;

	if (sl_platform_open(&opts, &yard.d, &mine))
		_exit(1);
	return mine;
}

static void child_binds(struct sl_platform *mine)
{
	struct sl_link_bind b = gre4(3, 1, 1), six = gre6(3, 2), whole = direct(3, 3, 9, 0);

	if (sl_platform_link_bind(mine, 0, &b) || sl_platform_link_bind(mine, 1, &six) ||
	    sl_platform_link_bind(mine, 2, &whole))
		_exit(1);
}

static void child_rebinds(struct sl_platform *mine)
{
	struct sl_link_bind b = gre4(5, 4, 2), six = gre6(5, 5), whole = direct(5, 6, 10, 3);

	if (sl_platform_link_rebind(mine, 0, &b) || sl_platform_link_rebind(mine, 1, &six) ||
	    sl_platform_link_rebind(mine, 2, &whole))
		_exit(1);
}

static void child_unbinds(struct sl_platform *mine)
{
	for (uint32_t i = 0; i < 3; i++)
		if (sl_platform_link_unbind(mine, i))
			_exit(1);
}

static bool killed_at(unsigned int n, void (*work)(struct sl_platform *mine))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct sl_platform *mine = child_open();

		sl_fault_at(n);
		work(mine);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

/* Every link there is, is there whole; then all go. */
static void assert_whole_and_clear(void)
{
	uint32_t n4 = count(SL_MAP_LINK4), n6 = count(SL_MAP_LINK6), nd = count(SL_MAP_DIRECT),
		 n = 0;

	assert_int_equal(pairs4(), n4);
	assert_int_equal(count(SL_MAP_PAIR6), n6);
	for (uint32_t i = 0; i < 3; i++) {
		struct sl_link_bind b;

		if (sl_platform_link_get(p, i, &b)) {
			assert_int_equal(sl_platform_links(p)[i].kind, SL_LINK_NONE);
			continue;
		}
		n++;
		assert_int_equal(dev_entry(b.tenant, b.dev), i + 1);
		if (b.kind == SL_LINK_GRE4)
			assert_int_equal(found4(b.key, true), i);
		if (b.kind == SL_LINK_DIRECT)
			assert_int_equal(direct_on(b.ifindex), 1);
	}
	assert_int_equal(n, n4 + n6 + nd);
	for (uint32_t i = 0; i < 3; i++)
		sl_platform_link_unbind(p, i);
	assert_no_links();
}

static void links_are_whole_or_gone_after_a_kill_at_any_step(void **state)
{
	static void (*const works[])(struct sl_platform * mine) = {child_binds, child_rebinds,
								   child_unbinds};
	struct sl_link_bind links[] = {gre4(3, 1, 1), gre6(3, 2), direct(3, 3, 9, 0)};

	(void)state;
	for (size_t w = 0; w < 3; w++) {
		unsigned int n;

		for (n = 1;; n++) {
			bool killed;

			for (uint32_t i = 0; w && i < 3; i++)
				assert_int_equal(sl_platform_link_bind(p, i, &links[i]), 0);
			killed = killed_at(n, works[w]);
			restart();
			assert_whole_and_clear();
			if (!killed)
				break;
		}
		/* At least: device, count, key, and back. */
		assert_true(n > 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(what_an_interrupted_change_leaves_is_put_right),
		LINK_TEST(links_are_whole_or_gone_after_a_kill_at_any_step),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
