// SPDX-License-Identifier: GPL-2.0-only
/* What a host is said to have: complete, true of this one as far as it can be cross-checked, and
 * nothing of the probing is left behind. */
#include "loader/runtime/features.h"
#include "tests/runtime/yard.h"

static struct sl_features *probed(const struct sl_features_opts *opts)
{
	struct sl_features *f = NULL;

	assert_int_equal(sl_features_probe(opts, &f), 0);
	assert_true(f->n > 20);
	return f;
}

static const struct sl_feature *row(const struct sl_features *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->list[i].name, name))
			return &f->list[i];
	fail_msg("no row '%s'", name);
	return NULL;
}

static void every_row_says_what_is_lost(void **state)
{
	struct sl_features *f = probed(NULL);
	unsigned int missing = 0;

	(void)state;
	for (size_t i = 0; i < f->n; i++) {
		assert_non_null(f->list[i].title);
		assert_true(strlen(f->list[i].lost) > 8);
		missing +=
			f->list[i].need == SL_FEATURE_REQUIRED && f->list[i].state == SL_FEATURE_NO;
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->list[i].name, "native-xdp"))
				assert_string_not_equal(f->list[i].name, f->list[j].name);
	}
	assert_int_equal(missing, f->required_missing);
	sl_features_free(f);
}

static void text_and_json_agree(void **state)
{
	struct sl_features *f = probed(NULL);
	struct json_object *obj = sl_features_json(f), *list, *val;
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	sl_features_print(f, out);
	fclose(out);
	assert_true(json_object_object_get_ex(obj, "ok", &val));
	assert_int_equal(json_object_get_boolean(val), !f->required_missing);
	assert_true(json_object_object_get_ex(obj, "features", &list));
	assert_int_equal(json_object_array_length(list), f->n);
	for (size_t i = 0; i < f->n; i++) {
		struct json_object *r = json_object_array_get_idx(list, i);

		assert_true(json_object_object_get_ex(r, "state", &val));
		assert_string_equal(json_object_get_string(val),
				    sl_feature_state_name(f->list[i].state));
		assert_non_null(strstr(text, f->list[i].title));
		if (f->list[i].state == SL_FEATURE_NO)
			assert_non_null(strstr(text, f->list[i].lost));
	}
	json_object_put(obj);
	sl_features_free(f);
}

static void a_compiler_that_is_none_is_not_found(void **state)
{
	struct sl_features_opts opts = {.clang = "/nonexistent/clang"};
	struct sl_features *f = probed(&opts);

	(void)state;
	assert_int_equal(row(f, "clang")->state, SL_FEATURE_NO);
	assert_true(f->required_missing >= 1);
	sl_features_free(f);
	/* It runs, and is something else. */
	opts.clang = "true";
	f = probed(&opts);
	assert_int_equal(row(f, "clang")->state, SL_FEATURE_NO);
	sl_features_free(f);
	opts.clang = "clang";
	f = probed(&opts);
	assert_int_equal(row(f, "clang")->state, SL_FEATURE_YES);
	sl_features_free(f);
}

static void a_host_that_runs_the_platform_has_all_it_needs(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_features *f = probed(NULL);

	(void)state;
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i].need == SL_FEATURE_REQUIRED && f->list[i].state != SL_FEATURE_YES)
			fail_msg("%s: %s", f->list[i].name,
				 sl_feature_state_name(f->list[i].state));
	assert_int_equal(row(f, "managed-neighbours")->state, SL_FEATURE_YES);
	sl_features_free(f);
	sl_platform_close(p);
}

static void interfaces_that_are_named_are_probed(void **state)
{
	static const char *const names[] = {"w0", "nothere"};
	struct sl_features_opts opts = {.interfaces = names, .n_interfaces = 2};
	struct sl_features *f;

	(void)state;
	add_wire("w0");
	f = probed(&opts);
	assert_string_equal(f->list[f->n - 2].name, "native-xdp");
	assert_non_null(strstr(f->list[f->n - 2].detail, "w0: driver veth"));
	assert_int_not_equal(f->list[f->n - 2].state, SL_FEATURE_NO);
	assert_int_equal(f->list[f->n - 1].state, SL_FEATURE_NO);
	sl_features_free(f);
}

/* Devices here, and programs anywhere that have the probes' name. */
static unsigned int left_behind(void)
{
	unsigned int n = 0;
	__u32 id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);
		_close_ int fd = bpf_prog_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			n += !strcmp(info.name, "sl_probe");
	}
	return n + (if_nametoindex("a") != 0) + (if_nametoindex("b") != 0);
}

static void nothing_of_the_probing_stays(void **state)
{
	(void)state;
	sl_features_free(probed(NULL));
	/* The kernel frees programs a moment after their last user. */
	for (int i = 0; i < 50 && left_behind(); i++)
		usleep(100000);
	assert_int_equal(left_behind(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_says_what_is_lost),
		cmocka_unit_test(text_and_json_agree),
		cmocka_unit_test(a_compiler_that_is_none_is_not_found),
		ROOT_TEST(a_host_that_runs_the_platform_has_all_it_needs),
		ROOT_TEST(interfaces_that_are_named_are_probed),
		ROOT_TEST(nothing_of_the_probing_stays),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
