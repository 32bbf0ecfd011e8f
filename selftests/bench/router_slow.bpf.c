/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path of the hand-written routers: what router.click does beside forwarding. ARP, echo,
 * IP options, redirects and errors. Nobody hurries here: what is looked at is copied to the stack,
 * and sums are made anew. Packets come as segment 0 finds them, unchanged; with an ACL, only those
 * it lets pass.
 */
#include "abi.h"
#include "helpers.h"
#include "net.h"

LICENSE("GPL");

#define HEAD 28 /* H of the graph the tool compiles */
#define L3 (HEAD + SL_ETH_HLEN)
#define MTU 1500
#define LONGEST_ERROR 576
#define OPTIONS_MAX 40

#define ADDR(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define DROP(reason) ((int)SL_ANSWER(SL_V_DROP, SL_R_##reason, SL_ELEM_NONE))

/* Errors. Each has numbers of its own for each device. */
enum error { EXPIRED, NEEDFRAG, PARAMETER, REDIRECT, N_ERRORS };
static __u32 numbers[2 * N_ERRORS];

/* An IP header on the stack; the index of its bytes is masked, which the verifier can follow. */
#define MASK 63
struct header {
	union {
		__u8 b[MASK + 1];
		__u32 w[16];
		struct sl_ip4 ip;
	};
};

/* ---- Copies and sums -------------------------------------------------------------------------*/

sl_inline __u32 bytes_in(struct xdp_md *ctx)
{
	return (__u32)bpf_xdp_get_buff_len(ctx);
}

/* Header of `hlen` bytes, 20 to 60. 0 or -1. */
sl_inline int load_header(struct xdp_md *ctx, __u32 at, struct header *h)
{
	__u32 more;

	for (int i = 0; i < 16; i++)
		h->w[i] = 0;
	if (bpf_xdp_load_bytes(ctx, at, h, sizeof(h->ip)))
		return -1;
	more = (h->b[0] & 15) * 4u;
	if (more <= sizeof(h->ip))
		return 0;
	more -= sizeof(h->ip);
	/* The compiler knows this, and the verifier does not. */
	asm volatile("" : "+r"(more));
	if (!more || more > OPTIONS_MAX)
		return 0;
	return bpf_xdp_load_bytes(ctx, at + sizeof(h->ip), h->b + sizeof(h->ip), more) ? -1 : 0;
}

sl_inline int store_header(struct xdp_md *ctx, __u32 at, struct header *h)
{
	__u32 n = (h->b[0] & 15) * 4u;

	asm volatile("" : "+r"(n));
	if (n < sizeof(h->ip) || n > sizeof(h->ip) + OPTIONS_MAX)
		return -1;
	return bpf_xdp_store_bytes(ctx, at, h, n) ? -1 : 0;
}

/* What is behind the header is 0 in the copy. */
sl_inline __u16 sum_header(const struct header *h)
{
	__u32 sum = 0;

	for (int i = 0; i < 15; i++)
		sum += (h->w[i] & 0xffff) + (h->w[i] >> 16);
	return sl_fold(sum);
}

sl_inline void set_sum(struct header *h)
{
	h->ip.check = 0;
	h->ip.check = (__sum16)~sum_header(h);
}

/* Sum of `len` bytes at `at`. */
sl_global __u32 sum_of(struct xdp_md *ctx, __u32 at, __u32 len)
{
	__u32 word, words = len / 4, rest = len & 3;
	__u64 sum = 0;

	for (__u32 i = 0; i < 400; i++, at += 4) {
		if (i >= words || bpf_xdp_load_bytes(ctx, at, &word, 4))
			break;
		sum += word;
	}
	word = 0;
	if (rest && !bpf_xdp_load_bytes(ctx, at, &word, rest))
		sum += word;
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return sl_fold((__u32)sum);
}

/* ---- Routes ----------------------------------------------------------------------------------*/

/* The router's address on a device. */
sl_inline __be32 own(__u32 dev)
{
	return dev ? sl_htonl(ADDR(10, 0, 1, 254)) : sl_htonl(ADDR(10, 0, 0, 254));
}

/* Which device leads to an address; 2: the router is meant. */
sl_inline __u32 route(__be32 to)
{
	__u32 dst = sl_ntohl(to), host = dst & 0xff;

	if ((dst & 0xfffffe00) == ADDR(10, 0, 0, 0))
		return host == 0 || host >= 254 ? 2 : (dst >> 8) & 1;
	return to == 0xffffffff ? 2 : 1;
}

