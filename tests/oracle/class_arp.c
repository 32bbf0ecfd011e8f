// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's ARP (RFC 826) and the frames it leads to. */
#include "tests/oracle/oracle_int.h"

#define ARP_LEN 42
#define MS 1000000ull
#define MAX_NEIGHBOURS 4096

enum { OP_REQUEST = 1, OP_REPLY = 2 };

/* A frame with an ARP packet for IPv4 over Ethernet in it. Looking at the lengths of addresses is
 * left to one's choice by RFC 826; Click does not. */
static bool is_arp(const uint8_t *b, size_t len, uint16_t op)
{
	return len >= ARP_LEN && get16(b + 12) == 0x0806 && get16(b + 14) == 1 &&
	       get16(b + 16) == 0x0800 && get16(b + 20) == op;
}

/* The packet becomes an ARP frame. The VLAN annotation stays. */
static void make_arp(struct opkt *p, uint16_t op, const uint8_t *to, const uint8_t sha[6],
		     uint32_t spa, const uint8_t tha[6], uint32_t tpa)
{
	uint8_t vlan[2], *b;

	memcpy(vlan, p->anno + ANNO_VLAN, 2);
	fresh_packet(p, ARP_LEN);
	memcpy(p->anno + ANNO_VLAN, vlan, 2);
	p->mac = p->off;
	b = p->bytes + p->off;
	memcpy(b, to, 6);
	memcpy(b + 6, sha, 6);
	put16(b + 12, 0x0806);
	put16(b + 14, 1);
	put16(b + 16, 0x0800);
	b[18] = 6;
	b[19] = 4;
	put16(b + 20, op);
	memcpy(b + 22, sha, 6);
	put32(b + 28, spa);
	memcpy(b + 32, tha, 6);
	put32(b + 38, tpa);
}

/* ---- ARPResponder ----------------------------------------------------------------------------*/

struct responder {
	uint32_t n;
	struct {
		uint32_t ip, mask;
		uint8_t mac[6];
	} list[64];
};

static void responder_conf(struct oconf *c)
{
	struct responder *r = c->e->priv;
	const char *text;

	while ((text = conf_next(c))) {
		uint32_t first = r->n;
		uint8_t mac[6];
		char word[64];
		bool have = false;

		while (conf_word(&text, word, sizeof(word))) {
			uint32_t ip, mask;

			if (parse_prefix(word, &ip, &mask) && r->n < 64) {
				r->list[r->n].ip = ip & mask;
				r->list[r->n++].mask = mask;
			} else if (parse_ether(word, mac)) {
				have = true;
			} else {
				conf_fail(c, "'%s'?", word);
				return;
			}
		}
		if (!have)
			conf_fail(c, "no Ethernet address");
		for (; first < r->n; first++)
			memcpy(r->list[first].mac, mac, 6);
	}
}

static int respond(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct responder *r = e->priv;
	const uint8_t *b = p->bytes + p->off;
	uint8_t asker[6];
	int best = -1;
	uint32_t spa, tpa;

	(void)port;
	if (!is_arp(b, length(p), OP_REQUEST))
		return out_or_drop(o, e, 1, "no-match");
	memcpy(asker, b + 22, 6);
	spa = get32(b + 28);
	tpa = get32(b + 38);
	for (uint32_t i = 0; i < r->n; i++)
		if ((tpa & r->list[i].mask) == r->list[i].ip &&
		    (best < 0 || r->list[i].mask >= r->list[best].mask))
			best = (int)i;
	if (best < 0)
		return out_or_drop(o, e, 1, "no-match");
	make_arp(p, OP_REPLY, asker, r->list[best].mac, tpa, asker, spa);
	return 0;
}

static enum oracle_handled responder_ask(struct oracle *o, struct oel *e, const char *handler,
					 const char *args, FILE *out)
{
	struct responder *r = e->priv;
	int best = -1;
	uint32_t ip;

	(void)o;
	if (strcmp(handler, "lookup"))
		return ORACLE_SILENT;
	if (!parse_ip(args, &ip))
		return ORACLE_REFUSED;
	for (uint32_t i = 0; i < r->n; i++)
		if ((ip & r->list[i].mask) == r->list[i].ip &&
		    (best < 0 || r->list[i].mask >= r->list[best].mask))
			best = (int)i;
	for (int i = 0; best >= 0 && i < 6; i++)
		fprintf(out, "%s%02X", i ? "-" : "", r->list[best].mac[i]);
	return ORACLE_DONE;
}

