// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's elements that write bytes and annotations, cut and lengthen packets. */
#include "tests/oracle/nat.h"

#define ANNO_EXTRA 28

struct bytes {
	uint32_t offset, value, n;
	uint8_t data[64];
	unsigned int anno;
	bool flag, header, by_anno;
};

/* ---- Lengths ---------------------------------------------------------------------------------*/

static void truncate_conf(struct oconf *c)
{
	struct bytes *b = c->e->priv;

	b->flag = true;
	conf_num(c, "LENGTH", true, &b->n);
	conf_bool(c, "EXTRA_LENGTH", false, &b->flag);
}

static int truncate(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct bytes *b = e->priv;
	uint32_t extra, cut = length(p) > b->n ? (uint32_t)length(p) - b->n : 0;

	(void)port;
	if (!cut)
		return 0;
	if (b->n < 14)
		o->unsure = true; /* what the kernel keeps */
	p->end -= cut;
	memcpy(&extra, p->anno + ANNO_EXTRA, 4);
	extra += b->flag ? cut : 0;
	memcpy(p->anno + ANNO_EXTRA, &extra, 4);
	return 0;
}

static enum oracle_handled truncate_write(struct oracle *o, struct oel *e, const char *handler,
					  const char *value)
{
	int64_t v;

	(void)o;
	if (strcmp(handler, "nbytes"))
		return ORACLE_SILENT;
	if (!parse_num(value, &v) || v < 0)
		return ORACLE_REFUSED;
	((struct bytes *)e->priv)->n = (uint32_t)v;
	return ORACLE_DONE;
}

static void pad_conf(struct oconf *c)
{
	conf_num(c, "LENGTH", true, &((struct bytes *)c->e->priv)->n);
}

static int pad(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct bytes *b = e->priv;
	uint32_t more;

	(void)port;
	memcpy(&more, p->anno + ANNO_EXTRA, 4);
	if (b->n)
		more = length(p) < b->n ? b->n - (uint32_t)length(p) : 0;
	if (more > 1600 || p->end + more > ROOM + 1600) {
		o->unsure = true; /* how much room is behind it */
		return dropped(o, e, "headroom");
	}
	memset(p->bytes + p->end, 0, more);
	p->end += more;
	memset(p->anno + ANNO_EXTRA, 0, 4);
	return 0;
}

/* ---- Bytes -----------------------------------------------------------------------------------*/

/* DATA in hexadecimal digits: \<...>. */
static void store_conf(struct oconf *c)
{
	struct bytes *b = c->e->priv;
	const char *text;
	unsigned int v;

	conf_num(c, "OFFSET", true, &b->offset);
	text = conf_take(c, "DATA", true);
	if (!text || strncmp(text, "\\<", 2)) {
		conf_fail(c, "DATA");
		return;
	}
	for (text += 2; b->n < sizeof(b->data) && sscanf(text, "%2x", &v) == 1; text += 2)
		b->data[b->n++] = (uint8_t)v;
}

static int store(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct bytes *b = e->priv;

	(void)o;
	(void)port;
	for (uint32_t i = 0; i < b->n && b->offset + i < length(p); i++)
		p->bytes[p->off + b->offset + i] = b->data[i];
	return 0;
}

/* [ADDR,] OFFSET, src or dst. */
static void store_ip_conf(struct oconf *c)
{
	struct bytes *b = c->e->priv;
	const char *first = conf_next(c), *second = conf_next(c), *place = second ? second : first;
	int64_t v;

	b->by_anno = !second;
	if (!place || (second && !parse_ip(first, &b->value))) {
		conf_fail(c, "ADDR");
		return;
	}
	b->header = !strcmp(place, "src") || !strcmp(place, "dst");
	b->flag = !strcmp(place, "dst");
	if (!b->header && !parse_num(place, &v))
		conf_fail(c, "OFFSET");
	b->offset = b->header ? 0 : (uint32_t)v;
}

