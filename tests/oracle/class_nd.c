// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's neighbour discovery (RFC 4861): who asks, and who answers. */
#include "tests/oracle/oracle_int.h"

#define MS 1000000ull
#define GOOD (120000 * MS)
#define POLL (60000 * MS)
#define MAX_NEIGHBOURS 4096
#define MAX_OPTIONS 8

enum { SOLICITATION = 135, ADVERTISEMENT = 136 };
enum { ROUTER = 0x80, SOLICITED = 0x40, OVERRIDE = 0x20 };

/* A message of neighbour discovery, if the frame has a right one of this type in it (RFC 4861
 * 7.1.1, 7.1.2). *mac: the option of type `with`, NULL: there is none. */
static const uint8_t *message(const struct opkt *p, uint8_t type, uint8_t with, const uint8_t **mac)
{
	const uint8_t *b = p->bytes + p->off, *ip = b + 14, *icmp = ip + 40;
	size_t len, i = 24;

	*mac = NULL;
	if (length(p) < 14 + 40 + 24 || get16(b + 12) != 0x86dd || ip[0] >> 4 != 6)
		return NULL;
	len = get16(ip + 4);
	if (len < 24 || len > length(p) - 54 || ip[6] != 58 || ip[7] != 255)
		return NULL;
	if (icmp[0] != type || icmp[1] || icmp[8] == 0xff)
		return NULL;
	for (int n = 0; i < len; n++) {
		size_t size = i + 1 < len ? icmp[i + 1] * 8u : 0;

		if (!size || size > len - i || n == MAX_OPTIONS)
			return NULL;
		if (icmp[i] == with && size == 8)
			*mac = icmp + i + 2;
		i += size;
	}
	/* The sum over a message with its sum in it. */
	return icmp6_sum(ip, len) ? NULL : ip;
}

/* A frame with a message of 32 bytes: one address and one Ethernet address. */
static void make_message(struct opkt *p, uint8_t type, uint8_t flags, const uint8_t dst_mac[6],
			 const uint8_t src_mac[6], const uint8_t src[16], const uint8_t dst[16],
			 const uint8_t target[16])
{
	uint8_t *b;

	fresh_packet(p, 14 + 40 + 32);
	p->mac = p->off;
	p->nh = p->off + 14;
	p->th = p->nh + 40;
	b = p->bytes + p->off;
	memcpy(b, dst_mac, 6);
	memcpy(b + 6, src_mac, 6);
	put16(b + 12, 0x86dd);
	b += 14;
	b[0] = 0x60;
	put16(b + 4, 32);
	b[6] = 58;
	b[7] = 255;
	memcpy(b + 8, src, 16);
	memcpy(b + 24, dst, 16);
	b[40] = type;
	b[44] = flags;
	memcpy(b + 48, target, 16);
	b[64] = type == SOLICITATION ? 1 : 2;
	b[65] = 1;
	memcpy(b + 66, src_mac, 6);
	put16(b + 42, icmp6_sum(b, 32));
}

/* ---- IP6NDAdvertiser -------------------------------------------------------------------------*/

struct advertiser {
	uint32_t n;
	struct {
		uint8_t ip[16], mac[6];
		unsigned int len;
	} list[32];
};

static void advertiser_conf(struct oconf *c)
{
	struct advertiser *a = c->e->priv;
	const char *text;

	while ((text = conf_next(c))) {
		uint32_t first = a->n;
		char word[80];
		uint8_t mac[6] = {0};

		while (conf_word(&text, word, sizeof(word))) {
			if (parse_ether(word, mac))
				continue;
			if (a->n == COUNT(a->list) ||
			    !parse_prefix6(word, a->list[a->n].ip, &a->list[a->n].len)) {
				conf_fail(c, "'%s'?", word);
				return;
			}
			a->n++;
		}
		for (; first < a->n; first++)
			memcpy(a->list[first].mac, mac, 6);
	}
}