/* ---- ARPQuerier ------------------------------------------------------------------------------*/

struct neighbour {
	uint32_t ip;
	uint8_t mac[6];
	bool known;
	uint64_t answered, asked; /* when */
	unsigned int vain;	  /* queries since */
	bool ever;		  /* asked */
};
struct querier {
	uint32_t ip, broadcast;
	uint8_t mac[6];
	uint64_t timeout, poll;
	bool poll_all;
	uint64_t queries, responses;
	uint32_t n;
	struct neighbour list[MAX_NEIGHBOURS];
	bool resolved, alone; /* alone: only devices without neighbours are behind it */
	uint8_t far[6];
};

static void querier_conf(struct oconf *c)
{
	struct querier *q = c->e->priv;
	uint32_t mask = 0xffffffff, ignored;
	const char *text = conf_take(c, "IP", true);

	q->timeout = 300000 * MS;
	q->poll = 60000 * MS;
	if (!text || !parse_prefix(text, &q->ip, &mask))
		conf_fail(c, "IP: '%s'", text ? text : "");
	q->broadcast = mask == 0xffffffff ? 0xffffffff : q->ip | ~mask;
	conf_ether(c, "ETH", true, q->mac);
	conf_time(c, "TIMEOUT", false, &q->timeout);
	conf_time(c, "POLL_TIMEOUT", false, &q->poll);
	conf_ip(c, "BROADCAST", false, &q->broadcast);
	conf_bool(c, "BROADCAST_POLL", false, &q->poll_all);
	conf_num(c, "ENTRY_CAPACITY", false, &ignored);
	conf_num(c, "CAPACITY", false, &ignored);
}

static int frame(struct oracle *o, struct oel *e, struct opkt *p, const uint8_t to[6])
{
	struct querier *q = e->priv;
	uint8_t *b;

	if (!grow_front(p, 14)) {
		o->unsure = true;
		return dropped(o, e, "headroom");
	}
	b = p->bytes + p->off;
	memcpy(b, to, 6);
	memcpy(b + 6, q->mac, 6);
	put16(b + 12, 0x0800);
	p->mac = p->off;
	return 0;
}

static int lost(struct oracle *o, struct oel *e)
{
	e->drops++;
	return dropped(o, e, "no-neighbour");
}

/* Whether another query is due. */
static bool may_ask(const struct oracle *o, const struct querier *q, struct neighbour *n)
{
	uint64_t since = o->now_ns - n->asked;

	if (n->ever && q->timeout && since > q->timeout)
		n->vain = 0;
	return !n->ever || since >= (n->vain < 10 ? 100 : 2000) * MS;
}

static int ask(struct oracle *o, struct oel *e, struct opkt *p, struct neighbour *n,
	       const uint8_t to[6])
{
	static const uint8_t nobody[6];
	struct querier *q = e->priv;

	n->ever = true;
	n->asked = o->now_ns;
	n->vain++;
	q->queries++;
	e->drops++;
	make_arp(p, OP_REQUEST, to, q->mac, q->ip, nobody, n->ip);
	return e->n_out > 1 ? 1 : 0;
}

static struct neighbour *find(struct querier *q, uint32_t ip, bool make)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (q->list[i].ip == ip)
			return &q->list[i];
	if (!make || q->n == MAX_NEIGHBOURS)
		return NULL;
	q->list[q->n] = (struct neighbour){.ip = ip};
	return &q->list[q->n++];
}

