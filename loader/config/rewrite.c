// SPDX-License-Identifier: GPL-2.0-only
/* Configuring rewriters: times, capacity, whose tables they use, their input specifications. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/rewrite.h"
#include "loader/mem.h"

/* Flows when MAPPING_CAPACITY does not say, and at most. Tables are made for a power of two of
 * them, so that another capacity often finds the table it needs. */
#define DEFAULT_CAPACITY 16384
#define MIN_SLOTS 1024
/* More do not stay in a CPU's cache. */
#define MAX_HINTS 32768
/* A graph that follows another looks for free slots so far from where that does: both give out
 * slots for a while, and what the old one gave out last is copied to the same slots of the new one.
 */
#define HAND_GAP 128
/* From one rewriter that shares another's capacity to the next: each begins anew, so a long row of
 * them would take long to configure. */
#define MAX_HOPS 16
/* 24 days: far from where times, compared as signed numbers, would begin anew. */
#define MAX_TIME ((24ull * 86400 * 1000000000) >> REWRITE_UNIT_BITS)

const struct sl_field sl_rw_conf[] = {
	SL_FIELD_N(struct rewrite_conf, plain, U32),
	SL_FIELD_N(struct rewrite_conf, full, U32),
	SL_FIELD(struct rewrite_conf, done, U32),
	SL_FIELD_N(struct rewrite_conf, guarantee, U32),
	SL_FIELD(struct rewrite_conf, reap, U64),
	SL_FIELD(struct rewrite_conf, slots, U32),
	SL_FIELD(struct rewrite_conf, hint_mask, U32),
	SL_FIELD(struct rewrite_conf, space, U32),
	SL_FIELD(struct rewrite_conf, mode, U8),
	SL_FIELD(struct rewrite_conf, protos, U8),
	SL_FIELD(struct rewrite_conf, by_proto, U8),
	SL_FIELD(struct rewrite_conf, n_out, U8),
	SL_FIELD(struct rewrite_conf, dst_anno, U8),
	SL_FIELD(struct rewrite_conf, reply_anno, U8),
	SL_FIELDS_END,
};

const struct sl_field sl_rw_state[] = {
	SL_FIELD(struct rewrite_state, failures, U64),
	SL_FIELDS_END,
};

const struct sl_field sl_rw_rw[] = {
	SL_FIELD(struct rewrite_rw, hand, U32),	  SL_FIELD(struct rewrite_rw, zero, U32),
	SL_FIELD(struct rewrite_rw, epoch, U32),  SL_FIELD(struct rewrite_rw, unused, U32),
	SL_FIELD_N(struct rewrite_rw, next, U32), SL_FIELDS_END,
};

const struct sl_field sl_rw_list_rw[] = {
	SL_FIELD(struct rewrite_list_rw, turn, U64),
	SL_FIELD_N(struct rewrite_list_rw, next, U32),
	SL_FIELDS_END,
};

static const struct sl_field map_key[] = {
	SL_FIELD(struct rewrite_key, saddr, IP4),  SL_FIELD(struct rewrite_key, daddr, IP4),
	SL_FIELD(struct rewrite_key, sport, BE16), SL_FIELD(struct rewrite_key, dport, BE16),
	SL_FIELD(struct rewrite_key, space, U32),  SL_FIELDS_END,
};

struct entry {
	uint64_t ref;
};

static const struct sl_field map_value[] = {
	SL_FIELD(struct entry, ref, U64),
	SL_FIELDS_END,
};

