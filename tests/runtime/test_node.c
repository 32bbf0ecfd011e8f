/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node as a whole, without traffic: applying, installing, removing; killed at every step that
 * kernel or disk see, and taken up again. Needs root; everything is in mount and network namespaces
 * of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node.h"
#include "tests/runtime/map_names.h"

static char work[] = "/tmp/sl-node-XXXXXX";
static char red[16], blue[16]; /* names no other test has: kernel objects are told by them */
static const struct sl_node_opts opts = {.state_dir = NULL};
static struct sl_node_opts node_opts;
static struct map_names maps;

static const char router[] = "FromDevice(eth0) -> cnt :: Counter -> Strip(14) -> CheckIPHeader\n"
			     "  -> DecIPTTL -> Unstrip(14) -> q :: Queue -> ToDevice(eth1);\n"
			     "FromDevice(eth1) -> sw :: Switch(0) -> Queue -> ToDevice(eth0);\n"
			     "sw[1] -> Discard;\n";
static const char mirror[] = "FromDevice(eth0) -> cnt :: Counter -> Null -> EtherMirror\n"
			     "  -> Queue -> ToDevice(eth0);\nFromDevice(eth1) -> Discard;\n";

/* ---- A place of our own ----------------------------------------------------------------------*/

static int run(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd); /* NOLINT: fixed commands of the test */
}

static void write_text(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", work, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void write_config(const char *name, const char *graph, bool with_blue, unsigned int key)
{
	_free_ char *text = NULL, *more = NULL;

	assert_true(
		asprintf(&more,
			 "  - name: %s\n    links:\n"
			 "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 99}\n",
			 blue) > 0);
	assert_true(
		asprintf(&text,
			 "ports:\n  - {name: p0, interface: p0}\n"
			 "tenants:\n  - name: %s\n    graph: %s\n    links:\n"
			 "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: %u}\n"
			 "      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 8}\n%s",
			 red, graph, key, with_blue ? more : "") > 0);
	write_text(name, text);
}

static int setup(void **state)
{
	char dir[256];

	(void)state;
	if (geteuid())
		return 0;
	if (!mkdtemp(work) || unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return -1;
	snprintf(red, sizeof(red), "r%x", (unsigned int)getpid() & 0xfffff);
	snprintf(blue, sizeof(blue), "b%x", (unsigned int)getpid() & 0xfffff);
	snprintf(dir, sizeof(dir), "%s/cache", work);
	node_opts = opts;
	node_opts.cache_dir = strdup(dir);
	snprintf(dir, sizeof(dir), "%s/state", work);
	node_opts.state_dir = strdup(dir);
	node_opts.no_sandbox = true;
	if (map_names_open(&maps))
		return -1;
	write_text("router.click", router);
	write_text("mirror.click", mirror);
	if (run("ip link add p0 type veth peer name p0x && ip link set lo up && ip link set p0x up "
		"&& "
		"ip link set p0 up && ip addr add 192.0.2.1/30 dev p0 && "
		"ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:09 dev p0"))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	map_names_close(&maps);
	return run("rm -rf %s", work);
}

#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid()) {                                                                   \
			print_message("needs root\n");                                             \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

static void must(int ret, struct sl_diags *d)
{
	if (ret)
		sl_diags_print(d, stderr);
	assert_int_equal(ret, 0);
	sl_diags_free(d);
	memset(d, 0, sizeof(*d));
}

static struct sl_node *open_node(void)
{
	struct sl_diags d = {0};
	struct sl_node *n = NULL;

	must(sl_node_open(&node_opts, &d, &n), &d);
	return n;
}

static int apply(struct sl_node *n, const char *file, json_object *changes)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", work, file);
	ret = sl_node_config_load(path, &d, &c);
	if (!ret)
		ret = sl_node_apply(n, c, false, &d, changes);
	if (ret)
		sl_diags_print(&d, stderr);
	sl_diags_free(&d);
	return ret;
}

static void apply_ok(struct sl_node *n, const char *file, size_t changes_wanted)
{
	json_object *changes = json_object_new_array();

	assert_int_equal(apply(n, file, changes), 0);
	if (changes_wanted != SIZE_MAX)
		assert_int_equal(json_object_array_length(changes), changes_wanted);
	json_object_put(changes);
}

static int install(struct sl_node *n, const char *file)
{
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", work, file);
	ret = sl_submission_read(path, NULL, 0, &d, &s);
	ret = ret ? ret : sl_node_install(n, red, &s, &d, NULL);
	if (ret)
		sl_diags_print(&d, stderr);
	sl_submission_free(&s);
	sl_diags_free(&d);
	return ret;
}

/* What a change may change, without what differs from run to run (ids, times). */
static char *fingerprint(struct sl_node *n)
{
	json_object *tenants = sl_node_tenants(n, NULL), *links = sl_node_links(n, NULL, NULL);
	size_t len = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < json_object_array_length(tenants); i++) {
		json_object *t = json_object_array_get_idx(tenants, i), *v, *e;

		json_object_object_get_ex(t, "name", &v);
		fprintf(f, "%s ", json_object_get_string(v));
		json_object_object_get_ex(t, "state", &v);
		fprintf(f, "%s elements=%d", json_object_get_string(v),
			json_object_object_get_ex(t, "elements", &e) ? json_object_get_int(e) : 0);
		json_object_object_get_ex(t, "class", &v);
		fprintf(f, " %s thread=%d\n", json_object_get_string(v),
			json_object_object_get_ex(t, "thread_cpu", &e));
	}
	for (size_t i = 0; i < json_object_array_length(links); i++) {
		json_object *l = json_object_array_get_idx(links, i), *v;

		json_object_object_get_ex(l, "link", &v);
		fprintf(f, "%s bound=%d\n", json_object_to_json_string(v),
			json_object_object_get_ex(l, "index", &v));
	}
	fclose(f);
	json_object_put(tenants);
	json_object_put(links);
	return text;
}