sl_inline __be32 next_hop(__be32 to)
{
	return (to & sl_htonl(0xfffffe00)) == sl_htonl(ADDR(10, 0, 0, 0))
		       ? to
		       : sl_htonl(ADDR(10, 0, 1, 1));
}

sl_inline int broadcast(__be32 a)
{
	return (a & sl_htonl(0xfffffeff)) == sl_htonl(ADDR(10, 0, 0, 255));
}

/* ---- Sending ---------------------------------------------------------------------------------*/

/* The IP packet at `at` leaves by device `out`. */
sl_inline int send(struct xdp_md *ctx, __u32 at, __u32 out)
{
	__u8 eth[SL_ETH_HLEN] = {
		6, 0, 0, 0, 0, (__u8)(0xa0 + out), 2, 0, 0, 0, 0, (__u8)(0xa0 + out), 8, 0};

	if (bpf_xdp_store_bytes(ctx, at - sizeof(eth), eth, sizeof(eth)))
		return DROP(HEADROOM);
	return (int)SL_ANSWER(SL_V_OUT, out, at - sizeof(eth));
}

/* ---- Options (RFC 791) -----------------------------------------------------------------------*/

#define END 0
#define NOP 1
#define RECORD 7
#define STAMP 68
#define LOOSE 131
#define STRICT 137

struct option {
	__u32 at, type, len;
};

/* The option at `at`: type << 8 | length; 0 behind the last, MALFORMED. A function of its own, and
 * so are those that follow, for the verifier to go through once. */
#define MALFORMED 0x10000u
sl_global __u32 option_at(struct header *h, __u32 at)
{
	__u32 hlen, type, len;

	if (!h)
		return 0;
	hlen = (h->b[0] & 15) * 4u;
	if (at >= hlen)
		return 0;
	type = h->b[at & MASK];
	if (type == END)
		return 0;
	if (type == NOP)
		return NOP << 8 | 1;
	/* One that begins with the header's last byte has its length in what is no header. */
	len = h->b[(at + 1) & MASK];
	return at + 2 > hlen || len < 2 || at + len > hlen ? MALFORMED : type << 8 | len;
}

/* On to the option behind `o`: 1, 0 behind the last, -1 if it is malformed. */
sl_inline int next_option(struct header *h, struct option *o)
{
	__u32 what;

	o->at = (o->at + o->len) & MASK;
	what = option_at(h, o->at);
	if (what == MALFORMED)
		return -1;
	o->type = what >> 8;
	o->len = what & 0xff;
	return !!what;
}

/* Acts on Record Route. 0, or which byte is wrong. */
sl_inline __u32 record(struct header *h, const struct option *o, __be32 mine)
{
	__u32 ptr = h->b[(o->at + 2) & MASK];
	__u8 *a = (__u8 *)&mine;

	if (o->len < 3)
		return 1;
	if (ptr < 4)
		return 2;
	if (ptr > o->len)
		return 0;
	if (ptr + 3 > o->len)
		return 2;
	h->b[(o->at + 2) & MASK] = (__u8)(ptr + 4);
	for (int i = 0; i < 4; i++)
		h->b[(o->at + ptr - 1 + i) & MASK] = a[i];
	return 0;
}

/* And on Timestamp. Milliseconds of a clock that knows no midnight have the high bit set. */
sl_inline __u32 stamp(struct header *h, const struct option *o, __be32 mine)
{
	__u32 ptr = h->b[(o->at + 2) & MASK], flags = h->b[(o->at + 3) & MASK];
	__u32 flag = flags & 15, need = flag ? 8 : 4, at = o->at + ptr - 1, ms;

	if (o->len < 4)
		return 1;
	if (ptr < 5)
		return 2;
	if (flag > 3 || flag == 2)
		return 3;
	if (ptr > o->len) {
		if (flags >= 0xf0)
			return 3;
		h->b[(o->at + 3) & MASK] = (__u8)(flags + 0x10);
		return 0;
	}
	if (ptr + need - 1 > o->len)
		return 2;
	if (flag == 3) {
		__u32 want = 0;

		for (int i = 0; i < 4; i++)
			want |= (__u32)h->b[(at + i) & MASK] << 8 * i;
		if (want != own(0) && want != own(1))
			return 0;
	}
	h->b[(o->at + 2) & MASK] = (__u8)(ptr + need);
	ms = (__u32)(bpf_ktime_get_ns() / 1000000 % 86400000) | 0x80000000u;
	for (int i = 0; i < 4; i++) {
		if (flag == 1)
			h->b[(at + i) & MASK] = (__u8)(mine >> 8 * i);
		h->b[(at + need - 4 + i) & MASK] = (__u8)(ms >> (24 - 8 * i));
	}
	return 0;
}

