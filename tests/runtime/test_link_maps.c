// SPDX-License-Identifier: GPL-2.0-only
/* Links, chains and counters in the platform's maps: bound, moved, taken away, flipped, summed. */
#include "tests/runtime/link_maps.h"

/* ---- Binding ---------------------------------------------------------------------------------*/

static void a_bound_link_is_found_by_what_packets_bear(void **state)
{
	uint32_t a, b, c;
	const struct sl_link_rec *rec;

	(void)state;
	a = bound(gre4(3, 1, 0x01020304));
	b = bound(gre6(3, 2));
	c = bound(direct(4, 0, 300, 7));
	assert_int_equal(found4(0x01020304, true), a);
	assert_int_equal(found4(0x01020304, false), -1);
	assert_int_equal(found4(0, true), -1);
	assert_int_equal(pairs4(), 1);
	assert_int_equal(count(SL_MAP_LINK6), 1);
	assert_int_equal(count(SL_MAP_PAIR6), 1);
	assert_int_equal(direct_on(300), 1);
	assert_int_equal(dev_entry(3, 1), a + 1);
	assert_int_equal(dev_entry(3, 2), b + 1);
	assert_int_equal(dev_entry(4, 0), c + 1);
	rec = &sl_platform_links(p)[a];
	assert_int_equal(rec->kind, SL_LINK_GRE4);
	assert_int_equal(rec->tenant, 3);
	assert_int_equal(rec->dev, 1);
	assert_int_equal(rec->gre, SL_GRE_KEY);
	assert_int_equal(rec->in_len, 42);
	assert_memory_equal(rec->mac, "\2\0\0\0\0\1", 6);
	assert_memory_equal(rec->peer, "\6\0\0\0\0\1", 6);
	assert_int_equal(rec->out[rec->cur].up, 0);
	/* One device: its key without a GRE key is another link. */
	assert_int_equal(sl_platform_link_unbind(p, a), 0);
	assert_int_equal(sl_platform_link_unbind(p, b), 0);
	assert_int_equal(sl_platform_link_unbind(p, c), 0);
	assert_int_equal(sl_platform_link_unbind(p, c), -ENOENT);
	assert_no_links();
}

static void pairs_are_counted(void **state)
{
	struct sl_link_bind keyless = gre4(3, 3, 0);
	uint32_t a, b, c;

	(void)state;
	keyless.gre = 0;
	a = bound(gre4(3, 1, 1));
	b = bound(gre4(3, 2, 2));
	c = bound(keyless);
	assert_int_equal(pairs4(), 3);
	assert_int_equal(found4(0, false), c);
	sl_platform_link_unbind(p, b);
	assert_int_equal(pairs4(), 2);
	sl_platform_link_unbind(p, a);
	sl_platform_link_unbind(p, c);
	assert_int_equal(pairs4(), 0);
}

static void what_is_another_links_is_refused_and_nothing_changed(void **state)
{
	struct sl_link_bind same = gre4(4, 1, 1), dev = gre4(3, 1, 2), odd = gre4(3, 2, 3);
	uint32_t a, b;

	(void)state;
	a = bound(gre4(3, 1, 1));
	assert_int_equal(sl_platform_link_alloc(p, &b), 0);
	assert_int_not_equal(a, b);
	/* The same packets for another tenant. */
	assert_int_equal(sl_platform_link_bind(p, b, &same), -EEXIST);
	assert_int_equal(found4(1, true), a);
	assert_int_equal(pairs4(), 1);
	assert_int_equal(dev_entry(4, 1), 0);
	/* Another link on the same device. */
	assert_int_equal(sl_platform_link_bind(p, b, &dev), -EEXIST);
	assert_int_equal(dev_entry(3, 1), a + 1);
	assert_int_equal(found4(2, true), -1);
	/* The index is another's; values out of range. */
	assert_int_equal(sl_platform_link_bind(p, a, &odd), -EBUSY);
	odd.dev = SL_MAX_DEVS;
	assert_int_equal(sl_platform_link_bind(p, b, &odd), -EINVAL);
	odd = gre4(SL_MAX_TENANTS, 0, 3);
	assert_int_equal(sl_platform_link_bind(p, b, &odd), -EINVAL);
	odd = gre4(3, 2, 3);
	assert_int_equal(sl_platform_link_bind(p, SL_MAX_LINKS, &odd), -EINVAL);
	/* After all that the index is good. */
	assert_int_equal(sl_platform_link_bind(p, b, &odd), 0);
}