/* ---- Kernel objects --------------------------------------------------------------------------*/

static bool named(json_object *o, const char *kind, uint32_t id)
{
	json_object *v;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, child) {
			if (!strcmp(key, kind) && json_object_is_type(child, json_type_array)) {
				for (size_t i = 0; i < json_object_array_length(child); i++)
					if (json_object_get_int64(
						    json_object_array_get_idx(child, i)) == id)
						return true;
			} else if (named(child, kind, id)) {
				return true;
			}
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			v = json_object_array_get_idx(o, i);
			if (named(v, kind, id))
				return true;
		}
	}
	return false;
}

static bool ours(const char *name)
{
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "%.7s_", red);
	if (!strncmp(name, prefix, strlen(prefix)))
		return true;
	snprintf(prefix, sizeof(prefix), "%.7s_", blue);
	return !strncmp(name, prefix, strlen(prefix));
}

#define MAX_USED 64

struct search {
	json_object *show;
	uint32_t used[MAX_USED]; /* maps that tenants' programs use */
	size_t n_used;
	uint32_t stray;
	char what[64];
};

/* A chain that no program uses is empty, and not the node's any more: who lists all maps opens it,
 * and may even keep it for good (map_names.h). */
static bool left_chain(const struct search *s, const struct map_name *m)
{
	const char *what = memchr(m->name, '_', sizeof(m->name));

	if (!what || strncmp(what, "_chain", 6) != 0)
		return false;
	for (size_t i = 0; i < s->n_used; i++)
		if (s->used[i] == m->id)
			return false;
	return s->n_used < MAX_USED;
}

static void look_at_map(void *arg, const struct map_name *m)
{
	struct search *s = arg;

	if (!ours(m->name) || named(s->show, "maps", m->id) || left_chain(s, m))
		return;
	s->stray = m->id;
	snprintf(s->what, sizeof(s->what), "map %.16s", m->name);
}

static void look_at_programs(struct search *s)
{
	s->n_used = 0;
	for (uint32_t id = 0; !bpf_prog_get_next_id(id, &id);) {
		uint32_t maps_left = (uint32_t)(MAX_USED - s->n_used);
		struct bpf_prog_info info = {.nr_map_ids = maps_left,
					     .map_ids = (uint64_t)(uintptr_t)&s->used[s->n_used]};
		uint32_t len = sizeof(info);
		_close_ int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !ours(info.name))
			continue;
		s->n_used += info.nr_map_ids < maps_left ? info.nr_map_ids : maps_left;
		if (named(s->show, "programs", id))
			continue;
		s->stray = id;
		snprintf(s->what, sizeof(s->what), "program %s", info.name);
	}
}

