/* SPDX-License-Identifier: GPL-2.0-only */
/* The key that demux believes a link's record by: there while the link is, and never longer. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/runtime/platform.h"

#define ROOT "/sys/fs/bpf/sluice"

static struct sl_platform *platform;
static struct sl_diags diags;

static int open_platform(void)
{
	struct sl_platform_opts opts = {.root = ROOT};

	return sl_platform_open(&opts, &diags, &platform);
}

static int set_up(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return -1;
	return open_platform();
}

static int tear_down(void **state)
{
	(void)state;
	if (platform) {
		sl_platform_close(platform);
		sl_platform_remove(ROOT, &diags);
		umount2("/sys/fs/bpf", MNT_DETACH);
	}
	sl_diags_free(&diags);
	return 0;
}

/* Runs the test that is its state, or skips it without the privilege. */
static void as_root(void **state)
{
	if (!platform)
		skip();
	((CMUnitTestFunction)*state)(NULL);
}

#define TEST(test)                                                                                 \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test)               \
	}

static const struct sl_link_bind bind4 = {
	.tenant = 3,
	.dev = 1,
	.kind = SL_LINK_GRE4,
	.gre = SL_GRE_KEY,
	.saddr = {192, 0, 2, 1},
	.daddr = {198, 51, 100, 1},
	.key = 0x01020304,
};
static const struct sl_link_bind bind6 = {
	.tenant = 3,
	.dev = 2,
	.kind = SL_LINK_GRE6,
	.saddr = {0x20, 1, 0xd, 0xb8, [15] = 1},
	.daddr = {0x20, 1, 0xd, 0xb8, [15] = 2},
};

static const struct sl_link_rec *record(uint32_t index)
{
	return &sl_platform_links(platform)[index];
}

/* The record has the key of `b`, or none. */
static void assert_remembered(uint32_t index, const struct sl_link_bind *b)
{
	union {
		struct sl_link4_key v4;
		struct sl_link6_key v6;
		__u64 words[5];
	} want = {.words = {0}};
	bool keyed = b && b->gre & SL_GRE_KEY;
	uint8_t key[4] = {0};

	if (keyed) {
		for (int i = 0; i < 4; i++)
			key[i] = (uint8_t)(b->key >> (24 - 8 * i));
	}
	if (b && b->kind == SL_LINK_GRE4) {
		memcpy(&want.v4.saddr, b->saddr, 4);
		memcpy(&want.v4.daddr, b->daddr, 4);
		memcpy(&want.v4.key, key, 4);
		want.v4.has_key = keyed;
	} else if (b && b->kind == SL_LINK_GRE6) {
		memcpy(want.v6.saddr, b->saddr, 16);
		memcpy(want.v6.daddr, b->daddr, 16);
		memcpy(&want.v6.key, key, 4);
		want.v6.has_key = keyed;
	}
	assert_memory_equal(record(index)->in, want.words, sizeof(want.words));
}

static uint32_t bound(const struct sl_link_bind *b)
{
	uint32_t index;

	assert_int_equal(sl_platform_link_alloc(platform, &index), 0);
	assert_int_equal(sl_platform_link_bind(platform, index, b), 0);
	return index;
}

static void bound_links_are_remembered_until_unbound(void **state)
{
	const struct sl_link_bind *binds[] = {&bind4, &bind6};

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t index = bound(binds[i]);

		assert_remembered(index, binds[i]);
		assert_int_equal(sl_platform_link_unbind(platform, index), 0);
		assert_remembered(index, NULL);
	}
}

static void direct_links_have_no_key(void **state)
{
	struct sl_link_bind b = {
		.tenant = 3, .dev = 4, .kind = SL_LINK_DIRECT, .ifindex = 1, .vlan = 9};
	uint32_t index = bound(&b);

	(void)state;
	assert_remembered(index, NULL);
	assert_int_equal(sl_platform_link_unbind(platform, index), 0);
}

static void a_new_key_replaces_the_old(void **state)
{
	struct sl_link_bind b = bind4;
	uint32_t index = bound(&b);

	(void)state;
	b.key++;
	assert_int_equal(sl_platform_link_rebind(platform, index, &b), 0);
	assert_remembered(index, &b);
	b.gre = 0;
	assert_int_equal(sl_platform_link_rebind(platform, index, &b), 0);
	assert_remembered(index, &b);
	b = bind6;
	assert_int_equal(sl_platform_link_rebind(platform, index, &b), 0);
	assert_remembered(index, &b);
	b.tenant++; /* another slot, the same key */
	assert_int_equal(sl_platform_link_rebind(platform, index, &b), 0);
	assert_remembered(index, &b);
	assert_int_equal(sl_platform_link_unbind(platform, index), 0);
}

/* Keys as a process leaves them that dies at the worst moment. */
static void adopting_puts_keys_right(void **state)
{
	uint32_t a = bound(&bind4), b = bound(&bind6), free;

	(void)state;
	assert_int_equal(sl_platform_link_alloc(platform, &free), 0);
	memset(sl_platform_links(platform)[a].in, 0, sizeof(record(a)->in));
	sl_platform_links(platform)[b].in[3] ^= 1;
	sl_platform_links(platform)[free] = *record(a);
	sl_platform_links(platform)[free].in[0] = 77;
	sl_platform_close(platform);
	platform = NULL;
	assert_int_equal(open_platform(), 0);
	assert_int_equal(sl_platform_how(platform), SL_PLATFORM_ADOPTED);
	assert_remembered(a, &bind4);
	assert_remembered(b, &bind6);
	assert_remembered(free, NULL);
	assert_int_equal(sl_platform_link_unbind(platform, a), 0);
	assert_int_equal(sl_platform_link_unbind(platform, b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bound_links_are_remembered_until_unbound),
		TEST(direct_links_have_no_key),
		TEST(a_new_key_replaces_the_old),
		TEST(adopting_puts_keys_right),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