static const struct sl_field flow[] = {
	SL_FIELD(struct rewrite_flow, word, U32),
	SL_FIELD(struct rewrite_flow, mark, U32),
	SL_FIELD(struct rewrite_flow, saddr, IP4),
	SL_FIELD(struct rewrite_flow, daddr, IP4),
	SL_FIELD(struct rewrite_flow, sport, BE16),
	SL_FIELD(struct rewrite_flow, dport, BE16),
	SL_FIELD(struct rewrite_flow, space, U32),
	SL_FIELD(struct rewrite_flow, back_saddr, IP4),
	SL_FIELD(struct rewrite_flow, back_daddr, IP4),
	SL_FIELD(struct rewrite_flow, back_sport, BE16),
	SL_FIELD(struct rewrite_flow, back_dport, BE16),
	SL_FIELD(struct rewrite_flow, ip_delta, U16),
	SL_FIELD(struct rewrite_flow, l4_delta, U16),
	SL_FIELD(struct rewrite_flow, expires, U32),
	SL_FIELD(struct rewrite_flow, safe, U32),
	SL_FIELD(struct rewrite_flow, tick, U32),
	SL_FIELD(struct rewrite_flow, seen, U32),
	SL_FIELD(struct rewrite_flow, epoch, U32),
	SL_FIELD(struct rewrite_flow, input, U8),
	SL_FIELD(struct rewrite_flow, anno, U8),
	SL_FIELD(struct rewrite_flow, out, U8),
	SL_FIELD(struct rewrite_flow, reply_out, U8),
	SL_FIELDS_END,
};
_Static_assert(sizeof(struct rewrite_flow) == 64, "a cache line");

/* What the data path calls REWRITE_LEFT: the slot has another flow, or none. */
static bool is_stray(struct sl_live *l, const struct sl_inst *in, const void *key,
		     const void *value)
{
	struct rewrite_key k;
	struct rewrite_flow f;
	uint64_t ref;
	uint32_t slot, state;

	memcpy(&k, key, sizeof(k));
	memcpy(&ref, value, sizeof(ref));
	slot = (uint32_t)(ref >> 1);
	if (!slot || l->ops->table_get(l, in->index, SL_RW_FLOWS, &slot, &f))
		return true;
	state = f.word & REWRITE_WORD_MASK;
	return state == REWRITE_FREE || (state == REWRITE_LIVE && !rewrite_has(&f, ref & 1, &k));
}

const struct sl_table sl_rw_tables[] = {
	{.name = "map",
	 .type = SL_TABLE_HASH,
	 .key_size = sizeof(struct rewrite_key),
	 .value_size = sizeof(uint64_t),
	 .entries_offset = offsetof(struct rewrite_conf, map),
	 .key = map_key,
	 .value = map_value,
	 .stray = is_stray},
	{.name = "flows",
	 .type = SL_TABLE_ARRAY,
	 .key_size = sizeof(uint32_t),
	 .value_size = sizeof(struct rewrite_flow),
	 .entries_offset = offsetof(struct rewrite_conf, flows),
	 .value = flow},
	{.name = "hints",
	 .type = SL_TABLE_ARRAY,
	 .key_size = sizeof(uint32_t),
	 .value_size = sizeof(uint64_t),
	 .entries_offset = offsetof(struct rewrite_conf, hints),
	 .value = map_value},
	{.name = NULL},
};

/* ---- Times -----------------------------------------------------------------------------------*/

/* The first of these parameters that is given, or the last one's default, in ns. */
static uint64_t time_ns(struct sl_conf *cf, const char *const *names)
{
	const struct sl_arg *arg = NULL;
	uint64_t ns = 0;

	for (; *names; names++) {
		arg = sl_conf_arg(cf, *names);
		if (arg || !names[1]) {
			sl_inst_param(cf->inst, *names, &ns);
			break;
		}
	}
	if (ns <= MAX_TIME << REWRITE_UNIT_BITS)
		return ns;
	sl_conf_note(cf, arg, "time", "%s: longer than 24 days counts as 24 days", *names);
	return MAX_TIME << REWRITE_UNIT_BITS;
}

uint32_t sl_rw_time(struct sl_conf *cf, const char *const *names)
{
	uint64_t ns = time_ns(cf, names);

	return (uint32_t)((ns >> REWRITE_UNIT_BITS) + !!(ns & ((1u << REWRITE_UNIT_BITS) - 1)));
}

void sl_rw_times_tcp(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->plain[REWRITE_T_TCP] = sl_rw_time(cf, (const char *const[]){"TCP_NODATA_TIMEOUT", NULL});
	c->full[REWRITE_T_TCP] = sl_rw_time(
		cf, (const char *const[]){"TCP_TIMEOUT", "TIMEOUT", "TCP_TIMEOUT", NULL});
	c->done = sl_rw_time(cf, (const char *const[]){"TCP_DONE_TIMEOUT", NULL});
	c->guarantee[REWRITE_T_TCP] =
		sl_rw_time(cf, (const char *const[]){"GUARANTEE", "TCP_GUARANTEE", NULL});
}