/* Every map and program that bears a tenant's name is one `node show` names. Objects go when their
 * last user is gone, a grace period later: so a stray one is looked for again. */
static void check_objects(struct sl_node *n)
{
	struct search s = {.show = sl_node_show(n)};

	for (int tries = 0; tries < 20; tries++) {
		usleep(tries ? 100000 : 20000);
		s.stray = 0;
		look_at_programs(&s);
		assert_int_equal(map_names_each(&maps, look_at_map, &s), 0);
		if (!s.stray)
			break;
	}
	if (s.stray) {
		print_error("%s, id %u, is not named by node show\n", s.what, s.stray);
		run("find /sys/fs/bpf/sluice/%s", red);
	}
	json_object_put(s.show);
	assert_int_equal(s.stray, 0);
}

/* ---- Tests -----------------------------------------------------------------------------------*/

static void applying_twice_changes_nothing(void **state)
{
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	write_config("a.yaml", "router.click", true, 7);
	n = open_node();
	apply_ok(n, "a.yaml", SIZE_MAX);
	apply_ok(n, "a.yaml", 0);
	sl_node_close(n);
	n = open_node();
	apply_ok(n, "a.yaml", 0);
	check_objects(n);
	sl_node_close(n);
}

static void reopening_finds_what_runs(void **state)
{
	struct sl_node *n;
	_free_ char *before = NULL, *after = NULL;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	before = fingerprint(n);
	sl_node_close(n);
	n = open_node();
	after = fingerprint(n);
	assert_string_equal(before, after);
	check_objects(n);
	sl_node_close(n);
}

static void handlers_read_and_write(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;
	char *v = NULL;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_ok(n, "a.yaml", SIZE_MAX);
	must(sl_node_read(n, red, "cnt.count", "", &v, &d), &d);
	assert_string_equal(v, "0");
	free(v);
	must(sl_node_write(n, red, "sw.switch", "1", &d), &d);
	must(sl_node_read(n, red, "sw.switch", "", &v, &d), &d);
	assert_string_equal(v, "1");
	free(v);
	/* Writes that compile the graph again. */
	must(sl_node_write(n, red, "q.capacity", "7", &d), &d);
	must(sl_node_write(n, red, "q.capacity", "8", &d), &d);
	must(sl_node_read(n, red, "q.capacity", "", &v, &d), &d);
	assert_string_equal(v, "8");
	free(v);
	check_objects(n);
	assert_int_equal(sl_node_read(n, red, "nobody.count", "", &v, &d), -ENOENT);
	assert_int_equal(sl_node_read(n, red, "cnt.nothing", "", &v, &d), -ENOENT);
	assert_int_equal(sl_node_write(n, red, "cnt.count", "5", &d), -EACCES);
	assert_int_equal(d.errors, 3);
	sl_diags_free(&d);
	sl_node_close(n);
}

static void rollback_goes_to_the_graph_before(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;
	char *name = NULL, *text = NULL;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	assert_int_equal(install(n, "router.click"), 0);
	assert_int_equal(install(n, "mirror.click"), 0);
	must(sl_node_rollback(n, red, &d), &d);
	assert_int_equal(sl_node_graph_text(n, red, &name, &text), 0);
	assert_string_equal(text, router);
	free(name);
	free(text);
	check_objects(n);
	sl_node_close(n);
}

/* As by `bpftool map`, which opens all there are. */
static void an_open_chain_keeps_no_program(void **state)
{
	_free_ char *path = NULL;
	json_object *t, *gen;
	struct sl_node *n;
	int fd;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	t = sl_node_tenants(n, red);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(t, 0), "generation", &gen));
	assert_true(asprintf(&path, "/sys/fs/bpf/sluice/%s/gen-%d/chain", red,
			     json_object_get_int(gen)) > 0);
	json_object_put(t);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(install(n, "mirror.click"), 0);
	check_objects(n);
	close(fd);
	assert_int_equal(install(n, "router.click"), 0);
	check_objects(n);
	sl_node_close(n);
}

