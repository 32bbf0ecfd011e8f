// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPRewriter, and the function of each instance: one table after the other. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/rewrite.h"
#include "loader/mem.h"
#include "bpf/element/icmp_rewriter.h"

#define MAX_MAPS 8

struct maps {
	struct {
		const struct sl_inst *rewriter, *owner;
		int32_t offset; /* of the outputs; negative: all leave by output 0 */
	} v[MAX_MAPS];
	size_t n;
};

static const struct sl_param params[] = {
	SL_PARAM_X("MAPS", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "names of rewriters, perhaps in quotes: NAME, or NAME:OFFSET"),
	SL_RW_PARAM_DST,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct icmp_rewriter_conf, n_out, U8),
	SL_FIELD(struct icmp_rewriter_conf, dst_anno, U8),
	SL_FIELD(struct icmp_rewriter_conf, reply_anno, U8),
	SL_FIELD(struct icmp_rewriter_conf, rest_port, U8),
	SL_FIELDS_END,
};

static int wrong(struct sl_conf *cf, const char *word, const char *why)
{
	sl_diag_hint(
		sl_conf_error(cf, sl_conf_arg(cf, "MAPS"), "bad-argument", "'%s': %s", word, why),
		"give the names of IPRewriter and its relatives, at most %d, with a space "
		"between",
		MAX_MAPS);
	return -EINVAL;
}

static int add_map(struct sl_conf *cf, struct maps *m, const char *word)
{
	_free_ char *name = strdup(word);
	const struct sl_inst *rewriter = NULL, *owner = NULL;
	char *colon = name ? strrchr(name, ':') : NULL;
	unsigned int n_out = cf->inst->elem->n_out;
	bool negative = false;
	uint64_t offset = 0;
	int ret;

	if (!name)
		return -ENOMEM;
	if (colon)
		*colon = 0;
	if (colon && (!sl_text_int(colon + 1, &negative, &offset) || negative))
		return wrong(cf, word, "not an IP rewriter");
	if (m->n == MAX_MAPS)
		return wrong(cf, word, "too many rewriters");
	rewriter = sl_inst_named(cf->program, cf->inst->elem, name);
	if (!rewriter || sl_rw_find_owner(cf->program, rewriter, &owner))
		return wrong(cf, word, "not an IP rewriter");
	if (colon && offset + rewriter->elem->n_out > n_out)
		return wrong(cf, word, "port offset requires more outputs than there are");
	ret = sl_conf_use_inst(cf, sl_conf_arg(cf, "MAPS"), owner);
	if (ret)
		return ret;
	m->v[m->n].rewriter = rewriter;
	m->v[m->n].owner = owner;
	m->v[m->n++].offset = colon ? (int32_t)offset : -1;
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct icmp_rewriter_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "MAPS");
	_free_ char *text = NULL;
	struct maps *m = calloc(1, sizeof(*m));
	bool offsets = false;
	char **words;
	size_t n, len;
	int ret = 0;

	if (!m)
		return -ENOMEM;
	cf->inst->priv = m;
	text = sl_unquote(arg->text, &len);
	words = text ? sl_rw_words(text, &n) : NULL;
	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < n && !ret; i++)
		ret = add_map(cf, m, words[i]);
	sl_rw_words_free(words);
	if (!ret && !n)
		ret = wrong(cf, "", "no IP rewriters supplied");
	for (size_t i = 0; i < m->n; i++)
		offsets |= m->v[i].offset >= 0;
	c->n_out = (uint8_t)cf->inst->elem->n_out;
	c->rest_port = c->n_out == 2 && !offsets ? 1 : SL_PORT_NONE;
	sl_rw_annos(cf, &c->dst_anno, &c->reply_anno);
	cf->inst->weight = 100 + 300 * (uint32_t)m->n;
	return ret;
}

/* ---- The function ----------------------------------------------------------------------------*/

static uint32_t use(const struct sl_inst *in, const struct sl_inst *other)
{
	uint32_t k = 0;

	while (in->uses[k] != other)
		k++;
	return k;
}

