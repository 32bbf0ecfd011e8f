/* SPDX-License-Identifier: GPL-2.0-only */
/* SETUP and CHECK for packets on the way out: in by one link, out by another. */
#ifndef SL_TESTS_MUX_WAY_OUT_H
#define SL_TESTS_MUX_WAY_OUT_H

#include "tests/mux/node.h"

#define IN_LINK 1
#define OUT_LINK 2
#define IN_DEV 0
#define OUT_DEV 1
#define GEN 4

static uint8_t inner[2048], packet[4096], want[4096];

static UNUSED uint64_t out(uint32_t dev, uint32_t low)
{
	return SL_ANSWER(SL_V_OUT, dev, low);
}

static UNUSED const struct tunnel ip_in = {.ip = 4, .far = 20};
static UNUSED const struct tunnel ether_in = {.ip = 4, .far = 20, .payload = SL_PAYLOAD_ETHER};

/* The tenant with a link in, of either payload, and a link out. */
static UNUSED void set_up(const struct tunnel *in, const struct tunnel *t, uint16_t head)
{
	install(SLOT, GEN, head);
	add_link(IN_LINK, in, SLOT, IN_DEV);
	if (t)
		add_link(OUT_LINK, t, SLOT, OUT_DEV);
}

static UNUSED void tear_down(const struct tunnel *in, const struct tunnel *t)
{
	remove_link(IN_LINK, in, SLOT, IN_DEV);
	if (t)
		remove_link(OUT_LINK, t, SLOT, OUT_DEV);
	uninstall(SLOT);
}

static UNUSED uint16_t proto_of(const struct tunnel *t, unsigned int i)
{
	if (t->payload == SL_PAYLOAD_ETHER)
		return SL_ETH_P_TEB;
	return i & 1 ? SL_ETH_P_IPV6 : SL_ETH_P_IP;
}

/* The packet left as the `n` bytes of `want`, and counts as sent. */
static UNUSED void assert_sent(const struct result *r, size_t n, uint64_t frame_len)
{
	assert_int_equal(r->action, XDP_REDIRECT);
	assert_int_equal(r->len, n);
	assert_memory_equal(r->bytes, want, n);
	assert_int_equal(tenant_counts(SLOT).out, 1);
	assert_conserved(SLOT);
	assert_int_equal(link_counts(OUT_LINK).tx_packets, 1);
	assert_int_equal(link_counts(OUT_LINK).tx_bytes, frame_len);
	assert_int_equal(all_drops(link_counts(OUT_LINK).drops), 0);
}

/* Dropped for `reason`, counted at the tenant, and at the link if it is that link's doing. */
static UNUSED void assert_dropped(const struct result *r, enum sl_reason reason, int at_link)
{
	struct sl_tenant_stats s = tenant_counts(SLOT);

	assert_int_equal(r->action, XDP_DROP);
	assert_int_equal(s.drops[reason], 1);
	assert_conserved(SLOT);
	assert_int_equal(s.out + s.host + s.copies, 0);
	assert_int_equal(link_counts(OUT_LINK).drops[reason], at_link);
	assert_int_equal(all_drops(link_counts(OUT_LINK).drops), at_link);
	assert_int_equal(link_counts(OUT_LINK).tx_packets, 0);
}

#endif
