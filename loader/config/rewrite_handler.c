// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of rewriters. Listings are in Click's format, flow by flow. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/rewrite.h"
#include "loader/mem.h"

/* ---- Going through the flows -----------------------------------------------------------------*/

struct walk {
	struct sl_live *l;
	const struct sl_inst *in, *owner;
	uint32_t slot, epoch, now;
	bool begun;
	struct rewrite_flow f;
};

static const struct rewrite_conf *conf(const struct sl_inst *in)
{
	return in->conf;
}

static int begin(struct sl_live *l, const struct sl_inst *in, struct walk *w)
{
	*w = (struct walk){.l = l, .in = in, .owner = sl_rw_owner(in)};
	w->now = (uint32_t)(l->ops->now_ns(l) >> REWRITE_UNIT_BITS);
	return l->ops->rw_get(l, w->owner->index, &w->epoch, offsetof(struct rewrite_rw, epoch),
			      sizeof(w->epoch));
}

/* The next flow in force, of whatever rewriter that shares the table. */
static bool step(struct walk *w)
{
	const struct rewrite_conf *c = conf(w->in);

	for (;;) {
		uint32_t prev = w->slot;

		if (w->l->ops->table_next(w->l, w->owner->index, SL_RW_FLOWS,
					  w->begun ? &prev : NULL, &w->slot))
			return false;
		w->begun = true;
		if (!w->slot || w->slot > c->slots ||
		    w->l->ops->table_get(w->l, w->owner->index, SL_RW_FLOWS, &w->slot, &w->f))
			continue;
		if ((w->f.word & REWRITE_WORD_MASK) != REWRITE_LIVE || w->f.epoch != w->epoch ||
		    rewrite_reaped(c, w->f.expires, rewrite_reaping(c, w->now)))
			continue;
		return true;
	}
}

/* The next flow of this rewriter. */
static bool step_own(struct walk *w)
{
	const struct sl_rw_specs *specs = w->in->priv;

	while (step(w))
		if (w->f.space >> 8 == conf(w->in)->space >> 8 && w->f.input < specs->n &&
		    specs->v[w->f.input].mark == w->f.mark)
			return true;
	return false;
}

/* ---- Listings --------------------------------------------------------------------------------*/

struct side {
	uint32_t saddr, daddr;
	uint16_t sport, dport;
};

/* What packets of a flow look like on one side of the rewriter, in one direction. */
static struct side side(const struct rewrite_flow *f, bool answer, bool behind)
{
	if (!answer && !behind)
		return (struct side){f->saddr, f->daddr, f->sport, f->dport};
	if (!answer)
		return (struct side){f->back_daddr, f->back_saddr, f->back_dport, f->back_sport};
	if (!behind)
		return (struct side){f->back_saddr, f->back_daddr, f->back_sport, f->back_dport};
	return (struct side){f->daddr, f->saddr, f->dport, f->sport};
}

static void print_ip(const char *before, uint32_t addr, FILE *out)
{
	fputs(before, out);
	sl_value_print(SL_T_IP4, &addr, NULL, out);
}

static void print_side(const struct sl_inst *in, const struct side *s, bool answer, FILE *out)
{
	switch (conf(in)->mode) {
	case REWRITE_ADDR:
		print_ip("", answer ? s->daddr : s->saddr, out);
		break;
	case REWRITE_PORTS:
		print_ip("(", s->saddr, out);
		fprintf(out, ", %u", ntohs(s->sport));
		print_ip(", ", s->daddr, out);
		fprintf(out, ", %u)", ntohs(s->dport));
		break;
	default:
		print_ip("(", s->saddr, out);
		print_ip(", ", s->daddr, out);
		if (conf(in)->mode == REWRITE_PING)
			fprintf(out, ", %u", ntohs(answer ? s->dport : s->sport));
		fputc(')', out);
	}
}

static void print_flow(const struct walk *w, bool answer, FILE *out)
{
	struct side before = side(&w->f, answer, false), behind = side(&w->f, answer, true);
	int64_t left = (int64_t)(int32_t)(w->f.expires - w->now) * (1 << REWRITE_UNIT_BITS);
	/* Units are rounded up. */
	int64_t seconds = (left + 500000000) / 1000000000;

	print_side(w->in, &before, answer, out);
	fputs(" => ", out);
	print_side(w->in, &behind, answer, out);
	fprintf(out, " [%s%u %s%u] i%u exp%" PRId64 "\n", answer ? "" : "*", w->f.out,
		answer ? "*" : "", w->f.reply_out, w->f.input, seconds);
}

