// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's IPv4 header classes. */
#include "tests/oracle/oracle_int.h"

/* ---- CheckIPHeader, MarkIPHeader -------------------------------------------------------------*/

struct check {
	uint32_t offset, color;
	bool checksum;
	struct addrs bad, good;
	uint64_t why[6];
};

static void interfaces(struct oconf *c, struct check *k)
{
	const char *text = conf_take(c, "INTERFACES", false);
	uint32_t ip, mask;
	char word[64];

	if (!text)
		return;
	k->bad.list[k->bad.n++] = 0;
	k->bad.list[k->bad.n++] = 0xffffffff;
	while (conf_word(&text, word, sizeof(word))) {
		if (!parse_prefix(word, &ip, &mask) || k->bad.n == 32 || k->good.n == 32) {
			conf_fail(c, "INTERFACES: '%s'", word);
			return;
		}
		k->bad.list[k->bad.n++] = ip | ~mask;
		k->good.list[k->good.n++] = ip;
	}
}

static void lists(struct oconf *c, struct check *k)
{
	const char *text;

	interfaces(c, k);
	text = conf_take(c, "BADSRC", false);
	if (text && !parse_addrs(text, &k->bad))
		conf_fail(c, "BADSRC: '%s'", text);
	text = conf_take(c, "GOODDST", false);
	if (text && !parse_addrs(text, &k->good))
		conf_fail(c, "GOODDST: '%s'", text);
}

static void check_conf(struct oconf *c)
{
	struct check *k = c->e->priv;
	bool ignored;

	k->checksum = strcmp(c->e->elem->class_name, "CheckIPHeader2");
	lists(c, k);
	conf_bool(c, "CHECKSUM", false, &k->checksum);
	conf_bool(c, "VERBOSE", false, &ignored);
	conf_bool(c, "DETAILS", false, &ignored);
	conf_num(c, "OFFSET", true, &k->offset);
}

static int check_ip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	static const char *const reasons[] = {"short",	    "bad-header",   "bad-header",
					      "bad-header", "bad-checksum", "bad-address"};
	struct check *k = e->priv;
	size_t where = p->off + k->offset;
	size_t left = length(p) > k->offset ? length(p) - k->offset : 0;
	uint8_t *ip = at(p, where);
	size_t hlen = (size_t)(ip[0] & 15) * 4, len = get16(ip + 2);
	int bad = -1;

	(void)port;
	if (left < 20)
		bad = 0;
	else if (ip[0] >> 4 != 4)
		bad = 1;
	else if (hlen < 20)
		bad = 2;
	else if (len < hlen || len > left)
		bad = 3;
	else if (k->checksum && ones_sum(ip, hlen, 0) != 0xffff)
		bad = 4;
	else if (has_addr(&k->bad, get32(ip + 12)) && !has_addr(&k->good, get32(ip + 16)))
		bad = 5;
	if (bad >= 0) {
		k->why[bad]++;
		e->drops++;
		return out_or_drop(o, e, 1, reasons[bad]);
	}
	p->nh = where;
	p->th = where + hlen;
	p->end = where + len;
	memcpy(p->anno + ANNO_DST, ip + 16, 4);
	return 0;
}

static void input_combo_conf(struct oconf *c)
{
	struct check *k = c->e->priv;
	const char *text;

	k->checksum = true;
	k->offset = 14;
	conf_num(c, "COLOR", true, &k->color);
	lists(c, k);
	text = conf_take(c, "OLD_BADSRC", true);
	if (!text)
		return;
	k->bad.list[k->bad.n++] = 0;
	k->bad.list[k->bad.n++] = 0xffffffff;
	if (!parse_addrs(text, &k->bad))
		conf_fail(c, "BADSRC: '%s'", text);
}

static int input_combo(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct check *k = e->priv;
	int out = check_ip(o, e, port, p);

	if (out)
		return out;
	p->off = p->nh;
	p->anno[ANNO_PAINT] = (uint8_t)k->color;
	return 0;
}

/* As its manual has it; and the names of what is inside. */
static const char output_combo[] =
	"COLOR $c, IPADDR $a, MTU $m | color :: PaintTee($c); options :: IPGWOptions($a);"
	"ttl :: DecIPTTL; length :: CheckLength($m);"
	"input -> broadcasts :: DropBroadcasts -> color -> options -> src :: FixIPSrc($a) -> ttl"
	" -> length -> output; color [1] -> [1] output; options [1] -> [2] output;"
	"ttl [1] -> [3] output; length [1] -> [4] output;";

static const char *check_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"tiny packet",	    "bad IP version",
					    "bad IP header length", "bad IP length",
					    "bad IP checksum",	    "bad source address"};
	struct check *k = e->priv;

	if (i != 1) {
		(void)o;
		return READ_ONE(i, "drops", out, "%llu", e->drops);
	}
	for (size_t n = 0; n < 6; n++)
		fprintf(out, "%llu\t%s\n", (unsigned long long)k->why[n], names[n]);
	return "drop_details";
}

static void offset_conf(struct oconf *c)
{
	conf_num(c, "OFFSET", true, c->e->priv);
}

static int mark_ip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	p->nh = p->off + *(uint32_t *)e->priv;
	p->th = from(p, p->nh) ? p->nh + (size_t)(p->bytes[p->nh] & 15) * 4 : UNSET;
	return 0;
}

/* ---- Changing headers ------------------------------------------------------------------------*/

struct ttl {
	bool active, multicast;
};

static void ttl_conf(struct oconf *c)
{
	struct ttl *t = c->e->priv;

	t->active = t->multicast = true;
	conf_bool(c, "ACTIVE", false, &t->active);
	conf_bool(c, "MULTICAST", false, &t->multicast);
}

