// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's graph: from text to elements, and packets through them. */
#include <stdlib.h>

#include "loader/mem.h"
#include "tests/oracle/oracle_int.h"

static const struct oclass *const families[] = {
	plain_classes,	ether_classes, arp_classes,	      ip_classes,     icmp_classes,
	option_classes, route_classes, switch_classes,	      filter_classes, transport_classes,
	vlan_classes,	nat_classes,   icmp_rewriter_classes, ip6_classes,    icmp6_classes,
	nd_classes,	encap_classes, bytes_classes,	      rate_classes,
};

/* How often a packet may enter an element before it depends on the hop limit, and is given up. */
#define SURE_VISITS 6
#define MAX_VISITS 40

static const struct oclass *find_class(const char *name)
{
	for (size_t i = 0; i < COUNT(families); i++) {
		for (const struct oclass *c = families[i]; c->names; c++) {
			const char *names = c->names;
			char word[64];

			while (conf_word(&names, word, sizeof(word)))
				if (!strcmp(word, name))
					return c;
		}
	}
	return NULL;
}

bool oracle_knows(const char *class_name)
{
	return find_class(class_name);
}

/* What the language asks about a class; kept for good, one a name. */
static const struct sl_class_spec *find_spec(const char *name, void *arg)
{
	static struct sl_class_spec specs[256];
	static char names[256][64];
	static size_t n;
	const struct oclass *c = find_class(name);

	(void)arg;
	if (!c || strlen(name) >= sizeof(names[0]))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return &specs[i];
	if (n == COUNT(specs))
		return NULL;
	strcpy(names[n], name);
	specs[n] = (struct sl_class_spec){names[n], c->ports, c->processing,
					  c->flow,  c->info,  c->body};
	return &specs[n++];
}

static const struct sl_class_spec *nth_spec(size_t i, void *arg)
{
	(void)i;
	(void)arg;
	return NULL;
}

static const struct sl_classes language = {.find = find_spec, .nth = nth_spec};

static void configure(struct oracle *o, struct oel *e, char *why)
{
	struct oarg args[1024] = {0};
	struct oconf c = {.o = o, .e = e, .args = args, .n_args = e->elem->n_args, .why = why};

	if (c.n_args > COUNT(args)) {
		conf_fail(&c, "too many arguments");
		return;
	}
	for (size_t i = 0; i < c.n_args; i++)
		args[i].text = e->elem->args[i].text;
	if (e->cls->configure)
		e->cls->configure(&c);
	for (size_t i = 0; i < c.n_args; i++)
		if (!args[i].used)
			conf_fail(&c, "what is '%s'?", args[i].text);
}

/* Elements and what is behind each of their outputs. */
static int build(struct oracle *o, char *why)
{
	struct sl_graph *g = o->graph;

	o->els = calloc(g->n_elems, sizeof(*o->els));
	if (!o->els)
		return -1;
	for (size_t i = 0; i < g->n_elems; i++) {
		struct oel *e = &o->els[i];

		e->cls = find_class(g->elems[i].class_name);
		e->elem = &g->elems[i];
		e->n_out = g->elems[i].n_out;
		e->outs = calloc(e->n_out + 1, sizeof(*e->outs));
		e->priv = calloc(1, e->cls->priv_size + 1);
		if (!e->outs || !e->priv)
			return -1;
		for (unsigned int k = 0; k < e->n_out; k++)
			e->outs[k].to = -1;
	}
	for (size_t i = 0; i < g->n_conns; i++) {
		const struct sl_conn *c = &g->conns[i];

		if (c->from_port < o->els[c->from].n_out)
			o->els[c->from].outs[c->from_port] = (struct oend){(int)c->to, c->to_port};
	}
	for (size_t i = 0; i < g->n_elems && !*why; i++)
		configure(o, &o->els[i], why);
	return *why ? -1 : 0;
}

int oracle_new(const char *text, const struct oracle_device *devs, size_t n_devs, uint64_t now_ns,
	       uint32_t rnd, struct oracle **out, char why[200])
{
	struct sl_click_opts opts = {.classes = &language};
	struct oracle *o = calloc(1, sizeof(*o));
	struct sl_diags d = {0};

	snprintf(why, 200, "out of memory");
	if (!o || n_devs > COUNT(o->devs)) {
		free(o);
		return -1;
	}
	*why = 0;
	memcpy(o->devs, devs, n_devs * sizeof(*devs));
	o->n_devs = n_devs;
	o->now_ns = now_ns;
	o->rnd = rnd;
	for (size_t i = 0; i < COUNT(o->sources); i++)
		o->sources[i] = -1;
	if (sl_click_parse("graph", text, strlen(text), &opts, &d, &o->graph) ||
	    sl_graph_check(o->graph, &opts, &d) || build(o, why)) {
		if (d.n)
			snprintf(why, 200, "line %u: %s", d.list[0].line, d.list[0].message);
		sl_diags_free(&d);
		oracle_free(o);
		return -1;
	}
	sl_diags_free(&d);
	*out = o;
	return 0;
}