static void indexes_are_given_once(void **state)
{
	uint32_t a, b, c;

	(void)state;
	assert_int_equal(sl_platform_link_alloc(p, &a), 0);
	assert_int_equal(sl_platform_link_alloc(p, &b), 0);
	assert_int_not_equal(a, b);
	sl_platform_link_release(p, a);
	assert_int_equal(sl_platform_link_alloc(p, &c), 0);
	assert_int_equal(a, c);
	/* Those in use are not given after a restart. */
	c = bound(gre4(1, 1, 1));
	restart();
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(sl_platform_link_alloc(p, &a), 0);
		assert_int_not_equal(a, c);
	}
}

static void a_link_moves_to_another_slot(void **state)
{
	struct sl_link_bind b = gre4(5, 1, 1), back;
	uint32_t a = bound(gre4(3, 1, 1)), other;
	struct sl_template t = {.up = 1, .len = 42, .mtu = 1400};

	(void)state;
	sl_platform_links(p)[a].seq_out = 77;
	assert_int_equal(sl_platform_link_template(p, a, &t), 1);
	assert_int_equal(sl_platform_link_rebind(p, a, &b), 0);
	assert_int_equal(dev_entry(3, 1), 0);
	assert_int_equal(dev_entry(5, 1), a + 1);
	assert_int_equal(sl_platform_links(p)[a].tenant, 5);
	/* What had nothing to do with the slot stayed. */
	assert_int_equal(found4(1, true), a);
	assert_int_equal(pairs4(), 1);
	assert_int_equal(sl_platform_links(p)[a].seq_out, 77);
	assert_int_equal(sl_platform_links(p)[a].out[sl_platform_links(p)[a].cur].up, 1);
	/* Onto a device that is taken: refused, nothing changed. */
	other = bound(gre4(6, 1, 2));
	b = gre4(6, 1, 1);
	assert_int_equal(sl_platform_link_rebind(p, a, &b), -EEXIST);
	assert_int_equal(dev_entry(6, 1), other + 1);
	assert_int_equal(dev_entry(5, 1), a + 1);
	assert_int_equal(sl_platform_link_get(p, a, &back), 0);
	assert_int_equal(back.tenant, 5);
}

static void a_link_changes_its_key(void **state)
{
	struct sl_link_bind b = gre4(3, 1, 2);
	uint32_t a = bound(gre4(3, 1, 1)), other = bound(gre4(4, 1, 9));
	struct sl_template t = {.up = 1, .len = 42, .mtu = 1400};

	(void)state;
	assert_int_equal(sl_platform_link_rebind(p, a, &b), 0);
	assert_int_equal(found4(1, true), -1);
	assert_int_equal(found4(2, true), a);
	assert_int_equal(pairs4(), 2);
	/* To a key that is taken. */
	b.key = 9;
	assert_int_equal(sl_platform_link_rebind(p, a, &b), -EEXIST);
	assert_int_equal(found4(2, true), a);
	assert_int_equal(found4(9, true), other);
	assert_int_equal(pairs4(), 2);
	/* Other flags: down until there are headers for them, and numbers begin anew. */
	sl_platform_links(p)[a].seq_out = 77;
	assert_int_equal(sl_platform_link_template(p, a, &t), 1);
	b.key = 2;
	b.gre |= SL_GRE_SEQ;
	assert_int_equal(sl_platform_link_rebind(p, a, &b), 0);
	assert_int_equal(sl_platform_links(p)[a].out[sl_platform_links(p)[a].cur].up, 0);
	assert_int_equal(sl_platform_links(p)[a].seq_out, 0);
	assert_int_equal(sl_platform_links(p)[a].gre, SL_GRE_KEY | SL_GRE_SEQ);
}

