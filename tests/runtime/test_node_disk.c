/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state on disk: what is read is what was kept last, whether it was written whole or as a
 * change, and wherever writing was cut short.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/file.h"
#include "loader/mem.h"
#include "loader/runtime/node_int.h"

static char dir[] = "/tmp/sl-disk-XXXXXX";

static const char node_file[] =
	"ports: [{name: p0, interface: lo}]\n"
	"tenants:\n"
	"  - name: red\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n"
	"  - name: blue\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 2}\n"
	"  - name: green\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 3}\n";

static char *file(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int begin(void **state)
{
	(void)state;
	unlink(file("state.json"));
	unlink(file("changes"));
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	begin(state);
	return rmdir(dir);
}

static void first(struct node_state *st)
{
	struct sl_diags d = {0};

	memset(st, 0, sizeof(*st));
	assert_int_equal(
		sl_node_config_parse(node_file, strlen(node_file), "test", "", &d, &st->config), 0);
	for (size_t i = 0; i < st->config->n_tenants; i++) {
		struct tenant_state *t;

		assert_int_equal(node_state_add(st, st->config->tenants[i].name, &t), 0);
		t->slot = (uint32_t)i;
		t->gen = t->last = 1;
	}
	sl_diags_free(&d);
}

/* Two states are the same if they read the same, in whatever order their tenants are. */
static char *text_of(const struct node_state *st)
{
	char *text = strdup(""), *more;

	for (uint32_t slot = 0; slot < 8; slot++)
		for (size_t i = 0; i < st->n_tenants; i++) {
			const struct tenant_state *t = &st->tenants[i];
			const struct sl_node_tenant *conf =
				sl_node_config_tenant(st->config, t->name);
			json_object *a, *b;

			if (t->slot != slot)
				continue;
			assert_non_null(conf);
			a = node_state_tenant_json(t);
			b = sl_node_tenant_json(conf);
			assert_true(asprintf(&more, "%s%s %s\n", text, json_object_get_string(a),
					     json_object_get_string(b)) > 0);
			json_object_put(a);
			json_object_put(b);
			free(text);
			text = more;
		}
	assert_true(asprintf(&more, "%s%zu of %zu, %zu ports\n", text, st->n_tenants,
			     st->config->n_tenants, st->config->n_ports) > 0);
	free(text);
	return more;
}

/* What a daemon that starts finds: 0 and its text, or -errno. */
static int found(struct node_store *s, char **text)
{
	struct sl_diags d = {0};
	struct node_state st = {0};
	int ret;

	s->dir = dir;
	ret = node_store_load(s, &d, &st);
	if (!ret)
		*text = text_of(&st);
	else if (ret != -ENOENT)
		assert_int_equal(d.errors, 1);
	node_state_free(&st);
	sl_diags_free(&d);
	return ret;
}

static void finds(const struct node_state *st)
{
	_free_ char *want = text_of(st), *is = NULL;
	struct node_store s;

	assert_int_equal(found(&s, &is), 0);
	assert_string_equal(is, want);
}

/* ---- Changes of many kinds -------------------------------------------------------------------*/

/* Another generation, other limits, a tenant less, a tenant more. */
static void change(struct node_state *st, unsigned int kind, const char **whose)
{
	static const char add[] =
		"ports: [{name: p0, interface: lo}]\ntenants:\n  - name: white\n    links:\n"
		"      - {device: eth3, local: 192.0.2.1, remote: 192.0.2.2, key: 9}\n";
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	struct tenant_state *t;

	switch (kind % 4) {
	case 0:
		*whose = "red";
		t = node_state_tenant(st, *whose);
		t->prev = t->gen;
		t->gen = ++t->last;
		break;
	case 1:
		*whose = "green";
		for (size_t i = 0; i < st->config->n_tenants; i++)
			if (!strcmp(st->config->tenants[i].name, *whose))
				st->config->tenants[i].budget.weight += 7;
		break;
	default:
		*whose = "white";
		if (node_state_tenant(st, *whose)) {
			sl_node_config_remove_tenant(st->config, *whose);
			node_state_del(st, *whose);
			break;
		}
		assert_int_equal(sl_node_config_parse(add, strlen(add), "more", "", &d, &c), 0);
		assert_int_equal(sl_node_config_add_tenant(st->config, &c->tenants[0]), 0);
		sl_node_config_free(c);
		assert_int_equal(node_state_add(st, *whose, &t), 0);
		t->slot = 5;
	}
}

static off_t size_of(const char *name)
{
	struct stat sb;

	return stat(file(name), &sb) ? -1 : sb.st_size;
}

static void what_is_kept_is_read(void **state)
{
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;
	off_t whole;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	finds(&st);
	whole = size_of("state.json");
	for (unsigned int i = 0; i < 40; i++) {
		change(&st, i, &whose);
		assert_int_equal(node_store_save(&s, &st, whose), 0);
		finds(&st);
		assert_int_equal(size_of("state.json"), whole);
	}
	/* What a daemon that starts goes on with. */
	assert_int_equal(size_of("changes"), s.changes_len);
	node_state_free(&st);
}

/* A daemon that is started again after each change. */
static void each_change_by_another_daemon(void **state)
{
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	for (unsigned int i = 0; i < 20; i++) {
		_free_ char *text = NULL;

		assert_int_equal(found(&s, &text), 0);
		change(&st, i, &whose);
		assert_int_equal(node_store_save(&s, &st, whose), 0);
		finds(&st);
	}
	node_state_free(&st);
}

/* However much of a line is there, it holds whole or not at all, and the next one follows. */
static void a_line_cut_short_does_not_hold(void **state)
{
	_free_ void *bytes = NULL;
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;
	size_t len, begins;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	change(&st, 2, &whose);
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	begins = s.changes_len;
	change(&st, 0, &whose);
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	assert_int_equal(sl_file_read(file("changes"), 1 << 20, &bytes, &len), 0);
	change(&st, 1, &whose);
	for (size_t cut = begins; cut < len; cut++) {
		_free_ char *before = NULL, *after = NULL;
		int fd = open(file("changes"), O_WRONLY | O_TRUNC);

		assert_int_equal(sl_write_all(fd, bytes, cut), 0);
		/* What the disk made longer and did not fill. */
		assert_int_equal(cut % 3 ? 0 : ftruncate(fd, (off_t)len), 0);
		close(fd);
		assert_int_equal(found(&s, &before), 0);
		assert_non_null(strstr(before, "white"));
		assert_non_null(strstr(before, "\"gen\": 1, \"prev\": 0"));
		assert_null(strstr(before, "\"gen\": 2"));
		assert_int_equal(s.changes_len, begins);
		assert_int_equal(node_store_save(&s, &st, whose), 0);
		assert_int_equal(found(&s, &after), 0);
		assert_string_not_equal(before, after);
		assert_int_equal(size_of("changes"), s.changes_len);
	}
	node_state_free(&st);
}

/* Whoever made the file shorter, the next change is not lost: all is written. */
static void a_file_made_shorter_is_written_anew(void **state)
{
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	change(&st, 0, &whose);
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	assert_int_equal(truncate(file("changes"), 3), 0);
	change(&st, 1, &whose);
	errno = 0;
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	finds(&st);
	node_state_free(&st);
}

/* Changes to a state file that was replaced do not hold. */
static void changes_are_to_one_state_file(void **state)
{
	_free_ void *bytes = NULL;
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;
	size_t len;
	int fd;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	change(&st, 0, &whose);
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	assert_int_equal(sl_file_read(file("changes"), 1 << 20, &bytes, &len), 0);
	change(&st, 0, &whose);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	assert_int_equal(size_of("changes"), 0);
	/* Killed before they were emptied. */
	fd = open(file("changes"), O_WRONLY);
	assert_int_equal(sl_write_all(fd, bytes, len), 0);
	close(fd);
	finds(&st);
	/* Without the file, all is written. */
	unlink(file("changes"));
	change(&st, 1, &whose);
	assert_int_equal(node_store_save(&s, &st, whose), 0);
	finds(&st);
	assert_int_equal(size_of("changes"), 0);
	unlink(file("changes"));
	finds(&st);
	node_state_free(&st);
}

static void many_changes_become_a_state_file(void **state)
{
	struct node_store s = {.dir = dir};
	struct node_state st;
	const char *whose;
	bool again = false;
	off_t most = 0;

	(void)state;
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		change(&st, 4 * i, &whose);
		assert_int_equal(node_store_save(&s, &st, whose), 0);
		again = again || size_of("changes") < most;
		most = size_of("changes") > most ? size_of("changes") : most;
	}
	assert_true(again);
	assert_true(most < 1 << 17);
	finds(&st);
	node_state_free(&st);
}

