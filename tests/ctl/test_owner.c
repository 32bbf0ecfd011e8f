// SPDX-License-Identifier: GPL-2.0-only
/* Who may do what: root everything, a tenant's owner that tenant, others nothing. */
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

#define STRANGER 2000

static struct harness h;

static const struct harness_with with = {&h, NULL, &fake_ops_not_ahead};

#define SUBMISSION "\"submission\": {\"graph\": {\"name\": \"a.click\", \"text\": \"Idle;\"}}"
#define NODE_TEXT "\"text\": \"tenants: []\\n\", \"dir\": \"/\""

static const struct {
	const char *command, *args;
	enum ctl_who who;
	const char *call; /* what reaches the node */
} commands[] = {
	{"node show", NULL, CTL_ROOT, ""},
	{"node apply", "{\"file\": \"n\", \"dry_run\": true, " NODE_TEXT "}", CTL_ROOT,
	 "apply dry; "},
	{"port attach", "{\"name\": \"up\", \"interface\": \"eth0\"}", CTL_ROOT,
	 "attach up eth0 native; "},
	{"port list", NULL, CTL_ROOT, ""},
	{"port detach", "{\"name\": \"up\"}", CTL_ROOT, "detach up; "},
	{"link show", "{\"link\": \"red/eth0\"}", CTL_OWNER, ""},
	{"tenant install", "{\"tenant\": \"red\", \"graph\": \"a.click\", " SUBMISSION "}",
	 CTL_OWNER, "install red a.click; "},
	{"tenant optimize", "{\"tenant\": \"red\", \"dry_run\": true}", CTL_OWNER, ""},
	{"tenant stop", "{\"tenant\": \"red\"}", CTL_OWNER, "stop red; "},
	{"tenant start", "{\"tenant\": \"red\"}", CTL_OWNER, "start red; "},
	{"tenant rollback", "{\"tenant\": \"red\"}", CTL_OWNER, "rollback red; "},
	{"tenant class", "{\"tenant\": \"red\", \"class\": \"thread\"}", CTL_ROOT,
	 "class red thread; "},
	{"tenant remove", "{\"tenant\": \"red\"}", CTL_ROOT, "remove red; "},
	{"tenant show", "{\"tenant\": \"red\"}", CTL_OWNER, ""},
	/* Who has a budget does not set it, nor judge what it costs. */
	{"tenant release", "{\"tenant\": \"red\"}", CTL_ROOT, "release red; "},
	{"budget set", "{\"tenant\": \"red\", \"limit=value\": [\"cpu=1%\", \"pps=none\"]}",
	 CTL_ROOT, "budget red pps=none 2; "},
	{"budget show", "{\"tenant\": \"red\"}", CTL_OWNER, ""},
	{"budget show", NULL, CTL_ANYONE, ""},
	{"tenant show", "{\"tenant\": \"red\", \"emit\": true}", CTL_OWNER, ""},
	{"read", "{\"handler\": \"red/a/c.count\", \"args\": [\"x\", \"y\"]}", CTL_OWNER,
	 "read red a/c.count 'x y'; "},
	{"write", "{\"handler\": \"red/c.reset\", \"value\": [\"1\", \"2\"]}", CTL_OWNER,
	 "write red c.reset '1 2'; "},
	{"events", "{\"tenant\": \"red\", \"last\": \"0\"}", CTL_OWNER, ""},
	{"stats", "{\"tenant\": \"red\"}", CTL_OWNER, ""},
	{"link list", "{\"tenant\": \"red\"}", CTL_OWNER, ""},
	/* Without a tenant's name: for everybody, what is their own. */
	{"link list", NULL, CTL_ANYONE, ""},
	{"tenant list", NULL, CTL_ANYONE, ""},
	{"stats", NULL, CTL_ANYONE, ""},
	{"events", "{\"last\": \"3\"}", CTL_ANYONE, ""},
};

static void try_as(uid_t uid, bool owner)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bool may = !uid || commands[i].who == CTL_ANYONE ||
			   (owner && commands[i].who == CTL_OWNER);
		_free_ char *text = NULL;
		int status = harness_once(&h, uid, commands[i].command, commands[i].args, &text);
		const char *calls = harness_calls(&h);

		if (may ? status != CTL_DONE || strcmp(calls, commands[i].call)
			: status != CTL_SYSTEM || *calls)
			fail_msg("uid %u: %s %s: status %d, calls '%s', %s", uid,
				 commands[i].command, commands[i].args ? commands[i].args : "",
				 status, calls, text);
		if (!may &&
		    !strstr(text, commands[i].who == CTL_ROOT ? "is for root" : "does not own"))
			fail_msg("uid %u: %s: %s", uid, commands[i].command, text);
	}
}

static void root_may_do_everything(void **state)
{
	(void)state;
	try_as(0, false);
}

static void an_owner_may_do_what_is_its_tenants(void **state)
{
	(void)state;
	try_as(RED_UID, true);
}

static void the_owner_of_another_tenant_may_not(void **state)
{
	(void)state;
	try_as(BLUE_UID, false);
}

static void a_stranger_may_not(void **state)
{
	(void)state;
	try_as(STRANGER, false);
}

