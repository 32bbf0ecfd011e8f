// SPDX-License-Identifier: GPL-2.0-only
/* IPv4 packets as text: addresses and ports, then what the protocol's header says. */
#include <inttypes.h>
#include <string.h>

#include "bpf/icmp.h"
#include "bpf/net.h"
#include "loader/config/icmp_names.h"
#include "loader/config/ip_line.h"
#include "loader/config/proto_names.h"

/* What is behind the IP header: known bytes, and how many there are in the packet. */
struct rest {
	const uint8_t *at;
	int have, len;
};

static uint32_t be16(const uint8_t *b)
{
	return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t be32(const uint8_t *b)
{
	return be16(b) << 16 | be16(b + 2);
}

static bool first_fragment(const struct sl_ip4 *ip)
{
	return !(ip->frag & sl_htons(SL_IP_OFFMASK));
}

static void address(const uint8_t *b, FILE *out)
{
	fprintf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

/* "SOURCE > DESTINATION: ", with ports if there are any. */
static void ends(const struct sl_ip4 *ip, const uint8_t *ports, FILE *out)
{
	address((const uint8_t *)&ip->src, out);
	if (ports)
		fprintf(out, ".%" PRIu32, be16(ports));
	fputs(" > ", out);
	address((const uint8_t *)&ip->dst, out);
	if (ports)
		fprintf(out, ".%" PRIu32, be16(ports + 2));
	fputs(": ", out);
}

/* Whether the first `n` bytes are in the packet, and known. */
static bool has(const struct rest *r, int n)
{
	return r->len >= n && r->have >= n;
}

static void tcp_line(const struct sl_ip_line *p, const struct sl_ip4 *ip, const struct rest *r,
		     FILE *out)
{
	bool first = first_fragment(ip);
	uint32_t seq, seq_len, flags;

	if (!first || !has(r, 4)) {
		ends(ip, NULL, out);
		fputs(first ? "truncated-tcp" : "tcp", out);
		return;
	}
	ends(ip, r->at, out);
	if (!has(r, 14)) {
		fputs("truncated-tcp", out);
		return;
	}
	flags = r->at[13];
	seq = be32(r->at + 4);
	seq_len = sl_ntohs(ip->len) - (ip->ver_ihl & 0x0fu) * 4 - (r->at[12] >> 4) * 4u;
	seq_len += (flags & 0x02 ? 1 : 0) + (flags & 0x01 ? 1 : 0);
	fprintf(out, "%s%s%s%s%s %" PRIu32 ":%" PRIu32 "(%" PRId32 ",%" PRIu32 ",%u)",
		flags & 0x02 ? "S" : "", flags & 0x01 ? "F" : "", flags & 0x04 ? "R" : "",
		flags & 0x08 ? "P" : "", flags & 0x0f ? "" : ".", seq, seq + seq_len,
		(int32_t)seq_len, p->len, sl_ntohs(ip->len));
	if (flags & 0x10)
		fprintf(out, " ack %" PRIu32, be32(r->at + 8));
	if (has(r, 16))
		fprintf(out, " win %" PRIu32, be16(r->at + 14));
	else
		fputs("truncated-tcp", out);
}

static void udp_line(const struct sl_ip4 *ip, const struct rest *r, FILE *out)
{
	bool first = first_fragment(ip);

	if (!first || !has(r, 4)) {
		ends(ip, NULL, out);
		fputs(first ? "truncated-udp" : "udp", out);
		return;
	}
	ends(ip, r->at, out);
	if (has(r, 8))
		fprintf(out, "udp %" PRIu32, be16(r->at + 4));
	else
		fputs("truncated-udp", out);
}

static void echo(const struct sl_ip_line *p, const struct rest *r, FILE *out)
{
	const uint8_t *b = r->at;

	if (!has(r, 8))
		fputs("truncated-icmp", out);
	else if (p->swap)
		fprintf(out, "(%" PRIu32 ", %" PRIu32 ")", be16(b + 4), be16(b + 6));
	else
		fprintf(out, "(%d, %d)", b[4] | b[5] << 8, b[6] | b[7] << 8);
}

static void code_or_number(uint8_t type, uint8_t code, FILE *out)
{
	const char *name = sl_icmp_code_name(type, code);

	if (name)
		fputs(name, out);
	else
		fprintf(out, "code %u", code);
}

/* The packet that is quoted: where it went, and what could not be reached. */
static void unreachable(const struct rest *r, FILE *out)
{
	const uint8_t *quote = r->at + sizeof(struct sl_icmp);
	const struct sl_ip4 *ip = (const struct sl_ip4 *)quote;
	int hlen, ports = (int)sizeof(struct sl_icmp);
	const char *proto;

	fputs("icmp ", out);
	if (!has(r, (int)(sizeof(struct sl_icmp) + sizeof(*ip)))) {
		fputs("unreachable ", out);
		code_or_number(SL_ICMP_UNREACHABLE, r->at[1], out);
		fputs(" truncated-icmp", out);
		return;
	}
	hlen = (ip->ver_ihl & 0x0f) * 4;
	ports += hlen;
	address((const uint8_t *)&ip->dst, out);
	fputs(" unreachable ", out);
	code_or_number(SL_ICMP_UNREACHABLE, r->at[1], out);
	proto = sl_proto_name(ip->proto);
	switch (r->at[1]) {
	case 2: /* protocol */
		if (proto)
			fprintf(out, " %s", proto);
		else
			fprintf(out, " %u", ip->proto);
		break;
	case 3: /* port */
		if (proto)
			fprintf(out, " %s", proto);
		else
			fprintf(out, " protocol %u", ip->proto);
		if (has(r, ports + 4))
			fprintf(out, "/%" PRIu32, be16(r->at + ports + 2));
		else
			fputs("truncated-icmp", out);
		break;
	case SL_ICMP_UNREACHABLE_NEEDFRAG:
		if (be16(r->at + 6))
			fprintf(out, " (mtu %" PRIu32 ")", be16(r->at + 6));
		break;
	}
}

static void icmp_line(const struct sl_ip_line *p, const struct sl_ip4 *ip, const struct rest *r,
		      FILE *out)
{
	const char *type;

	ends(ip, NULL, out);
	if (!first_fragment(ip)) {
		fputs("icmp", out);
		return;
	}
	if (!has(r, 2)) {
		fputs("truncated-icmp", out);
		return;
	}
	type = sl_icmp_type_name(r->at[0]);
	if (r->at[0] == SL_ICMP_ECHO || r->at[0] == SL_ICMP_ECHO_REPLY) {
		fprintf(out, "icmp %s ", type);
		echo(p, r, out);
	} else if (r->at[0] == SL_ICMP_UNREACHABLE) {
		unreachable(r, out);
	} else {
		if (type)
			fprintf(out, "icmp %s", type);
		else
			fprintf(out, "icmp type %u", r->at[0]);
		if (sl_icmp_code_name(r->at[0], r->at[1]) || r->at[1]) {
			fputc(' ', out);
			code_or_number(r->at[0], r->at[1], out);
		}
	}
}

static void fragment(const struct sl_ip4 *ip, int payload, FILE *out)
{
	uint32_t frag = sl_ntohs(ip->frag);

	if (frag & (SL_IP_MF | SL_IP_OFFMASK))
		fprintf(out, " (frag %u:%d@%" PRIu32 "%s)", sl_ntohs(ip->id), payload,
			(frag & SL_IP_OFFMASK) * 8, frag & SL_IP_MF ? "+" : "");
}

void sl_ip_line_print(const struct sl_ip_line *p, FILE *out)
{
	const struct sl_ip4 *ip = (const struct sl_ip4 *)p->net;
	struct rest r = {0};
	int payload;

	if (p->net_len < sizeof(*ip) || p->have < sizeof(*ip)) {
		fputs("truncated-ip", out);
		return;
	}
	payload = sl_ntohs(ip->len) - (ip->ver_ihl & 0x0f) * 4;
	if (p->transport <= p->have) {
		r.at = p->net + p->transport;
		r.have = (int)(p->have - p->transport);
		r.len = (int)(p->net_len - p->transport);
	}
	if (r.len > payload)
		r.len = payload;
	if (p->id)
		fprintf(out, "id %u ", sl_ntohs(ip->id));
	if (p->ttl)
		fprintf(out, "ttl %u ", ip->ttl);
	if (p->tos)
		fprintf(out, "tos %u ", ip->tos);
	if (p->length)
		fprintf(out, "length %u ", sl_ntohs(ip->len));
	if (ip->proto == SL_IPPROTO_TCP) {
		tcp_line(p, ip, &r, out);
	} else if (ip->proto == SL_IPPROTO_UDP) {
		udp_line(ip, &r, out);
	} else if (ip->proto == SL_IPPROTO_ICMP) {
		icmp_line(p, ip, &r, out);
	} else {
		ends(ip, NULL, out);
		fprintf(out, "ip-proto-%u", ip->proto);
	}
	fragment(ip, payload, out);
}