static void write_text(const char *name, const char *text)
{
	FILE *f = fopen(file(name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void an_older_state_is_read(void **state)
{
	_free_ char *text = NULL;
	struct node_store s;
	struct node_state st;

	(void)state;
	write_text("state.json",
		   "{\"version\":1,\"config\":{\"ports\":[],\"tenants\":[{\"name\":\"red\","
		   "\"links\":[]}]},\"tenants\":[{\"name\":\"red\",\"slot\":3,\"gen\":4}]}");
	assert_int_equal(found(&s, &text), 0);
	assert_non_null(strstr(text, "\"gen\": 4"));
	/* It has no number: the first change writes all of it. */
	first(&st);
	assert_int_equal(node_store_save(&s, &st, "red"), 0);
	finds(&st);
	node_state_free(&st);
}

static void what_cannot_be_read_is_refused(void **state)
{
	static const char *const wrong[] = {"", "{", "[]", "{\"version\":3}", "{\"version\":1}"};
	_free_ void *bytes = NULL;
	struct node_store s = {.dir = dir};
	_free_ char *text = NULL;
	struct node_state st;
	const char *whose;
	size_t len;
	int fd;

	(void)state;
	assert_int_equal(found(&s, &text), -ENOENT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		write_text("state.json", wrong[i]);
		assert_int_equal(found(&s, &text), -EBADMSG);
	}
	/* A line that is wrong with others behind it was not cut short. */
	first(&st);
	assert_int_equal(node_store_save(&s, &st, NULL), 0);
	for (unsigned int i = 0; i < 3; i++) {
		change(&st, i, &whose);
		assert_int_equal(node_store_save(&s, &st, whose), 0);
	}
	assert_int_equal(sl_file_read(file("changes"), 1 << 20, &bytes, &len), 0);
	((char *)bytes)[40] ^= 1;
	fd = open(file("changes"), O_WRONLY);
	assert_int_equal(sl_write_all(fd, bytes, len), 0);
	close(fd);
	assert_int_equal(found(&s, &text), -EBADMSG);
	node_state_free(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_kept_is_read, begin),
		cmocka_unit_test_setup(each_change_by_another_daemon, begin),
		cmocka_unit_test_setup(a_line_cut_short_does_not_hold, begin),
		cmocka_unit_test_setup(a_file_made_shorter_is_written_anew, begin),
		cmocka_unit_test_setup(changes_are_to_one_state_file, begin),
		cmocka_unit_test_setup(many_changes_become_a_state_file, begin),
		cmocka_unit_test_setup(an_older_state_is_read, begin),
		cmocka_unit_test_setup(what_cannot_be_read_is_refused, begin),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