static void a_tenant_that_is_not_there_looks_like_one_of_others(void **state)
{
	_free_ char *missing = NULL, *others = NULL, *root = NULL;

	(void)state;
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant stop", "{\"tenant\": \"nobody\"}", &missing),
		CTL_SYSTEM);
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant stop", "{\"tenant\": \"blue\"}", &others),
		CTL_SYSTEM);
	assert_non_null(strstr(missing, "uid 1000 does not own a tenant 'nobody'"));
	assert_non_null(strstr(others, "uid 1000 does not own a tenant 'blue'"));
	/* Root is told. */
	assert_int_equal(harness_once(&h, 0, "tenant stop", "{\"tenant\": \"nobody\"}", &root),
			 CTL_REFUSED);
	assert_non_null(strstr(root, "there is no tenant 'nobody'"));
}

/* Counts the rows a list has for a caller. */
static size_t rows(uid_t uid, const char *command, const char *list)
{
	int fd = harness_connect(&h, uid);
	struct json_object *o, *v;
	size_t n;

	harness_send(&h, fd, command, NULL);
	o = harness_receive(&h, fd, 5000);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "result", &v));
	assert_true(json_object_object_get_ex(v, list, &v));
	n = json_object_array_length(v);
	json_object_put(o);
	close(fd);
	return n;
}

static void lists_show_what_is_ones_own(void **state)
{
	static const struct {
		const char *command, *list;
	} lists[] = {{"tenant list", "tenants"}, {"link list", "links"}, {"budget show", "tenants"},
		     {"budget show", "limits"},	 {"stats", "tenants"},	 {"stats", "links"}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(rows(0, lists[i].command, lists[i].list), 2);
		assert_int_equal(rows(RED_UID, lists[i].command, lists[i].list), 1);
		assert_int_equal(rows(STRANGER, lists[i].command, lists[i].list), 0);
	}
}

/* The node's own counters are root's to see. */
static void node_counters_are_roots(void **state)
{
	(void)state;
	for (int root = 0; root < 2; root++) {
		int fd = harness_connect(&h, root ? 0 : RED_UID);
		struct json_object *o, *v, *node;

		harness_send(&h, fd, "stats", NULL);
		o = harness_receive(&h, fd, 5000);
		assert_non_null(o);
		assert_true(json_object_object_get_ex(o, "result", &v));
		assert_int_equal(json_object_object_get_ex(v, "node", &node), root);
		json_object_put(o);
		close(fd);
	}
}

static void nothing_in_a_request_changes_who_asks(void **state)
{
	static const char *const tries[] = {
		"{\"tenant\": \"blue\", \"uid\": 0}",
		"{\"tenant\": \"red\", \"tenant\": \"blue\"}",
		"{\"tenant\": \"blue\", \"handler\": \"red/c.x\"}",
		"{\"tenant\": [\"blue\"]}",
		"{\"tenant\": \"blue\\u0000red\"}",
		"{\"tenant\": \"red/../blue\"}",
		"{\"TENANT\": \"blue\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int status = harness_once(&h, RED_UID, "tenant stop", tries[i], NULL);
		const char *calls = harness_calls(&h);

		if (status == CTL_DONE || *calls)
			fail_msg("%s: status %d, calls '%s'", tries[i], status, calls);
	}
}

static bool logged_of(void *arg, struct json_object *entry)
{
	struct json_object *v;

	return json_object_object_get_ex(entry, "command", &v) &&
	       !strcmp(json_object_get_string(v), arg);
}

static void keep_text(void *arg, struct json_object *entry)
{
	struct json_object *v;

	if (json_object_object_get_ex(entry, "text", &v))
		snprintf(arg, 200, "%s", json_object_get_string(v));
}

struct seek {
	const char *command;
	char text[200];
};

static bool seek_want(void *arg, struct json_object *entry)
{
	struct seek *s = arg;

	return logged_of((void *)s->command, entry);
}

static void seek_keep(void *arg, struct json_object *entry)
{
	struct seek *s = arg;

	keep_text(s->text, entry);
}

static const char *last_logged(struct seek *s, const char *command)
{
	s->command = command;
	s->text[0] = 0;
	ctl_log_last(h.log, 1, seek_want, seek_keep, s);
	return s->text;
}

static void it_is_logged_who_did_what(void **state)
{
	struct seek s;

	(void)state;
	harness_once(&h, RED_UID, "tenant stop", "{\"tenant\": \"red\"}", NULL);
	assert_string_equal(last_logged(&s, "tenant stop"),
			    "uid 1000 pid 4321: tenant stop red: done");
	harness_once(&h, BLUE_UID, "tenant start", "{\"tenant\": \"red\"}", NULL);
	assert_string_equal(last_logged(&s, "tenant start"),
			    "uid 1001 pid 4321: tenant start red: refused: uid 1001 does not own a "
			    "tenant 'red'");
	h.node.fail = -EINVAL;
	harness_once(&h, 0, "write", "{\"handler\": \"red/c.x\", \"value\": [\"1\"]}", NULL);
	assert_string_equal(last_logged(&s, "write"),
			    "uid 0 pid 4321: write red c.x: refused: as the test wants");
	harness_once(&h, 0, "tenant list", NULL, NULL);
	assert_string_equal(last_logged(&s, "tenant list"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(root_may_do_everything, &with),
		HARNESS_TEST(an_owner_may_do_what_is_its_tenants, &with),
		HARNESS_TEST(the_owner_of_another_tenant_may_not, &with),
		HARNESS_TEST(a_stranger_may_not, &with),
		HARNESS_TEST(a_tenant_that_is_not_there_looks_like_one_of_others, &with),
		HARNESS_TEST(lists_show_what_is_ones_own, &with),
		HARNESS_TEST(node_counters_are_roots, &with),
		HARNESS_TEST(nothing_in_a_request_changes_who_asks, &with),
		HARNESS_TEST(it_is_logged_who_did_what, &with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
