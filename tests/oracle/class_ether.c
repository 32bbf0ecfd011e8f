// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's Ethernet classes. */
#include "tests/oracle/oracle_int.h"

struct encap {
	uint8_t header[14];
};

static void encap_conf(struct oconf *c)
{
	struct encap *n = c->e->priv;
	uint32_t type = 0;

	conf_num(c, "ETHERTYPE", true, &type);
	conf_ether(c, "SRC", true, n->header + 6);
	conf_ether(c, "DST", true, n->header);
	put16(n->header + 12, type);
}

static int encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (!grow_front(p, 14)) {
		o->unsure = true;
		return dropped(o, e, "headroom");
	}
	memcpy(p->bytes + p->off, ((struct encap *)e->priv)->header, 14);
	p->mac = p->off;
	p->nh = p->off + 14;
	return 0;
}

static int mirror(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t kept[6];

	(void)port;
	if (length(p) < 14)
		return dropped(o, e, "short");
	memcpy(kept, p->bytes + p->off, 6);
	memcpy(p->bytes + p->off, p->bytes + p->off + 6, 6);
	memcpy(p->bytes + p->off + 6, kept, 6);
	return 0;
}

struct host_filter {
	uint8_t mac[6];
	bool drop_own, drop_other;
	uint32_t offset;
};

static void host_filter_conf(struct oconf *c)
{
	struct host_filter *f = c->e->priv;

	f->drop_other = true;
	conf_ether(c, "ETHER", true, f->mac);
	conf_bool(c, "DROP_OWN", true, &f->drop_own);
	conf_bool(c, "DROP_OTHER", true, &f->drop_other);
	conf_num(c, "OFFSET", false, &f->offset);
}

static int host_filter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct host_filter *f = e->priv;
	const uint8_t *b = at(p, p->off + f->offset);

	(void)port;
	if (length(p) < (uint64_t)f->offset + 14)
		return dropped(o, e, "short");
	if (f->drop_own && !memcmp(b + 6, f->mac, 6))
		return out_or_drop(o, e, 1, "not-for-us");
	if (!memcmp(b, all, 6))
		p->type = TYPE_BROADCAST;
	else if (b[0] & 1)
		p->type = TYPE_MULTICAST;
	else if (!memcmp(b, f->mac, 6))
		p->type = TYPE_HOST;
	else
		p->type = TYPE_OTHER;
	if (p->type == TYPE_OTHER && f->drop_other)
		return out_or_drop(o, e, 1, "not-for-us");
	return 0;
}

static int drop_broadcasts(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (p->type != TYPE_BROADCAST && p->type != TYPE_MULTICAST)
		return 0;
	e->drops++;
	return out_or_drop(o, e, 1, "broadcast");
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

const struct oclass ether_classes[] = {
	{.names = "EtherEncap",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct encap),
	 .configure = encap_conf,
	 .push = encap},
	{.names = "EtherMirror", .ports = "1/1", .processing = "a", .push = mirror},
	{.names = "HostEtherFilter",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct host_filter),
	 .configure = host_filter_conf,
	 .push = host_filter},
	{.names = "DropBroadcasts",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .push = drop_broadcasts,
	 .read = read_drops},
	{0},
};
