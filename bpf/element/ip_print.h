/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPPrint: show IPv4 packets to whoever reads the graph's events. */
#ifndef SL_ELEMENT_IP_PRINT_H
#define SL_ELEMENT_IP_PRINT_H

#include "verdict.h"
#include "event_bytes.h"
#include "../event.h"
#include "../ipcsum.h"

/* Bytes from the network header on: room for an ICMP error's headers and those it quotes. */
#define IP_PRINT_HEADERS EVENT_BYTES_MAX
#define IP_PRINT_MAX EVENT_BYTES_MAX /* bytes of contents in a record, at most */

struct ip_print_conf {
	__u32 elem;   /* index in the graph */
	__u32 bytes;  /* of contents, at most; a multiple of 8 up to IP_PRINT_MAX */
	__u8 payload; /* contents are what is behind TCP's or UDP's header */
	__u8 timestamp;
};

struct ip_print_rw {
	__u32 active;
};

/* Of `contents`, conf.bytes are sent. */
struct ip_print_record {
	struct sl_event_head head;
	__u32 net_len;	 /* bytes from the network header to the packet's end */
	__u32 transport; /* where the transport header is behind the network header */
	__u32 shown;	 /* bytes from where `contents` begins to the packet's end */
	__u32 aggregate;
	__u32 paint;
	__u32 zero; /* no holes */
	__u8 headers[IP_PRINT_HEADERS];
	__u8 contents[IP_PRINT_MAX];
};

/* Where the payload begins, from the packet's start. */
sl_inline __u32 ip_print_payload(const struct sl_pkt *p, __u32 th)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));

	if (!ip || (ip->frag & sl_htons(SL_IP_OFFMASK)))
		return th;
	if (ip->proto == SL_IPPROTO_UDP)
		return th + sizeof(struct sl_udp);
	if (ip->proto == SL_IPPROTO_TCP) {
		const __u8 *off = sl_abs(p, th + __builtin_offsetof(struct sl_tcp, off), 1);

		return off ? th + ((__u32)(*off >> 4) << 2) : th;
	}
	return th;
}

sl_inline __u32 ip_print_len(const struct sl_pkt *p, __u32 at)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);

	return at < total ? total - at : 0;
}

sl_inline __u32 ip_print(struct sl_pkt *p, const struct ip_print_conf *c, struct ip_print_rw *rw,
			 void *events)
{
	struct ip_print_record r;
	__u32 th;

	if (!rw->active || p->nh == SL_UNSET)
		return SL_OUT(0);
	__builtin_memset(&r, 0, sizeof(r) - sizeof(r.contents));
	__builtin_memset(r.contents, 0, c->bytes);
	r.head.elem = c->elem;
	r.head.len = sl_len(p);
	if (c->timestamp)
		r.head.now_ns = sl_now_ns(p);
	r.net_len = ip_print_len(p, p->nh);
	th = p->th == SL_UNSET ? p->nh + sizeof(struct sl_ip4) : p->th;
	r.transport = th - p->nh;
	r.aggregate = p->anno.aggregate;
	r.paint = p->anno.paint;
	event_bytes(p, p->nh, r.headers, IP_PRINT_HEADERS);
	if (c->bytes) {
		__u32 at = c->payload ? ip_print_payload(p, th) : p->off;

		r.shown = ip_print_len(p, at);
		event_bytes(p, at, r.contents, c->bytes);
	}
	sl_event(events, &r, sizeof(r) - sizeof(r.contents) + c->bytes);
	return SL_OUT(0);
}

#endif
