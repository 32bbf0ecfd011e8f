// SPDX-License-Identifier: GPL-2.0-only
/* Framing: what comes whole, in pieces, too long, or as garbage. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/frame.h"

static void put_bytes(struct ctl_buf *b, const void *bytes, size_t n)
{
	assert_int_equal(ctl_buf_room(b, n), 0);
	memcpy(b->bytes + b->end, bytes, n);
	b->end += n;
}

static void put_head(struct ctl_buf *b, uint32_t len)
{
	uint8_t head[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
			   (uint8_t)len};

	put_bytes(b, head, 4);
}

static int get_text(const char *text, size_t max_values, struct json_object **o)
{
	struct ctl_buf b = {0};
	int ret;

	put_head(&b, (uint32_t)strlen(text));
	put_bytes(&b, text, strlen(text));
	ret = ctl_frame_get(&b, max_values, o);
	assert_int_equal(ctl_buf_len(&b), 0);
	ctl_buf_free(&b);
	return ret;
}

static void what_is_put_comes_back(void **state)
{
	struct json_object *o = json_tokener_parse("{\"a\": [1, \"x\\u0000y\", {\"b\": null}]}");
	struct json_object *again = NULL;
	struct ctl_buf b = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ctl_frame_put(&b, o, SIZE_MAX), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ctl_frame_get(&b, 0, &again), 1);
		assert_true(json_object_equal(o, again));
		json_object_put(again);
	}
	assert_int_equal(ctl_frame_get(&b, 0, &again), 0);
	json_object_put(o);
	ctl_buf_free(&b);
}

static void a_frame_in_single_bytes_is_one_frame(void **state)
{
	static const char text[] = "{\"command\": \"tenant list\"}";
	struct json_object *o = NULL;
	struct ctl_buf b = {0};

	(void)state;
	put_head(&b, sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(ctl_frame_get(&b, 0, &o), 0);
		put_bytes(&b, text + i, 1);
	}
	assert_int_equal(ctl_frame_get(&b, 0, &o), 1);
	json_object_put(o);
	ctl_buf_free(&b);
}

static void a_length_beyond_the_limit_is_refused_before_its_bytes_come(void **state)
{
	struct json_object *o = NULL;
	struct ctl_buf b = {0};
	int fds[2];

	(void)state;
	put_head(&b, CTL_FRAME_MAX + 1);
	assert_int_equal(ctl_frame_get(&b, 0, &o), -EMSGSIZE);
	/* And no room is made for what it claims. */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(ctl_buf_read(&b, fds[0]), -EMSGSIZE);
	assert_true(b.cap < 65536);
	close(fds[0]);
	close(fds[1]);
	ctl_buf_free(&b);
}

static void room_is_made_for_what_came_and_not_for_what_is_claimed(void **state)
{
	struct ctl_buf b = {0};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	put_head(&b, CTL_FRAME_MAX);
	assert_int_equal(write(fds[1], "{", 1), 1);
	assert_int_equal(ctl_buf_read(&b, fds[0]), 1);
	assert_true(b.cap <= 1 << 17);
	close(fds[0]);
	close(fds[1]);
	ctl_buf_free(&b);
}

static void garbage_is_no_frame(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"null",
		"1",
		"[]",
		"\"text\"",
		"{",
		"}",
		"{}{}",
		"{} x",
		"{\"a\":}",
		"{'a': 1}",
		"{\"a\": 1,}",
		"{\"a\" 1}",
		"{\"",
		"\xff\xfe",
		"{\"a\": nul}",
		"{\"a\": tru",
		"{\"\\u12\": 1}",
	};
	struct json_object *o = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (get_text(texts[i], 0, &o) != -EBADMSG)
			fail_msg("taken for a frame: %s", texts[i]);
	assert_null(o);
}

static void deep_nesting_is_refused(void **state)
{
	char text[2 * 2000 + 32] = "{\"a\":";
	struct json_object *o = NULL;

	(void)state;
	memset(text + 5, '[', 2000);
	memset(text + 2005, ']', 2000);
	strcpy(text + 4005, "}");
	assert_int_equal(get_text(text, 0, &o), -EBADMSG);
}

static void many_small_values_are_refused_and_long_texts_are_not(void **state)
{
	size_t n = 100000;
	char *text = malloc(3 * n + 64);
	struct json_object *o = NULL;
	char *p = text;

	(void)state;
	p += sprintf(p, "{\"a\":[");
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%s1", i ? "," : "");
	strcpy(p, "]}");
	assert_int_equal(get_text(text, CTL_REQUEST_VALUES, &o), -EMSGSIZE);
	/* The same bytes inside a string, quotes and all, are one value. */
	p = text + sprintf(text, "{\"a\":\"\\\"");
	memset(p, ',', 2 * n);
	strcpy(p + 2 * n, "'[[[\"}");
	assert_int_equal(get_text(text, CTL_REQUEST_VALUES, &o), 1);
	json_object_put(o);
	free(text);
}

static void what_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
	struct json_object *o = json_tokener_parse("{\"a\": 1}");
	struct ctl_buf b = {0};

	(void)state;
	assert_int_equal(ctl_frame_put(&b, o, 20), 0);
	assert_int_equal(ctl_frame_put(&b, o, 20), -EMSGSIZE);
	assert_int_equal(ctl_buf_len(&b), 4 + strlen("{\"a\":1}"));
	json_object_put(o);
	ctl_buf_free(&b);
}

/* Bytes that follow no rule: whatever comes of it, it ends and nothing leaks. */
static void random_bytes_do_no_harm(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct ctl_buf b = {0};
		struct json_object *o = NULL;
		uint8_t bytes[300];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			bytes[i] = (uint8_t)x;
		}
		/* A length that is often met by what is there. */
		bytes[0] = bytes[1] = bytes[2] = 0;
		put_bytes(&b, bytes, sizeof(bytes));
		while (ctl_frame_get(&b, CTL_REQUEST_VALUES, &o) > 0) {
			json_object_put(o);
			o = NULL;
		}
		ctl_buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_comes_back),
		cmocka_unit_test(a_frame_in_single_bytes_is_one_frame),
		cmocka_unit_test(a_length_beyond_the_limit_is_refused_before_its_bytes_come),
		cmocka_unit_test(room_is_made_for_what_came_and_not_for_what_is_claimed),
		cmocka_unit_test(garbage_is_no_frame),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(many_small_values_are_refused_and_long_texts_are_not),
		cmocka_unit_test(what_does_not_fit_leaves_the_buffer_as_it_was),
		cmocka_unit_test(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
