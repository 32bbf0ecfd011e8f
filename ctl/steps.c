// SPDX-License-Identifier: GPL-2.0-only
/* A packet's way through a graph: steps as the native build tells them, and rows made of them. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/pkt.h"
#include "bpf/element/verdict.h"
#include "ctl/steps.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"

/* Bytes of a packet that are compared. */
#define SHOWN 512
/* Changes of one step that are told one by one. */
#define MAX_RANGES 8
/* Room in front of a packet (XDP's headroom) and behind its start. */
#define FRONT 512
/* Copies of copies; a packet has no more credit for them. */
#define MAX_COPIED SL_COPY_CREDIT
#define ROOM (FRONT + SHOWN + 512)

/* ---- The telling side ------------------------------------------------------------------------*/

static void put(struct json_object *o, const char *key, int64_t v)
{
	json_object_object_add(o, key, json_object_new_int64(v));
}

void ctl_steps_take(void *list, const struct sl_native_step *s)
{
	struct json_object *o = json_object_new_object();

	json_object_array_add(list, o);
	put(o, "elem", s->elem);
	put(o, "r", s->r);
	put(o, "off", s->off);
	put(o, "mac", s->mac);
	put(o, "nh", s->nh);
	put(o, "th", s->th);
	put(o, "type", s->type);
	put(o, "start", s->start);
	put(o, "len", (int64_t)s->len);
	json_object_object_add(o, "anno", sl_hex_json(s->anno, sizeof(struct sl_anno)));
	json_object_object_add(o, "bytes", sl_hex_json(s->bytes, s->len < SHOWN ? s->len : SHOWN));
}

/* ---- The reading side ------------------------------------------------------------------------*/

/* A packet between two elements. Bytes stand at their places from where the packet began first. */
struct state {
	uint32_t elem, r;
	uint32_t off, mac, nh, th, type;
	long start;
	size_t len, shown;
	union {
		struct sl_anno anno;
		uint8_t anno_bytes[sizeof(struct sl_anno)];
	};
	uint8_t bytes[ROOM];
};

static int64_t get(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : -1;
}

/* `moved`: where the packet began when this run of it did. */
static int read_state(const struct sl_program *prog, struct json_object *o, long moved,
		      struct state *s)
{
	struct json_object *v;

	memset(s, 0, sizeof(*s));
	s->elem = (uint32_t)get(o, "elem");
	s->r = (uint32_t)get(o, "r");
	s->off = (uint32_t)get(o, "off");
	s->mac = (uint32_t)get(o, "mac");
	s->nh = (uint32_t)get(o, "nh");
	s->th = (uint32_t)get(o, "th");
	s->type = (uint32_t)get(o, "type");
	s->start = (long)get(o, "start") + moved;
	s->len = (size_t)get(o, "len");
	if (s->elem >= prog->graph->n_elems || s->start < -FRONT ||
	    s->start > ROOM - FRONT - SHOWN || s->len > 65536 ||
	    !json_object_object_get_ex(o, "anno", &v) ||
	    sl_hex_read(v, s->anno_bytes, sizeof(s->anno_bytes)) ||
	    !json_object_object_get_ex(o, "bytes", &v))
		return -EPROTO;
	s->shown = sl_hex_len(v);
	return s->shown <= SHOWN && !sl_hex_read(v, s->bytes + FRONT + s->start, s->shown)
		       ? 0
		       : -EPROTO;
}

/* The packet in front of the first element. */
static void first_state(const struct sl_program *prog, const struct ctl_steps_packet *p,
			struct state *s)
{
	size_t room = SHOWN > prog->devices.head ? SHOWN - prog->devices.head : 0;

	memset(s, 0, sizeof(*s));
	s->elem = SL_ELEM_NONE;
	s->off = prog->devices.head;
	s->mac = s->nh = s->th = SL_UNSET;
	s->len = prog->devices.head + p->len;
	s->shown = prog->devices.head + (p->len < room ? p->len : room);
	memcpy(s->bytes + FRONT + prog->devices.head, p->frame, p->len < room ? p->len : room);
}

/* ---- What changed ----------------------------------------------------------------------------*/

static void __attribute__((format(printf, 2, 3)))
say(struct json_object *list, const char *fmt, ...)
{
	_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	else
		json_object_array_add(list, json_object_new_string(text));
}

/* Offsets are told from where the frame began: what is there at H. */
static void say_offset(struct json_object *list, const char *what, uint32_t from, long from_start,
		       uint32_t to, long to_start, long head)
{
	bool was = from != SL_UNSET, is = to != SL_UNSET;

	if (was == is && (!is || from_start + (long)from == to_start + (long)to))
		return;
	if (is)
		say(list, "%s at %ld", what, to_start + (long)to - head);
	else
		say(list, "%s unset", what);
}