/* `offset` of the handler is the protocol whose flows are wanted, or 0. */
int sl_h_rw_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		  const char *args, FILE *out, struct sl_diags *d)
{
	struct walk w;
	int ret = begin(l, in, &w);

	(void)args, (void)d;
	while (!ret && step_own(&w)) {
		if (h->offset && (w.f.space & 0xff) != h->offset)
			continue;
		print_flow(&w, false, out);
		print_flow(&w, true, out);
	}
	return ret;
}

int sl_h_rw_table_size(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	struct walk w;
	uint32_t n = 0;
	int ret = begin(l, in, &w);

	(void)h, (void)args, (void)d;
	while (!ret && step_own(&w))
		n++;
	if (!ret)
		fprintf(out, "%" PRIu32, n);
	return ret;
}

int sl_h_rw_size(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *args, FILE *out, struct sl_diags *d)
{
	struct walk w;
	uint32_t n = 0;
	int ret = begin(l, in, &w);

	(void)h, (void)args, (void)d;
	while (!ret && step(&w))
		n++;
	if (!ret)
		fprintf(out, "%" PRIu32, n);
	return ret;
}

/* ---- Looking up ------------------------------------------------------------------------------*/

static int refuse(const struct sl_inst *in, const struct sl_handler *h, const char *text,
		  const char *why, const char *hint, struct sl_diags *d)
{
	sl_diag_hint(sl_diag_element(
			     sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name, text, why),
			     in->elem->name),
		     "%s", hint);
	return -EINVAL;
}

static bool read_side(struct sl_live *l, const struct sl_inst *in, const char *args, struct side *s)
{
	size_t n = 0;
	char **words = sl_rw_words(args, &n);
	uint16_t sport = 0, dport = 0;
	const char *why;
	bool ok;

	ok = words && n == 4 &&
	     !sl_parse_value(SL_T_IP4, words[0], l->program, in->elem, &s->saddr, &why) &&
	     !sl_names_port(l->program, in->elem, words[1], SL_IPPROTO_TCP, &sport) &&
	     !sl_parse_value(SL_T_IP4, words[2], l->program, in->elem, &s->daddr, &why) &&
	     !sl_names_port(l->program, in->elem, words[3], SL_IPPROTO_TCP, &dport);
	s->sport = htons(sport);
	s->dport = htons(dport);
	sl_rw_words_free(words);
	return ok;
}

static bool same(const struct side *a, const struct side *b)
{
	return a->saddr == b->saddr && a->daddr == b->daddr && a->sport == b->sport &&
	       a->dport == b->dport;
}

int sl_h_rw_lookup(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *args, FILE *out, struct sl_diags *d)
{
	struct side want = {0};
	struct walk w;
	int ret;

	if (!read_side(l, in, args, &want))
		return refuse(in, h, args, "expected SADDR SPORT DADDR DPORT",
			      "give addresses and ports of a packet that comes in", d);
	ret = begin(l, in, &w);
	while (!ret && step_own(&w)) {
		for (int answer = 1; answer >= 0; answer--) {
			struct side before = side(&w.f, answer, false);
			struct side to = side(&w.f, answer, true);

			if ((w.f.space & 0xff) != h->offset || !same(&before, &want))
				continue;
			print_ip("", to.saddr, out);
			fprintf(out, " %u", ntohs(to.sport));
			print_ip(" ", to.daddr, out);
			fprintf(out, " %u", ntohs(to.dport));
			return 0;
		}
	}
	return ret;
}

/* ---- Patterns --------------------------------------------------------------------------------*/

static void print_spec(const struct sl_rw_spec *s, uint32_t flows, FILE *out)
{
	static const char *const names[] = {[SL_RW_DROP] = "<drop>",
					    [SL_RW_PASS] = "<nochange>",
					    [SL_RW_KEEP] = "<keep>",
					    [SL_RW_MAPPER] = "<mapper>"};

	if (s->kind == SL_RW_PATTERN)
		sl_rw_pattern_print(&s->ways[0].pattern, out);
	else
		fputs(names[s->kind], out);
	if (flows)
		fprintf(out, " [%" PRIu32 "]", flows);
	fputc('\n', out);
}

static int print_specs(struct sl_live *l, const struct sl_inst *in, uint32_t from, uint32_t to,
		       FILE *out)
{
	const struct sl_rw_specs *specs = in->priv;
	uint32_t flows[REWRITE_INPUTS] = {0};
	struct walk w;
	int ret = begin(l, in, &w);

	while (!ret && step_own(&w))
		flows[w.f.input]++;
	for (uint32_t i = from; !ret && i < to && i < specs->n; i++)
		print_spec(&specs->v[i], flows[i], out);
	return ret;
}