static int collect(void *arg, uint32_t index, const struct sl_link_bind *b)
{
	uint64_t *seen = arg;

	*seen |= 1ull << index;
	return b->tenant == 6 ? 42 : 0;
}

static void links_are_listed_also_after_a_restart(void **state)
{
	uint32_t a = bound(gre4(3, 1, 1)), b = bound(gre6(4, 1)), c = bound(direct(5, 1, 9, 0));
	struct sl_link_bind want = gre6(4, 1), got;
	uint64_t seen = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		seen = 0;
		assert_int_equal(sl_platform_links_each(p, collect, &seen), 0);
		assert_int_equal(seen, 1ull << a | 1ull << b | 1ull << c);
		assert_int_equal(sl_platform_link_get(p, b, &got), 0);
		assert_memory_equal(&got, &want, sizeof(got));
		restart();
	}
	bound(gre4(6, 1, 7));
	assert_int_equal(sl_platform_links_each(p, collect, &seen), 42);
}

static void a_new_owner_sees_nothing_of_the_old(void **state)
{
	struct sl_link_stats zero = {0}, got, *all;
	uint32_t a = bound(gre4(3, 1, 1)), b;
	int cpus = libbpf_num_possible_cpus();

	(void)state;
	all = calloc(cpus, sizeof(*all));
	for (int i = 0; i < cpus; i++)
		all[i].rx_packets = all[i].drops[SL_R_MAX - 1] = 10 + i;
	assert_int_equal(bpf_map_update_elem(sl_platform_map(p, SL_MAP_LINK_STATS), &a, all, 0), 0);
	free(all);
	sl_platform_links(p)[a].last_rx_ns = 12345;
	assert_int_equal(sl_platform_link_stats(p, a, &got), 0);
	assert_int_equal(got.rx_packets, 10 * cpus + cpus * (cpus - 1) / 2);
	assert_int_equal(got.drops[SL_R_MAX - 1], got.rx_packets);
	assert_int_equal(got.tx_packets, 0);
	sl_platform_link_unbind(p, a);
	b = bound(gre4(4, 1, 1));
	assert_int_equal(a, b);
	assert_int_equal(sl_platform_link_stats(p, b, &got), 0);
	assert_memory_equal(&got, &zero, sizeof(got));
	assert_int_equal(sl_platform_links(p)[b].last_rx_ns, 0);
}

/* ---- Templates -------------------------------------------------------------------------------*/

static void templates_flip_and_equal_ones_do_not(void **state)
{
	uint32_t a = bound(gre4(3, 1, 1));
	struct sl_link_rec *rec = &sl_platform_links(p)[a];
	struct sl_template t = {.up = 1, .len = 42, .l3_off = 14, .mtu = 1400};
	uint32_t cur = rec->cur;

	(void)state;
	assert_int_equal(sl_platform_link_template(p, a, &t), 1);
	assert_int_equal(rec->cur, !cur);
	assert_memory_equal(&rec->out[rec->cur], &t, sizeof(t));
	assert_int_equal(sl_platform_link_template(p, a, &t), 0);
	assert_int_equal(rec->cur, !cur);
	/* Ten in a row: each waits until the one before last is out of use. */
	for (uint8_t i = 0; i < 10; i++) {
		struct sl_template last = rec->out[rec->cur];

		t.bytes[0] = i + 1;
		cur = rec->cur;
		assert_int_equal(sl_platform_link_template(p, a, &t), 1);
		assert_int_equal(rec->cur, !cur);
		assert_memory_equal(&rec->out[rec->cur], &t, sizeof(t));
		assert_memory_equal(&rec->out[cur], &last, sizeof(t));
	}
	assert_int_equal(sl_platform_link_down(p, a), 1);
	assert_int_equal(rec->out[rec->cur].up, 0);
	assert_memory_equal(rec->out[rec->cur].bytes, t.bytes, sizeof(t.bytes));
	assert_int_equal(sl_platform_link_down(p, a), 0);
	assert_int_equal(sl_platform_link_template(p, a + 1, &t), -ENOENT);
}