static const char *hex(const uint8_t *b, size_t n, char *buf)
{
	for (size_t i = 0; i < n; i++)
		sprintf(buf + 2 * i, "%02x", b[i]);
	buf[2 * n] = 0;
	return buf;
}

struct field {
	uint32_t at, len;
	const char *name;
};

static const struct field ether_fields[] = {
	{0, 6, "ethernet destination"}, {6, 6, "ethernet source"}, {12, 2, "ethernet type"}, {0}};
static const struct field ip4_fields[] = {{0, 1, "ip version, header length"},
					  {1, 1, "ip tos"},
					  {2, 2, "ip length"},
					  {4, 2, "ip id"},
					  {6, 2, "ip fragment"},
					  {8, 1, "ip ttl"},
					  {9, 1, "ip protocol"},
					  {10, 2, "ip checksum"},
					  {12, 4, "ip source"},
					  {16, 4, "ip destination"},
					  {0}};
static const struct field ip6_fields[] = {{0, 4, "ip6 version, class, flow"},
					  {4, 2, "ip6 length"},
					  {6, 1, "ip6 next header"},
					  {7, 1, "ip6 hop limit"},
					  {8, 16, "ip6 source"},
					  {24, 16, "ip6 destination"},
					  {0}};
static const struct field anno_fields[] = {{0, 16, "destination"},
					   {16, 1, "paint"},
					   {17, 1, "parameter problem"},
					   {18, 1, "annotation 18"},
					   {19, 1, "fix_ip_src"},
					   {20, 4, "aggregate"},
					   {24, 4, "extra packets"},
					   {28, 4, "extra length"},
					   {32, 8, "first timestamp"},
					   {40, 8, "annotation 40"},
					   {0}};

/* The header field at `pos`, and where it begins; NULL: none that has a name. */
static const struct field *field_at(const struct state *s, long pos, long head, long *begin)
{
	const struct field *f = NULL;
	long base = 0;

	if (s->nh != SL_UNSET && pos >= s->start + (long)s->nh &&
	    pos < s->start + (long)s->nh + 40) {
		base = s->start + (long)s->nh;
		switch (s->bytes[FRONT + base] >> 4) {
		case 4:
			f = ip4_fields;
			break;
		case 6:
			f = ip6_fields;
			break;
		}
	} else {
		base = s->mac != SL_UNSET ? s->start + (long)s->mac : head;
		f = pos >= base && pos < base + 14 ? ether_fields : NULL;
	}
	for (; f && f->len; f++) {
		*begin = base + f->at;
		if (pos >= *begin && pos < *begin + f->len)
			return f;
	}
	return NULL;
}

static void say_bytes(struct json_object *list, const struct state *a, const struct state *b,
		      long head)
{
	/* What both have, and is still the packet's. */
	long from = a->start > b->start ? a->start : b->start, to, at;
	long a_end = a->start + (long)a->shown, b_end = b->start + (long)b->shown;
	int n = 0;

	to = a_end < b_end ? a_end : b_end;
	if (from < head && b->start <= head)
		from = head;
	for (at = from; at < to; at++) {
		char was[80], is[80];
		long begin = at, end = at + 1;
		const struct field *f;

		if (a->bytes[FRONT + at] == b->bytes[FRONT + at])
			continue;
		f = field_at(b, at, head, &begin);
		if (f) {
			end = begin + f->len;
		} else {
			begin = at;
			while (end < to && end < at + 16 &&
			       a->bytes[FRONT + end] != b->bytes[FRONT + end])
				end++;
		}
		if (++n > MAX_RANGES) {
			say(list, "more bytes");
			return;
		}
		hex(a->bytes + FRONT + begin, (size_t)(end - begin), was);
		hex(b->bytes + FRONT + begin, (size_t)(end - begin), is);
		if (f)
			say(list, "%s %s -> %s", f->name, was, is);
		else
			say(list, "bytes at %ld: %s -> %s", begin - head, was, is);
		at = end - 1;
	}
}