static int store_ip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct bytes *b = e->priv;
	const uint8_t *ip = at(p, p->nh);
	uint32_t addr = b->by_anno ? get32(p->anno + ANNO_DST) : b->value;
	struct tuple to;
	bool sums;

	(void)port;
	if (b->by_anno && !addr)
		return 0;
	if (!b->header) {
		if (length(p) < (uint64_t)b->offset + 4)
			return out_or_drop(o, e, 1, "short");
		put32(p->bytes + p->off + b->offset, addr);
		return 0;
	}
	/* A header that says it is shorter, as IPv6's seems to, is no IPv4 header. */
	if (from(p, p->nh) < 20 || (*ip & 15) < 5)
		return out_or_drop(o, e, 1, "short");
	if (p->th == UNSET || p->th < p->nh + 20) {
		o->unsure = true;
		return out_or_drop(o, e, 1, NULL);
	}
	to = (struct tuple){get32(ip + 12), get32(ip + 16), 0, 0, 0};
	*(b->flag ? &to.dst : &to.src) = addr;
	/* Rewriters ask for as much of a TCP header as has the checksum, this for all of it; and
	 * they know of DCCP. */
	sums = ip[9] == 17 || (ip[9] == 6 && from(p, p->th) >= 20);
	write_tuple(p, p->nh, sums ? p->th : UNSET, PAIR, &to, NULL);
	return 0;
}

/* ---- IPMirror --------------------------------------------------------------------------------*/

static void mirror_conf(struct oconf *c)
{
	bool *anno = c->e->priv;

	*anno = true;
	conf_bool(c, "DST_ANNO", true, anno);
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t was = a[i];

		a[i] = b[i];
		b[i] = was;
	}
}

static int mirror(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh), *th = at(p, p->th);

	(void)port;
	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	if (p->th == UNSET || p->th < p->nh + 20) {
		o->unsure = true;
		return 0;
	}
	swap(ip + 12, ip + 16, 4);
	if (*(bool *)e->priv)
		memcpy(p->anno + ANNO_DST, ip + 16, 4);
	if (get16(ip + 6) & 0x1fff || (ip[9] != TCP && ip[9] != UDP))
		return 0;
	if (from(p, p->th) >= 8)
		swap(th, th + 2, 2);
	if (ip[9] == TCP && from(p, p->th) >= 12)
		swap(th + 4, th + 8, 4);
	return 0;
}

/* ---- Annotations -----------------------------------------------------------------------------*/

static void anno_conf(struct oconf *c)
{
	struct bytes *b = c->e->priv;

	conf_anno(c, "ANNO", true, &b->anno);
	conf_num(c, "VALUE", true, &b->value);
}

static int set_anno(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct bytes *b = e->priv;

	(void)o;
	(void)port;
	p->anno[b->anno] = (uint8_t)b->value;
	return 0;
}

static enum oracle_handled anno_write(struct oracle *o, struct oel *e, const char *handler,
				      const char *value)
{
	int64_t v;

	(void)o;
	if (strcmp(handler, "value"))
		return ORACLE_SILENT;
	if (!parse_num(value, &v) || v < 0 || v > 255)
		return ORACLE_REFUSED;
	((struct bytes *)e->priv)->value = (uint32_t)v;
	return ORACLE_DONE;
}

static void type_conf(struct oconf *c)
{
	static const char *const names[] = {"HOST", "BROADCAST", "MULTICAST", "OTHERHOST"};
	struct bytes *b = c->e->priv;
	const char *text = conf_take(c, "TYPE", true);

	for (b->value = 0; b->value < COUNT(names); b->value++)
		if (text && !strcmp(names[b->value], text))
			return;
	conf_fail(c, "TYPE");
}

static int set_type(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	p->type = ((struct bytes *)e->priv)->value;
	return 0;
}

#define BYTES .processing = "a", .priv_size = sizeof(struct bytes)

const struct oclass bytes_classes[] = {
	{.names = "Truncate",
	 .ports = "1/1",
	 BYTES,
	 .configure = truncate_conf,
	 .push = truncate,
	 .write = truncate_write},
	{.names = "Pad", .ports = "1/1", BYTES, .configure = pad_conf, .push = pad},
	{.names = "StoreData", .ports = "1/1", BYTES, .configure = store_conf, .push = store},
	{.names = "StoreIPAddress",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct bytes),
	 .configure = store_ip_conf,
	 .push = store_ip},
	{.names = "IPMirror", .ports = "1/1", BYTES, .configure = mirror_conf, .push = mirror},
	{.names = "SetAnnoByte",
	 .ports = "1/1",
	 BYTES,
	 .configure = anno_conf,
	 .push = set_anno,
	 .write = anno_write},
	{.names = "SetPacketType", .ports = "1/1", BYTES, .configure = type_conf, .push = set_type},
	{0},
};
