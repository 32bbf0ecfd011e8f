// SPDX-License-Identifier: GPL-2.0-only
/* Building the outer headers of a link. GRE per RFC 2784 and RFC 2890. */
#include <errno.h>
#include <string.h>

#include "bpf/net.h"
#include "loader/runtime/template.h"

/* What XDP's redirect lets a frame be longer than the device's MTU: an Ethernet header and one
 * VLAN tag. A second tag comes out of the payload. */
#define TAGS_FREE 1
#define TENANT_MTU_MIN 68 /* RFC 791 */

unsigned int sl_gre_len(uint8_t gre)
{
	return 4 + 4 * __builtin_popcount(gre & (SL_GRE_CSUM | SL_GRE_KEY | SL_GRE_SEQ));
}

static unsigned int ip_len(const struct sl_node_link *l)
{
	return l->kind == SL_LINK_GRE6 ? sizeof(struct sl_ip6) : sizeof(struct sl_ip4);
}

unsigned int sl_template_len(const struct sl_node_link *l, unsigned int n_tags)
{
	if (l->kind == SL_LINK_DIRECT)
		return 0;
	return SL_ETH_HLEN + 4 * n_tags + ip_len(l) + sl_gre_len(l->gre);
}

unsigned int sl_template_over(const struct sl_node_link *l, unsigned int n_tags)
{
	unsigned int over = ip_len(l) + sl_gre_len(l->gre);

	if (l->kind == SL_LINK_DIRECT)
		return 0;
	if (l->payload == SL_PAYLOAD_ETHER)
		over += SL_ETH_HLEN;
	if (n_tags > TAGS_FREE)
		over += 4 * (n_tags - TAGS_FREE);
	return over;
}

/* A cursor that only the fixed-size headers below move: at most 14 + 8 + 40 + 16 bytes. */
static void put(uint8_t **p, const void *bytes, size_t n)
{
	memcpy(*p, bytes, n);
	*p += n;
}

static void put16(uint8_t **p, uint16_t host)
{
	uint16_t net = htons(host);

	put(p, &net, 2);
}

static void put32(uint8_t **p, uint32_t host)
{
	uint32_t net = htonl(host);

	put(p, &net, 4);
}

static void put_ip4(uint8_t **p, const struct sl_node_link *l, struct sl_template *t)
{
	struct sl_ip4 ip = {
		.ver_ihl = 0x45,
		.tos = l->tos,
		.frag = htons(SL_IP_DF),
		.ttl = l->ttl,
		.proto = SL_IPPROTO_GRE,
		.src = l->local.v4.s_addr,
		.dst = l->remote.v4.s_addr,
	};
	uint16_t words[sizeof(ip) / 2];
	uint32_t sum = 0;

	memcpy(words, &ip, sizeof(ip));
	for (size_t i = 0; i < sizeof(ip) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	t->ip4_sum = sum;
	put(p, &ip, sizeof(ip));
}

static void put_ip6(uint8_t **p, const struct sl_node_link *l)
{
	struct sl_ip6 ip = {
		.vcf = htonl(6u << 28 | (uint32_t)l->tos << 20),
		.next = SL_IPPROTO_GRE,
		.hlim = l->ttl,
	};

	memcpy(ip.src, l->local.bytes, 16);
	memcpy(ip.dst, l->remote.bytes, 16);
	put(p, &ip, sizeof(ip));
}

static void put_gre(uint8_t **p, const struct sl_node_link *l)
{
	uint16_t flags = 0;

	flags |= l->gre & SL_GRE_CSUM ? SL_GRE_F_CSUM : 0;
	flags |= l->gre & SL_GRE_KEY ? SL_GRE_F_KEY : 0;
	flags |= l->gre & SL_GRE_SEQ ? SL_GRE_F_SEQ : 0;
	put16(p, flags);
	put16(p, l->payload == SL_PAYLOAD_ETHER ? SL_ETH_P_TEB : SL_ETH_P_IP);
	if (l->gre & SL_GRE_CSUM)
		put32(p, 0);
	if (l->gre & SL_GRE_KEY)
		put32(p, l->key);
	if (l->gre & SL_GRE_SEQ)
		put32(p, 0);
}

static int build_direct(const struct sl_node_link *l, const struct sl_path *path,
			struct sl_template *t)
{
	uint8_t *p = t->bytes;

	t->mtu = path->mtu < UINT16_MAX ? path->mtu : UINT16_MAX;
	if (l->vlan) {
		put16(&p, SL_ETH_P_8021Q);
		put16(&p, l->vlan);
	}
	t->len = p - t->bytes;
	return 0;
}

static int build_gre(const struct sl_node_link *l, const struct sl_path *path,
		     struct sl_template *t)
{
	unsigned int over = sl_template_over(l, path->n_tags);
	uint8_t *p = t->bytes;
	uint32_t mtu;

	if (path->mtu < over + TENANT_MTU_MIN)
		return -EMSGSIZE;
	mtu = path->mtu - over;
	t->mtu = mtu < UINT16_MAX ? mtu : UINT16_MAX;

	put(&p, path->dst_mac, 6);
	put(&p, path->src_mac, 6);
	for (unsigned int i = 0; i < path->n_tags; i++) {
		put16(&p, path->tags[i].proto);
		put16(&p, path->tags[i].vid & 0xfff);
	}
	put16(&p, l->kind == SL_LINK_GRE6 ? SL_ETH_P_IPV6 : SL_ETH_P_IP);
	t->l3_off = p - t->bytes;
	if (l->kind == SL_LINK_GRE6)
		put_ip6(&p, l);
	else
		put_ip4(&p, l, t);
	put_gre(&p, l);
	t->len = p - t->bytes;
	return 0;
}

int sl_template_build(const struct sl_node_link *l, const struct sl_path *path,
		      struct sl_template *out)
{
	struct sl_template t = {.up = 1, .port = path->port, .ifindex = path->ifindex};
	int ret;

	if (path->n_tags > 2)
		return -EINVAL;
	if (l->kind == SL_LINK_DIRECT)
		ret = build_direct(l, path, &t);
	else
		ret = build_gre(l, path, &t);
	if (!ret)
		*out = t;
	return ret;
}