int sl_h_rw_patterns(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	(void)h, (void)args, (void)d;
	return print_specs(l, in, 0, REWRITE_INPUTS, out);
}

int sl_h_rw_pattern(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *args, FILE *out, struct sl_diags *d)
{
	const struct sl_rw_specs *specs = in->priv;

	(void)args, (void)d;
	if (h->offset >= specs->n)
		return -ENOENT;
	return print_specs(l, in, h->offset, h->offset + 1, out);
}

/* The configuration with the argument of input `input` (or, if there is none such, the capacity)
 * replaced. */
static int replace(struct sl_live *l, const struct sl_inst *in, uint32_t input, const char *text)
{
	const struct sl_elem *e = in->elem;
	struct sl_match m = {0};
	uint32_t k = 0, capacity = input == UINT32_MAX;
	char *config = NULL;
	size_t len = 0;
	FILE *f;

	if (sl_match_args(in->class, e->args, e->n_args, &m))
		return -ENOMEM;
	f = open_memstream(&config, &len);
	for (size_t j = 0; f && j < e->n_args; j++) {
		int a = m.arg[sl_param_index(in->class, "MAPPING_CAPACITY")];
		int b = m.arg[sl_param_index(in->class, "CAPACITY")];

		if (capacity && ((int)j == a || (int)j == b))
			continue;
		fputs(j ? ", " : "", f);
		if (!m.used[j] && k++ == input)
			fputs(text, f);
		else
			fputs(e->args[j].text, f);
	}
	if (f && capacity)
		fprintf(f, ", MAPPING_CAPACITY %s", text);
	sl_match_free(&m);
	if (!f || fclose(f)) {
		free(config);
		return -ENOMEM;
	}
	free(l->new_config);
	l->new_config = config;
	return 0;
}

int sl_h_rw_pattern_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const struct sl_rw_specs *specs = in->priv;
	struct sl_arg *args = NULL;
	struct sl_rw_spec s;
	const char *why = "";
	size_t n = 0;
	int ret;

	if (h->offset >= specs->n)
		return -ENOENT;
	ret = sl_split_args(value, SL_NOPOS, &args, &n);
	if (ret)
		return ret;
	if (n == 1)
		ret = sl_rw_spec_parse(l->program, in, args[0].text, &s, &why);
	if (n != 1 || ret == -EINVAL)
		ret = refuse(in, h, value, n == 1 ? why : "not one argument",
			     "give an input specification, as in the configuration", d);
	if (!ret) {
		sl_rw_spec_free(&s);
		ret = replace(l, in, h->offset, args[0].text);
	}
	sl_args_free(args, n);
	return ret;
}

/* ---- Capacity --------------------------------------------------------------------------------*/

int sl_h_rw_capacity(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)h, (void)args, (void)d;
	fprintf(out, "%" PRIu32, conf(in)->slots);
	return 0;
}

int sl_h_rw_capacity_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *value, struct sl_diags *d)
{
	size_t n = 0;
	char **words = sl_rw_words(value, &n);
	bool negative = false;
	uint64_t v = 0;
	int ret;

	if (!words)
		return -ENOMEM;
	if (sl_rw_owner(in) != in)
		ret = refuse(in, h, value, "it shares the capacity of another rewriter",
			     "write to the handler of that one", d);
	else if (n != 1 || !sl_text_int(words[0], &negative, &v) || negative || !v ||
		 v > SL_RW_MAX_CAPACITY)
		ret = refuse(in, h, value, "no capacity", "give a number from 1 to 1048576", d);
	else
		ret = replace(l, in, UINT32_MAX, words[0]);
	sl_rw_words_free(words);
	return ret;
}

/* Flows of another epoch are over. */
int sl_h_rw_clear(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		  const char *value, struct sl_diags *d)
{
	const size_t at = offsetof(struct rewrite_rw, epoch);
	const struct sl_inst *owner = sl_rw_owner(in);
	uint32_t epoch;
	int ret;

	(void)h, (void)value, (void)d;
	ret = l->ops->rw_get(l, owner->index, &epoch, at, sizeof(epoch));
	epoch++;
	return ret ? ret : l->ops->rw_set(l, owner->index, &epoch, at, sizeof(epoch));
}

const struct sl_handler sl_rw_handlers[] = {
	SL_HANDLER_RW_TABLE("table", 0, "mappings, two a flow"),
	SL_HANDLERS_RW,
	SL_HANDLERS_END,
};