static int towards(struct oracle *o, struct oel *e, struct opkt *p)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct querier *q = e->priv;
	uint32_t ip = get32(p->anno + ANNO_DST);
	bool group_like = true;
	struct neighbour *n;
	uint64_t age;

	if (!ip)
		return lost(o, e);
	if (q->alone)
		return frame(o, e, p, q->far);
	/* Who inserts a neighbour says where its packets go. */
	n = find(q, ip, false);
	if (n && n->known && (!q->timeout || o->now_ns - n->answered <= q->timeout))
		group_like = false;
	if (group_like && (ip == 0xffffffff || ip == q->broadcast))
		return frame(o, e, p, all);
	if (group_like && ip >> 28 == 14) {
		uint8_t group[6] = {1, 0, 0x5e, ip >> 16 & 0x7f, (uint8_t)(ip >> 8), (uint8_t)ip};

		return frame(o, e, p, group);
	}
	n = find(q, ip, true);
	if (!n) {
		o->unsure = true;
		return lost(o, e);
	}
	age = o->now_ns - n->answered;
	if (n->known && q->timeout && age > q->timeout) {
		/* Nothing is left of it: one nobody asked for yet. */
		n->known = n->ever = false;
		n->vain = 0;
	}
	if (n->known) {
		if (q->poll && age >= q->poll && may_ask(o, q, n))
			return ask(o, e, p, n, q->poll_all ? all : n->mac);
		return frame(o, e, p, n->mac);
	}
	return may_ask(o, q, n) ? ask(o, e, p, n, all) : lost(o, e);
}

/* Where packets to other addresses go is not for an answer to say. */
static bool is_host(const struct querier *q, uint32_t ip)
{
	return ip && ip != 0xffffffff && ip != q->broadcast && ip >> 28 != 14;
}

static int answer(struct oracle *o, struct oel *e, struct opkt *p)
{
	struct querier *q = e->priv;
	const uint8_t *b = p->bytes + p->off;
	struct neighbour *n;

	/* As in Click, what is too short to be one is no response. */
	q->responses += length(p) >= ARP_LEN;
	if (!q->alone && is_arp(b, length(p), OP_REPLY) && !(b[22] & 1) &&
	    is_host(q, get32(b + 28))) {
		n = find(q, get32(b + 28), true);
		if (n) {
			memcpy(n->mac, b + 22, 6);
			n->known = true;
			n->answered = o->now_ns;
			n->ever = false;
			n->vain = 0;
		} else {
			o->unsure = true;
		}
	}
	return dropped(o, e, "element");
}

static bool alone(struct oracle *o, struct oel *e)
{
	struct querier *q = e->priv;

	if (!q->resolved)
		q->alone = far_end(o, e, q->far);
	q->resolved = true;
	return q->alone;
}

static int querier(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	alone(o, e);
	return port ? answer(o, e, p) : towards(o, e, p);
}

static const char *querier_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"drops", "queries", "responses", "count"};
	struct querier *q = e->priv;
	const uint64_t values[] = {e->drops, q->queries, q->responses, q->n};

	/* Nobody says what becomes of neighbours inserted where there are none. */
	if (i >= (alone(o, e) ? 3 : 4))
		return NULL;
	fprintf(out, "%llu", (unsigned long long)values[i]);
	return names[i];
}

static enum oracle_handled querier_write(struct oracle *o, struct oel *e, const char *handler,
					 const char *value)
{
	struct querier *q = e->priv;
	struct neighbour *n;
	char ip_text[32], mac_text[32];
	uint8_t mac[6];
	uint32_t ip;
	bool insert = !strcmp(handler, "insert");

	if (!strcmp(handler, "clear")) {
		q->n = 0;
		q->queries = q->responses = e->drops = 0;
		return ORACLE_DONE;
	}
	if (!insert && strcmp(handler, "delete"))
		return ORACLE_SILENT;
	if (!conf_word(&value, ip_text, sizeof(ip_text)) || !parse_ip(ip_text, &ip))
		return ORACLE_REFUSED;
	if (insert && (!conf_word(&value, mac_text, sizeof(mac_text)) ||
		       !parse_ether(mac_text, mac) || mac[0] & 1))
		return ORACLE_REFUSED;
	n = find(q, ip, insert);
	if (!n)
		return ORACLE_DONE;
	if (!insert) {
		*n = q->list[--q->n];
		return ORACLE_DONE;
	}
	*n = (struct neighbour){.ip = ip, .known = true, .answered = o->now_ns};
	memcpy(n->mac, mac, 6);
	return ORACLE_DONE;
}

const struct oclass arp_classes[] = {
	{.names = "ARPResponder",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct responder),
	 .configure = responder_conf,
	 .push = respond,
	 .ask = responder_ask},
	{.names = "ARPQuerier",
	 .ports = "2/1-2",
	 .processing = "h",
	 .flow = "xy/x",
	 .priv_size = sizeof(struct querier),
	 .configure = querier_conf,
	 .push = querier,
	 .read = querier_read,
	 .write = querier_write,
	 .remembers = true},
	{0},
};