void oracle_free(struct oracle *o)
{
	if (!o)
		return;
	for (size_t i = 0; o->els && i < o->graph->n_elems; i++) {
		free(o->els[i].outs);
		free(o->els[i].priv);
	}
	free(o->els);
	sl_graph_free(o->graph);
	free(o);
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static struct oracle_out *add_out(struct oracle *o)
{
	if (o->n_outs == ORACLE_MAX_OUT) {
		o->unsure = true;
		return &o->outs[ORACLE_MAX_OUT - 1];
	}
	o->outs[o->n_outs] = (struct oracle_out){0};
	return &o->outs[o->n_outs++];
}

int dropped(struct oracle *o, struct oel *e, const char *reason)
{
	struct oracle_out *out = add_out(o);

	out->verdict = ORACLE_DROP;
	out->elem = e ? e->elem->name : NULL;
	out->reason = reason;
	return GONE;
}

int out_or_drop(struct oracle *o, struct oel *e, unsigned int port, const char *reason)
{
	return port < e->n_out ? (int)port : dropped(o, e, reason);
}

static int left(struct oracle *o, struct opkt *p, enum oracle_verdict v, unsigned int dev)
{
	struct oracle_out *out = add_out(o);
	struct opkt *kept = &o->kept[out - o->outs];

	*kept = *p;
	out->verdict = v;
	out->dev = dev;
	out->len = length(p);
	out->bytes = kept->bytes + kept->off;
	return GONE;
}

int sent(struct oracle *o, struct opkt *p, unsigned int dev)
{
	return left(o, p, ORACLE_OUT, dev);
}

int to_host(struct oracle *o, struct opkt *p)
{
	return left(o, p, ORACLE_HOST, 0);
}

static void run(struct oracle *o, struct oend at, struct opkt *p)
{
	while (at.to >= 0) {
		struct oel *e = &o->els[at.to];
		int port;

		if (++e->visits > SURE_VISITS)
			o->unsure = true;
		if (e->visits > MAX_VISITS) {
			dropped(o, NULL, NULL);
			return;
		}
		e->entered++;
		e->bytes += length(p);
		port = e->cls->push(o, e, at.port, p);
		if (port == GONE)
			return;
		if ((unsigned int)port >= e->n_out) {
			dropped(o, e, "unconnected");
			return;
		}
		at = e->outs[port];
	}
}

void push_out(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	if (port < e->n_out)
		run(o, e->outs[port], p);
	else
		dropped(o, e, "unconnected");
}

int oracle_packet(struct oracle *o, unsigned int dev, const uint8_t *frame, size_t len,
		  struct oracle_out outs[ORACLE_MAX_OUT])
{
	struct opkt p = {.dev = dev};

	o->outs = outs;
	o->n_outs = 0;
	for (size_t i = 0; i < o->graph->n_elems; i++)
		o->els[i].visits = 0;
	fresh_packet(&p, len);
	p.mac = p.off;
	memcpy(p.bytes + p.off, frame, len);
	if (len < 14)
		dropped(o, NULL, "short");
	else if (o->sources[dev] < 0)
		dropped(o, NULL, "no-device");
	else
		run(o, (struct oend){o->sources[dev], 0}, &p);
	return o->n_outs;
}

bool oracle_unsure(const struct oracle *o)
{
	return o->unsure;
}

void oracle_set_clock(struct oracle *o, uint64_t now_ns)
{
	o->now_ns = now_ns;
}

/* What tests and replay put in the place of the kernel's random numbers. */
uint32_t draw_random(struct oracle *o)
{
	o->rnd = o->rnd * 1664525u + 1013904223u;
	return o->rnd ^ o->rnd >> 16;
}

/* ---- Looking at it ---------------------------------------------------------------------------*/

size_t oracle_elems(const struct oracle *o)
{
	return o->graph->n_elems;
}

const char *oracle_elem_name(const struct oracle *o, size_t i)
{
	return o->graph->elems[i].name;
}

uint64_t oracle_entered(const struct oracle *o, size_t i)
{
	return o->els[i].entered;
}

const char *oracle_read(struct oracle *o, size_t elem, size_t i, FILE *out)
{
	struct oel *e = &o->els[elem];

	return e->cls->read ? e->cls->read(o, e, i, out) : NULL;
}

enum oracle_handled oracle_write(struct oracle *o, size_t elem, const char *handler,
				 const char *value)
{
	struct oel *e = &o->els[elem];

	return e->cls->write ? e->cls->write(o, e, handler, value) : ORACLE_SILENT;
}

enum oracle_handled oracle_ask(struct oracle *o, size_t elem, const char *handler, const char *args,
			       FILE *out)
{
	struct oel *e = &o->els[elem];

	return e->cls->ask ? e->cls->ask(o, e, handler, args, out) : ORACLE_SILENT;
}

static void look_behind(struct oracle *o, struct oend at, uint32_t *devs, bool *been)
{
	struct oel *e;

	if (at.to < 0 || been[at.to])
		return;
	been[at.to] = true;
	e = &o->els[at.to];
	if (!strcmp(e->elem->class_name, "ToDevice")) {
		for (size_t i = 0; i < o->n_devs; i++)
			if (!strcmp(e->elem->args[0].text, o->devs[i].name))
				*devs |= 1u << i;
		return;
	}
	for (unsigned int k = 0; k < e->n_out; k++)
		look_behind(o, e->outs[k], devs, been);
}

uint32_t devices_behind(struct oracle *o, struct oel *e, unsigned int port)
{
	bool *been = calloc(o->graph->n_elems, sizeof(bool));
	uint32_t devs = 0;

	if (been && port < e->n_out)
		look_behind(o, e->outs[port], &devs, been);
	free(been);
	return devs;
}

bool far_end(struct oracle *o, struct oel *e, uint8_t peer[6])
{
	uint32_t devs = devices_behind(o, e, 0);

	for (size_t i = 0; i < o->n_devs; i++) {
		if (!(devs >> i & 1))
			continue;
		if (!o->devs[i].ip_link)
			return false;
		memcpy(peer, o->devs[i].peer, 6);
	}
	return devs;
}
