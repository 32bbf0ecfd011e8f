// SPDX-License-Identifier: GPL-2.0-only
/*
 * The function of one rewriter. Its patterns, numbered through all inputs ("ways"), are constants;
 * what an input does with a packet that has no mapping is a switch over the input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/rewrite.h"
#include "loader/config/rewrite_ring.h"
#include "loader/mem.h"

struct emitter {
	const struct sl_inst *in;
	const struct sl_rw_specs *specs;
	uint32_t n; /* the instance's number */
	FILE *out;
};

static const struct rewrite_conf *conf(const struct emitter *e)
{
	return e->in->conf;
}

/* Which of the instances it uses this is. */
static uint32_t use(const struct emitter *e, const struct sl_inst *other)
{
	uint32_t k = 0;

	while (e->in->uses[k] != other)
		k++;
	return k;
}

void sl_rw_emit_marks(const struct sl_inst *in, const char *prefix, FILE *out)
{
	const struct sl_rw_specs *specs = in->priv;

	fprintf(out, "sl_inline __u32 %s_mark(__u32 input)\n{\n\tswitch (input) {\n", prefix);
	for (size_t i = 0; i < specs->n; i++)
		fprintf(out, "\tcase %zu:\n\t\treturn 0x%" PRIx32 "u;\n", i, specs->v[i].mark);
	fputs("\t}\n\treturn 0;\n}\n\n", out);
}

/* A value that may be unchanged (0). */
static void emit_value(const char *name, uint32_t value, uint32_t all, bool run, FILE *out)
{
	fprintf(out, " .%s = 0x%" PRIx32 ", .%s_keep = 0x%" PRIx32 ",", name, run ? 0 : value, name,
		value || run ? 0 : all);
	if (run)
		fprintf(out, " .%s_run = 0x%" PRIx32 ",", name, all);
}

static void emit_pattern(const struct sl_rw_way *w, uint32_t number, FILE *out)
{
	const struct sl_rw_pattern *p = &w->pattern;

	fprintf(out, "\tcase %" PRIu32 ":\n\t\t*w = (struct rewrite_pattern){", number);
	emit_value("saddr", p->saddr, UINT32_MAX, p->top && !p->napt, out);
	emit_value("daddr", p->daddr, UINT32_MAX, false, out);
	emit_value("sport", p->sport, UINT16_MAX, p->top && p->napt, out);
	emit_value("dport", p->dport, UINT16_MAX, false, out);
	fprintf(out,
		" .base = 0x%" PRIx32 ", .top = 0x%" PRIx32
		", .keep = %d, .sequential = %d, .out = %" PRIu32 ", .reply_out = %" PRIu32
		" };\n\t\tbreak;\n",
		p->napt ? ntohs(p->sport) : ntohl(p->saddr), p->top, p->keep, p->sequential, w->out,
		w->reply_out);
}

static void emit_patterns(const struct emitter *e)
{
	uint32_t number = 0;

	fprintf(e->out,
		"sl_inline void e%" PRIu32 "_pattern(__u32 way, struct rewrite_pattern *w)\n{\n"
		"\tswitch (way) {\n",
		e->n);
	for (size_t i = 0; i < e->specs->n; i++)
		for (size_t k = 0; k < e->specs->v[i].n_ways; k++)
			emit_pattern(&e->specs->v[i].ways[k], number++, e->out);
	fputs("\t}\n}\n\n", e->out);
}

/*
 * An established flow's packet is done with, mostly by what a hint says; what is in the way of a
 * new flow is removed. The key is put together only where the hint was none.
 */
