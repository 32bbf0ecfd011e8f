// SPDX-License-Identifier: GPL-2.0-only
/* Packets go to who looks at their link, and to nobody else; a client that goes ends it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/ctl/harness.h"

static struct harness h;
static const struct harness_with with = {&h, NULL, NULL};

/* Packets in the next part that has some, or that says that some were lost; *lost of that part. */
static size_t next_part(int fd, unsigned long long *lost, size_t *bytes)
{
	uint64_t end = ctl_now_ms() + 3000;
	size_t n = 0;

	*lost = 0;
	while (!n && !*lost && ctl_now_ms() < end) {
		struct json_object *o = harness_receive(&h, fd, 3000), *part, *v, *p;

		assert_non_null(o);
		assert_true(json_object_object_get_ex(o, "part", &part));
		assert_true(json_object_object_get_ex(part, "lost", &v));
		*lost = json_object_get_uint64(v);
		assert_true(json_object_object_get_ex(part, "packets", &v));
		n = json_object_array_length(v);
		if (n) {
			p = json_object_array_get_idx(v, 0);
			assert_true(json_object_object_get_ex(p, "bytes", &v));
			if (bytes)
				*bytes = (size_t)json_object_get_string_len(v) / 2;
			assert_int_equal(strncmp(json_object_get_string(v), "010203", 6), 0);
		}
		json_object_put(o);
	}
	return n;
}

static void packets_go_to_who_looks(void **state)
{
	int red = harness_connect(&h, RED_UID), root = harness_connect(&h, 0);
	int other = harness_connect(&h, RED_UID), out = harness_connect(&h, RED_UID);
	unsigned long long lost;
	size_t bytes = 0;

	(void)state;
	harness_send(&h, red, "capture", "{\"link\": \"red/eth3\", \"in\": true}");
	harness_send(&h, root, "capture", "{\"link\": \"red/eth3\", \"snaplen\": \"10\"}");
	harness_send(&h, other, "capture", "{\"link\": \"red/eth2\"}");
	harness_send(&h, out, "capture", "{\"link\": \"red/eth3\", \"out\": true}");
	harness_run(&h, 300);
	assert_string_equal(harness_calls(&h), "peek red eth3 1 0; peek red eth3 3 10; "
					       "peek red eth2 3 0; peek red eth3 2 0; ");
	h.node.packets_in = 3;
	assert_int_equal(next_part(red, &lost, &bytes), 3);
	assert_int_equal(bytes, 100);
	assert_int_equal(next_part(root, &lost, &bytes), 3);
	assert_int_equal(bytes, 10);
	harness_run(&h, 300);
	h.node.packets_in = 0;
	/* These get parts, and nothing in them. */
	for (int i = 0; i < 2; i++) {
		struct json_object *o = harness_receive(&h, i ? other : out, 2000);

		assert_non_null(o);
		assert_non_null(strstr(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
				       "\"packets\":[]"));
		json_object_put(o);
	}
	close(red);
	close(root);
	close(other);
	close(out);
	harness_run(&h, 20);
	assert_null(h.node.peeks);
	assert_false(h.server->peeking);
}

static void strangers_may_not(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(harness_once(&h, BLUE_UID, "capture", "{\"link\": \"red/eth3\"}", &text),
			 CTL_SYSTEM);
	assert_non_null(strstr(text, "does not own"));
	assert_null(h.node.peeks);
}

static void a_refusal_is_told(void **state)
{
	(void)state;
	h.node.fail = -ENOENT;
	assert_int_equal(harness_once(&h, RED_UID, "capture", "{\"link\": \"red/eth9\"}", NULL),
			 CTL_REFUSED);
	assert_null(h.node.peeks);
	assert_false(h.server->peeking);
}

static void a_slow_reader_loses_packets_and_is_told_how_many(void **state)
{
	int fd = harness_connect(&h, RED_UID);
	unsigned long long lost = 0, got = 0, before = ~0ull;
	uint64_t end = ctl_now_ms() + 8000;

	(void)state;
	harness_send(&h, fd, "capture", "{\"link\": \"red/eth3\"}");
	harness_run(&h, 20);
	h.node.packets_in = 20000;
	harness_run(&h, 250);
	assert_int_equal(harness_once(&h, 0, "tenant list", NULL, NULL), CTL_DONE);
	/* Until a part says nothing new. */
	while (ctl_now_ms() < end && (got + lost < 20000 || before != lost)) {
		before = lost;
		got += next_part(fd, &lost, NULL);
	}
	assert_true(lost > 0);
	assert_int_equal(got + lost, 20000);
	close(fd);
}

static void a_tenant_that_is_somebody_elses_now_is_not_shown(void **state)
{
	int fd = harness_connect(&h, RED_UID);

	(void)state;
	harness_send(&h, fd, "capture", "{\"link\": \"red/eth3\"}");
	harness_run(&h, 20);
	assert_non_null(h.node.peeks);
	h.node.tenants[0].uid = 4711;
	assert_true(harness_closed(&h, fd, 1000));
	assert_null(h.node.peeks);
	close(fd);
}

/* Not even those packets that come before the clock has ticked. */
static void an_owner_that_was_sees_nothing_after_the_change(void **state)
{
	int fd = harness_connect(&h, RED_UID);

	(void)state;
	harness_send(&h, fd, "capture", "{\"link\": \"red/eth3\"}");
	harness_run(&h, 20);
	assert_non_null(h.node.peeks);
	/* What a change by root brings: from its answer on it holds. */
	h.node.tenants[0].uid = 4711;
	h.server->peek_timer.due_ms += 10000;
	assert_int_equal(harness_once(&h, 0, "tenant remove", "{\"tenant\": \"blue\"}", NULL),
			 CTL_DONE);
	assert_null(h.node.peeks);
	assert_true(harness_closed(&h, fd, 1000));
	close(fd);
}

static void a_user_looks_so_many_times_and_root_at_will(void **state)
{
	int fds[8], one;
	size_t n = sizeof(fds) / sizeof(fds[0]);
	_free_ char *text = NULL;
	struct json_object *part;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		fds[i] = harness_connect(&h, i < 4 ? RED_UID : 0);
		harness_send(&h, fds[i], i % 2 ? "trace" : "capture",
			     i % 2 ? "{\"tenant\": \"red\"}" : "{\"link\": \"red/eth3\"}");
	}
	harness_run(&h, 20);
	assert_int_equal(harness_once(&h, RED_UID, "capture", "{\"link\": \"red/eth3\"}", &text),
			 CTL_SYSTEM);
	assert_non_null(strstr(text, "4 times already"));
	close(fds[0]);
	harness_run(&h, 20);
	one = harness_connect(&h, RED_UID);
	harness_send(&h, one, "capture", "{\"link\": \"red/eth3\"}");
	h.node.packets_in = 1;
	part = harness_receive(&h, one, 3000);
	assert_non_null(part);
	json_object_put(part);
	for (size_t i = 1; i < n; i++)
		close(fds[i]);
	close(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(packets_go_to_who_looks, &with),
		HARNESS_TEST(strangers_may_not, &with),
		HARNESS_TEST(a_refusal_is_told, &with),
		HARNESS_TEST(a_slow_reader_loses_packets_and_is_told_how_many, &with),
		HARNESS_TEST(a_tenant_that_is_somebody_elses_now_is_not_shown, &with),
		HARNESS_TEST(an_owner_that_was_sees_nothing_after_the_change, &with),
		HARNESS_TEST(a_user_looks_so_many_times_and_root_at_will, &with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