static void say_annos(struct json_object *list, const struct state *a, const struct state *b)
{
	for (const struct field *f = anno_fields; f->len; f++) {
		const uint8_t *x = a->anno_bytes + f->at, *y = b->anno_bytes + f->at;
		/* A destination is an IPv4 address unless it is longer. */
		bool ip4 = !f->at && !memcmp(x + 4, y + 4, 12);
		char was[40], is[40];

		if (!memcmp(x, y, f->len))
			continue;
		if (ip4)
			say(list, "destination %u.%u.%u.%u -> %u.%u.%u.%u", x[0], x[1], x[2], x[3],
			    y[0], y[1], y[2], y[3]);
		else if (f->len == 1)
			say(list, "%s %u -> %u", f->name, *x, *y);
		else
			say(list, "%s %s -> %s", f->name, hex(x, f->len, was), hex(y, f->len, is));
	}
}

static struct json_object *changes(const struct sl_program *prog, const struct state *a,
				   const struct state *b)
{
	static const char *const types[] = {"host", "broadcast", "multicast", "other host"};
	struct json_object *list = json_object_new_array();
	long head = prog->devices.head;

	say_offset(list, "data", a->off, a->start, b->off, b->start, head);
	say_offset(list, "mac header", a->mac, a->start, b->mac, b->start, head);
	say_offset(list, "network header", a->nh, a->start, b->nh, b->start, head);
	say_offset(list, "transport header", a->th, a->start, b->th, b->start, head);
	if (a->type != b->type)
		say(list, "packet type %s", b->type < 4 ? types[b->type] : "unknown");
	say_annos(list, a, b);
	if (a->start + (long)a->len != b->start + (long)b->len)
		say(list, "%ld bytes %s at the end",
		    labs(b->start + (long)b->len - a->start - (long)a->len),
		    b->start + (long)b->len > a->start + (long)a->len ? "more" : "less");
	say_bytes(list, a, b, head);
	return list;
}

/* ---- Where it came in, and where it went -----------------------------------------------------*/

static const char *const reason_names[] = {
#define X(sym, name, text) name,
	SL_REASONS(X)
#undef X
};

static const struct sl_conn *conn_of(const struct sl_graph *g, uint32_t from, uint32_t port)
{
	for (size_t i = 0; i < g->n_conns; i++)
		if (g->conns[i].from == from && g->conns[i].from_port == port)
			return &g->conns[i];
	return NULL;
}

static struct json_object *row(const struct sl_program *prog, const struct ctl_steps_packet *p,
			       uint32_t elem, long in, struct json_object *out,
			       struct json_object *list)
{
	const struct sl_elem *e = &prog->graph->elems[elem];
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "packet", json_object_new_uint64(p->number));
	json_object_object_add(o, "element", json_object_new_string(e->name));
	json_object_object_add(o, "class", json_object_new_string(e->class_name));
	json_object_object_add(o, "in", in >= 0 ? json_object_new_int64(in) : NULL);
	json_object_object_add(o, "out", out);
	json_object_object_add(o, "changes", list);
	return o;
}

/* The outputs of a copy: all `n` but `except`. */
static struct json_object *copied_by(uint32_t n, uint32_t except)
{
	char text[256 * 8];
	size_t len = 0;
	uint32_t last = except == n - 1 ? n - 2 : n - 1;

	for (uint32_t o = 0; o < n && o < 256; o++)
		if (o != except)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
						!len	    ? ""
						: o == last ? " and "
							    : ", ",
						o);
	return json_object_new_string_len(text, (int)len);
}

static struct json_object *out_of(const struct sl_program *prog, const struct state *s)
{
	const struct sl_graph *g = prog->graph;
	uint32_t port = s->r & 0xff, dev = s->r >> 8;
	char text[64];

	if (port == (SL_DONE_OUT(0) & 0xff)) {
		snprintf(text, sizeof(text), "sent by %s",
			 dev < prog->devices.n ? prog->devices.list[dev].name : "no device");
	} else if (s->r == SL_DONE_HOST) {
		return json_object_new_string("to the host");
	} else if (SL_COPIES(s->r)) {
		return copied_by(g->elems[s->elem].n_out, dev);
	} else if (s->r == SL_DONE_KEPT) {
		return json_object_new_string("ended");
	} else if (port < g->elems[s->elem].n_out && conn_of(g, s->elem, port)) {
		return json_object_new_int64(port);
	} else {
		uint32_t reason = s->r >> 8 ? s->r >> 8 : SL_R_UNCONNECTED;

		snprintf(text, sizeof(text), "dropped: %s",
			 reason < SL_R_MAX ? reason_names[reason] : "unknown");
	}
	return json_object_new_string(text);
}

/* The port by which the packet came to `to` from output `port` of `from`; elements in between that
 * have no code have rows of their own. -1: not this way. */