static void a_refused_graph_leaves_the_running_one(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	write_text("bad.click", "FromDevice(eth0) -> Nothing -> ToDevice(eth1);\n");
	write_text("bad2.click", "FromDevice(eth7) -> Discard;\n");
	n = open_node();
	before = fingerprint(n);
	assert_int_equal(install(n, "bad.click"), -EINVAL);
	assert_int_equal(install(n, "bad2.click"), -EINVAL);
	after = fingerprint(n);
	assert_string_equal(before, after);
	check_objects(n);
	sl_node_close(n);
}

static void loss_of_all_pins_is_mended_from_disk(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	before = fingerprint(n);
	sl_node_close(n);
	/* As after a reboot. */
	assert_int_equal(umount2("/sys/fs/bpf", MNT_DETACH), 0);
	assert_int_equal(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
	n = open_node();
	after = fingerprint(n);
	assert_string_equal(before, after);
	check_objects(n);
	sl_node_close(n);
}

/* ---- Killed at every step --------------------------------------------------------------------*/

static int op_install(struct sl_node *n)
{
	return install(n, "mirror.click");
}

static int op_rollback(struct sl_node *n)
{
	struct sl_diags d = {0};

	return sl_node_rollback(n, red, &d);
}

static int op_remove(struct sl_node *n)
{
	struct sl_diags d = {0};

	return sl_node_tenant_remove(n, red, &d);
}

static int op_apply(struct sl_node *n)
{
	json_object *changes = json_object_new_array();
	int ret = apply(n, "b.yaml", changes);

	json_object_put(changes);
	return ret;
}

static int op_stop(struct sl_node *n)
{
	struct sl_diags d = {0};

	return sl_node_set_active(n, red, false, &d);
}

static int op_class(struct sl_node *n, const char *class)
{
	struct sl_diags d = {0};
	int ret = sl_node_class(n, red, class, &d);

	sl_diags_free(&d);
	return ret;
}

static int op_thread(struct sl_node *n)
{
	return op_class(n, "thread");
}

static int op_inline(struct sl_node *n)
{
	return op_class(n, "inline");
}

/* Class that operations begin with. */
static const char *first_class = "inline";

/* The state each operation begins with. */
static void prepare(void)
{
	struct sl_diags d = {0};
	struct sl_node *n = open_node();

	apply_ok(n, "a.yaml", SIZE_MAX);
	must(sl_node_set_active(n, red, true, &d), &d);
	assert_int_equal(install(n, "mirror.click"), 0);
	assert_int_equal(install(n, "router.click"), 0);
	assert_int_equal(op_class(n, first_class), 0);
	sl_node_close(n);
}

static char *state_now(void)
{
	struct sl_node *n = open_node();
	char *text = fingerprint(n);

	check_objects(n);
	sl_node_close(n);
	return text;
}

/* Runs `op` in a process that is killed at step `at`; whether it was. */
static bool killed(int (*op)(struct sl_node *), unsigned int at)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct sl_diags d = {0};
		struct sl_node *n = NULL;

		if (sl_node_open(&node_opts, &d, &n))
			_exit(3);
		sl_fault_at(at);
		_exit(op(n) ? 4 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

/* The sanitizers look for mistakes in the code, not for steps: every third will do for them. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 3
#else
#define STRIDE 1
#endif

static void kill_everywhere(const char *what, int (*op)(struct sl_node *))
{
	_free_ char *before = NULL, *after = NULL;
	unsigned int at;

	prepare();
	before = state_now();
	assert_false(killed(op, 0));
	after = state_now();
	for (at = 1; at < 400; at += STRIDE) {
		_free_ char *now = NULL;
		bool was;

		prepare();
		was = killed(op, at);
		now = state_now();
		if (strcmp(now, before) && strcmp(now, after))
			print_error("%s, killed at step %u:\n%s", what, at, now);
		assert_true(!strcmp(now, before) || !strcmp(now, after));
		if (!was)
			break;
	}
	print_message("%s: killed at steps up to %u\n", what, at - 1);
	assert_true(at > 2 && at < 400);
}

static void killed_in_install(void **state)
{
	(void)state;
	NEEDS_ROOT();
	kill_everywhere("install", op_install);
}

static void killed_in_rollback(void **state)
{
	(void)state;
	NEEDS_ROOT();
	kill_everywhere("rollback", op_rollback);
}

static void killed_in_remove(void **state)
{
	(void)state;
	NEEDS_ROOT();
	kill_everywhere("remove", op_remove);
}

static void killed_in_apply(void **state)
{
	(void)state;
	NEEDS_ROOT();
	/* Another key, the other graph, one tenant less. */
	write_config("b.yaml", "mirror.click", false, 17);
	kill_everywhere("apply", op_apply);
}

static void killed_in_stop(void **state)
{
	(void)state;
	NEEDS_ROOT();
	kill_everywhere("stop", op_stop);
}

static void killed_in_change_to_thread(void **state)
{
	(void)state;
	NEEDS_ROOT();
	kill_everywhere("thread", op_thread);
}

static void killed_in_change_to_inline(void **state)
{
	(void)state;
	NEEDS_ROOT();
	first_class = "thread";
	kill_everywhere("inline", op_inline);
	first_class = "inline";
}

/* Entries of the map of queues. */
static unsigned int queues(void)
{
	_close_ int map = bpf_obj_get("/sys/fs/bpf/sluice/platform/queues");
	unsigned int n = 0;

	assert_true(map >= 0);
	for (uint32_t slot = 0, id; slot < SL_MAX_TENANTS; slot++)
		n += !bpf_map_lookup_elem(map, &slot, &id);
	return n;
}

static void threads_are_there_only_for_their_class(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	struct sl_diags d = {0};
	char *name = NULL, *text = NULL;
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_ok(n, "a.yaml", SIZE_MAX);
	assert_int_equal(install(n, "mirror.click"), 0);
	assert_int_equal(install(n, "router.click"), 0);
	assert_int_equal(queues(), 0);
	assert_int_equal(op_thread(n), 0);
	assert_int_equal(queues(), 1);
	before = fingerprint(n);
	assert_non_null(strstr(before, " thread thread=1"));
	assert_int_equal(op_class(n, "sometimes"), -EINVAL);
	assert_int_equal(queues(), 1);
	check_objects(n);
	sl_node_close(n);
	/* Taken up again; another graph has the same class. */
	n = open_node();
	after = fingerprint(n);
	assert_string_equal(before, after);
	assert_int_equal(install(n, "router.click"), 0);
	assert_int_equal(queues(), 1);
	/* The way back is that of before the change. */
	must(sl_node_rollback(n, red, &d), &d);
	assert_int_equal(op_inline(n), 0);
	assert_int_equal(queues(), 0);
	assert_int_equal(op_thread(n), 0);
	must(sl_node_rollback(n, red, &d), &d);
	assert_int_equal(sl_node_graph_text(n, red, &name, &text), 0);
	assert_string_equal(text, router);
	free(name);
	free(text);
	check_objects(n);
	/* The file says no class. */
	apply_ok(n, "a.yaml", SIZE_MAX);
	assert_int_equal(queues(), 0);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applying_twice_changes_nothing),
		cmocka_unit_test(reopening_finds_what_runs),
		cmocka_unit_test(handlers_read_and_write),
		cmocka_unit_test(rollback_goes_to_the_graph_before),
		cmocka_unit_test(an_open_chain_keeps_no_program),
		cmocka_unit_test(a_refused_graph_leaves_the_running_one),
		cmocka_unit_test(loss_of_all_pins_is_mended_from_disk),
		cmocka_unit_test(threads_are_there_only_for_their_class),
		cmocka_unit_test(killed_in_change_to_thread),
		cmocka_unit_test(killed_in_change_to_inline),
		cmocka_unit_test(killed_in_stop),
		cmocka_unit_test(killed_in_rollback),
		cmocka_unit_test(killed_in_install),
		cmocka_unit_test(killed_in_remove),
		cmocka_unit_test(killed_in_apply),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
