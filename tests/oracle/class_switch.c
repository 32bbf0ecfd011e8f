// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's switches and paint. */
#include <limits.h>
#include <stdlib.h>

#include "tests/oracle/oracle_int.h"

/* ---- Paint -----------------------------------------------------------------------------------*/

struct paint {
	uint32_t color;
	unsigned int anno;
};

static void paint_conf(struct oconf *c)
{
	struct paint *t = c->e->priv;

	t->anno = ANNO_PAINT;
	if (strcmp(c->e->elem->class_name, "PaintSwitch"))
		conf_num(c, "COLOR", true, &t->color);
	conf_anno(c, "ANNO", true, &t->anno);
}

static int paint(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct paint *t = e->priv;

	(void)o;
	(void)port;
	p->anno[t->anno] = (uint8_t)t->color;
	return 0;
}

static int check_paint(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct paint *t = e->priv;

	(void)port;
	return p->anno[t->anno] == t->color ? 0 : out_or_drop(o, e, 1, "paint");
}

/* A copy by every output but `spared`, the first ones first. */
static int copy_to_all(struct oracle *o, struct oel *e, unsigned int spared, struct opkt *p)
{
	for (unsigned int port = 0; port < e->n_out; port++) {
		struct opkt copy = *p;

		if (port != spared)
			push_out(o, e, port, &copy);
	}
	return GONE;
}

#define NOBODY UINT_MAX

static int tee(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	return copy_to_all(o, e, NOBODY, p);
}

static void tee_conf(struct oconf *c)
{
	uint32_t n = 0;

	conf_num(c, "N", true, &n);
}

static int hub(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	return e->n_out == 1 ? dropped(o, e, "element") : copy_to_all(o, e, port, p);
}

static int paint_switch(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t color = p->anno[((struct paint *)e->priv)->anno];

	(void)port;
	if (color == 255)
		return copy_to_all(o, e, NOBODY, p);
	return color < e->n_out ? color : dropped(o, e, "paint");
}

static int paint_tee(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct paint *t = e->priv;
	struct opkt copy;

	(void)port;
	if (p->anno[t->anno] != t->color)
		return 0;
	copy = *p;
	push_out(o, e, 1, &copy);
	return 0;
}

/* ---- Switches --------------------------------------------------------------------------------*/

static void switch_conf(struct oconf *c)
{
	conf_int(c, "OUTPUT", true, c->e->priv);
}

static int switch_push(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	int32_t out = *(int32_t *)e->priv;

	(void)port;
	(void)p;
	return out >= 0 && (uint32_t)out < e->n_out ? out : dropped(o, e, "element");
}

static enum oracle_handled switch_write(struct oracle *o, struct oel *e, const char *handler,
					const char *value)
{
	int64_t v;

	(void)o;
	if (strcmp(handler, "switch"))
		return ORACLE_SILENT;
	if (!parse_num(value, &v))
		return ORACLE_REFUSED;
	*(int32_t *)e->priv = (int32_t)v;
	return ORACLE_DONE;
}

static const char *switch_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	if (i)
		return NULL;
	fprintf(out, "%d", *(int32_t *)e->priv);
	return "switch";
}

static int round_robin(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	(void)p;
	return (int)((e->entered - 1) % e->n_out);
}

static int random_switch(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	(void)p;
	return (int)((uint64_t)draw_random(o) * e->n_out >> 32);
}

struct hash {
	uint32_t offset, length;
};

static void hash_conf(struct oconf *c)
{
	struct hash *h = c->e->priv;

	conf_num(c, "OFFSET", true, &h->offset);
	conf_num(c, "LENGTH", true, &h->length);
}

static int hash_switch(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct hash *h = e->priv;
	uint32_t d = 0;

	(void)o;
	(void)port;
	if (length(p) < (uint64_t)h->offset + h->length)
		return 0;
	for (uint32_t i = 0; i < h->length; i++)
		d += p->bytes[p->off + h->offset + i];
	if (e->n_out == 2 || e->n_out == 4 || e->n_out == 8)
		return (int)((d ^ d >> 4) & (e->n_out - 1));
	return (int)(d % e->n_out);
}

struct sample {
	uint32_t keep; /* times 2^28 */
	bool active;
};

static void sample_conf(struct oconf *c)
{
	struct sample *s = c->e->priv;
	const char *drop = conf_take(c, "DROP", false), *keep = conf_take(c, "SAMPLE", false);

	s->active = true;
	conf_bool(c, "ACTIVE", false, &s->active);
	if (!keep)
		keep = conf_take(c, "P", true);
	s->keep = 1u << 28;
	if (keep)
		s->keep = (uint32_t)(strtod(keep, NULL) * (1u << 28) + 0.5);
	else if (drop)
		s->keep = (1u << 28) - (uint32_t)(strtod(drop, NULL) * (1u << 28) + 0.5);
}

static int sample(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct sample *s = e->priv;

	(void)port;
	(void)p;
	if (!s->active || draw_random(o) >> 4 < s->keep)
		return 0;
	e->drops++;
	return out_or_drop(o, e, 1, "sampled");
}

static enum oracle_handled sample_write(struct oracle *o, struct oel *e, const char *handler,
					const char *value)
{
	struct sample *s = e->priv;
	uint32_t v = (uint32_t)(strtod(value, NULL) * (1u << 28) + 0.5);

	(void)o;
	if (!strcmp(handler, "active"))
		s->active = !strcmp(value, "true");
	else if (!strcmp(handler, "sampling_prob"))
		s->keep = v;
	else if (!strcmp(handler, "drop_prob"))
		s->keep = (1u << 28) - v;
	else
		return ORACLE_SILENT;
	return ORACLE_DONE;
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

const struct oclass switch_classes[] = {
	{.names = "Paint",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct paint),
	 .configure = paint_conf,
	 .push = paint},
	{.names = "CheckPaint",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct paint),
	 .configure = paint_conf,
	 .push = check_paint},
	{.names = "PaintSwitch",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct paint),
	 .configure = paint_conf,
	 .push = paint_switch},
	{.names = "Tee", .ports = "1/1-", .processing = "h", .configure = tee_conf, .push = tee},
	{.names = "Hub", .ports = "-/=", .processing = "h", .flow = "#/[^#]", .push = hub},
	{.names = "PaintTee",
	 .ports = "1/2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct paint),
	 .configure = paint_conf,
	 .push = paint_tee},
	{.names = "Switch StaticSwitch",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(int32_t),
	 .configure = switch_conf,
	 .push = switch_push,
	 .read = switch_read,
	 .write = switch_write},
	{.names = "RoundRobinSwitch",
	 .ports = "1/1-",
	 .processing = "h",
	 .push = round_robin,
	 .remembers = true},
	{.names = "RandomSwitch",
	 .ports = "1/1-",
	 .processing = "h",
	 .push = random_switch,
	 .remembers = true},
	{.names = "RandomSample",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct sample),
	 .configure = sample_conf,
	 .push = sample,
	 .read = read_drops,
	 .write = sample_write,
	 .remembers = true},
	{.names = "HashSwitch",
	 .ports = "1/1-",
	 .processing = "h",
	 .priv_size = sizeof(struct hash),
	 .configure = hash_conf,
	 .push = hash_switch},
	{0},
};