/* 0, or the offset of the wrong byte. */
sl_global __u32 act(struct header *h, __u32 at, __u32 what, __u32 out)
{
	struct option o = {at & MASK, what >> 8, what & 0xff};
	__u32 bad;

	if (!h)
		return 0;
	bad = o.type == RECORD ? record(h, &o, own(out)) : stamp(h, &o, own(out));
	return bad ? o.at + bad : 0;
}

/* All options of a packet that leaves by `out`. 0, or the offset of the wrong byte. */
sl_global __u32 options(struct header *h, __u32 out)
{
	struct option o = {.at = sizeof(struct sl_ip4)};
	__u32 acted = 0, bad = 0;

	if (!h)
		return 0;
	for (int i = 0; i < OPTIONS_MAX && !bad; i++) {
		int ret = next_option(h, &o);

		if (!ret)
			break;
		if (ret < 0) {
			bad = o.at + 1;
		} else if (acted < 2 && (o.type == RECORD || o.type == STAMP)) {
			acted++;
			bad = act(h, o.at, o.type << 8 | o.len, out);
		}
	}
	if (acted)
		set_sum(h);
	return bad;
}

/* ---- Errors (RFC 792, 1122, 1812) ------------------------------------------------------------*/

sl_inline int unicast(__be32 a)
{
	return a != 0xffffffff && (a & sl_htonl(0xf0000000)) != sl_htonl(0xe0000000);
}

/* Whether there may be a message about this packet; its IP packet has `len` bytes. */
sl_inline int may_answer(struct xdp_md *ctx, const struct header *h, __u32 len)
{
	__u32 hlen = (h->b[0] & 15) * 4u, net = h->ip.src & 0xff;
	__u8 type;

	if ((h->ip.frag & sl_htons(SL_IP_OFFMASK)) || !unicast(h->ip.dst) || !unicast(h->ip.src))
		return 0;
	if (net == 0 || net == 127 || net >= 0xf0)
		return 0;
	if (broadcast(h->ip.src) || broadcast(h->ip.dst))
		return 0;
	if (h->ip.proto != SL_IPPROTO_ICMP)
		return 1;
	if (len < hlen + 4 || bpf_xdp_load_bytes(ctx, L3 + hlen, &type, 1))
		return 0;
	return type != 3 && type != 4 && type != 5 && type != 11 && type != 12;
}

/* A good source route: where it is << 8 | its pointer, or 0. */
sl_global __u32 source_route(struct header *h)
{
	struct option o = {.at = sizeof(struct sl_ip4)};
	__u32 ptr;

	if (!h)
		return 0;
	for (int i = 0; i < OPTIONS_MAX && next_option(h, &o) > 0; i++) {
		if (o.type != LOOSE && o.type != STRICT)
			continue;
		ptr = h->b[(o.at + 2) & MASK];
		if (o.len < 3 || ptr < 4 || ptr % 4 || ptr > o.len + 1 || ptr > OPTIONS_MAX)
			return 0;
		return o.at << 8 | ptr;
	}
	return 0;
}

/* The source route of `n`, which answers `h`: the way here, the last router first. */
sl_global int way_back(struct header *n, struct header *h, __u32 route)
{
	__u32 at = route >> 8, ptr = route & 0xff;

	if (!n || !h)
		return 0;
	n->b[20] = h->b[at & MASK];
	n->b[21] = (__u8)(ptr - 1);
	n->b[22] = 4;
	for (__u32 i = 0; i < 36; i++) {
		__u32 from = at + ptr - 5 - (i & ~3u) + (i & 3);

		if (i + 4 >= ptr)
			break;
		n->b[23 + i] = h->b[from & MASK];
	}
	return 0;
}

/* The packet becomes a message about itself, of four more bytes `rest`; it was to leave by `out`,
 * and is sent to where it came from. */
