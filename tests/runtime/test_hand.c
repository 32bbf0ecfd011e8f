/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a copy of the daemon has loaded is what runs, if it fits; otherwise it is gone without a
 * trace. Needs root; in mount and network namespaces of its own.
 */
#include <dirent.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bpf/bpf.h>

#include "loader/runtime/ahead.h"
#include "tests/runtime/one_node.h"

#define PINS "/sys/fs/bpf/sluice"

static const char one[] = "FromDevice(eth0) -> cnt :: Counter -> Queue -> ToDevice(eth0);\n";
static const char other[] = "FromDevice(eth0) -> cnt :: Counter -> Print(x) -> Queue\n"
			    "  -> ToDevice(eth0);\n";

static const char text[] = "tenants:\n"
			   "  - name: red\n    links:\n"
			   "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n";

/* A node with nothing but tenant red. */
static struct sl_node *with_red(void)
{
	struct sl_node *n = open_node();
	struct sl_diags d = {0};

	sl_node_tenant_remove(n, "red", &d);
	sl_diags_free(&d);
	apply_text(n, text);
	return n;
}

/* Compiled and loaded in a process that has ended before this returns. */
static struct sl_hand *in_a_copy(const struct sl_ahead *a, const struct sl_submission *s)
{
	struct sl_hand *hand;
	int socks[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	pid = fork();
	if (!pid) {
		struct sl_diags d = {0};

		_exit(sl_ahead_compile(a, s, socks[1], &d, NULL) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	hand = sl_hand_receive(socks[0]);
	close(socks[0]);
	close(socks[1]);
	return hand;
}

static struct sl_hand *ahead(struct sl_node *n, const char *g)
{
	struct sl_submission s = one_graph(g);
	struct sl_ahead *a = NULL;
	struct sl_hand *hand;

	assert_int_equal(sl_ahead_tenant(n, "red", &a), 0);
	hand = in_a_copy(a, &s);
	sl_ahead_free(a);
	return hand;
}

/* The newest program there is: those with greater numbers were loaded later. */
static uint32_t newest(void)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

static uint32_t pinned_of(const char *tenant, unsigned int gen, const char *what)
{
	union {
		struct bpf_prog_info prog;
		struct bpf_map_info map;
	} info = {0};
	uint32_t len = strncmp(what, "prog", 4) ? sizeof(info.map) : sizeof(info.prog), id;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), PINS "/%s/gen-%u/%s", tenant, gen, what);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	id = strncmp(what, "prog", 4) ? info.map.id : info.prog.id;
	close(fd);
	return id;
}

static uint32_t pinned_id(unsigned int gen, const char *what)
{
	return pinned_of("red", gen, what);
}

static void install(struct sl_node *n, const char *g, struct sl_hand *hand)
{
	struct sl_submission s = one_graph(g);
	struct sl_diags d = {0};

	must(sl_node_install_loaded(n, "red", &s, hand, &d, NULL), &d);
	sl_diags_free(&d);
}

static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void what_was_loaded_ahead_is_what_runs(void **state)
{
	struct sl_node *n;
	struct sl_hand *hand;
	uint32_t last, page;

	(void)state;
	NEEDS_ROOT();
	n = with_red();
	hand = ahead(n, one);
	assert_non_null(hand);
	last = newest();
	install(n, one, hand);
	sl_hand_free(hand);
	assert_true(pinned_id(1, "prog0") <= last);
	page = pinned_id(1, "page0");

	/* As successor of that: with its counters. */
	hand = ahead(n, one);
	assert_non_null(hand);
	last = newest();
	install(n, one, hand);
	assert_true(pinned_id(2, "prog0") <= last);
	assert_int_equal(pinned_id(2, "page0"), page);

	/* There is nothing left in it for another. */
	last = newest();
	install(n, one, hand);
	assert_true(pinned_id(3, "prog0") > last);
	sl_hand_free(hand);
	sl_node_close(n);
}

static void what_does_not_fit_is_loaded_anew(void **state)
{
	struct sl_hand *hand, *late;
	struct sl_node *n;
	uint32_t last;

	(void)state;
	NEEDS_ROOT();
	n = with_red();
	install(n, one, NULL);

	/* Another graph than was loaded. */
	hand = ahead(n, one);
	late = ahead(n, other);
	last = newest();
	install(n, other, hand);
	assert_true(pinned_id(2, "prog0") > last);

	/* The right one, but not after the graph that runs by now. */
	last = newest();
	install(n, other, late);
	assert_true(pinned_id(3, "prog0") > last);
	sl_hand_free(hand);
	sl_hand_free(late);
	sl_node_close(n);
}

/* The graphs that a node file names, of two tenants: each is handed to its own. */
static void what_a_node_file_names_is_loaded_once(void **state)
{
	static const char file[] =
		"tenants:\n"
		"  - name: green\n    graph: %s/g.click\n    links:\n"
		"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 2}\n"
		"  - name: blue\n    graph: %s/g.click\n    links:\n"
		"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 3}\n";
	json_object *changes = json_object_new_array();
	_free_ char *node_file = NULL, *path = NULL;
	struct sl_node_config *c = NULL;
	struct sl_ahead *a = NULL;
	struct sl_diags d = {0};
	struct sl_hand *hand;
	struct sl_node *n;
	uint32_t last;
	FILE *f;

	(void)state;
	NEEDS_ROOT();
	n = with_red();
	assert_true(asprintf(&path, "%s/g.click", work) > 0);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(one, f) >= 0 && !fclose(f));
	assert_true(asprintf(&node_file, file, work, work) > 0);
	must(sl_node_config_parse(node_file, strlen(node_file), "node.yaml", "", &d, &c), &d);
	assert_int_equal(sl_ahead_config(n, c, &a), 0);
	hand = in_a_copy(a, NULL);
	sl_ahead_free(a);
	assert_non_null(hand);
	last = newest();
	must(sl_node_apply_loaded(n, c, false, hand, &d, changes), &d);
	assert_true(pinned_of("green", 1, "prog0") <= last);
	assert_true(pinned_of("blue", 1, "prog0") <= last);
	assert_true(pinned_of("green", 1, "prog0") != pinned_of("blue", 1, "prog0"));
	sl_hand_free(hand);
	json_object_put(changes);
	sl_diags_free(&d);
	sl_node_close(n);
}

static void what_is_not_wanted_leaves_nothing(void **state)
{
	struct sl_node *n;
	unsigned int before;
	char junk[104]; /* as long as what comes first */
	int socks[2];

	(void)state;
	NEEDS_ROOT();
	n = with_red();
	before = open_files();
	sl_hand_free(ahead(n, one));
	assert_int_equal(open_files(), before);

	/* Nothing, and something else. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	assert_null(sl_hand_receive(socks[0]));
	memset(junk, 'x', sizeof(junk));
	assert_int_equal(send(socks[1], junk, sizeof(junk), 0), sizeof(junk));
	assert_null(sl_hand_receive(socks[0]));
	assert_int_equal(send(socks[1], "", 1, 0), 1);
	assert_null(sl_hand_receive(socks[0]));
	close(socks[1]);
	assert_null(sl_hand_receive(socks[0]));
	close(socks[0]);
	assert_int_equal(open_files(), before);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_loaded_ahead_is_what_runs),
		cmocka_unit_test(what_does_not_fit_is_loaded_anew),
		cmocka_unit_test(what_a_node_file_names_is_loaded_once),
		cmocka_unit_test(what_is_not_wanted_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
