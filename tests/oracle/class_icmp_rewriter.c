// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's ICMPRewriter: errors about packets that a rewriter changed. */
#include "tests/oracle/nat.h"

#define MAX_MAPS 4

struct icmp_rewriter {
	char names[MAX_MAPS][32];
	int offsets[MAX_MAPS]; /* -1: none */
	uint32_t n;
	bool any_offset;
};

static void icmp_rewriter_conf(struct oconf *c)
{
	struct icmp_rewriter *x = c->e->priv;
	const char *text = conf_take(c, "MAPS", true);
	char word[32];

	while (text && conf_word(&text, word, sizeof(word)) && x->n < MAX_MAPS) {
		char *colon = strchr(word, ':');
		int64_t v = -1;

		if (colon) {
			*colon = 0;
			if (!parse_num(colon + 1, &v))
				conf_fail(c, "'%s'?", word);
			x->any_offset = true;
		}
		snprintf(x->names[x->n], sizeof(x->names[0]), "%s", word);
		x->offsets[x->n++] = (int)v;
	}
}

static struct rewriter *find_rewriter(struct oracle *o, const char *name)
{
	for (size_t i = 0; i < o->graph->n_elems; i++)
		if (!strcmp(o->els[i].elem->name, name))
			return o->els[i].priv;
	return NULL;
}

/* What was sent, when `left` left the rewriter; false: nothing it knows of. */
static bool look_back(struct oracle *o, struct rewriter *w, const struct tuple *left,
		      struct tuple *sent, int *out)
{
	struct tuple back = turned(left), now;
	struct flow *f;
	bool answer;

	reap(o, w);
	if (w->mode == PING)
		back.proto = left->proto ? 0 : 8;
	f = find_flow(w, &back, &answer);
	if (!f)
		return false;
	now = becomes(w, f, &back, answer);
	*sent = turned(&now);
	*out = f->outs[answer];
	return true;
}

static int no_error(struct oracle *o, struct oel *e, const struct icmp_rewriter *x)
{
	return e->n_out == 2 && !x->any_offset ? 1 : dropped(o, e, NULL);
}

static int icmp_rewriter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct icmp_rewriter *x = e->priv;
	uint8_t *ip = at(p, p->nh), *icmp = at(p, p->th), *quote;
	size_t nh = p->th + 8, th;

	(void)port;
	if (from(p, p->nh) < 20 || ip[9] != ICMP)
		return dropped(o, e, NULL);
	if (get16(ip + 6) & 0x1fff || from(p, p->th) < 8 + 20 ||
	    (icmp[0] != 3 && icmp[0] != 4 && icmp[0] != 5 && icmp[0] != 11 && icmp[0] != 12))
		return no_error(o, e, x);
	quote = p->bytes + nh;
	if (quote[0] >> 4 != 4 || (quote[0] & 15) < 5)
		return no_error(o, e, x);
	th = nh + (size_t)(quote[0] & 15) * 4;
	for (uint32_t i = 0; i < x->n; i++) {
		struct rewriter *w = find_rewriter(o, x->names[i]);
		struct tuple t, sent;
		int out;

		if (!w || read_tuple(w, p, nh, th, &t) || !look_back(o, w, &t, &sent, &out))
			continue;
		/* The error goes to who sent the packet. */
		if (get32(ip + 16) == t.src) {
			for (int half = 0; half < 2; half++) {
				uint8_t *word = ip + 16 + 2 * half;
				uint16_t was = get16(word);

				put16(word, sent.src >> (half ? 0 : 16));
				if (was != get16(word))
					change_sum(ip + 10, was, get16(word));
			}
			put32(p->anno + ANNO_DST, sent.src);
		}
		write_tuple(p, nh, th, w->mode, &sent, icmp + 2);
		return x->offsets[i] >= 0 ? out + x->offsets[i] : 0;
	}
	return no_error(o, e, x);
}

const struct oclass icmp_rewriter_classes[] = {
	{.names = "ICMPRewriter",
	 .ports = "1/1-",
	 .processing = "h",
	 .priv_size = sizeof(struct icmp_rewriter),
	 .configure = icmp_rewriter_conf,
	 .push = icmp_rewriter},
	{0},
};