static void emit_look(const struct emitter *e)
{
	fprintf(e->out,
		"/* 1: *r is what becomes of the packet; 0: it has no mapping. */\n"
		"sl_inline int e%" PRIu32 "_look(struct sl_pkt *p, const struct rewrite_conf *c,\n"
		"\tvoid *map, void *flows, void *hints, __u32 epoch, const struct rewrite_packet "
		"*k,\n\t__u32 *r)\n"
		"{\n\tstruct rewrite_work *w;\n\tstruct rewrite_hit h;\n"
		"\tenum rewrite_found found = rewrite_recall(c, flows, hints, k, &h);\n\n"
		"\tif (!sl_likely(found == REWRITE_HIT)) {\n"
		"\t\tw = SL_WORK();\n\t\tif (!w)\n\t\t\treturn 0;\n"
		"\t\trewrite_key(k, &w->key);\n"
		"\t\tfound = rewrite_find(c, map, flows, &w->key, &h);\n"
		"\t\tif (found == REWRITE_LEFT)\n\t\t\tsl_table_del(map, &w->key);\n"
		"\t\tif (found == REWRITE_HIT)\n"
		"\t\t\trewrite_remember(c, hints, k, h.slot, h.dir);\n\t}\n"
		"\tswitch (found) {\n"
		"\tcase REWRITE_HIT:\n"
		"\t\th.tick = (__u32)sl_ticks(p);\n"
		"\t\tif (sl_likely(rewrite_valid(p, c, h.f, e%" PRIu32
		"_mark(h.f->input), epoch, h.tick))) {\n"
		"\t\t\t*r = rewrite_apply(p, c, k->first, &h);\n\t\t\treturn 1;\n\t\t}\n"
		"\t\tw = SL_WORK();\n"
		"\t\tif (w && !rewrite_end(map, &h, w))\n\t\t\treturn 0;\n"
		"\t\t/* fall through */\n"
		"\tcase REWRITE_WAIT:\n\t\t*r = SL_KILL(STATE);\n\t\treturn 1;\n"
		"\tdefault:\n\t\treturn 0;\n\t}\n}\n\n",
		e->n, e->n);
}

/* ---- The function ----------------------------------------------------------------------------*/

static void emit_head(const struct emitter *e)
{
	const char *base = e->in->class->base;
	const struct sl_inst *owner = sl_rw_owner(e->in);

	fprintf(e->out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, __u32 port, const struct "
		"%s_conf *c,\n\tstruct %s_state *st, struct %s_rw *rw, void *map, void *flows,"
		" void *hints",
		e->n, base, base, base);
	for (uint32_t k = 0; k < e->in->n_uses; k++) {
		fprintf(e->out, ", void *u%" PRIu32 "rw", k);
		for (uint32_t t = 0;
		     e->in->uses[k]->class->tables && e->in->uses[k]->class->tables[t].name; t++)
			fprintf(e->out, ", void *u%" PRIu32 "t%" PRIu32, k, t);
	}
	fputs(")\n{\n\tstruct rewrite_packet k;\n\tstruct rewrite_work *w;\n"
	      "\tstruct rewrite_hit h;\n"
	      "\t__u32 r = rewrite_read(p, c, &k), way = 0, next = 0;\n\tenum "
	      "rewrite_found found;\n\t__u32 zero, epoch, reaping, random, i;\n\n",
	      e->out);
	if (owner != e->in)
		fprintf(e->out,
			"\tmap = u%" PRIu32 "t0;\n\tflows = u%" PRIu32 "t1;\n\thints = u%" PRIu32
			"t2;\n\tepoch = REWRITE_READ32(((struct rewrite_rw *)u%" PRIu32
			"rw)->epoch);\n",
			use(e, owner), use(e, owner), use(e, owner), use(e, owner));
	else
		fputs("\tepoch = REWRITE_READ32(rw->epoch);\n", e->out);
	for (uint32_t k = 0; k < e->in->n_uses; k++)
		fprintf(e->out, "\t(void)u%" PRIu32 "rw;\n", k);
}