/* ---- Capacity --------------------------------------------------------------------------------*/

/* What a rewriter's arguments say about its capacity, or NULL. malloc'ed match in *m. */
static const char *capacity_text(const struct sl_inst *in)
{
	static const char *const names[] = {"CAPACITY", "MAPPING_CAPACITY"};
	const struct sl_elem *e = in->elem;
	struct sl_match m = {0};
	const char *text = NULL;

	if (sl_match_args(in->class, e->args, e->n_args, &m))
		return NULL;
	for (size_t i = 0; i < 2; i++) {
		int j = m.arg[sl_param_index(in->class, names[i])];

		if (j >= 0)
			text = sl_arg_value(e->args[j].text);
	}
	sl_match_free(&m);
	return text;
}

static bool is_rewriter(const struct sl_inst *in)
{
	for (size_t i = 0; sl_rw_rewriters[i]; i++)
		if (in->class == sl_rw_rewriters[i])
			return true;
	return false;
}

/* Follows MAPPING_CAPACITY from rewriter to rewriter up to a number. 0, or -EINVAL with *why. */
static int find_owner(const struct sl_program *p, const struct sl_inst *in,
		      const struct sl_inst **owner, uint32_t *capacity, const char **why)
{
	for (unsigned int hops = 0; hops <= MAX_HOPS; hops++) {
		const char *text = capacity_text(in);
		bool negative = false;
		uint64_t v = DEFAULT_CAPACITY;

		if (!text || sl_text_int(text, &negative, &v)) {
			*why = "must be 1 to 1048576";
			if (negative || !v || v > SL_RW_MAX_CAPACITY)
				return -EINVAL;
			*owner = in;
			*capacity = (uint32_t)v;
			return 0;
		}
		in = sl_inst_named(p, in->elem, text);
		*why = "neither a number nor the name of a rewriter";
		if (!in || !is_rewriter(in))
			return -EINVAL;
	}
	*why = "rewriters share capacity in a circle, or by way of too many others";
	return -EINVAL;
}

int sl_rw_find_owner(const struct sl_program *p, const struct sl_inst *in,
		     const struct sl_inst **owner)
{
	uint32_t capacity;
	const char *why;

	return is_rewriter(in) ? find_owner(p, in, owner, &capacity, &why) : -EINVAL;
}

/* Keeps apart what rewriters put into one table. 0 is who owns it. */
static uint32_t space(const struct sl_inst *in)
{
	uint32_t h = 2166136261u;

	for (const char *s = in->elem->name; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return (1 + h % 0xffffff) << 8;
}

static int set_capacity(struct sl_conf *cf)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "MAPPING_CAPACITY");
	struct rewrite_conf *c = cf->inst->conf;
	const struct sl_inst *owner = NULL;
	uint32_t slots = MIN_SLOTS, hints;
	const char *why = "";

	if (!arg)
		arg = sl_conf_arg(cf, "CAPACITY");
	if (find_owner(cf->program, cf->inst, &owner, &c->slots, &why)) {
		sl_diag_hint(
			sl_conf_error(cf, arg, "bad-argument", "bad MAPPING_CAPACITY: %s", why),
			"give the number of flows there may be, or the name of a rewriter");
		return -EINVAL;
	}
	while (slots < c->slots)
		slots *= 2;
	/* Two a flow, one for each direction. */
	hints = 2 * slots < MAX_HINTS ? 2 * slots : MAX_HINTS;
	c->hint_mask = hints - 1;
	if (owner != cf->inst) {
		c->space = space(cf->inst);
		c->flows = c->map = c->hints = 1;
		return sl_conf_use_inst(cf, arg, owner);
	}
	if (!arg)
		sl_diag_hint(sl_conf_note(cf, NULL, "capacity", "there are at most %d flows",
					  DEFAULT_CAPACITY),
			     "Click has no limit: say how many by MAPPING_CAPACITY");
	c->hints = hints;
	c->flows = slots + 1;
	c->map = 2 * slots + 64;
	return 0;
}

