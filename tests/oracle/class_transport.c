// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's TCP and UDP checksums (RFC 768, RFC 793), and the TOS byte (RFC 2474, RFC 3168). */
#include "tests/oracle/oracle_int.h"

enum { TCP = 6, UDP = 17 };

/* Where the packet goes in the end: the last address of a source route that is not done yet. */
static uint32_t final_dst(const uint8_t *ip)
{
	size_t hlen = (size_t)(ip[0] & 15) * 4;

	for (size_t i = 20; i < hlen && ip[i];) {
		if (ip[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= hlen || ip[i + 1] < 2 || i + ip[i + 1] > hlen)
			break;
		if (ip[i] == 131 || ip[i] == 137) {
			if (ip[i + 1] >= 7 && ip[i + 2] <= ip[i + 1])
				return get32(ip + i + ip[i + 1] - 4);
			break;
		}
		i += ip[i + 1];
	}
	return get32(ip + 16);
}

/* The sum of `len` bytes from the transport header on, with the pseudo header. */
static uint16_t transport_sum(struct opkt *p, size_t len)
{
	const uint8_t *ip = at(p, p->nh);
	uint8_t pseudo[12];

	memcpy(pseudo, ip + 12, 4);
	put32(pseudo + 4, final_dst(ip));
	put16(pseudo + 8, ip[9]);
	put16(pseudo + 10, (uint32_t)len);
	return ones_sum(at(p, p->th), len, ones_sum(pseudo, 12, 0));
}

/* How long the segment is by the IP header, if it is all there; otherwise 0. */
static size_t segment(struct opkt *p)
{
	const uint8_t *ip = at(p, p->nh);
	size_t hlen = (size_t)(ip[0] & 15) * 4, len = get16(ip + 2);

	return len < hlen || len - hlen > from(p, p->th) ? 0 : len - hlen;
}

struct check {
	uint64_t why[3];
};

static void check_conf(struct oconf *c)
{
	bool ignored;

	conf_bool(c, "VERBOSE", false, &ignored);
	conf_bool(c, "DETAILS", false, &ignored);
}

static int bad(struct oracle *o, struct oel *e, int why, const char *reason)
{
	((struct check *)e->priv)->why[why]++;
	e->drops++;
	return out_or_drop(o, e, 1, reason);
}

static int check_tcp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const uint8_t *ip = at(p, p->nh), *tcp = at(p, p->th);
	size_t len, hlen = (size_t)(tcp[12] >> 4) * 4;

	(void)port;
	if (from(p, p->nh) < 20 || ip[9] != TCP)
		return bad(o, e, 0, "no-match");
	if (from(p, p->th) < 20)
		return bad(o, e, 1, "short");
	len = segment(p);
	if (len < 20 || hlen < 20 || hlen > len)
		return bad(o, e, 1, "bad-header");
	if (transport_sum(p, len) != 0xffff)
		return bad(o, e, 2, "bad-checksum");
	return 0;
}

static int check_udp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const uint8_t *ip = at(p, p->nh), *udp = at(p, p->th);
	size_t len = get16(udp + 4);

	(void)port;
	if (from(p, p->nh) < 20 || ip[9] != UDP)
		return bad(o, e, 0, "no-match");
	if (from(p, p->th) < 8)
		return bad(o, e, 1, "short");
	if (len < 8 || len > from(p, p->th))
		return bad(o, e, 1, "bad-header");
	if (get16(udp + 6) && transport_sum(p, len) != 0xffff)
		return bad(o, e, 2, "bad-checksum");
	return 0;
}

static const char *details(struct oel *e, size_t i, const char *what, FILE *out)
{
	struct check *k = e->priv;

	if (i != 1)
		return READ_ONE(i, "drops", out, "%llu", e->drops);
	fprintf(out, "%llu\tnot %s\n%llu\tbad packet length\n%llu\tbad %s checksum\n",
		(unsigned long long)k->why[0], what, (unsigned long long)k->why[1],
		(unsigned long long)k->why[2], what);
	return "drop_details";
}

static const char *tcp_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return details(e, i, "TCP", out);
}