/* ---- Chains ----------------------------------------------------------------------------------*/

static int answer(int value)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value},
		{.code = BPF_JMP | BPF_EXIT},
	};

	/* As libbpf loads SEC("xdp"): programs of one array are of one attach type. */
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_XDP);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "answer", "GPL", insns, 2, &opts);
}

static uint32_t prog_at(enum sl_platform_map m, uint32_t at)
{
	uint32_t id;

	return bpf_map_lookup_elem(sl_platform_map(p, m), &at, &id) ? 0 : id;
}

static void chains_stand_side_by_side_by_generation(void **state)
{
	_close_ int one = answer(1);
	_close_ int two = answer(2);

	(void)state;
	assert_int_equal(sl_platform_chain_set(p, 9, 4, one), 0);
	assert_int_equal(sl_platform_chain_set(p, 9, 5, two), 0);
	assert_int_equal(sl_platform_resume_set(p, 9, 5, one), 0);
	assert_int_equal(prog_at(SL_MAP_TENANTS, 18), prog_id(one));
	assert_int_equal(prog_at(SL_MAP_TENANTS, 19), prog_id(two));
	assert_int_equal(prog_at(SL_MAP_RESUME, 18), 0);
	assert_int_equal(prog_at(SL_MAP_RESUME, 19), prog_id(one));
	assert_int_equal(sl_platform_chain_set(p, 9, 6, two), 0);
	assert_int_equal(prog_at(SL_MAP_TENANTS, 18), prog_id(two));
	assert_int_equal(sl_platform_chain_set(p, 9, 4, -1), 0);
	assert_int_equal(prog_at(SL_MAP_TENANTS, 18), 0);
	assert_int_equal(sl_platform_chain_set(p, 9, 4, -1), 0);
	assert_int_equal(sl_platform_chain_set(p, SL_MAX_TENANTS, 0, one), -EINVAL);
}

static void counters_are_summed_and_reset(void **state)
{
	int cpus = libbpf_num_possible_cpus();
	struct sl_tenant_stats *all = calloc(cpus, sizeof(*all)), sum;
	struct sl_node_stats *node = calloc(cpus, sizeof(*node)), total;
	uint32_t slot = 8, zero = 0;

	(void)state;
	for (int i = 0; i < cpus; i++) {
		all[i].packets = all[i].drops[SL_R_CPULIMIT] = 1000;
		node[i].pass = 3;
	}
	assert_int_equal(
		bpf_map_update_elem(sl_platform_map(p, SL_MAP_TENANT_STATS), &slot, all, 0), 0);
	assert_int_equal(bpf_map_update_elem(sl_platform_map(p, SL_MAP_NODE_STATS), &zero, node, 0),
			 0);
	free(all);
	free(node);
	assert_int_equal(sl_platform_tenant_stats(p, slot, &sum), 0);
	assert_int_equal(sum.packets, 1000 * cpus);
	assert_int_equal(sum.drops[SL_R_CPULIMIT], 1000 * cpus);
	assert_int_equal(sl_platform_node_stats(p, &total), 0);
	assert_int_equal(total.pass, 3 * cpus);
	assert_int_equal(sl_platform_tenant_stats_reset(p, slot), 0);
	assert_int_equal(sl_platform_tenant_stats(p, slot, &sum), 0);
	assert_int_equal(sum.packets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(a_bound_link_is_found_by_what_packets_bear),
		LINK_TEST(pairs_are_counted),
		LINK_TEST(what_is_another_links_is_refused_and_nothing_changed),
		LINK_TEST(indexes_are_given_once),
		LINK_TEST(a_link_moves_to_another_slot),
		LINK_TEST(a_link_changes_its_key),
		LINK_TEST(links_are_listed_also_after_a_restart),
		LINK_TEST(a_new_owner_sees_nothing_of_the_old),
		LINK_TEST(templates_flip_and_equal_ones_do_not),
		LINK_TEST(chains_stand_side_by_side_by_generation),
		LINK_TEST(counters_are_summed_and_reset),
	};

	return cmocka_run_group_tests(tests, yard_open, yard_close);
}