const struct sl_inst *sl_rw_owner(const struct sl_inst *in)
{
	for (uint32_t i = 0; i < in->n_uses; i++)
		if (is_rewriter(in->uses[i]))
			return in->uses[i];
	return in;
}

/* ---- Input specifications --------------------------------------------------------------------*/

/* Whose sequences and turns its patterns take part in. */
static int use_lists(struct sl_conf *cf, const struct sl_arg *arg, const struct sl_rw_spec *s)
{
	int ret = s->mapper ? sl_conf_use_inst(cf, arg, s->mapper) : 0;

	for (size_t i = 0; i < s->n_ways && !ret; i++)
		if (s->ways[i].pattern.list)
			ret = sl_conf_use_inst(cf, arg, s->ways[i].pattern.list);
	return ret;
}

static int read_specs(struct sl_conf *cf, struct sl_rw_specs *specs)
{
	unsigned int n_in = cf->inst->elem->n_in;
	int ret, status = 0;

	if (cf->n_rest != n_in || n_in > REWRITE_INPUTS) {
		sl_diag_hint(sl_conf_error(cf, NULL, "bad-argument",
					   "need %u arguments, one per input port", n_in),
			     n_in > REWRITE_INPUTS ? "and at most %d inputs"
						   : "drop, pass, keep, pattern, or a mapper; at "
						     "most %d",
			     REWRITE_INPUTS);
		return -EINVAL;
	}
	for (size_t i = 0; i < cf->n_rest; i++) {
		struct sl_rw_spec *s = &specs->v[specs->n];
		const char *why = "";

		ret = sl_rw_spec_parse(cf->program, cf->inst, cf->rest[i]->text, s, &why);
		if (ret == -EINVAL) {
			sl_diag_hint(sl_conf_error(cf, cf->rest[i], "bad-argument",
						   "input spec %zu: %s", i, why),
				     "forms are: drop; pass OUTPUT; keep FOUTPUT ROUTPUT; pattern "
				     "PATTERN FOUTPUT ROUTPUT; the name of a mapper");
			status = ret;
			continue;
		}
		if (ret)
			return ret;
		specs->n++;
		ret = use_lists(cf, cf->rest[i], s);
		if (ret)
			return ret;
	}
	return status;
}

void sl_rw_annos(struct sl_conf *cf, uint8_t *dst, uint8_t *reply)
{
	*dst = 1;
	if (sl_param_index(cf->inst->class, "DST_ANNO") >= 0)
		sl_inst_param(cf->inst, "DST_ANNO", dst);
	if (sl_conf_arg(cf, "REPLY_ANNO")) {
		sl_inst_param(cf->inst, "REPLY_ANNO", reply);
		++*reply;
	}
}

int sl_rw_configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;
	struct sl_rw_specs *specs = calloc(1, sizeof(*specs));
	int ret;

	if (!specs)
		return -ENOMEM;
	cf->inst->priv = specs;
	c->n_out = (uint8_t)cf->inst->elem->n_out;
	sl_rw_annos(cf, &c->dst_anno, &c->reply_anno);
	c->reap = time_ns(cf, (const char *const[]){"REAP_TIME", "REAP_INTERVAL", NULL});
	ret = set_capacity(cf);
	if (!ret)
		ret = read_specs(cf, specs);
	for (size_t i = 0; i < specs->n; i++)
		cf->inst->weight += specs->v[i].n_ways ? 900 : 60;
	cf->inst->weight += 300;
	return ret;
}

int sl_rw_configure_plain(struct sl_conf *cf, uint8_t mode)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = mode;
	c->plain[REWRITE_T_OTHER] = c->full[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"TIMEOUT", NULL});
	c->guarantee[REWRITE_T_OTHER] = sl_rw_time(cf, (const char *const[]){"GUARANTEE", NULL});
	return sl_rw_configure(cf);
}

void sl_rw_kept(void *rw)
{
	struct rewrite_rw *r = rw;

	r->hand += HAND_GAP;
}

void sl_rw_release(struct sl_inst *in)
{
	if (in->priv)
		sl_rw_specs_free(in->priv);
	free(in->priv);
	in->priv = NULL;
}