/* What is to be known of a rewriter, and looking into its table. */
static void emit_map(const struct sl_inst *in, const struct maps *m, size_t i, FILE *out)
{
	const struct rewrite_conf *c = m->v[i].rewriter->conf;
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "e%" PRIu32 "_m%zu", in->index, i);
	sl_rw_emit_marks(m->v[i].rewriter, prefix, out);
	fprintf(out,
		"static const struct rewrite_conf %s = {.reap = %" PRIu64 ", .slots = %" PRIu32
		", .space = %" PRIu32 ", .mode = %u, .protos = %u, .by_proto = %u };\n\n",
		prefix, (uint64_t)c->reap, c->slots, c->space, c->mode, c->protos, c->by_proto);
	fprintf(out,
		"sl_inline int %s_look(struct sl_pkt *p, const struct icmp_rewriter_conf *c,\n"
		"\tconst struct icmp_rewriter_quote *q, const struct rewrite_key *k, void *map,\n"
		"\tvoid *flows, __u32 epoch, __u32 *r)\n{\n\tstruct rewrite_hit h;\n\n"
		"\tif (rewrite_find(&%s, map, flows, k, &h) != REWRITE_HIT ||\n"
		"\t    !rewrite_valid(p, &%s, h.f, %s_mark(h.f->input), epoch,\n"
		"\t    (__u32)sl_ticks(p)))\n\t\treturn 0;\n"
		"\t*r = icmp_rewriter_apply(p, c, &%s, q, &h, %d);\n\treturn 1;\n}\n\n",
		prefix, prefix, prefix, prefix, prefix, m->v[i].offset);
}

#define EPOCH "REWRITE_READ32(((struct rewrite_rw *)u%" PRIu32 "rw)->epoch)"

static void emit_look(const struct sl_inst *in, const struct maps *m, size_t i, FILE *out)
{
	const struct rewrite_conf *c = m->v[i].rewriter->conf;
	uint32_t k = use(in, m->v[i].owner), n = in->index;

	fprintf(out,
		"\tif (!icmp_rewriter_key(&e%" PRIu32 "_m%zu, &q, &k) &&\n\t    e%" PRIu32
		"_m%zu_look(p, c, &q, &k, u%" PRIu32 "t0, u%" PRIu32 "t1, " EPOCH
		", &r))\n\t\treturn r;\n",
		n, i, n, i, k, k, k);
	if (c->mode != REWRITE_ADDR)
		return;
	fprintf(out,
		"\tk = (struct rewrite_key){0, q.src, REWRITE_SIDE, 0, %" PRIu32
		"u};\n\tif (e%" PRIu32 "_m%zu_look(p, c, &q, &k, u%" PRIu32 "t0, u%" PRIu32
		"t1, " EPOCH ", &r))\n\t\treturn r;\n",
		c->space, n, i, k, k, k);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct maps *m = in->priv;

	for (size_t i = 0; i < m->n; i++)
		emit_map(in, m, i, out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32
		"_run(struct sl_pkt *p, const struct icmp_rewriter_conf *c",
		in->index);
	for (uint32_t k = 0; k < in->n_uses; k++)
		fprintf(out,
			", void *u%" PRIu32 "rw, void *u%" PRIu32 "t0, void *u%" PRIu32
			"t1, void *u%" PRIu32 "t2",
			k, k, k, k);
	fputs(")\n{\n\tstruct icmp_rewriter_quote q;\n\tstruct rewrite_key k;\n\t__u32 r;\n\n",
	      out);
	fputs("\tif (rewrite_proto(p) != SL_IPPROTO_ICMP)\n\t\treturn SL_KILL(ELEMENT);\n"
	      "\tif (icmp_rewriter_read(p, &q))\n\t\treturn icmp_rewriter_rest(c);\n",
	      out);
	for (size_t i = 0; i < m->n; i++)
		emit_look(in, m, i, out);
	fputs("\treturn icmp_rewriter_rest(c);\n}\n", out);
	return 0;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
	in->priv = NULL;
}

const struct sl_class sl_class_icmp_rewriter = {
	.spec = {.name = "ICMPRewriter", .ports = "1/1-", .processing = "h"},
	.base = "icmp_rewriter",
	.summary = "rewrites ICMP errors about packets that were rewritten",
	.help = "Of destination unreachable, source quench, redirect, time exceeded and parameter "
		"problem, the packet that is quoted is looked up in the tables of MAPS, one after "
		"the other, as it left the rewriter. If it is there, the quote becomes what the "
		"sender sent, with its checksums, and the error's destination becomes the sender. "
		"It leaves by output 0; with NAME:OFFSET, by the mapping's output plus OFFSET. "
		"Looking up an error keeps no flow alive.\n\n"
		"Errors about other packets, and ICMP that is no error, leave by output 1 if there "
		"are two outputs and no offsets; otherwise they are dropped. (Click's text says "
		"the same; its code always drops them.) Other protocols are dropped. For "
		"IPAddrRewriter, which maps one address, the other address in the quote stays. "
		"MAPS are at most eight.",
	.flags = SL_C_STILL | SL_C_REWRITE | SL_C_COLD,
	.params = params,
	.conf_size = sizeof(struct icmp_rewriter_conf),
	.conf = conf,
	.configure = configure,
	.emit = emit,
	.release = release,
	.weight = 400,
};