static long walk(const struct sl_program *prog, const struct ctl_steps_packet *p, uint32_t from,
		 uint32_t port, uint32_t to, struct json_object *rows)
{
	const struct sl_graph *g = prog->graph;
	size_t before = json_object_array_length(rows);

	/* No way is longer than the graph. */
	for (size_t i = 0; i <= g->n_elems; i++) {
		const struct sl_conn *c = conn_of(g, from, port);

		if (c && c->to == to)
			return c->to_port;
		if (!c || !(prog->insts[c->to].class->flags & SL_C_IDLE))
			break;
		json_object_array_add(rows, row(prog, p, c->to, c->to_port,
						json_object_new_int64(0), json_object_new_array()));
		from = c->to;
		port = 0;
	}
	json_object_array_del_idx(rows, before, json_object_array_length(rows) - before);
	return -1;
}

/* The packets that are copied and not all gone through, the last in front. */
struct copied {
	struct copied *before;
	size_t depth;
	struct state s;
};

static int push_copied(struct copied **list, const struct state *s)
{
	struct copied *c;

	if (*list && (*list)->depth >= MAX_COPIED)
		return -EPROTO;
	c = malloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct copied){*list, *list ? (*list)->depth + 1 : 1, *s};
	*list = c;
	return 0;
}

static void pop_copied(struct copied **list)
{
	struct copied *c = *list;

	*list = c->before;
	free(c);
}

static void free_copied(struct copied **list)
{
	while (*list)
		pop_copied(list);
}

/* The port by which the packet came to `to` from one of the outputs of a copied one. */
static long walk_copied(const struct sl_program *prog, const struct ctl_steps_packet *p,
			const struct state *copied, uint32_t to, struct json_object *rows)
{
	long in = -1;

	for (uint32_t o = prog->graph->elems[copied->elem].n_out; o-- > 0 && in < 0;)
		in = walk(prog, p, copied->elem, o, to, rows);
	return in;
}

/* The port by which it came from where it was last, or from a copy that is looked at on the way. */
static long came_by(const struct sl_program *prog, const struct ctl_steps_packet *p,
		    const struct state *a, const struct copied *copied, uint32_t to,
		    struct json_object *rows)
{
	long in = -1;

	if (a->elem == SL_ELEM_NONE)
		return -1;
	if (SL_COPIES(a->r))
		in = walk_copied(prog, p, a, to, rows);
	else
		in = walk(prog, p, a->elem, a->r & 0xff, to, rows);
	return in < 0 && copied ? walk_copied(prog, p, &copied->s, to, rows) : in;
}

/* Is there no output that a copy goes by after `out`? */
static bool last_branch(const struct sl_program *prog, const struct state *copied, uint32_t out)
{
	bool down = prog->insts[copied->elem].class->flags & SL_C_LAST_FIRST;
	uint32_t last = down ? 0 : prog->graph->elems[copied->elem].n_out - 1;

	if (last == copied->r >> 8)
		last += down ? 1u : -1u;
	return out == last;
}

/* A copy begins with this step: the packet is as it was where it was copied. */
static int begin_branch(const struct sl_program *prog, struct copied **copied,
			const struct state *step, struct state *a, long *moved)
{
	while (*copied && (*copied)->s.elem != step->elem)
		pop_copied(copied);
	if (!*copied)
		return -EPROTO;
	*moved += (*copied)->s.start - step->start;
	*a = (*copied)->s;
	if (last_branch(prog, a, step->r >> 8))
		pop_copied(copied);
	a->r = SL_OUT(step->r >> 8);
	return 0;
}

int ctl_steps_rows(const struct sl_program *prog, struct json_object *steps,
		   const struct ctl_steps_packet *p, struct json_object *rows)
{
	_free_ struct state *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	SL_CLEANUP(free_copied) struct copied *copied = NULL;
	size_t n =
		json_object_is_type(steps, json_type_array) ? json_object_array_length(steps) : 0;
	long moved = 0;
	int ret = 0;

	if (!a || !b)
		return -ENOMEM;
	first_state(prog, p, a);
	for (size_t i = 0; i < n && !ret; i++) {
		struct state *t;
		long in;

		if (read_state(prog, json_object_array_get_idx(steps, i), moved, b))
			return -EPROTO;
		if ((b->r & 0xff) == (SL_DONE_BRANCH(0) & 0xff)) {
			ret = begin_branch(prog, &copied, b, a, &moved);
			continue;
		}
		in = came_by(prog, p, a, copied, b->elem, rows);
		json_object_array_add(
			rows, row(prog, p, b->elem, in, out_of(prog, b), changes(prog, a, b)));
		if (SL_COPIES(b->r))
			ret = push_copied(&copied, b);
		t = a;
		a = b;
		b = t;
	}
	return ret;
}
