// SPDX-License-Identifier: GPL-2.0-only
/* Ports: attached, listed, taken up again, detached; what is refused, and the devices of copies. */
#include <net/if.h>

#include <linux/if_link.h>

#include "loader/runtime/fault.h"
#include "tests/runtime/yard.h"

static int attach(struct sl_platform *p, const char *name, const char *interface,
		  enum sl_port_mode mode)
{
	struct sl_pos pos = {"node.yaml", 7, 3};

	return sl_port_attach(p, name, interface, mode, pos, &yard.d, NULL);
}

static uint32_t devmap_at(struct sl_platform *p, uint32_t at)
{
	uint32_t ifindex;

	return bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_PORTS), &at, &ifindex) ? 0 : ifindex;
}

/* Program on an interface, 0 for none. */
static uint32_t xdp_on(const char *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);

	assert_int_equal(bpf_xdp_query((int)if_nametoindex(interface), 0, &q), 0);
	return q.prog_id;
}

static void a_port_is_attached_pinned_and_detached(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_port_info info;
	struct json_object *obj, *val;

	(void)state;
	add_wire("w0");
	info = attached(p, "up-link", "w0");
	assert_string_equal(info.name, "up-link");
	assert_string_equal(info.interface, "w0");
	assert_int_equal(info.ifindex, if_nametoindex("w0"));
	assert_int_equal(info.mode, SL_PORT_NATIVE);
	assert_false(info.gone);
	assert_true(info.up);
	assert_true(info.current);
	assert_int_equal(info.mtu, 1500);
	assert_string_equal(info.driver, "veth");
	assert_int_equal(info.prog_id, xdp_on("w0"));
	assert_int_equal(devmap_at(p, info.index), info.ifindex);
	assert_true(there(ROOT "/ports/up-link"));
	obj = sl_port_info_json(&info);
	assert_true(json_object_object_get_ex(obj, "state", &val));
	assert_string_equal(json_object_get_string(val), "up");
	json_object_put(obj);

	/* It stays without us. */
	sl_platform_close(p);
	assert_int_equal(xdp_on("w0"), info.prog_id);
	p = opened(SL_PLATFORM_ADOPTED);
	assert_int_equal(sl_port_find(p, "up-link", &info), 0);
	assert_int_equal(devmap_at(p, info.index), info.ifindex);
	/* Again is nothing. */
	assert_int_equal(attach(p, "up-link", "w0", SL_PORT_NATIVE), 0);
	assert_int_equal(xdp_on("w0"), info.prog_id);

	assert_int_equal(sl_port_detach(p, "up-link", &yard.d), 0);
	assert_int_equal(xdp_on("w0"), 0);
	assert_int_equal(devmap_at(p, info.index), 0);
	assert_int_equal(sl_port_find(p, "up-link", &info), -ENOENT);
	assert_int_equal(sl_port_detach(p, "up-link", &yard.d), -ENOENT);
	assert_true(said("no-such-port"));
	sl_platform_close(p);
}

static void ports_are_listed_by_name_with_their_places(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	_free_ struct sl_port_info *list = NULL;
	size_t n;

	(void)state;
	add_wire("w0");
	add_wire("w1");
	add_wire("w2");
	attached(p, "zulu", "w0");
	attached(p, "alpha", "w1");
	attached(p, "mike", "w2");
	assert_int_equal(sl_port_list(p, &list, &n), 0);
	assert_int_equal(n, 3);
	assert_string_equal(list[0].name, "alpha");
	assert_string_equal(list[1].name, "mike");
	assert_string_equal(list[2].name, "zulu");
	assert_int_equal(list[2].index, 0);
	assert_int_equal(list[0].index, 1);
	/* A place that became free is given again; the others stay. */
	assert_int_equal(sl_port_detach(p, "alpha", &yard.d), 0);
	assert_int_equal(attached(p, "new", "w1").index, 1);
	sl_platform_close(p);
}

static void generic_mode_is_taken_when_asked_for(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_port_info info;

	(void)state;
	add_wire("w0");
	assert_int_equal(attach(p, "p0", "w0", SL_PORT_GENERIC), 0);
	assert_true(said("port-generic"));
	assert_int_equal(sl_port_find(p, "p0", &info), 0);
	assert_int_equal(info.mode, SL_PORT_GENERIC);
	assert_int_equal(attach(p, "p0", "w0", SL_PORT_NATIVE), -EEXIST);
	assert_true(said("port-exists"));
	sl_platform_close(p);
}

