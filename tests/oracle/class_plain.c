// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's devices, ends, counters, and what only moves the beginning of a packet. */
#include "tests/oracle/oracle_int.h"

/* ---- Devices and ends ------------------------------------------------------------------------*/

struct device {
	unsigned int dev;
	bool force_ip;
};

static void from_device_conf(struct oconf *c)
{
	struct device *d = c->e->priv;

	conf_dev(c, "DEVNAME", &d->dev);
	conf_bool(c, "FORCE_IP", false, &d->force_ip);
	if (c->o->sources[d->dev] >= 0)
		conf_fail(c, "a second FromDevice");
	c->o->sources[d->dev] = (int)(c->e - c->o->els);
}

static int from_device(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct device *d = e->priv;
	const struct oracle_device *dev = &o->devs[d->dev];
	const uint8_t *b = p->bytes + p->off, *ip = b + 14;

	(void)port;
	if (dev->ip_link || !memcmp(b, dev->mac, 6))
		p->type = TYPE_HOST;
	else if (!memcmp(b, all, 6))
		p->type = TYPE_BROADCAST;
	else
		p->type = b[0] & 1 ? TYPE_MULTICAST : TYPE_OTHER;
	if (!d->force_ip)
		return 0;
	if (get16(b + 12) != 0x0800 || length(p) < 34 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5 ||
	    (size_t)(ip[0] & 15) * 4 > length(p) - 14)
		return out_or_drop(o, e, 1, "bad-header");
	p->nh = p->off + 14;
	p->th = p->nh + (size_t)(ip[0] & 15) * 4;
	memcpy(p->anno + ANNO_DST, ip + 16, 4);
	return 0;
}

static const char *read_count(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "count", out, "%llu", e->entered - e->old_entered);
}

static enum oracle_handled reset(struct oracle *o, struct oel *e, const char *handler,
				 const char *value)
{
	(void)o;
	(void)value;
	if (strcmp(handler, "reset") && strcmp(handler, "reset_counts"))
		return ORACLE_SILENT;
	e->old_entered = e->entered;
	e->old_bytes = e->bytes;
	return ORACLE_DONE;
}

static void to_device_conf(struct oconf *c)
{
	conf_dev(c, "DEVNAME", &((struct device *)c->e->priv)->dev);
}

static int to_device(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	return sent(o, p, ((struct device *)e->priv)->dev);
}

static int to_host_push(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)e;
	(void)port;
	return to_host(o, p);
}

static int discard(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	(void)p;
	return dropped(o, e, "element");
}

static int pass(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)e;
	(void)port;
	(void)p;
	return 0;
}

static void anything_conf(struct oconf *c)
{
	while (conf_next(c))
		;
}

static const char *counter_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	if (i == 0)
		fprintf(out, "%llu", (unsigned long long)(e->entered - e->old_entered));
	else if (i == 1)
		fprintf(out, "%llu", (unsigned long long)(e->bytes - e->old_bytes));
	else
		return NULL;
	return i ? "byte_count" : "count";
}

/* ---- Where the packet begins -----------------------------------------------------------------*/

static void length_conf(struct oconf *c)
{
	conf_num(c, "LENGTH", true, c->e->priv);
}

static int strip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint32_t n = *(uint32_t *)e->priv;

	(void)o;
	(void)port;
	p->off += n < length(p) ? n : length(p);
	return 0;
}

static int unstrip(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint32_t n = *(uint32_t *)e->priv;
	size_t own = p->mac == UNSET ? p->nh : p->mac;

	(void)port;
	if (grow_front(p, n)) {
		for (size_t i = p->off; i < p->off + n && i < own; i++)
			p->bytes[i] = 0;
		return 0;
	}
	o->unsure = true;
	return dropped(o, e, "headroom");
}

static int strip_to_network(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (p->nh == UNSET || p->nh > p->end)
		return dropped(o, e, "bad-header");
	p->off = p->nh;
	return 0;
}

static int strip_ip_header(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (p->nh == UNSET || p->th == UNSET || p->th < p->off)
		return dropped(o, e, "short");
	p->off = p->th < p->end ? p->th : p->end;
	return 0;
}

static int unstrip_ip_header(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (p->nh == UNSET)
		return dropped(o, e, "short");
	if (p->off > p->nh)
		p->off = p->nh;
	return 0;
}

static int check_length(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	return length(p) <= *(uint32_t *)e->priv ? 0 : out_or_drop(o, e, 1, "element");
}

const struct oclass plain_classes[] = {
	{.names = "FromDevice PollDevice",
	 .ports = "0/1-2",
	 .processing = "h",
	 .priv_size = sizeof(struct device),
	 .configure = from_device_conf,
	 .push = from_device,
	 .read = read_count},
	{.names = "ToDevice",
	 .ports = "1/0",
	 .processing = "a",
	 .priv_size = sizeof(struct device),
	 .configure = to_device_conf,
	 .push = to_device,
	 .read = read_count},
	{.names = "ToHost",
	 .ports = "1/0",
	 .processing = "a",
	 .push = to_host_push,
	 .read = read_count},
	{.names = "Discard",
	 .ports = "1/0",
	 .processing = "a",
	 .push = discard,
	 .read = read_count,
	 .write = reset},
	{.names = "Idle", .ports = "-/-", .processing = "a", .flow = "x/y", .push = discard},
	{.names = "Null", .ports = "1/1", .processing = "a", .push = pass, .read = read_count},
	{.names = "Queue SimpleQueue",
	 .ports = "1/1-2",
	 .processing = "h/lh",
	 .configure = anything_conf,
	 .push = pass},
	{.names = "Print",
	 .ports = "1/1",
	 .processing = "a",
	 .configure = anything_conf,
	 .push = pass},
	{.names = "Counter",
	 .ports = "1/1",
	 .processing = "a",
	 .push = pass,
	 .read = counter_read,
	 .write = reset},
	{.names = "Strip",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = length_conf,
	 .push = strip},
	{.names = "Unstrip",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(uint32_t),
	 .configure = length_conf,
	 .push = unstrip},
	{.names = "StripToNetworkHeader",
	 .ports = "1/1",
	 .processing = "a",
	 .push = strip_to_network},
	{.names = "StripIPHeader", .ports = "1/1", .processing = "a", .push = strip_ip_header},
	{.names = "UnstripIPHeader", .ports = "1/1", .processing = "a", .push = unstrip_ip_header},
	{.names = "CheckLength",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(uint32_t),
	 .configure = length_conf,
	 .push = check_length},
	{0},
};