static int dec_ttl(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct ttl *t = e->priv;
	uint8_t *ip = at(p, p->nh);
	uint16_t was;

	(void)port;
	if (!t->active)
		return 0;
	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	if (!t->multicast && ip[16] >> 4 == 14)
		return 0;
	if (ip[8] <= 1) {
		e->drops++;
		return out_or_drop(o, e, 1, "ttl");
	}
	was = get16(ip + 8);
	ip[8]--;
	change_sum(ip + 10, was, get16(ip + 8));
	return 0;
}

static void address_conf(struct oconf *c)
{
	conf_ip(c, "IPADDR", true, c->e->priv);
}

static int fix_ip_src(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh);

	(void)port;
	if (!p->anno[ANNO_FIX] || p->nh == UNSET)
		return 0;
	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	if ((ip[0] & 15) < 5 || (size_t)(ip[0] & 15) * 4 > from(p, p->nh))
		return dropped(o, e, "bad-header");
	put32(ip + 12, *(uint32_t *)e->priv);
	ip_sum(ip, (size_t)(ip[0] & 15) * 4);
	p->anno[ANNO_FIX] = 0;
	return 0;
}

static int set_ip_checksum(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	size_t where = p->nh == UNSET ? p->off : p->nh;
	uint8_t *ip = at(p, where);
	const char *why = NULL;

	(void)port;
	if (from(p, where) < 20)
		why = "short";
	else if ((ip[0] & 15) < 5 || (size_t)(ip[0] & 15) * 4 > from(p, where))
		why = "bad-header";
	if (why) {
		e->drops++;
		return dropped(o, e, why);
	}
	ip_sum(ip, (size_t)(ip[0] & 15) * 4);
	return 0;
}

/* ---- Annotations -----------------------------------------------------------------------------*/

struct address {
	uint32_t ip;
	unsigned int anno;
	bool header;	 /* GetIPAddress: of the IP header */
	uint32_t offset; /* from the packet's or the header's start */
};

static void set_address_conf(struct oconf *c)
{
	struct address *a = c->e->priv;

	conf_ip(c, "IPADDR", true, &a->ip);
	conf_anno(c, "ANNO", true, &a->anno);
}

static int set_address(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct address *a = e->priv;

	(void)o;
	(void)port;
	put32(p->anno + a->anno, a->ip);
	return 0;
}

static void get_address_conf(struct oconf *c)
{
	struct address *a = c->e->priv;
	const char *field = conf_take(c, "IP", false);

	if (field) {
		a->header = true;
		a->offset = strcmp(field, "src") ? 16 : 12;
	} else {
		conf_num(c, "OFFSET", true, &a->offset);
	}
	conf_anno(c, "ANNO", true, &a->anno);
}

static int get_address(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct address *a = e->priv;
	size_t where = a->header ? p->nh : p->off;

	(void)port;
	if (from(p, where) < (uint64_t)a->offset + 4)
		return dropped(o, e, "short");
	memcpy(p->anno + a->anno, p->bytes + where + a->offset, 4);
	return 0;
}

/* ---- IPFragmenter ----------------------------------------------------------------------------*/

struct fragmenter {
	uint32_t mtu;
	bool honor_df;
	uint64_t uncut;
};

static void fragmenter_conf(struct oconf *c)
{
	struct fragmenter *f = c->e->priv;

	f->honor_df = true;
	conf_num(c, "MTU", true, &f->mtu);
	conf_bool(c, "HONOR_DF", true, &f->honor_df);
}

static int fragmenter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct fragmenter *f = e->priv;
	uint8_t *ip = at(p, p->nh);
	size_t len = p->nh == UNSET ? length(p) : from(p, p->nh);

	(void)port;
	/* Of what has no header nobody says; what is short enough passes. */
	if (len <= f->mtu)
		return 0;
	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	if ((f->honor_df && ip[6] & 0x40) || f->mtu < (uint32_t)(ip[0] & 15) * 4 + 8) {
		e->drops++;
		return out_or_drop(o, e, 1, "fragment");
	}
	f->uncut++;
	return dropped(o, e, "fragment");
}

static const char *fragmenter_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	if (i == 1) {
		fprintf(out, "%llu", (unsigned long long)((struct fragmenter *)e->priv)->uncut);
		return "uncut";
	}
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

const struct oclass ip_classes[] = {
	{.names = "CheckIPHeader CheckIPHeader2",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct check),
	 .configure = check_conf,
	 .push = check_ip,
	 .read = check_read},
	{.names = "IPInputCombo",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct check),
	 .configure = input_combo_conf,
	 .push = input_combo,
	 .read = check_read},
	{.names = "IPOutputCombo", .ports = "1/5", .processing = "h", .body = output_combo},
	{.names = "MarkIPHeader",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = offset_conf,
	 .push = mark_ip},
	{.names = "DecIPTTL",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct ttl),
	 .configure = ttl_conf,
	 .push = dec_ttl,
	 .read = read_drops},
	{.names = "FixIPSrc",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = address_conf,
	 .push = fix_ip_src},
	{.names = "SetIPChecksum",
	 .ports = "1/1",
	 .processing = "a",
	 .push = set_ip_checksum,
	 .read = read_drops},
	{.names = "SetIPAddress",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct address),
	 .configure = set_address_conf,
	 .push = set_address},
	{.names = "GetIPAddress",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct address),
	 .configure = get_address_conf,
	 .push = get_address},
	{.names = "IPFragmenter",
	 .ports = "1/1-2",
	 .processing = "h",
	 .priv_size = sizeof(struct fragmenter),
	 .configure = fragmenter_conf,
	 .push = fragmenter,
	 .read = fragmenter_read},
	{0},
};