sl_global int answer(struct xdp_md *ctx, __u32 kind, __u32 out, __u32 rest)
{
	struct header h, n = {};
	__u32 len, at = L3, opt = 0, route_opt, back;
	struct sl_icmp icmp = {};

	if (load_header(ctx, L3, &h))
		return DROP(SHORT);
	len = bytes_in(ctx) - L3;
	if (!may_answer(ctx, &h, len))
		return DROP(NOICMP);
	route_opt = source_route(&h);
	if (route_opt) {
		__u32 o = route_opt >> 8;

		if (kind == REDIRECT)
			return DROP(NOICMP);
		/* A broken one is not taken back. */
		if (kind != PARAMETER || rest < o || rest >= o + h.b[(o + 1) & MASK])
			opt = route_opt & 0xff;
	}
	n.b[0] = (__u8)(0x45 + opt / 4);
	if (opt) {
		way_back(&n, &h, route_opt);
		if (bpf_xdp_adjust_head(ctx, -OPTIONS_MAX))
			return DROP(HEADROOM);
		at += OPTIONS_MAX;
	}
	at -= sizeof(n.ip) + sizeof(icmp) + opt;
	len += sizeof(n.ip) + sizeof(icmp) + opt;
	if (len > LONGEST_ERROR) {
		if (bpf_xdp_adjust_tail(ctx, LONGEST_ERROR - (int)len))
			return DROP(HEADROOM);
		len = LONGEST_ERROR;
	}

	n.ip.len = sl_htons((__u16)len);
	n.ip.id = sl_htons(
		(__u16)(__sync_fetch_and_add(&numbers[(2 * kind + out) & (2 * N_ERRORS - 1)], 1) +
			1));
	/* As it leaves: it takes the same way as what is forwarded, with 200 to begin with. */
	n.ip.ttl = 199;
	n.ip.proto = SL_IPPROTO_ICMP;
	n.ip.dst = h.ip.src;
	back = route(h.ip.src);
	if (back == 2)
		return DROP(ELEMENT);
	n.ip.src = own(back);
	set_sum(&n);
	icmp.type = kind == EXPIRED ? 11 : kind == NEEDFRAG ? 3 : kind == PARAMETER ? 12 : 5;
	icmp.code = kind == NEEDFRAG ? 4 : kind == REDIRECT ? 1 : 0;
	if (kind == PARAMETER)
		rest &= 0xff;
	__builtin_memcpy(icmp.rest, &rest, 4);
	if (store_header(ctx, at, &n) ||
	    bpf_xdp_store_bytes(ctx, at + sizeof(n.ip) + opt, &icmp, sizeof(icmp)))
		return DROP(HEADROOM);
	icmp.check = (__sum16)~sum_of(ctx, at + sizeof(n.ip) + opt, len - sizeof(n.ip) - opt);
	if (bpf_xdp_store_bytes(ctx, at + sizeof(n.ip) + opt, &icmp, sizeof(icmp)))
		return DROP(HEADROOM);
	return send(ctx, at, back);
}

/* ---- Forwarding ------------------------------------------------------------------------------*/

/* What every packet goes through on its way to device `out`. */
sl_global int forward(struct xdp_md *ctx, __u32 out)
{
	struct header h;
	__u32 bad, len;

	if (load_header(ctx, L3, &h))
		return DROP(SHORT);
	len = bytes_in(ctx) - L3;
	bad = options(&h, out);
	if (store_header(ctx, L3, &h))
		return DROP(SHORT);
	if (bad)
		return answer(ctx, PARAMETER, out, bad);
	if (h.ip.ttl <= 1)
		return answer(ctx, EXPIRED, out, 0);
	h.ip.ttl--;
	set_sum(&h);
	if (store_header(ctx, L3, &h))
		return DROP(SHORT);
	if (len > MTU)
		return h.ip.frag & sl_htons(SL_IP_DF) ? answer(ctx, NEEDFRAG, out, sl_htonl(MTU))
						      : DROP(FRAGMENT);
	return send(ctx, L3, out);
}

/* What is for the router itself: it answers echo requests. REPLIED: the reply is there and is to be
 * forwarded like any packet. */
#define REPLIED -1
sl_global int local(struct xdp_md *ctx, __u32 len)
{
	struct sl_icmp icmp;
	struct header h;
	__u32 hlen;
	__be32 src;
	__u8 type;

	if (load_header(ctx, L3, &h))
		return DROP(SHORT);
	hlen = (h.b[0] & 15) * 4u;
	if (h.ip.proto != SL_IPPROTO_ICMP || (h.ip.frag & sl_htons(SL_IP_OFFMASK)) ||
	    len < hlen + 1 || bpf_xdp_load_bytes(ctx, L3 + hlen, &type, 1) || type != 8)
		return DROP(ELEMENT);
	if (len < hlen + sizeof(icmp) || bpf_xdp_load_bytes(ctx, L3 + hlen, &icmp, sizeof(icmp)))
		return DROP(NOMATCH);
	if (h.ip.frag & sl_htons(SL_IP_MF))
		return DROP(FRAGMENT);
	src = h.ip.src;
	h.ip.src = h.ip.dst;
	h.ip.dst = src;
	h.ip.frag = 0;
	h.ip.ttl = 255;
	set_sum(&h);
	icmp.check = sl_sum_update(icmp.check, (__u16)(icmp.type | icmp.code << 8), 0);
	icmp.type = icmp.code = 0;
	if (store_header(ctx, L3, &h) || bpf_xdp_store_bytes(ctx, L3 + hlen, &icmp, sizeof(icmp)))
		return DROP(SHORT);
	/* A message of nothing but zeroes has the other zero for its sum. */
	if (!icmp.check && !sum_of(ctx, L3 + hlen, len - hlen)) {
		icmp.check = 0xffff;
		bpf_xdp_store_bytes(ctx, L3 + hlen, &icmp, sizeof(icmp));
	}
	return route(src) == 2 ? DROP(ELEMENT) : REPLIED;
}

