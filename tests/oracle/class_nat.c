// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's rewriters and their mappers. */
#include "tests/oracle/nat.h"

#define SECOND 1000000000ull

static bool outputs(const char *text, int outs[2])
{
	char word[32];
	int64_t v;

	for (int i = 0; i < 2; i++) {
		if (!conf_word(&text, word, sizeof(word)) || !parse_num(word, &v))
			return false;
		outs[i] = (int)v;
	}
	return true;
}

static bool parse_spec(enum mode mode, const char *text, struct spec *s)
{
	const char *name = text;
	char word[32];

	if (!conf_word(&text, word, sizeof(word)))
		return false;
	if (!strcmp(word, "drop")) {
		s->kind = DROP;
		return true;
	}
	if (!strcmp(word, "pass")) {
		int64_t v = 0;

		s->kind = PASS;
		if (conf_word(&text, word, sizeof(word)) && !parse_num(word, &v))
			return false;
		s->way.outs[0] = (int)v;
		return true;
	}
	if (!strcmp(word, "keep")) {
		s->kind = KEEP;
		return outputs(text, s->way.outs);
	}
	if (!strcmp(word, "pattern")) {
		s->kind = PATTERN;
		return parse_pattern(mode, &text, &s->way.pattern) && outputs(text, s->way.outs);
	}
	s->kind = MAPPER;
	s->mapper = name;
	return true;
}

static enum mode mode_of(const char *class_name)
{
	return !strcmp(class_name, "UDPRewriter")	   ? ANY_PORTS
	       : !strcmp(class_name, "IPAddrRewriter")	   ? ADDRESS
	       : !strcmp(class_name, "IPAddrPairRewriter") ? PAIR
	       : !strcmp(class_name, "ICMPPingRewriter")   ? PING
							   : PORTS;
}

/* One timeout for all of TCP: how a connection's state chooses among them is not told apart here.
 */
static void tcp_times(struct oconf *c, const struct rewriter *w)
{
	static const char *const times[] = {"TCP_TIMEOUT", "TCP_NODATA_TIMEOUT",
					    "TCP_DONE_TIMEOUT"};

	for (size_t i = 0; i < COUNT(times); i++) {
		uint64_t t = 0;

		conf_time(c, times[i], false, &t);
		if (t != w->timeout)
			conf_fail(c, "%s: as UDP's here", times[i]);
	}
}

static void rewriter_conf(struct oconf *c)
{
	struct rewriter *w = c->e->priv;
	const char *text;

	w->mode = mode_of(c->e->elem->class_name);
	w->tcp_only = !strcmp(c->e->elem->class_name, "TCPRewriter");
	w->reap = 900 * SECOND;
	w->timeout = (w->mode == ADDRESS || w->mode == PAIR ? 7200 : 300) * SECOND;
	conf_time(c, "REAP_INTERVAL", false, &w->reap);
	if (w->mode != PORTS)
		conf_time(c, "TIMEOUT", false, &w->timeout);
	else if (!w->tcp_only)
		conf_time(c, "UDP_TIMEOUT", false, &w->timeout);
	w->streaming = w->timeout;
	if (w->mode == ANY_PORTS)
		conf_time(c, "STREAMING_TIMEOUT", false, &w->streaming);
	if (w->mode == PORTS)
		tcp_times(c, w);
	while ((text = conf_next(c))) {
		if (w->n_specs == MAX_SPECS ||
		    !parse_spec(w->mode, text, &w->specs[w->n_specs++])) {
			conf_fail(c, "'%s'?", text);
			return;
		}
	}
}

static struct mapper *find_mapper(struct oracle *o, const char *name)
{
	for (size_t i = 0; i < o->graph->n_elems; i++)
		if (!strcmp(o->els[i].elem->name, name))
			return o->els[i].priv;
	return NULL;
}

static struct flow *flow_by_mapper(struct oracle *o, struct rewriter *w, const struct spec *s,
				   const struct tuple *t)
{
	struct mapper *m = find_mapper(o, s->mapper);

	if (!m || m->hash) {
		o->unsure = true;
		return NULL;
	}
	return new_flow(o, w, &m->ways[m->turn++ % m->n], false, t);
}

static int rewriter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rewriter *w = e->priv;
	struct spec *s = &w->specs[port];
	struct tuple t, to;
	const char *why = read_tuple(w, p, p->nh, p->th, &t);
	struct flow *f;
	bool answer = false, known = false;

	if (why)
		return s->kind == PASS ? s->way.outs[0] : dropped(o, e, why);
	/* Where ports and checksums lie in the addresses, nobody says which of them counts. */
	if (p->th < p->nh + 20)
		o->unsure = true;
	reap(o, w);
	f = find_flow(w, &t, &answer);
	if (!f && s->kind == PASS)
		return s->way.outs[0];
	/* A reply that nobody asked for begins nothing. */
	if (!f && (s->kind == DROP || (w->mode == PING && t.proto == 0)))
		return dropped(o, e, "element");
	if (!f && s->kind == MAPPER)
		f = flow_by_mapper(o, w, s, &t);
	else if (!f)
		f = new_flow(o, w, &s->way, s->kind == KEEP, &t);
	else
		known = true;
	if (!f) {
		w->failures++;
		return dropped(o, e, "state");
	}
	answer &= known;
	f->used = o->now_ns;
	f->packets++;
	f->answered |= answer;
	to = becomes(w, f, &t, answer);
	write_tuple(p, p->nh, p->th, w->mode, &to, NULL);
	if (w->mode != ADDRESS || answer)
		put32(p->anno + ANNO_DST, to.dst);
	return f->outs[answer];
}

static const char *rewriter_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"table_size", "mapping_failures"};
	struct rewriter *w = e->priv;

	if (i >= COUNT(names))
		return NULL;
	reap(o, w);
	fprintf(out, "%llu", (unsigned long long)(i ? w->failures : w->n));
	return names[i];
}

static enum oracle_handled rewriter_write(struct oracle *o, struct oel *e, const char *handler,
					  const char *value)
{
	(void)o;
	(void)value;
	if (strcmp(handler, "clear"))
		return ORACLE_SILENT;
	((struct rewriter *)e->priv)->n = 0;
	return ORACLE_DONE;
}

static void mapper_conf(struct oconf *c)
{
	struct mapper *m = c->e->priv;
	const char *text;

	m->hash = !strcmp(c->e->elem->class_name, "SourceIPHashMapper");
	while ((text = conf_next(c))) {
		struct way *way = &m->ways[m->n];

		if (m->hash)
			continue;
		if (m->n == MAX_WAYS || !parse_pattern(PORTS, &text, &way->pattern) ||
		    !outputs(text, way->outs)) {
			conf_fail(c, "'%s'?", text);
			return;
		}
		m->n++;
	}
}

const struct oclass nat_classes[] = {
	{.names = "IPRewriter TCPRewriter UDPRewriter IPAddrRewriter IPAddrPairRewriter "
		  "ICMPPingRewriter",
	 .ports = "1-/1-",
	 .processing = "h",
	 .priv_size = sizeof(struct rewriter),
	 .configure = rewriter_conf,
	 .push = rewriter,
	 .read = rewriter_read,
	 .write = rewriter_write,
	 .remembers = true},
	{.names = "RoundRobinIPMapper SourceIPHashMapper",
	 .ports = "0/0",
	 .processing = "a",
	 .priv_size = sizeof(struct mapper),
	 .configure = mapper_conf},
	{0},
};