static void emit_lookups(const struct emitter *e)
{
	fprintf(e->out,
		"\tif (r)\n\t\tgoto other;\n"
		"\tif (e%" PRIu32 "_look(p, c, map, flows, hints, epoch, &k, &r))\n\t\treturn r;\n",
		e->n);
	if (conf(e)->mode == REWRITE_ADDR)
		fprintf(e->out,
			"\trewrite_read_answer(p, &k);\n"
			"\tif (e%" PRIu32 "_look(p, c, map, flows, hints, epoch, &k, &r))\n"
			"\t\treturn r;\n\trewrite_read(p, c, &k);\n",
			e->n);
	if (conf(e)->mode == REWRITE_PING)
		fputs("\tr = SL_R_ELEMENT;\n\tif (rewrite_is_pong(p))\n\t\tgoto other;\n", e->out);
}

/* The pattern an input takes; of a mapper, the next. */
static void emit_turn(const struct emitter *e, const struct sl_rw_spec *s, uint32_t number)
{
	fprintf(e->out, "\t\tSL_SELDOM(p);\n\t\tway = %" PRIu32, number);
	if (s->mapper)
		fprintf(e->out,
			" + (__u32)(__sync_fetch_and_add(&((struct rewrite_list_rw *)u%" PRIu32
			"rw)->turn, 1) %% %zu)",
			use(e, s->mapper), s->n_ways);
	fputs(";\n\t\tbreak;\n", e->out);
}

/* What each input does with a packet of no flow. Few packets begin one. */
static void emit_inputs(const struct emitter *e)
{
	uint32_t number = 0;

	fputs("\tswitch (port) {\n", e->out);
	for (size_t i = 0; i < e->specs->n; i++) {
		const struct sl_rw_spec *s = &e->specs->v[i];

		fprintf(e->out, "\tcase %zu:\n", i);
		if (s->kind == SL_RW_DROP)
			fputs("\t\treturn SL_KILL(ELEMENT);\n", e->out);
		else if (s->kind == SL_RW_PASS)
			fprintf(e->out, "\t\treturn SL_OUT(%" PRIu32 ");\n", s->out);
		else if (sl_rw_by_hash(s))
			fprintf(e->out,
				"\t\tSL_SELDOM(p);\n\t\tway = %" PRIu32 " + e%" PRIu32
				"_ring%zu((__be32)k.addrs);\n\t\tbreak;\n",
				number, e->n, i);
		else
			emit_turn(e, s, number);
		number += (uint32_t)s->n_ways;
	}
	fputs("\tdefault:\n\t\treturn SL_KILL(ELEMENT);\n\t}\n", e->out);
}

/* Runs over the places where sequences are kept: reads them into `next`, or writes. */
static void emit_sequences(const struct emitter *e, bool write, const char *indent)
{
	uint32_t number = 0;

	fprintf(e->out, "%sswitch (way) {\n", indent);
	for (size_t i = 0; i < e->specs->n; i++) {
		for (size_t k = 0; k < e->specs->v[i].n_ways; k++, number++) {
			const struct sl_rw_pattern *w = &e->specs->v[i].ways[k].pattern;

			if (!w->sequential || !w->top)
				continue;
			fprintf(e->out, "%scase %" PRIu32 ":\n%s\t", indent, number, indent);
			if (!write)
				fputs("next = ", e->out);
			if (w->list)
				fprintf(e->out,
					"REWRITE_READ32(((struct rewrite_list_rw *)u%" PRIu32
					"rw)->next[%" PRIu32 "])",
					use(e, w->list), w->at);
			else
				fprintf(e->out, "REWRITE_READ32(rw->next[%zu])", i);
			fprintf(e->out, "%s;\n%s\tbreak;\n", write ? " = w->t.val + 1" : "",
				indent);
		}
	}
	fprintf(e->out, "%s}\n", indent);
}

/* Whether an input has several patterns to choose from. */
static bool chooses(const struct emitter *e)
{
	for (size_t i = 0; i < e->specs->n; i++)
		if (e->specs->v[i].n_ways > 1)
			return true;
	return false;
}

/* Whether some pattern's search begins anywhere in its range. */
static bool begins_anywhere(const struct emitter *e)
{
	for (size_t i = 0; i < e->specs->n; i++) {
		for (size_t k = 0; k < e->specs->v[i].n_ways; k++) {
			const struct sl_rw_pattern *w = &e->specs->v[i].ways[k].pattern;

			if (w->top && !w->sequential)
				return true;
		}
	}
	return false;
}