static void what_cannot_be_a_port_is_refused_with_a_reason(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);

	(void)state;
	add_wire("w0");
	add_wire("w1");
	attached(p, "p0", "w0");
	assert_int_equal(attach(p, "Bad Name", "w1", SL_PORT_NATIVE), -EINVAL);
	assert_true(said("bad-value"));
	assert_int_equal(attach(p, "../p1", "w1", SL_PORT_NATIVE), -EINVAL);
	assert_true(said("bad-value"));
	assert_int_equal(attach(p, "p1", "nothere", SL_PORT_NATIVE), -ENODEV);
	assert_int_equal(yard.d.list[0].line, 7);
	assert_true(said("port-missing"));
	assert_int_equal(attach(p, "p1", "lo", SL_PORT_NATIVE), -EINVAL);
	assert_true(said("port-kind"));
	assert_int_equal(attach(p, "p0", "w1", SL_PORT_NATIVE), -EEXIST);
	assert_true(said("port-exists"));
	assert_int_equal(attach(p, "p1", "w0", SL_PORT_NATIVE), -EEXIST);
	assert_true(said("port-exists"));
	/* None of that left anything. */
	assert_int_equal(devmap_at(p, 1), 0);
	assert_false(there(ROOT "/ports/p1"));
	assert_int_equal(xdp_on("w1"), 0);
	sl_platform_close(p);
}

static void anothers_program_is_left_alone(void **state)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "other", "GPL", pass, 2, NULL);
	int link;

	(void)state;
	add_wire("w0");
	link = bpf_link_create(prog, (int)if_nametoindex("w0"), BPF_XDP, &opts);
	assert_true(link >= 0);
	assert_int_equal(attach(p, "p0", "w0", SL_PORT_NATIVE), -EBUSY);
	assert_true(said("port-busy"));
	assert_int_equal(xdp_on("w0"), prog_id(prog));
	close(link);
	attached(p, "p0", "w0");
	sl_platform_close(p);
}

static void what_may_hurt_is_said_before(void **state)
{
	(void)state;
	add_wire("w0");
	sh("ip link set w0 mtu 9000");
	assert_int_equal(sl_port_check("w0", SL_PORT_NATIVE, false, SL_NOPOS, &yard.d), 0);
	assert_true(said("port-mtu"));
	assert_int_equal(sl_port_check("w0", SL_PORT_NATIVE, true, SL_NOPOS, &yard.d), 0);
	sl_diags_free(&yard.d);
	sh("ip link set w0 down");
	assert_int_equal(sl_port_check("w0", SL_PORT_NATIVE, false, SL_NOPOS, &yard.d), 0);
	assert_true(said("port-down"));
	sh("ip link add br0 type bridge && ip link set w0 master br0");
	assert_int_equal(sl_port_check("w0", SL_PORT_NATIVE, false, SL_NOPOS, &yard.d), 0);
	assert_true(said("port-master"));
	/* Nothing was attached by checking. */
	assert_int_equal(xdp_on("w0"), 0);
}

static void the_kernels_refusal_is_explained(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);

	(void)state;
	add_wire("w0");
	/* The far end's packets would not fit one page. */
	peer("ip link set w0p mtu 9000");
	assert_int_equal(attach(p, "p0", "w0", SL_PORT_NATIVE), -ERANGE);
	assert_true(said("port-attach"));
	assert_int_equal(devmap_at(p, 0), 0);
	sl_platform_close(p);
}

static void a_removed_interface_leaves_a_port_that_is_gone(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_port_info info;

	(void)state;
	add_wire("w0");
	attached(p, "p0", "w0");
	sh("ip link del w0");
	assert_int_equal(sl_port_find(p, "p0", &info), 0);
	assert_true(info.gone);
	assert_int_equal(info.ifindex, 0);
	assert_int_equal(info.index, SL_MAX_PORTS);
	/* It comes back: the same name is attached again. */
	add_wire("w0");
	info = attached(p, "p0", "w0");
	assert_false(info.gone);
	assert_int_equal(info.ifindex, if_nametoindex("w0"));
	sh("ip link del w0");
	assert_int_equal(sl_port_detach(p, "p0", &yard.d), 0);
	assert_false(there(ROOT "/ports/p0"));
	sl_platform_close(p);
}

static void a_renamed_interface_is_the_same_port(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_port_info info;

	(void)state;
	add_wire("w0");
	attached(p, "p0", "w0");
	sh("ip link set w0 down && ip link set w0 name other && ip link set other up");
	assert_int_equal(sl_port_find(p, "p0", &info), 0);
	assert_string_equal(info.interface, "other");
	sl_platform_close(p);
}

