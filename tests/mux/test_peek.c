// SPDX-License-Identifier: GPL-2.0-only
/* Packets that somebody looks at: copied as the tenant sees them, within a budget, for a while. */
#include <time.h>

#include "tests/mux/node.h"
#include "tests/mux/way_in.h"

#define PLACE 4

static struct {
	unsigned int n;
	struct sl_peeked last;
	size_t size;
} got;
static struct ring_buffer *ring;

static int take(void *ctx, void *data, size_t size)
{
	(void)ctx;
	got.n++;
	got.size = size;
	memset(&got.last, 0, sizeof(got.last));
	memcpy(&got.last, data, size < sizeof(got.last) ? size : sizeof(got.last));
	return 0;
}

static unsigned int copies(void)
{
	got.n = 0;
	assert_true(ring_buffer__consume(ring) >= 0);
	return got.n;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Marks LINK as looked at by what is at PLACE. */
static void look(struct sl_peek k)
{
	struct sl_link_rec rec = get_link(LINK);

	rec.peek = PLACE + 1;
	set_at(MAP(links), LINK, &rec);
	set_at(MAP(peeks), PLACE, &k);
}

static struct sl_peek place(void)
{
	struct sl_peek k;
	uint32_t at = PLACE;

	assert_int_equal(bpf_map_lookup_elem(MAP(peeks), &at, &k), 0);
	return k;
}

static const struct tunnel way = {.ip = 4, .far = 9, .payload = SL_PAYLOAD_ETHER};

static size_t arriving(size_t len)
{
	return wrap(packet, &way, IN, SL_ETH_P_TEB, inner, len);
}

static struct sl_peek usual(void)
{
	return (struct sl_peek){.link = LINK,
				.snap = SL_PEEK_MAX,
				.dirs = SL_PEEK_IN | SL_PEEK_OUT,
				.budget = 100,
				.until_ns = now_ns() + 10000000000ull};
}

static void begin(uint16_t head)
{
	install(SLOT, GEN, head);
	add_link(LINK, &way, SLOT, DEV);
	copies();
}

static void end(void)
{
	remove_link(LINK, &way, SLOT, DEV);
	uninstall(SLOT);
}

/* ---- What is copied --------------------------------------------------------------------------*/

static void a_packet_in_is_copied_as_the_tenant_sees_it(void **state)
{
	static const uint16_t heads[] = {0, 8, 38, 50};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		begin(heads[i]);
		look(usual());
		for (size_t len = 14; len < 1400; len += 77) {
			uint64_t before = now_ns();

			assert_arrives(packet, arriving(len), heads[i], inner, len);
			assert_int_equal(copies(), 1);
			assert_int_equal(got.size, SL_PEEKED_HEAD + len);
			assert_int_equal(got.last.link, LINK);
			assert_int_equal(got.last.dir, SL_PEEK_IN);
			assert_int_equal(got.last.len, len);
			assert_int_equal(got.last.cap, len);
			assert_memory_equal(got.last.bytes, inner, len);
			assert_true(got.last.time_ns >= before && got.last.time_ns <= now_ns());
		}
		end();
	}
}

static void a_packet_out_is_copied_as_the_tenant_sent_it(void **state)
{
	(void)state;
	begin(38);
	look(usual());
	expect(SL_ANSWER(SL_V_OUT, DEV, 38), 38);
	assert_int_equal(feed(packet, arriving(200))->action, XDP_REDIRECT);
	assert_int_equal(copies(), 2);
	assert_int_equal(got.last.dir, SL_PEEK_OUT);
	assert_int_equal(got.last.len, 200);
	assert_memory_equal(got.last.bytes, inner, 200);
	/* Not at the beginning of where it came in. */
	expect(SL_ANSWER(SL_V_OUT, DEV, 50), 38);
	assert_int_equal(feed(packet, arriving(200))->action, XDP_REDIRECT);
	assert_int_equal(copies(), 2);
	assert_int_equal(got.last.len, 188);
	assert_memory_equal(got.last.bytes, inner + 12, 188);
	end();
}

static void what_does_not_leave_is_not_copied(void **state)
{
	(void)state;
	begin(38);
	look(usual());
	expect(SL_ANSWER(SL_V_OUT, DEV + 1, 38), 38);
	assert_int_equal(feed(packet, arriving(200))->action, XDP_DROP);
	assert_int_equal(copies(), 1);
	assert_int_equal(got.last.dir, SL_PEEK_IN);
	end();
}

static void one_direction_is_one_direction(void **state)
{
	(void)state;
	begin(38);
	for (unsigned int dir = SL_PEEK_IN; dir <= SL_PEEK_OUT; dir++) {
		struct sl_peek k = usual();

		k.dirs = dir;
		look(k);
		expect(SL_ANSWER(SL_V_OUT, DEV, 38), 38);
		assert_int_equal(feed(packet, arriving(100))->action, XDP_REDIRECT);
		assert_int_equal(copies(), 1);
		assert_int_equal(got.last.dir, dir);
		assert_int_equal(place().budget, 99);
	}
	end();
}

