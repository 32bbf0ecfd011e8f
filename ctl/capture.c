// SPDX-License-Identifier: GPL-2.0-only
/*
 * `capture`: packets of a link go to who looks at it, as they come. What a client does not take in
 * time is lost, and counted; a client that goes takes the kernel's work along.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"

/* Bytes of packets in one part. */
#define PART_BYTES 65536
/* A part at least this often, in ticks: so a client learns that nothing came. */
#define TICKS 5

/* ---- Packets ---------------------------------------------------------------------------------*/

static void send_packets(struct ctl_conn *c)
{
	struct json_object *o = json_object_new_object(), *list = c->watch.packets;
	size_t n = list ? json_object_array_length(list) : 0;

	json_object_object_add(o, "packets", list ? list : json_object_new_array());
	json_object_object_add(o, "lost",
			       json_object_new_uint64(c->watch.lost + c->watch.peek->lost));
	c->watch.packets = NULL;
	c->watch.packet_bytes = 0;
	/* It reads too slowly. */
	if (ctl_conn_part(c, o))
		c->watch.lost += n;
	json_object_put(o);
}

static void add_packet(struct ctl_conn *c, const struct sl_node_packet *pkt)
{
	uint32_t snap = c->watch.peek->snap;
	struct json_object *p = json_object_new_object();
	char device[16];

	if (!c->watch.packets)
		c->watch.packets = json_object_new_array();
	snprintf(device, sizeof(device), "eth%d", pkt->dev);
	json_object_object_add(p, "time_ns", json_object_new_uint64(pkt->ts_ns));
	json_object_object_add(p, "device", json_object_new_string(device));
	json_object_object_add(p, "dir",
			       json_object_new_string(pkt->dir == SL_PEEK_IN ? "in" : "out"));
	json_object_object_add(p, "len", json_object_new_uint64(pkt->len));
	json_object_object_add(p, "bytes",
			       sl_hex_json(pkt->bytes, pkt->cap < snap ? pkt->cap : snap));
	json_object_array_add(c->watch.packets, p);
	c->watch.packet_bytes += pkt->cap;
	if (c->watch.packet_bytes > PART_BYTES)
		send_packets(c);
}

static void on_packet(void *arg, const struct sl_node_packet *pkt)
{
	struct ctl_server *s = arg;

	for (struct ctl_conn *c = s->conns; c; c = c->next)
		if (c->state == CTL_CONN_WATCHING && c->watch.peek &&
		    sl_node_peek_wants(c->watch.peek, pkt))
			add_packet(c, pkt);
}

/* Takes what the kernel has copied and sends it; connections may go. */
static void drain(struct ctl_server *s, bool tick)
{
	struct ctl_conn *next;

	s->ops->peek_read(s->node, on_packet, s);
	for (struct ctl_conn *c = s->conns; c; c = next) {
		next = c->next;
		if (c->state != CTL_CONN_WATCHING || !c->watch.peek)
			continue;
		if (c->watch.packets || (tick && !ctl_buf_len(&c->out)))
			send_packets(c);
		if (ctl_buf_len(&c->out))
			ctl_conn_update(c);
	}
}

static void on_ring(struct ctl_source *src, uint32_t events)
{
	(void)events;
	drain(src->arg, false);
}

void ctl_capture_sync(struct ctl_server *s)
{
	struct ctl_conn *next;

	for (struct ctl_conn *c = s->conns; c; c = next) {
		next = c->next;
		if (c->state == CTL_CONN_WATCHING && c->watch.peek &&
		    !ctl_serve_sees(s, c->uid, c->watch.peek->tenant))
			ctl_conn_free(c);
	}
}

static void on_tick(struct ctl_timer *t)
{
	struct ctl_server *s = t->arg;

	ctl_timer_set(s->loop, t, SL_NODE_PEEK_MS);
	ctl_capture_sync(s);
	s->ops->peek_refresh(s->node);
	s->peek_ticks = (s->peek_ticks + 1) % TICKS;
	drain(s, !s->peek_ticks);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

void ctl_capture_start(struct ctl_conn *c)
{
	struct ctl_server *s = c->server;

	if (s->peeking)
		return;
	s->peek_source =
		(struct ctl_source){.fd = s->ops->peek_fd(s->node), .fn = on_ring, .arg = s};
	s->peek_timer = (struct ctl_timer){.fn = on_tick, .arg = s};
	/* Without the ring's own word, packets come with the clock. */
	if (s->peek_source.fd >= 0 && ctl_loop_add(s->loop, &s->peek_source, EPOLLIN))
		s->peek_source.fd = -1;
	ctl_timer_set(s->loop, &s->peek_timer, SL_NODE_PEEK_MS);
	s->peeking = true;
}

void ctl_capture_stop(struct ctl_conn *c)
{
	struct ctl_server *s = c->server;
	bool others = false;

	json_object_put(c->watch.packets);
	c->watch.packets = NULL;
	if (!c->watch.peek)
		return;
	for (const struct ctl_conn *o = s->conns; o; o = o->next)
		others |= o != c && o->watch.peek;
	if (!others && s->peeking) {
		if (s->peek_source.fd >= 0)
			ctl_loop_del(s->loop, &s->peek_source);
		ctl_timer_cancel(s->loop, &s->peek_timer);
		s->peeking = false;
	}
	s->ops->peek_end(s->node, c->watch.peek);
	c->watch.peek = NULL;
}

/* Each gets a copy of its own of every packet, as text, which is most of what capturing costs. */
static int check_number(struct ctl_serve *s)
{
	unsigned int most = s->server->limits.captures_per_uid, n = 0;

	for (const struct ctl_conn *c = s->server->conns; c; c = c->next)
		n += c->uid == s->uid && c->watch.peek;
	if (!s->uid || !most || n < most)
		return 0;
	sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "busy",
			      "uid %u looks at packets %u times already", s->uid, n),
		     "end one of them (`sluicectl capture`, `trace`)");
	return -EBUSY;
}

int ctl_serve_capture(struct ctl_serve *s)
{
	const char *link = ctl_arg_text(s->args, "link"), *snap = ctl_arg_text(s->args, "snaplen");
	bool in = ctl_arg_flag(s->args, "in"), out = ctl_arg_flag(s->args, "out");
	unsigned int dirs = (in || !out ? SL_PEEK_IN : 0) | (out || !in ? SL_PEEK_OUT : 0);
	int ret = check_number(s);

	ret = ret ? ret
		  : s->ops->peek(s->node, s->tenant, strchr(link, '/') + 1, dirs,
				 snap ? (uint32_t)strtoul(snap, NULL, 10) : 0, &s->diags,
				 &s->conn->watch.peek);
	s->watching = !ret;
	return ret;
}

/* Packets that enter the graph by any device; what becomes of them is found out elsewhere. */
int ctl_serve_trace(struct ctl_serve *s)
{
	int ret = check_number(s);

	ret = ret ? ret
		  : s->ops->peek(s->node, s->tenant, NULL, SL_PEEK_IN, 0, &s->diags,
				 &s->conn->watch.peek);
	s->watching = !ret;
	return ret;
}

int ctl_serve_snapshot(struct ctl_serve *s)
{
	struct json_object *o = NULL;
	int ret = s->ops->snapshot(s->node, s->tenant, &o, &s->diags);

	return ret ? ret : ctl_serve_result(s, o);
}
