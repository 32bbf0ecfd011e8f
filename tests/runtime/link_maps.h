/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of links in the platform's maps share: a fresh platform, links, and what the maps say.
 */
#ifndef SL_TESTS_RUNTIME_LINK_MAPS_H
#define SL_TESTS_RUNTIME_LINK_MAPS_H

#include <arpa/inet.h>

#include "tests/runtime/yard.h"

static struct sl_platform *p;

static UNUSED int fresh(void **state)
{
	int ret = yard_clean(state);

	if (ret || !yard.ready)
		return ret;
	p = opened(SL_PLATFORM_FRESH);
	return 0;
}

static UNUSED int done(void **state)
{
	(void)state;
	if (p)
		sl_platform_close(p);
	p = NULL;
	return 0;
}

#define LINK_TEST(test)                                                                            \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test),              \
		.setup_func = fresh, .teardown_func = done                                         \
	}

/* The platform closed and taken up again, as by a new daemon. */
static UNUSED void restart(void)
{
	sl_platform_close(p);
	p = opened(SL_PLATFORM_ADOPTED);
}

static UNUSED struct sl_link_bind gre4(uint32_t tenant, uint8_t dev, uint32_t key)
{
	return (struct sl_link_bind){
		.tenant = tenant,
		.dev = dev,
		.kind = SL_LINK_GRE4,
		.gre = SL_GRE_KEY,
		.in_len = 42,
		.mac = {2, 0, 0, 0, 0, dev},
		.peer_mac = {6, 0, 0, 0, 0, dev},
		.saddr = {192, 0, 2, 1},
		.daddr = {198, 51, 100, 1},
		.key = key,
	};
}

static UNUSED struct sl_link_bind gre6(uint32_t tenant, uint8_t dev)
{
	return (struct sl_link_bind){
		.tenant = tenant,
		.dev = dev,
		.kind = SL_LINK_GRE6,
		.payload = SL_PAYLOAD_ETHER,
		.in_len = 58,
		.saddr = {0x20, 1, [15] = 1},
		.daddr = {0x20, 1, [15] = 2},
	};
}

static UNUSED struct sl_link_bind direct(uint32_t tenant, uint8_t dev, uint32_t ifindex,
					 uint16_t vlan)
{
	return (struct sl_link_bind){.tenant = tenant,
				     .dev = dev,
				     .kind = SL_LINK_DIRECT,
				     .payload = SL_PAYLOAD_ETHER,
				     .ifindex = ifindex,
				     .vlan = vlan};
}

static UNUSED uint32_t bound(struct sl_link_bind b)
{
	uint32_t index;

	assert_int_equal(sl_platform_link_alloc(p, &index), 0);
	assert_int_equal(sl_platform_link_bind(p, index, &b), 0);
	return index;
}

/* ---- What the maps say -----------------------------------------------------------------------*/

static UNUSED uint32_t dev_entry(uint32_t tenant, uint32_t dev)
{
	uint32_t at = tenant * SL_MAX_DEVS + dev, value;

	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_TENANT_DEV), &at, &value),
			 0);
	return value;
}

/* Link index of an IPv4 tunnel, or -1. */
static UNUSED int found4(uint32_t key, bool keyed)
{
	struct sl_link4_key k = {htonl(0xc0000201), htonl(0xc6336401), htonl(key), keyed};
	uint32_t index;

	return bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_LINK4), &k, &index) ? -1 : (int)index;
}

static UNUSED uint32_t pairs4(void)
{
	struct sl_pair4_key k = {htonl(0xc0000201), htonl(0xc6336401)};
	uint32_t n;

	return bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_PAIR4), &k, &n) ? 0 : n;
}

static UNUSED uint32_t count(enum sl_platform_map m)
{
	uint8_t key[64];
	uint32_t n = 0;
	void *from = NULL;

	while (bpf_map_get_next_key(sl_platform_map(p, m), from, key) == 0) {
		from = key;
		n++;
	}
	return n;
}

static UNUSED uint32_t direct_on(uint32_t ifindex)
{
	uint32_t at = ifindex & ((1 << SL_DIRECT_BITS) - 1), n;

	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(p, SL_MAP_DIRECT_ON), &at, &n), 0);
	return n;
}

/* Nothing of any link is left. */
static UNUSED void assert_no_links(void)
{
	assert_int_equal(count(SL_MAP_LINK4) + count(SL_MAP_LINK6) + count(SL_MAP_DIRECT), 0);
	assert_int_equal(count(SL_MAP_PAIR4) + count(SL_MAP_PAIR6), 0);
	for (uint32_t tenant = 0; tenant < 8; tenant++)
		for (uint32_t dev = 0; dev < 8; dev++)
			assert_int_equal(dev_entry(tenant, dev), 0);
	for (uint32_t i = 0; i < 1 << SL_DIRECT_BITS; i++)
		assert_int_equal(direct_on(i), 0);
}

#endif