/* Tries candidates until one is free, or its mapping may go; then makes the mapping. */
static void emit_search(const struct emitter *e)
{
	fprintf(e->out,
		"\tw = SL_WORK();\n\tif (!w)\n\t\treturn rewrite_fail(st);\n"
		"\trewrite_key(&k, &w->key);\n\tw->now = rewrite_now(p);\n"
		"\treaping = rewrite_reaping(c, w->now);\n"
		"\tw->epoch = epoch;\n\trandom = %s;\n"
		"\tzero = REWRITE_READ32(rw->zero);\n",
		begins_anywhere(e) ? "sl_random(p)" : "0");
	emit_sequences(e, false, "\t");
	fprintf(e->out, "\te%" PRIu32 "_pattern(way, &w->t.w);\n", e->n);
	if (chooses(e))
		fputs("\trewrite_blur(&w->t.w, zero);\n\tREWRITE_BLUR(way, zero);\n", e->out);
	fputs("\trewrite_begin(w, next, random, zero);\n"
	      "#ifdef __clang__\n#pragma clang loop unroll(disable)\n#endif\n"
	      "\tfor (i = 0; i < REWRITE_TRIES && w->t.left; i++) {\n",
	      e->out);
	fprintf(e->out,
		"\t\trewrite_candidate(c, w);\n"
		"\t\tfound = rewrite_find(c, map, flows, &w->back, &h);\n"
		"\t\tif (found == REWRITE_NONE || found == REWRITE_LEFT)\n\t\t\tgoto fits;\n"
		"\t\tif (found == REWRITE_HIT &&\n\t\t    (!w->t.w.top || rewrite_over(c, h.f, "
		"e%" PRIu32 "_mark(h.f->input), epoch, reaping)))\n\t\t\tgoto fits;\n"
		"\t\trewrite_next(&w->t, zero);\n\t}\n"
		"\treturn rewrite_fail(st);\nfits:\n"
		"\tif (found == REWRITE_LEFT)\n\t\tsl_table_del(map, &w->back);\n"
		"\tif (found == REWRITE_HIT && rewrite_end(map, &h, w))\n"
		"\t\treturn rewrite_fail(st);\n",
		e->n);
	emit_sequences(e, true, "\t");
	fprintf(e->out,
		"\treturn rewrite_make(p, c, st, rw, map, flows, hints, &k, w, "
		"port, "
		"e%" PRIu32 "_mark(port));\n",
		e->n);
}

/* Packets that are none for mappings. */
static void emit_others(const struct emitter *e)
{
	fputs("other:\n\tswitch (port) {\n", e->out);
	for (size_t i = 0; i < e->specs->n; i++)
		if (e->specs->v[i].kind == SL_RW_PASS)
			fprintf(e->out, "\tcase %zu:\n\t\treturn SL_OUT(%" PRIu32 ");\n", i,
				e->specs->v[i].out);
	fputs("\t}\n\treturn SL_PORT_NONE | r << 8;\n}\n", e->out);
}

int sl_rw_emit(const struct sl_inst *in, FILE *out)
{
	struct emitter e = {in, in->priv, in->index, out};
	char prefix[16];
	int ret = 0;

	snprintf(prefix, sizeof(prefix), "e%" PRIu32, e.n);
	sl_rw_emit_marks(in, prefix, out);
	for (size_t i = 0; i < e.specs->n && !ret; i++)
		if (sl_rw_by_hash(&e.specs->v[i]))
			ret = sl_rw_ring_emit(&e.specs->v[i], e.n, i, out);
	if (ret)
		return ret;
	emit_patterns(&e);
	emit_look(&e);
	emit_head(&e);
	emit_lookups(&e);
	emit_inputs(&e);
	emit_search(&e);
	emit_others(&e);
	return 0;
}
