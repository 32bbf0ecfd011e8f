// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's VLAN tags (IEEE 802.1Q), and other changes of Ethernet headers. */
#include "tests/oracle/oracle_int.h"

struct tag {
	uint32_t tci, type;
	int32_t native;
	bool anno;	    /* the TCI is the packet's annotation; VLANDecap: set it */
	uint8_t header[14]; /* EtherVLANEncap */
};

static void tci_conf(struct oconf *c, struct tag *t)
{
	const char *text = conf_take(c, "VLAN_TCI", true);
	uint32_t pcp = 0, id = 0;
	int64_t v = 0;

	conf_num(c, "VLAN_PCP", true, &pcp);
	conf_num(c, "VLAN_ID", false, &id);
	conf_int(c, "NATIVE_VLAN", false, &t->native);
	t->anno = text && !strcmp(text, "ANNO");
	if (text && !t->anno && !parse_num(text, &v))
		conf_fail(c, "VLAN_TCI: '%s'", text);
	t->tci = (text ? (uint32_t)v : id) | pcp << 13;
}

static void vlan_encap_conf(struct oconf *c)
{
	struct tag *t = c->e->priv;

	t->type = 0x8100;
	tci_conf(c, t);
	conf_num(c, "ETHERTYPE", false, &t->type);
}

/* The tag's TCI, or -1 for a packet of the native VLAN. */
static int tci_of(const struct tag *t, const struct opkt *p)
{
	uint32_t tci = t->anno ? get16(p->anno + ANNO_VLAN) : t->tci;

	return t->native >= 0 && (tci & 0xfff) == (uint32_t)t->native ? -1 : (int)tci;
}

static int no_room(struct oracle *o, struct oel *e)
{
	o->unsure = true;
	return dropped(o, e, "headroom");
}

/* An Ethernet header begins here, and behind it what it carries. */
static void mark(struct opkt *p, size_t hlen)
{
	p->mac = p->off;
	p->nh = p->off + hlen;
}

static int vlan_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct tag *t = e->priv;
	int tci = tci_of(t, p);
	uint8_t *b;

	(void)port;
	/* What gets no tag may be of any length. */
	if (tci < 0) {
		mark(p, 14);
		return 0;
	}
	if (length(p) < 14)
		return dropped(o, e, "short");
	if (!grow_front(p, 4))
		return no_room(o, e);
	b = p->bytes + p->off;
	memmove(b, b + 4, 12);
	put16(b + 12, t->type);
	put16(b + 14, (uint32_t)tci);
	mark(p, 18);
	return 0;
}

static void vlan_decap_conf(struct oconf *c)
{
	struct tag *t = c->e->priv;

	t->type = 0x8100;
	t->anno = true;
	conf_bool(c, "ANNO", true, &t->anno);
	conf_num(c, "ETHERTYPE", false, &t->type);
}

static int vlan_decap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct tag *t = e->priv;
	uint8_t *b = p->bytes + p->off;
	uint16_t tci = 0;

	(void)port;
	if (length(p) < 14)
		return dropped(o, e, "short");
	if (get16(b + 12) == t->type) {
		if (length(p) < 18)
			return dropped(o, e, "short");
		tci = get16(b + 14);
		memmove(b + 4, b, 12);
		p->off += 4;
	}
	mark(p, 14);
	if (t->anno)
		put16(p->anno + ANNO_VLAN, tci);
	return 0;
}

static void ether_vlan_conf(struct oconf *c)
{
	struct tag *t = c->e->priv;
	uint32_t type = 0;

	conf_num(c, "ETHERTYPE", true, &type);
	conf_ether(c, "SRC", true, t->header + 6);
	conf_ether(c, "DST", true, t->header);
	put16(t->header + 12, type);
	tci_conf(c, t);
}

static int ether_vlan(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct tag *t = e->priv;
	int tci = tci_of(t, p);
	uint8_t *b;

	(void)port;
	if (!grow_front(p, tci < 0 ? 14 : 18))
		return no_room(o, e);
	b = p->bytes + p->off;
	memcpy(b, t->header, 14);
	if (tci >= 0) {
		put16(b + 12, 0x8100);
		put16(b + 14, (uint32_t)tci);
		memcpy(b + 16, t->header + 12, 2);
	}
	mark(p, tci < 0 ? 14 : 18);
	return 0;
}

static void anno_conf(struct oconf *c)
{
	tci_conf(c, c->e->priv);
}

static int set_anno(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	put16(p->anno + ANNO_VLAN, ((struct tag *)e->priv)->tci);
	return 0;
}

static void strip_conf(struct oconf *c)
{
	conf_int(c, "NATIVE_VLAN", true, &((struct tag *)c->e->priv)->native);
}

static int strip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct tag *t = e->priv;
	uint8_t *b = p->bytes + p->off;

	(void)port;
	if (length(p) < 14)
		return dropped(o, e, "short");
	if (get16(b + 12) == 0x8100) {
		if (length(p) < 18)
			return dropped(o, e, "short");
		memcpy(p->anno + ANNO_VLAN, b + 14, 2);
		p->off += 18;
		return 0;
	}
	if (t->native < 0)
		return out_or_drop(o, e, 1, "element");
	put16(p->anno + ANNO_VLAN, (uint32_t)t->native);
	p->off += 14;
	return 0;
}

/* ---- Without tags ----------------------------------------------------------------------------*/

struct rewrite {
	uint8_t addrs[12], mac[6];
	uint32_t offset;
};

static void rewrite_conf(struct oconf *c)
{
	struct rewrite *w = c->e->priv;

	conf_ether(c, "SRC", true, w->addrs + 6);
	conf_ether(c, "DST", true, w->addrs);
}

static int rewrite(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (p->mac == UNSET || from(p, p->mac) < 14)
		return dropped(o, e, "short");
	memcpy(p->bytes + p->mac, ((struct rewrite *)e->priv)->addrs, 12);
	return 0;
}

static void store_conf(struct oconf *c)
{
	struct rewrite *w = c->e->priv;
	const char *text;
	int64_t v;

	conf_ether(c, "ADDR", true, w->mac);
	text = conf_take(c, "OFFSET", true);
	if (text && !strcmp(text, "src"))
		w->offset = 6;
	else if (text && parse_num(text, &v))
		w->offset = (uint32_t)v;
	else if (!text || strcmp(text, "dst"))
		conf_fail(c, "OFFSET: '%s'", text ? text : "");
}

static int store(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rewrite *w = e->priv;

	(void)port;
	if (length(p) < (size_t)w->offset + 6)
		return out_or_drop(o, e, 1, "short");
	memcpy(p->bytes + p->off + w->offset, w->mac, 6);
	return 0;
}

const struct oclass vlan_classes[] = {
	{.names = "VLANEncap",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct tag),
	 .configure = vlan_encap_conf,
	 .push = vlan_encap},
	{.names = "VLANDecap",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct tag),
	 .configure = vlan_decap_conf,
	 .push = vlan_decap},
	{.names = "EtherVLANEncap EtherVlanEncap",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct tag),
	 .configure = ether_vlan_conf,
	 .push = ether_vlan},
	{.names = "SetVLANAnno SetVlanAnno",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct tag),
	 .configure = anno_conf,
	 .push = set_anno},
	{.names = "StripEtherVLANHeader StripEtherVlanHeader",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct tag),
	 .configure = strip_conf,
	 .push = strip},
	{.names = "EtherRewrite",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct rewrite),
	 .configure = rewrite_conf,
	 .push = rewrite},
	{.names = "StoreEtherAddress",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct rewrite),
	 .configure = store_conf,
	 .push = store},
	{0},
};