sl_inline int arp(struct xdp_md *ctx, __u32 in)
{
	__u8 mac[SL_ETH_ALEN] = {2, 0, 0, 0, 0, (__u8)(0xa0 + in)};
	struct sl_arp a;
	__be16 op;
	__be32 asked;

	if (bpf_xdp_load_bytes(ctx, L3 + 6, &op, sizeof(op)))
		return DROP(ELEMENT);
	if (op != sl_htons(1))
		return DROP(ELEMENT);
	if (bpf_xdp_load_bytes(ctx, L3, &a, sizeof(a)) || a.hrd != sl_htons(1) ||
	    a.pro != sl_htons(SL_ETH_P_IP) || a.tpa != own(in))
		return DROP(NOMATCH);

	asked = a.tpa;
	a.hln = SL_ETH_ALEN;
	a.pln = 4;
	a.op = sl_htons(2);
	__builtin_memcpy(a.tha, a.sha, SL_ETH_ALEN);
	a.tpa = a.spa;
	__builtin_memcpy(a.sha, mac, SL_ETH_ALEN);
	a.spa = asked;
	if (bpf_xdp_adjust_tail(ctx, (int)(L3 + sizeof(a)) - (int)bytes_in(ctx)) ||
	    bpf_xdp_store_bytes(ctx, HEAD, a.tha, SL_ETH_ALEN) ||
	    bpf_xdp_store_bytes(ctx, HEAD + SL_ETH_ALEN, mac, SL_ETH_ALEN) ||
	    bpf_xdp_store_bytes(ctx, L3, &a, sizeof(a)))
		return DROP(SHORT);
	return (int)SL_ANSWER(SL_V_OUT, in, HEAD);
}

/* ---- Entry points ----------------------------------------------------------------------------*/

SEC("xdp")
int slow(struct xdp_md *ctx)
{
	__u32 in, out, hlen, len, room;
	struct sl_entry entry;
	struct header h;
	__be16 type;

	if (bpf_xdp_load_bytes(ctx, 0, &entry, sizeof(entry)) ||
	    bpf_xdp_load_bytes(ctx, L3 - 2, &type, sizeof(type)))
		return DROP(SHORT);
	in = entry.dev & 1;
	if (type == sl_htons(SL_ETH_P_ARP))
		return arp(ctx, in);
	if (load_header(ctx, L3, &h))
		return DROP(BADHDR);
	hlen = (h.b[0] & 15) * 4u;
	len = sl_ntohs(h.ip.len);
	room = bytes_in(ctx) - L3;
	if (len < hlen || len > room)
		return DROP(BADHDR);
	if (sum_header(&h) != 0xffff)
		return DROP(BADSUM);
	out = route(h.ip.dst);
	if ((h.ip.src == 0 || h.ip.src == 0xffffffff || broadcast(h.ip.src)) &&
	    h.ip.dst != own(0) && h.ip.dst != own(1))
		return DROP(BADADDR);
	if (len < room && bpf_xdp_adjust_tail(ctx, (int)len - (int)room))
		return DROP(BADHDR);
	if (out == 2) {
		int ret = local(ctx, len);

		return ret == REPLIED ? forward(ctx, route(h.ip.src)) : ret;
	}
	/* It could have gone there straight: two of it, one of which tells the sender so. */
	if (out == in)
		return (int)SL_ANSWER(SL_V_COPY, in, HEAD);
	return forward(ctx, out);
}

SEC("xdp")
int resume(struct xdp_md *ctx)
{
	struct sl_entry entry;
	struct header h;

	if (bpf_xdp_load_bytes(ctx, 0, &entry, sizeof(entry)) || load_header(ctx, L3, &h))
		return DROP(SHORT);
	if (entry.flags & SL_ENTRY_BRANCH)
		return answer(ctx, REDIRECT, entry.point & 1, next_hop(h.ip.dst));
	return forward(ctx, entry.point & 1);
}