static const char *udp_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return details(e, i, "UDP", out);
}

/* ---- Setting them ----------------------------------------------------------------------------*/

static void fixoff_conf(struct oconf *c)
{
	conf_bool(c, "FIXOFF", true, c->e->priv);
}

static int set_tcp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh), *tcp = at(p, p->th);
	const char *why = NULL;
	size_t len = 0;

	(void)port;
	if (from(p, p->nh) < 20 || from(p, p->th) < 20)
		why = "short";
	else if ((len = segment(p)) < 20)
		why = "bad-header";
	if (why) {
		e->drops++;
		return dropped(o, e, why);
	}
	if (*(bool *)e->priv) {
		if (tcp[12] >> 4 < 5)
			tcp[12] = (uint8_t)(0x50 | (tcp[12] & 15));
		else if ((size_t)(tcp[12] >> 4) * 4 > len && !(get16(ip + 6) & 0x3fff))
			tcp[12] = (uint8_t)((len / 4) << 4 | (tcp[12] & 15));
	}
	put16(tcp + 16, 0);
	put16(tcp + 16, (uint16_t)~transport_sum(p, len));
	return 0;
}

static int set_udp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh), *udp = at(p, p->th);
	const char *why = NULL;
	size_t len = get16(udp + 4);
	uint16_t sum;

	(void)port;
	if (from(p, p->nh) < 20)
		why = "short";
	else if (get16(ip + 6) & 0x3fff)
		why = "fragment";
	else if (from(p, p->th) < 8)
		why = "short";
	else if (len < 8 || len > from(p, p->th))
		why = "bad-header";
	if (why) {
		e->drops++;
		return out_or_drop(o, e, 1, why);
	}
	put16(udp + 6, 0);
	sum = (uint16_t)~transport_sum(p, len);
	put16(udp + 6, sum ? sum : 0xffff);
	return 0;
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

/* ---- The TOS byte ----------------------------------------------------------------------------*/

static void dscp_conf(struct oconf *c)
{
	conf_num(c, "DSCP", true, c->e->priv);
}

static void ecn_conf(struct oconf *c)
{
	conf_num(c, "ECN", true, c->e->priv);
}

static void force_conf(struct oconf *c)
{
	conf_bool(c, "FORCE", true, c->e->priv);
}

static int set_tos(struct oracle *o, struct oel *e, struct opkt *p, uint8_t keep, uint8_t bits)
{
	uint8_t *ip = at(p, p->nh);
	uint16_t was;

	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	was = get16(ip);
	ip[1] = (uint8_t)((ip[1] & keep) | bits);
	if (get16(ip) != was)
		change_sum(ip + 10, was, get16(ip));
	return 0;
}

static int set_dscp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	return set_tos(o, e, p, 3, (uint8_t)(*(uint32_t *)e->priv << 2));
}

static int set_ecn(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	return set_tos(o, e, p, 0xfc, (uint8_t) * (uint32_t *)e->priv);
}

static int mark_ce(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (from(p, p->nh) >= 20 && !(at(p, p->nh)[1] & 3) && !*(bool *)e->priv) {
		e->drops++;
		return dropped(o, e, "element");
	}
	return set_tos(o, e, p, 0xfc, 3);
}

const struct oclass transport_classes[] = {
	{.names = "CheckTCPHeader",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct check),
	 .configure = check_conf,
	 .push = check_tcp,
	 .read = tcp_read},
	{.names = "CheckUDPHeader",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct check),
	 .configure = check_conf,
	 .push = check_udp,
	 .read = udp_read},
	{.names = "SetTCPChecksum",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(bool),
	 .configure = fixoff_conf,
	 .push = set_tcp,
	 .read = read_drops},
	{.names = "SetUDPChecksum",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .push = set_udp,
	 .read = read_drops},
	{.names = "SetIPDSCP",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = dscp_conf,
	 .push = set_dscp},
	{.names = "SetIPECN",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = ecn_conf,
	 .push = set_ecn},
	{.names = "MarkIPCE",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(bool),
	 .configure = force_conf,
	 .push = mark_ce,
	 .read = read_drops},
	{0},
};