static int advertiser(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	static const uint8_t all[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t all_mac[6] = {0x33, 0x33, 0, 0, 0, 1}, nobody[16];
	struct advertiser *a = e->priv;
	const uint8_t *mac, *ip = message(p, SOLICITATION, 1, &mac);
	uint8_t to[6], target[16], src[16], group[16], flags = ROUTER;
	int best = -1;
	bool looks;

	(void)port;
	if (!ip || ip[8] == 0xff)
		return dropped(o, e, "no-match");
	memcpy(target, ip + 48, 16);
	memcpy(src, ip + 8, 16);
	looks = !memcmp(src, nobody, 16);
	memcpy(group, all, 16);
	group[11] = 1;
	group[12] = 0xff;
	memcpy(group + 13, target + 13, 3);
	if (looks && (mac || memcmp(ip + 24, group, 16)))
		return dropped(o, e, "no-match");
	memcpy(to, p->bytes + p->off + 6, 6);
	for (uint32_t i = 0; i < a->n; i++)
		if (in_prefix6(target, a->list[i].ip, a->list[i].len) &&
		    (best < 0 || a->list[i].len >= a->list[best].len))
			best = (int)i;
	if (best < 0 || (!looks && to[0] & 1))
		return dropped(o, e, "no-match");
	if (!looks)
		flags |= SOLICITED;
	if (a->list[best].len == 128)
		flags |= OVERRIDE;
	make_message(p, ADVERTISEMENT, flags, looks ? all_mac : to, a->list[best].mac, target,
		     looks ? all : src, target);
	return 0;
}

/* ---- IP6NDSolicitor --------------------------------------------------------------------------*/

struct neighbour {
	uint8_t ip[16], mac[6];
	bool known, ever;	  /* ever: asked */
	uint64_t answered, asked; /* when */
	unsigned int vain;	  /* solicitations since */
};
struct solicitor {
	uint8_t ip[16], mac[6];
	uint64_t queries, responses;
	uint32_t n;
	struct neighbour list[MAX_NEIGHBOURS];
	bool resolved, alone; /* alone: only devices without neighbours are behind it */
	uint8_t far[6];
};

static void solicitor_conf(struct oconf *c)
{
	struct solicitor *q = c->e->priv;
	const char *text = conf_take(c, "IP", true);

	if (!text || !parse_ip6(text, q->ip))
		conf_fail(c, "IP");
	conf_ether(c, "ETH", true, q->mac);
}

static int frame(struct oracle *o, struct oel *e, struct opkt *p, const uint8_t to[6])
{
	struct solicitor *q = e->priv;
	uint8_t *b;

	if (!grow_front(p, 14)) {
		o->unsure = true;
		return dropped(o, e, "headroom");
	}
	b = p->bytes + p->off;
	memcpy(b, to, 6);
	memcpy(b + 6, q->mac, 6);
	put16(b + 12, 0x86dd);
	p->mac = p->off;
	return 0;
}

static int lost(struct oracle *o, struct oel *e)
{
	e->drops++;
	return dropped(o, e, "no-neighbour");
}

static bool may_ask(const struct oracle *o, struct neighbour *n)
{
	uint64_t since = o->now_ns - n->asked;

	if (n->ever && since > GOOD)
		n->vain = 0;
	return !n->ever || since >= (n->vain < 10 ? 100 : 2000) * MS;
}

/* Everybody who may have the address, or the neighbour itself. */
static int ask(struct oracle *o, struct oel *e, struct opkt *p, struct neighbour *n, bool straight)
{
	struct solicitor *q = e->priv;
	uint8_t group[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
	uint8_t mac[6] = {0x33, 0x33, 0xff};

	memcpy(group + 13, n->ip + 13, 3);
	memcpy(mac + 3, n->ip + 13, 3);
	n->ever = true;
	n->asked = o->now_ns;
	n->vain++;
	q->queries++;
	e->drops++;
	make_message(p, SOLICITATION, 0, straight ? n->mac : mac, q->mac, q->ip,
		     straight ? n->ip : group, n->ip);
	return e->n_out > 1 ? 1 : 0;
}

static struct neighbour *find(struct solicitor *q, const uint8_t ip[16], bool make)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (!memcmp(q->list[i].ip, ip, 16))
			return &q->list[i];
	if (!make || q->n == MAX_NEIGHBOURS)
		return NULL;
	q->list[q->n] = (struct neighbour){0};
	memcpy(q->list[q->n].ip, ip, 16);
	return &q->list[q->n++];
}

static bool is_good(const struct oracle *o, const struct neighbour *n)
{
	return n->known && o->now_ns - n->answered <= GOOD;
}

static int towards(struct oracle *o, struct oel *e, struct opkt *p)
{
	static const uint8_t nobody[16];
	struct solicitor *q = e->priv;
	uint8_t ip[16];
	struct neighbour *n;

	memcpy(ip, p->anno + ANNO_DST, 16);
	if (!memcmp(ip, nobody, 16))
		return lost(o, e);
	if (q->alone)
		return frame(o, e, p, q->far);
	if (ip[0] == 0xff) {
		uint8_t group[6] = {0x33, 0x33, ip[12], ip[13], ip[14], ip[15]};

		return frame(o, e, p, group);
	}
	n = find(q, ip, true);
	if (!n) {
		o->unsure = true;
		return lost(o, e);
	}
	if (is_good(o, n)) {
		if (o->now_ns - n->answered >= POLL && may_ask(o, n))
			return ask(o, e, p, n, true);
		return frame(o, e, p, n->mac);
	}
	return may_ask(o, n) ? ask(o, e, p, n, false) : lost(o, e);
}

/* RFC 4861 7.2.5. What nobody solicited says who it is, and not that packets reach it. */
static void learn(struct oracle *o, struct neighbour *n, uint8_t flags, const uint8_t *mac)
{
	bool good = is_good(o, n), other = mac && memcmp(mac, n->mac, 6);

	if (!good && !mac)
		return;
	if (good && other && !(flags & OVERRIDE))
		return;
	if (good && !other && !(flags & SOLICITED))
		return;
	if (mac)
		memcpy(n->mac, mac, 6);
	n->known = true;
	n->answered = o->now_ns - (flags & SOLICITED ? 0 : POLL);
	n->ever = false;
	n->vain = 0;
}

static int answer(struct oracle *o, struct oel *e, struct opkt *p)
{
	struct solicitor *q = e->priv;
	const uint8_t *mac, *ip = message(p, ADVERTISEMENT, 2, &mac);
	struct neighbour *n = ip ? find(q, ip + 48, false) : NULL;

	q->responses++;
	if (n && !(mac && mac[0] & 1) && !(ip[24] == 0xff && ip[44] & SOLICITED))
		learn(o, n, ip[44], mac);
	return dropped(o, e, "element");
}

static int solicitor(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct solicitor *q = e->priv;

	if (!q->resolved)
		q->alone = far_end(o, e, q->far);
	q->resolved = true;
	return port ? answer(o, e, p) : towards(o, e, p);
}

static const char *solicitor_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"drops", "queries", "responses"};
	struct solicitor *q = e->priv;
	const uint64_t values[] = {e->drops, q->queries, q->responses};

	(void)o;
	if (i >= COUNT(names))
		return NULL;
	fprintf(out, "%llu", (unsigned long long)values[i]);
	return names[i];
}

const struct oclass nd_classes[] = {
	{.names = "IP6NDAdvertiser",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct advertiser),
	 .configure = advertiser_conf,
	 .push = advertiser},
	{.names = "IP6NDSolicitor",
	 .ports = "2/1-2",
	 .processing = "h",
	 .flow = "xy/x",
	 .priv_size = sizeof(struct solicitor),
	 .configure = solicitor_conf,
	 .push = solicitor,
	 .read = solicitor_read,
	 .remembers = true},
	{0},
};