static void no_more_than_is_wanted_is_copied(void **state)
{
	static const uint32_t snaps[] = {1, 14, 60, 199, 200, 201, 9216, 65535};

	(void)state;
	begin(38);
	for (size_t i = 0; i < sizeof(snaps) / sizeof(snaps[0]); i++) {
		struct sl_peek k = usual();
		uint32_t cap = snaps[i] < 200 ? snaps[i] : 200;

		k.snap = snaps[i];
		look(k);
		assert_arrives(packet, arriving(200), 38, inner, 200);
		assert_int_equal(copies(), 1);
		assert_int_equal(got.last.len, 200);
		assert_int_equal(got.last.cap, cap);
		assert_int_equal(got.size, SL_PEEKED_HEAD + cap);
		assert_memory_equal(got.last.bytes, inner, cap);
	}
	end();
}

/* A second tenant behind another tunnel: what is done for the first costs it nothing, as the mark
 * is the link's own. */
static void others_are_not_looked_at(void **state)
{
	static const struct tunnel other = {.ip = 4, .far = 10, .payload = SL_PAYLOAD_ETHER};
	struct sl_link_rec rec;
	size_t n;

	(void)state;
	begin(38);
	install(SLOT + 1, GEN, 38);
	add_link(LINK + 1, &other, SLOT + 1, DEV);
	look(usual());
	rec = get_link(LINK + 1);
	assert_int_equal(rec.peek, 0);
	n = wrap(packet, &other, IN, SL_ETH_P_TEB, inner, 100);
	expect(SL_ANSWER(SL_V_OUT, DEV, 38), 38);
	assert_int_equal(feed(packet, n)->action, XDP_REDIRECT);
	assert_int_equal(copies(), 0);
	assert_int_equal(place().budget, usual().budget);
	remove_link(LINK + 1, &other, SLOT + 1, DEV);
	uninstall(SLOT + 1);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(copies(), 1);
	end();
}

/* ---- Bounds ----------------------------------------------------------------------------------*/

static void nobody_looks(void **state)
{
	(void)state;
	begin(38);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(copies(), 0);
	end();
}

static void a_budget_is_not_exceeded_and_what_is_left_out_is_counted(void **state)
{
	struct sl_peek k = usual();
	unsigned int n = 0;

	(void)state;
	begin(38);
	k.budget = 3;
	look(k);
	for (int i = 0; i < 10; i++) {
		/* The tenant notices nothing. */
		assert_arrives(packet, arriving(100), 38, inner, 100);
		n += copies();
	}
	assert_int_equal(n, 3);
	assert_int_equal(place().lost, 7);
	k = place();
	k.budget = 1;
	look(k);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(copies(), 1);
	end();
}

static void a_full_ring_loses_copies_and_counts_them(void **state)
{
	const int packets = 2000;
	struct sl_peek k = usual();
	size_t n;

	(void)state;
	begin(38);
	k.budget = packets;
	look(k);
	n = arriving(1300);
	for (int i = 0; i < packets; i++)
		assert_int_equal(feed(packet, n)->action, XDP_DROP);
	k = place();
	assert_true(k.lost > 0);
	assert_int_equal(copies() + k.lost, packets);
	end();
}

static void a_mark_of_somebody_who_is_gone_goes_away(void **state)
{
	struct sl_peek k = usual();

	(void)state;
	begin(38);
	k.until_ns = now_ns() - 1;
	look(k);
	assert_int_equal(get_link(LINK).peek, PLACE + 1);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(copies(), 0);
	assert_int_equal(get_link(LINK).peek, 0);
	assert_int_equal(place().lost, 0);
	end();
}

static void a_mark_that_is_another_links_goes_away(void **state)
{
	struct sl_link_rec rec;
	struct sl_peek k = usual();

	(void)state;
	begin(38);
	k.link = LINK + 1;
	look(k);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(get_link(LINK).peek, 0);
	/* And one behind the end of the array. */
	rec = get_link(LINK);
	rec.peek = SL_MAX_PEEKS + 1;
	set_at(MAP(links), LINK, &rec);
	assert_arrives(packet, arriving(100), 38, inner, 100);
	assert_int_equal(get_link(LINK).peek, 0);
	assert_int_equal(copies(), 0);
	end();
}

static int open_all(void **state)
{
	int ret = node_open(state);

	if (!ret && node.ready)
		ring = ring_buffer__new(MAP(peeked), take, NULL, NULL);
	return ret || (node.ready && !ring) ? -1 : 0;
}

static int close_all(void **state)
{
	ring_buffer__free(ring);
	return node_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_in_is_copied_as_the_tenant_sees_it),
		TEST(a_packet_out_is_copied_as_the_tenant_sent_it),
		TEST(what_does_not_leave_is_not_copied),
		TEST(one_direction_is_one_direction),
		TEST(no_more_than_is_wanted_is_copied),
		TEST(others_are_not_looked_at),
		TEST(nobody_looks),
		TEST(a_budget_is_not_exceeded_and_what_is_left_out_is_counted),
		TEST(a_full_ring_loses_copies_and_counts_them),
		TEST(a_mark_of_somebody_who_is_gone_goes_away),
		TEST(a_mark_that_is_another_links_goes_away),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, open_all, close_all);
}
