// SPDX-License-Identifier: GPL-2.0-only
/* Flows of the oracle's rewriters: one list, gone through for each packet. */
#include "tests/oracle/nat.h"

#define CANDIDATES 16
#define MS 1000000ull

struct tuple turned(const struct tuple *t)
{
	struct tuple back = {t->dst, t->src, t->dport, t->sport, t->proto};

	return back;
}

/* What answers look like to packets that look so. */
static struct tuple answer_to(const struct rewriter *w, const struct tuple *t)
{
	struct tuple back = turned(t);

	if (w->mode == PING)
		back.proto = t->proto ? 0 : 8;
	return back;
}

static bool same_tuple(const struct tuple *a, const struct tuple *b)
{
	return a->src == b->src && a->dst == b->dst && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static bool may_rewrite(const struct rewriter *w, uint8_t proto)
{
	if (w->mode == PING)
		return proto == ICMP;
	if (w->mode == ANY_PORTS)
		return proto == TCP || proto == UDP || proto == DCCP;
	return proto == TCP || (proto == UDP && !w->tcp_only);
}

const char *read_tuple(const struct rewriter *w, const struct opkt *p, size_t nh, size_t th,
		       struct tuple *t)
{
	const uint8_t *ip = p->bytes + nh, *h = p->bytes + th;

	if (from(p, nh) < 20)
		return "short";
	*t = (struct tuple){get32(ip + 12), get32(ip + 16), 0, 0, 0};
	if (w->mode == ADDRESS || w->mode == PAIR)
		return NULL;
	if (!may_rewrite(w, ip[9]))
		return "element";
	if (get16(ip + 6) & 0x1fff)
		return "fragment";
	if (from(p, th) < (w->mode == PING ? 6 : 8))
		return "short";
	if (w->mode == PING) {
		if (h[0] != 0 && h[0] != 8)
			return "element";
		t->sport = t->dport = get16(h + 4);
		t->proto = h[0];
		return NULL;
	}
	t->sport = get16(h);
	t->dport = get16(h + 2);
	t->proto = w->mode == PORTS ? ip[9] : 0;
	return NULL;
}

/* The 16-bit word at `at` becomes `v`, and sums over it follow. */
static void change(uint8_t *at, uint32_t v, uint8_t *sum, uint8_t *around)
{
	uint16_t was = get16(at), sum_was = sum ? get16(sum) : 0;

	if (was == (uint16_t)v)
		return;
	put16(at, v);
	if (around)
		change_sum(around, was, (uint16_t)v);
	if (!sum)
		return;
	change_sum(sum, was, (uint16_t)v);
	if (around)
		change_sum(around, sum_was, get16(sum));
}

/* The checksum behind the IP header that covers addresses or ports. */
static uint8_t *inner_sum(struct opkt *p, const uint8_t *ip, size_t th, enum mode mode)
{
	uint8_t *h = at(p, th);

	if (get16(ip + 6) & 0x1fff)
		return NULL;
	if (mode == PING)
		return from(p, th) >= 4 ? h + 2 : NULL;
	if (ip[9] == TCP)
		return from(p, th) >= 18 ? h + 16 : NULL;
	if (ip[9] == UDP)
		return from(p, th) >= 8 && get16(h + 6) ? h + 6 : NULL;
	return ip[9] == DCCP && from(p, th) >= 8 ? h + 6 : NULL;
}

void write_tuple(struct opkt *p, size_t nh, size_t th, enum mode mode, const struct tuple *to,
		 uint8_t *around)
{
	uint8_t *ip = at(p, nh), *h = at(p, th), *sum = inner_sum(p, ip, th, mode);
	uint8_t *pseudo = mode == PING ? NULL : sum;
	uint16_t was;

	for (int half = 0; half < 2; half++) {
		uint32_t src = to->src >> (half ? 0 : 16), dst = to->dst >> (half ? 0 : 16);

		/* The pseudo header's are the same words: both sums change. */
		for (int end = 0; end < 2 && pseudo; end++) {
			uint8_t *word = ip + (end ? 16 : 12) + 2 * half;
			uint16_t is = (uint16_t)(end ? dst : src);

			was = get16(pseudo);
			if (get16(word) != is)
				change_sum(pseudo, get16(word), is);
			if (around)
				change_sum(around, was, get16(pseudo));
		}
		change(ip + 12 + 2 * half, src, ip + 10, around);
		change(ip + 16 + 2 * half, dst, ip + 10, around);
	}
	if (mode == PING) {
		if (get16(h + 4) == to->sport)
			return;
		change(h + 4, to->sport, sum, around);
	} else if (mode == PORTS || mode == ANY_PORTS) {
		change(h, to->sport, sum, around);
		change(h + 2, to->dport, sum, around);
	}
	/* UDP has no sum of 0; of ICMP's both are right, and this one is right for zeroes, too. */
	if (sum && (ip[9] == UDP || mode == PING) && !get16(sum)) {
		put16(sum, 0xffff);
		if (around)
			change_sum(around, 0, 0xffff);
	}
}

/* ---- Flows -----------------------------------------------------------------------------------*/

/* Flows end at the first multiple of the interval behind their timeout, but times are in units of
 * 67 ms: near a multiple, nobody knows. Without an interval they stay. */
static bool ended(struct oracle *o, const struct rewriter *w, const struct flow *f)
{
	uint64_t timeout = f->packets > 2 && f->answered ? w->streaming : w->timeout;
	uint64_t expiry = f->used + timeout, n = (expiry + w->reap - 1) / w->reap;
	uint64_t end = n * w->reap, off = n * (68 * MS) + 200 * MS;

	if (o->now_ns > end + off)
		return true;
	if (o->now_ns + off > end)
		o->unsure = true;
	if (o->now_ns + off > expiry && expiry < end - w->reap + off)
		o->unsure = true;
	return false;
}

void reap(struct oracle *o, struct rewriter *w)
{
	if (w->reaped == o->now_ns || !w->reap)
		return;
	w->reaped = o->now_ns;
	for (size_t i = 0; i < w->n;) {
		if (ended(o, w, &w->flows[i]))
			w->flows[i] = w->flows[--w->n];
		else
			i++;
	}
}

static struct flow *find_address(struct rewriter *w, const struct tuple *t, bool *answer)
{
	for (size_t i = 0; i < w->n; i++) {
		*answer = false;
		if (w->flows[i].from.src == t->src)
			return &w->flows[i];
	}
	for (size_t i = 0; i < w->n; i++) {
		*answer = true;
		if (w->flows[i].to.src == t->dst)
			return &w->flows[i];
	}
	return NULL;
}

struct flow *find_flow(struct rewriter *w, const struct tuple *t, bool *answer)
{
	if (w->mode == ADDRESS)
		return find_address(w, t, answer);
	for (size_t i = 0; i < w->n; i++) {
		*answer = same_tuple(&w->flows[i].reply, t);
		if (*answer || same_tuple(&w->flows[i].from, t))
			return &w->flows[i];
	}
	return NULL;
}

struct tuple becomes(const struct rewriter *w, const struct flow *f, const struct tuple *t,
		     bool answer)
{
	struct tuple to = *t;

	if (w->mode != ADDRESS)
		return answer ? answer_to(w, &f->from) : f->to;
	if (answer)
		to.dst = f->from.src;
	else
		to.src = f->to.src;
	return to;
}

/* The flow whose answers would look the same. */
static struct flow *rival(struct rewriter *w, const struct tuple *to)
{
	struct tuple reply = answer_to(w, to);
	bool ignored;

	if (w->mode != ADDRESS)
		return find_flow(w, &reply, &ignored);
	for (size_t i = 0; i < w->n; i++)
		if (w->flows[i].to.src == to->src)
			return &w->flows[i];
	return NULL;
}

/* The next in sequence with which answers are told from all others'. */
static bool choose(struct rewriter *w, struct pattern *pattern, struct tuple *to)
{
	uint32_t n = pattern->more + 1;

	for (uint32_t i = 0; i < CANDIDATES; i++) {
		uint32_t k = (pattern->next + i) % n;

		if (w->mode == ADDRESS || w->mode == PAIR)
			to->src = pattern->src + k;
		else
			to->sport = (uint16_t)(pattern->sport + k);
		if (w->mode == PING)
			to->dport = to->sport;
		if (!rival(w, to)) {
			pattern->next = (k + 1) % n;
			return true;
		}
	}
	return false;
}

struct flow *new_flow(struct oracle *o, struct rewriter *w, struct way *way, bool keep,
		      const struct tuple *t)
{
	struct flow f = {.from = *t, .to = *t, .outs = {way->outs[0], way->outs[1]}};
	struct pattern *pattern = &way->pattern;
	struct flow *old;

	if (w->n == MAX_FLOWS) {
		o->unsure = true;
		return NULL;
	}
	if (!keep) {
		f.to.src = pattern->src ? pattern->src : t->src;
		f.to.dst = pattern->dst ? pattern->dst : t->dst;
		if (pattern->sport)
			f.to.sport = pattern->sport;
		if (pattern->dport)
			f.to.dport = pattern->dport;
		if (w->mode == PING)
			f.to.dport = f.to.sport;
		if (pattern->more && !choose(w, pattern, &f.to))
			return NULL;
	}
	f.reply = answer_to(w, &f.to);
	old = rival(w, &f.to);
	if (old)
		*old = w->flows[--w->n];
	w->flows[w->n] = f;
	return &w->flows[w->n++];
}

/* ---- Patterns --------------------------------------------------------------------------------*/

static bool port_word(const char *word, struct pattern *w)
{
	unsigned int low, high;
	int64_t v;

	if (!strcmp(word, "-"))
		return true;
	if (sscanf(word, "%u-%u#", &low, &high) == 2) {
		w->sport = (uint16_t)low;
		w->more = high - low;
		return word[strlen(word) - 1] == '#';
	}
	w->sport = parse_num(word, &v) ? (uint16_t)v : 0;
	return w->sport;
}

/* A range in sequence, one address, or '-'. */
static bool address_word(const char *word, struct pattern *w, bool range)
{
	unsigned int a[4], b[4];
	uint32_t low, high;
	char end = 0;

	if (!strcmp(word, "-"))
		return true;
	if (!range || sscanf(word, "%u.%u.%u.%u-%u.%u.%u.%u%c", &a[0], &a[1], &a[2], &a[3], &b[0],
			     &b[1], &b[2], &b[3], &end) != 9)
		return parse_ip(word, &w->src);
	low = a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3];
	high = b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	w->src = low;
	w->more = high - low;
	return end == '#';
}

bool parse_pattern(enum mode mode, const char **text, struct pattern *w)
{
	bool ports = mode == PORTS || mode == ANY_PORTS;
	char word[64];
	int64_t v;

	if (!conf_word(text, word, sizeof(word)) ||
	    !address_word(word, w, mode == ADDRESS || mode == PAIR))
		return false;
	if (ports && (!conf_word(text, word, sizeof(word)) || !port_word(word, w)))
		return false;
	if (!conf_word(text, word, sizeof(word)) || (strcmp(word, "-") && !parse_ip(word, &w->dst)))
		return false;
	if (mode == PING && (!conf_word(text, word, sizeof(word)) || !port_word(word, w)))
		return false;
	if (!ports)
		return true;
	if (!conf_word(text, word, sizeof(word)))
		return false;
	if (strcmp(word, "-") && !parse_num(word, &v))
		return false;
	w->dport = strcmp(word, "-") ? (uint16_t)v : 0;
	return true;
}
