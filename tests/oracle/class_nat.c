// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's rewriters of TCP and UDP: one list of flows, gone through for each packet. */
#include "tests/oracle/oracle_int.h"

#define MAX_FLOWS 8192
#define CANDIDATES 16
#define SECOND 1000000000ull

enum { TCP = 6, UDP = 17 };
enum spec { DROP, PASS, KEEP, PATTERN };

struct tuple {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};
struct flow {
	struct tuple from, to;
	uint64_t used;
	int outs[2];
};
struct rewriter {
	enum spec spec;
	int outs[2];
	/* The pattern: what is 0 stays as it is. */
	uint32_t src, dst;
	uint16_t low, high, dport, next;
	bool tcp_only;
	uint64_t timeout, reap, failures;
	size_t n;
	struct flow flows[MAX_FLOWS];
};

static bool same_tuple(const struct tuple *a, const struct tuple *b)
{
	return a->src == b->src && a->dst == b->dst && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

static struct tuple back(const struct tuple *t)
{
	return (struct tuple){t->dst, t->src, t->dport, t->sport, t->proto};
}

/* SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT; ports in sequence only. */
static bool pattern(struct rewriter *w, const char *text)
{
	char word[6][32];
	unsigned int low, high;
	int64_t v;

	for (int i = 0; i < 6; i++)
		if (!next_word(&text, word[i], sizeof(word[i])))
			return false;
	if (strcmp(word[0], "-") && !parse_ip(word[0], &w->src))
		return false;
	if (strcmp(word[2], "-") && !parse_ip(word[2], &w->dst))
		return false;
	if (sscanf(word[1], "%u-%u#", &low, &high) == 2) {
		if (word[1][strlen(word[1]) - 1] != '#')
			return false;
		w->low = w->next = (uint16_t)low;
		w->high = (uint16_t)high;
	} else if (strcmp(word[1], "-")) {
		if (!parse_num(word[1], &v))
			return false;
		w->low = w->high = (uint16_t)v;
	}
	if (strcmp(word[3], "-")) {
		if (!parse_num(word[3], &v))
			return false;
		w->dport = (uint16_t)v;
	}
	for (int i = 0; i < 2; i++) {
		if (!parse_num(word[4 + i], &v))
			return false;
		w->outs[i] = (int)v;
	}
	return true;
}

static void rewriter_conf(struct oconf *c)
{
	static const char *const times[] = {"UDP_TIMEOUT", "TCP_TIMEOUT", "TCP_NODATA_TIMEOUT",
					    "TCP_DONE_TIMEOUT"};
	struct rewriter *w = c->e->priv;
	const char *text;
	char word[32];
	int64_t v;

	w->tcp_only = !strcmp(c->e->elem->class_name, "TCPRewriter");
	w->reap = 900 * SECOND;
	w->timeout = 300 * SECOND;
	conf_time(c, "REAP_INTERVAL", false, &w->reap);
	/* One timeout for all: how a connection's state chooses among them is not told apart here.
	 */
	for (size_t i = w->tcp_only; i < COUNT(times); i++) {
		uint64_t t = 0;

		conf_time(c, times[i], false, &t);
		if (t != w->timeout)
			conf_fail(c, "%s: only 5m here", times[i]);
	}
	text = conf_next(c);
	if (!text || !next_word(&text, word, sizeof(word))) {
		conf_fail(c, "an input's specification is missing");
	} else if (!strcmp(word, "drop")) {
		w->spec = DROP;
	} else if (!strcmp(word, "pass") || !strcmp(word, "keep")) {
		w->spec = *word == 'p' ? PASS : KEEP;
		for (int i = 0; i < 2 && next_word(&text, word, sizeof(word)); i++)
			if (parse_num(word, &v))
				w->outs[i] = (int)v;
	} else {
		w->spec = PATTERN;
		if (strcmp(word, "pattern") || !pattern(w, text))
			conf_fail(c, "'%s'?", text);
	}
}

/* Flows end at the first multiple of the interval behind their timeout. */
static void reap(struct oracle *o, struct rewriter *w)
{
	for (size_t i = 0; i < w->n;) {
		uint64_t end = w->flows[i].used + w->timeout;

		end = (end + w->reap - 1) / w->reap * w->reap;
		if (o->now_ns >= end)
			w->flows[i] = w->flows[--w->n];
		else
			i++;
	}
}

/* The flow of a packet; *answer: it goes the other way. */
static struct flow *find_flow(struct rewriter *w, const struct tuple *t, bool *answer)
{
	for (size_t i = 0; i < w->n; i++) {
		struct tuple reply = back(&w->flows[i].to);

		*answer = same_tuple(&reply, t);
		if (*answer || same_tuple(&w->flows[i].from, t))
			return &w->flows[i];
	}
	return NULL;
}

/* A port in sequence with which answers are told from all others'. */
static bool choose_port(struct rewriter *w, struct tuple *to)
{
	uint32_t n = w->high - w->low + 1u;
	bool ignored;

	for (uint32_t i = 0; i < CANDIDATES; i++) {
		struct tuple reply;

		to->sport = (uint16_t)(w->low + (w->next - w->low + i) % n);
		reply = back(to);
		if (!find_flow(w, &reply, &ignored)) {
			w->next = (uint16_t)(w->low + (to->sport - w->low + 1u) % n);
			return true;
		}
	}
	return false;
}

static struct flow *new_flow(struct oracle *o, struct rewriter *w, const struct tuple *t)
{
	struct flow f = {.from = *t, .to = *t, .outs = {w->outs[0], w->outs[1]}};
	struct tuple reply;
	struct flow *old;
	bool ignored;

	if (w->n == MAX_FLOWS) {
		o->unsure = true;
		return NULL;
	}
	if (w->spec == PATTERN) {
		f.to.src = w->src ? w->src : t->src;
		f.to.dst = w->dst ? w->dst : t->dst;
		f.to.dport = w->dport ? w->dport : t->dport;
		if (w->low != w->high) {
			if (!choose_port(w, &f.to))
				return NULL;
		} else if (w->low) {
			f.to.sport = w->low;
		}
	}
	reply = back(&f.to);
	old = find_flow(w, &reply, &ignored);
	if (old)
		*old = w->flows[--w->n];
	w->flows[w->n] = f;
	return &w->flows[w->n++];
}

static void change16(uint8_t *at, uint32_t v, uint8_t *sum)
{
	uint16_t was = get16(at);

	put16(at, v);
	if (sum && was != (uint16_t)v)
		change_sum(sum, was, (uint16_t)v);
}

static void rewrite(struct opkt *p, const struct tuple *to)
{
	uint8_t *ip = at(p, p->nh), *th = at(p, p->th), *sum = NULL;

	if (to->proto == UDP)
		sum = get16(th + 6) ? th + 6 : NULL;
	else if (from(p, p->th) >= 18)
		sum = th + 16;
	for (int half = 0; half < 2; half++) {
		uint32_t src = to->src >> (half ? 0 : 16), dst = to->dst >> (half ? 0 : 16);

		/* The pseudo header's are the same words: both sums change. */
		if (sum) {
			change_sum(sum, get16(ip + 12 + 2 * half), (uint16_t)src);
			change_sum(sum, get16(ip + 16 + 2 * half), (uint16_t)dst);
		}
		change16(ip + 12 + 2 * half, src, ip + 10);
		change16(ip + 16 + 2 * half, dst, ip + 10);
	}
	change16(th, to->sport, sum);
	change16(th + 2, to->dport, sum);
	if (sum && to->proto == UDP && !get16(sum))
		put16(sum, 0xffff);
	put32(p->anno + ANNO_DST, to->dst);
}

static int rewriter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rewriter *w = e->priv;
	const uint8_t *ip = at(p, p->nh), *th = at(p, p->th);
	const char *why = NULL;
	struct tuple t, to;
	struct flow *f;
	bool answer = false;

	(void)port;
	if (from(p, p->nh) < 20)
		why = "short";
	else if (ip[9] != TCP && (ip[9] != UDP || w->tcp_only))
		why = "element";
	else if (get16(ip + 6) & 0x1fff)
		why = "fragment";
	else if (from(p, p->th) < 8)
		why = "short";
	if (why)
		return w->spec == PASS ? w->outs[0] : dropped(o, e, why);
	t = (struct tuple){get32(ip + 12), get32(ip + 16), get16(th), get16(th + 2), ip[9]};
	reap(o, w);
	f = find_flow(w, &t, &answer);
	if (!f && w->spec == DROP)
		return dropped(o, e, "element");
	if (!f && w->spec == PASS)
		return w->outs[0];
	if (!f)
		f = new_flow(o, w, &t);
	if (!f) {
		w->failures++;
		return dropped(o, e, "state");
	}
	f->used = o->now_ns;
	to = answer ? back(&f->from) : f->to;
	rewrite(p, &to);
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

const struct oclass nat_classes[] = {
	{.names = "IPRewriter TCPRewriter",
	 .ports = "1-/1-",
	 .processing = "h",
	 .priv_size = sizeof(struct rewriter),
	 .configure = rewriter_conf,
	 .push = rewriter,
	 .read = rewriter_read,
	 .remembers = true},
	{0},
};