static void child_attaches(void)
{
	struct sl_platform_opts opts = {.root = ROOT};
	struct sl_platform *p = NULL;
	struct sl_diags d = {0};

	if (sl_platform_open(&opts, &d, &p) ||
	    sl_port_attach(p, "p0", "w0", SL_PORT_NATIVE, SL_NOPOS, &d, NULL) ||
	    sl_port_detach(p, "p0", &d))
		_exit(1);
}

static void a_kill_at_any_step_leaves_a_port_or_none(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	struct sl_port_info info;
	unsigned int n, ports = 0, none = 0;
	int status = 0;

	(void)state;
	add_wire("w0");
	sl_platform_close(p);
	for (n = 1;; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			sl_fault_at(n);
			child_attaches();
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		p = opened(SL_PLATFORM_ADOPTED);
		if (sl_port_find(p, "p0", &info) == 0) {
			ports++;
			assert_int_equal(xdp_on("w0"), info.prog_id);
			assert_int_equal(devmap_at(p, info.index), info.ifindex);
			assert_int_equal(sl_port_detach(p, "p0", &yard.d), 0);
		} else {
			none++;
		}
		assert_int_equal(devmap_at(p, 0), 0);
		assert_int_equal(xdp_on("w0"), 0);
		sl_platform_close(p);
		if (WIFEXITED(status))
			break;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(ports >= 1 && none >= 3);
}

/* ---- Copies ----------------------------------------------------------------------------------*/

static void copy_devices_are_made_once_and_taken_up(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);
	uint32_t at = 0, near, again;

	(void)state;
	assert_int_equal(sl_platform_copies(p, &yard.d), 0);
	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_COPIES), &at, &near), 0);
	assert_int_equal(near, if_nametoindex("slcopy0"));
	assert_int_equal(xdp_on("slcopy0p"), prog_id(sl_platform_prog(p, SL_PROG_COPY0)));
	assert_int_equal(xdp_on("slcopy1p"), prog_id(sl_platform_prog(p, SL_PROG_COPY1)));
	sh("for d in slcopy0 slcopy0p slcopy1 slcopy1p; do ip -d link show $d | "
	   "grep -q 'state UP.*' && ip -d link show $d | grep -q 'addrgenmode none' || exit 1; "
	   "done");
	/* No address of their own accord, so no traffic but ours. */
	sh("test -z \"$(ip -6 addr show dev slcopy0 scope link)\"");
	/* As large as one page allows. */
	sh("ip link show slcopy0 | grep -q 'mtu 3[0-9][0-9][0-9]'");
	sl_platform_close(p);

	p = opened(SL_PLATFORM_ADOPTED);
	assert_int_equal(sl_platform_copies(p, &yard.d), 0);
	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_COPIES), &at, &again), 0);
	assert_int_equal(near, again);
	/* Deleted by somebody: made again. */
	sh("ip link del slcopy0");
	assert_int_equal(sl_platform_copies(p, &yard.d), 0);
	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_COPIES), &at, &again), 0);
	assert_int_equal(again, if_nametoindex("slcopy0"));
	sl_platform_close(p);
	assert_int_equal(sl_platform_remove(ROOT, &yard.d), 0);
	assert_int_equal(if_nametoindex("slcopy0"), 0);
	assert_int_equal(if_nametoindex("slcopy1"), 0);
}

static void anothers_device_of_that_name_is_left_alone(void **state)
{
	struct sl_platform *p = opened(SL_PLATFORM_FRESH);

	(void)state;
	sh("ip link add slcopy0 type bridge");
	assert_int_equal(sl_platform_copies(p, &yard.d), -EEXIST);
	assert_true(said("copies"));
	sl_platform_close(p);
	assert_int_equal(sl_platform_remove(ROOT, &yard.d), 0);
	assert_int_not_equal(if_nametoindex("slcopy0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(a_port_is_attached_pinned_and_detached),
		ROOT_TEST(ports_are_listed_by_name_with_their_places),
		ROOT_TEST(generic_mode_is_taken_when_asked_for),
		ROOT_TEST(what_cannot_be_a_port_is_refused_with_a_reason),
		ROOT_TEST(anothers_program_is_left_alone),
		ROOT_TEST(what_may_hurt_is_said_before),
		ROOT_TEST(the_kernels_refusal_is_explained),
		ROOT_TEST(a_removed_interface_leaves_a_port_that_is_gone),
		ROOT_TEST(a_renamed_interface_is_the_same_port),
		ROOT_TEST(a_kill_at_any_step_leaves_a_port_or_none),
		ROOT_TEST(copy_devices_are_made_once_and_taken_up),
		ROOT_TEST(anothers_device_of_that_name_is_left_alone),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
