/* SPDX-License-Identifier: GPL-2.0-only */
/* CHECK for packets on the way in: the host's, dropped, or the tenant's. */
#ifndef SL_TESTS_MUX_WAY_IN_H
#define SL_TESTS_MUX_WAY_IN_H

#include "tests/mux/node.h"

#define LINK 1
#define DEV 5
#define GEN 11
#define DROP SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, SL_ELEM_NONE)

static uint8_t inner[2048], packet[4096];

/* What GRE says of the payload. */
static UNUSED uint16_t proto_of(const struct tunnel *t, unsigned int i)
{
	if (t->payload == SL_PAYLOAD_ETHER)
		return SL_ETH_P_TEB;
	return i & 1 ? SL_ETH_P_IPV6 : SL_ETH_P_IP;
}

static UNUSED void assert_untouched(const struct result *r, const uint8_t *in, size_t len)
{
	assert_int_equal(r->action, XDP_PASS);
	assert_int_equal(r->len, len);
	assert_memory_equal(r->bytes, in, len);
	assert_int_equal(node_counts().pass, 1);
	assert_int_equal(all_drops(node_counts().drops), 0);
	assert_int_equal(tallied().runs, 0);
}

/* The host's, and not changed. */
static UNUSED void assert_pass(const uint8_t *in, size_t len)
{
	expect(DROP, 24);
	assert_untouched(feed(in, len), in, len);
	assert_int_equal(node_counts().unknown_key, 0);
}

static UNUSED void assert_pass_unknown_key(const uint8_t *in, size_t len)
{
	expect(DROP, 24);
	assert_untouched(feed(in, len), in, len);
	assert_int_equal(node_counts().unknown_key, 1);
}

/* Dropped and counted at the node: of no link in particular. */
static UNUSED void assert_node_drop(const uint8_t *in, size_t len, enum sl_reason reason)
{
	struct sl_node_stats s;

	expect(DROP, 24);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	s = node_counts();
	assert_int_equal(s.drops[reason], 1);
	assert_int_equal(all_drops(s.drops) + s.pass, 1);
	assert_int_equal(tallied().runs, 0);
}

/* Dropped and counted at the link. */
static UNUSED void assert_link_drop(const uint8_t *in, size_t len, enum sl_reason reason)
{
	struct sl_link_stats s;

	expect(DROP, 24);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	s = link_counts(LINK);
	assert_int_equal(s.drops[reason], 1);
	assert_int_equal(all_drops(s.drops), 1);
	assert_int_equal(s.rx_packets, 0);
	assert_int_equal(all_drops(node_counts().drops) + node_counts().pass, 0);
	assert_int_equal(tallied().runs, 0);
}

/* Reaches the tenant as `frame` at data + `head`, and ends in its counters. */
static UNUSED void assert_arrives(const uint8_t *in, size_t len, uint32_t head,
				  const uint8_t *frame, size_t frame_len)
{
	struct sl_entry entry;
	const struct seen *s;

	expect(DROP, head);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	assert_int_equal(tallied().runs, 1);
	s = saw(0);
	assert_int_equal(s->len, frame_len);
	assert_memory_equal(s->frame, frame, frame_len);
	memcpy(&entry, &s->entry, sizeof(entry));
	assert_int_equal(entry.dev, DEV);
	assert_int_equal(entry.flags, 0);
	assert_int_equal(entry.point, 0);
	assert_int_equal(entry.generation, GEN);
	assert_int_equal(s->meta, head < SL_ENTRY_LEN ? SL_ENTRY_LEN : 0);
	assert_int_equal(tenant_counts(SLOT).packets, 1);
	assert_int_equal(tenant_counts(SLOT).bytes, frame_len);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
	assert_conserved(SLOT);
	assert_int_equal(link_counts(LINK).rx_packets, 1);
	assert_int_equal(link_counts(LINK).rx_bytes, frame_len);
	assert_int_equal(all_drops(link_counts(LINK).drops), 0);
	assert_int_equal(all_drops(node_counts().drops) + node_counts().pass, 0);
}

static UNUSED void assert_wrapped_arrives(const struct tunnel *t, uint16_t proto, size_t len,
					  uint32_t head)
{
	uint8_t frame[4096];
	size_t n = wrap(packet, t, IN, proto, inner, len);
	size_t m = frame_of(frame, t, proto, inner, len);

	assert_arrives(packet, n, head, frame, m);
}

#endif
