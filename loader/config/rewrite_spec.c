// SPDX-License-Identifier: GPL-2.0-only
/* Input specifications of rewriters, and what mappers say. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/rewrite.h"
#include "loader/mem.h"

extern const struct sl_class sl_class_ip_rewriter, sl_class_tcp_rewriter, sl_class_udp_rewriter,
	sl_class_ip_addr_rewriter, sl_class_ip_addr_pair_rewriter, sl_class_icmp_ping_rewriter,
	sl_class_round_robin_ip_mapper, sl_class_source_ip_hash_mapper;

const struct sl_class *const sl_rw_rewriters[] = {
	&sl_class_ip_rewriter,
	&sl_class_tcp_rewriter,
	&sl_class_udp_rewriter,
	&sl_class_ip_addr_rewriter,
	&sl_class_ip_addr_pair_rewriter,
	&sl_class_icmp_ping_rewriter,
	NULL,
};
const struct sl_class *const sl_rw_mappers[] = {
	&sl_class_round_robin_ip_mapper,
	&sl_class_source_ip_hash_mapper,
	NULL,
};

void sl_rw_spec_free(struct sl_rw_spec *s)
{
	free(s->ways);
	s->ways = NULL;
}

void sl_rw_specs_free(struct sl_rw_specs *s)
{
	for (size_t i = 0; i < s->n; i++)
		sl_rw_spec_free(&s->v[i]);
	s->n = 0;
}

/* ---- Marks -----------------------------------------------------------------------------------*/

/* FNV-1a */
static uint32_t mix(uint32_t h, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)bytes)[i]) * 16777619u;
	return h;
}

static uint32_t mix_number(uint32_t h, uint32_t v)
{
	return mix(h, &v, sizeof(v));
}

/* Of all that a flow's fate depends on: flows that another specification made end with it. */
static uint32_t mark(const struct sl_inst *in, const struct sl_rw_spec *s)
{
	uint32_t h = mix(2166136261u, in->elem->name, strlen(in->elem->name));

	h = mix_number(h, s->kind);
	for (size_t i = 0; i < s->n_ways; i++) {
		const struct sl_rw_way *w = &s->ways[i];

		h = mix_number(h, w->pattern.saddr);
		h = mix_number(h, w->pattern.daddr);
		h = mix_number(h, (uint32_t)w->pattern.sport << 16 | w->pattern.dport);
		h = mix_number(h, w->pattern.top);
		h = mix_number(h, w->pattern.napt);
		h = mix_number(h, w->out << 8 | w->reply_out);
	}
	return h;
}

/* ---- Mappers ---------------------------------------------------------------------------------*/

static int read_way(const struct sl_program *p, const struct sl_inst *mapper, size_t i, bool ids,
		    struct sl_rw_way *w, const char **why)
{
	char **words;
	uint64_t id = 0;
	bool negative;
	size_t n;
	int ret = 0;

	words = sl_rw_words(mapper->elem->args[i].text, &n);
	if (!words)
		return -ENOMEM;
	*why = "bad server ID in pattern spec";
	if (ids && (n < 2 || !sl_text_int(words[n - 1], &negative, &id) || negative || id > 65535))
		ret = -EINVAL;
	ret = ret ? ret : sl_rw_way_parse(p, mapper->elem, words, n - ids, w, why);
	w->id = (int32_t)id;
	if (!w->pattern.list) {
		w->pattern.list = mapper;
		w->pattern.at = (uint32_t)i;
	}
	sl_rw_words_free(words);
	return ret;
}

int sl_rw_mapper_ways(const struct sl_program *p, const struct sl_inst *mapper,
		      struct sl_rw_way **out, size_t *n, size_t *bad, const char **why)
{
	bool ids = mapper->class == &sl_class_source_ip_hash_mapper;
	size_t first = ids ? 1 : 0, count = mapper->elem->n_args;
	_free_ struct sl_rw_way *ways = NULL;

	*bad = 0;
	*why = "no patterns given";
	if (count <= first)
		return -EINVAL;
	*why = "more than 64 patterns";
	*bad = count - 1;
	if (count >= REWRITE_PATTERNS)
		return -EINVAL;
	ways = calloc(count - first, sizeof(*ways));
	if (!ways)
		return -ENOMEM;
	for (size_t i = first; i < count; i++) {
		int ret = read_way(p, mapper, i, ids, &ways[i - first], why);

		*bad = i;
		if (ret)
			return ret;
	}
	*n = count - first;
	*out = TAKE_PTR(ways);
	return 0;
}

/* ---- One specification -----------------------------------------------------------------------*/

static bool is_word(const char *word, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(word, *names))
			return true;
	return false;
}

static int read_pass(const struct sl_inst *in, char *const *words, size_t n, struct sl_rw_spec *s,
		     const char **why)
{
	bool negative = false;
	uint64_t v = 0;

	s->kind = SL_RW_PASS;
	*why = "syntax error: expected pass [OUTPUT]";
	if (n > 2 || (n == 2 && !sl_text_int(words[1], &negative, &v)))
		return -EINVAL;
	*why = "output port out of range";
	if ((negative && v) || v >= in->elem->n_out)
		return -EINVAL;
	s->out = (uint32_t)v;
	return 0;
}

static int check_ways(const struct sl_inst *in, const struct sl_rw_spec *s, const char **why)
{
	const struct rewrite_conf *c = in->conf;

	for (size_t i = 0; i < s->n_ways; i++) {
		const struct sl_rw_way *w = &s->ways[i];

		*why = "output port out of range";
		if (w->out >= in->elem->n_out || w->reply_out >= in->elem->n_out)
			return -EINVAL;
		*why = "a pattern here is SADDR DADDR: it changes no ports";
		if ((c->mode == REWRITE_ADDR || c->mode == REWRITE_PAIR) &&
		    (w->pattern.sport || w->pattern.dport || (w->pattern.napt && w->pattern.top)))
			return -EINVAL;
		*why = "the destination address of a pattern must be '-' here";
		if (c->mode == REWRITE_ADDR && w->pattern.daddr)
			return -EINVAL;
	}
	return 0;
}

static int read_mapper(const struct sl_program *p, const struct sl_inst *in, char *const *words,
		       size_t n, struct sl_rw_spec *s, const char **why)
{
	size_t bad;

	s->kind = SL_RW_MAPPER;
	s->mapper = sl_inst_named(p, in->elem, words[0]);
	*why = "unknown specification";
	if (!s->mapper)
		return -EINVAL;
	*why = "element is not an IPMapper";
	if (s->mapper->class != sl_rw_mappers[0] && s->mapper->class != sl_rw_mappers[1])
		return -EINVAL;
	*why = "syntax error: expected the name of a mapper alone";
	if (n != 1)
		return -EINVAL;
	return sl_rw_mapper_ways(p, s->mapper, &s->ways, &s->n_ways, &bad, why);
}

static int read_spec(const struct sl_program *p, const struct sl_inst *in, char *const *words,
		     size_t n, struct sl_rw_spec *s, const char **why)
{
	static const char *const pass[] = {"pass", "passthrough", "nochange", NULL};
	static const char *const drop[] = {"drop", "discard", NULL};
	static const char *const pattern[] = {"pattern", "xpattern", NULL};

	*why = "empty argument";
	if (!n)
		return -EINVAL;
	if (is_word(words[0], pass))
		return read_pass(in, words, n, s, why);
	if (is_word(words[0], drop)) {
		*why = "syntax error: expected drop alone";
		return n == 1 ? 0 : -EINVAL;
	}
	if (!is_word(words[0], pattern) && strcmp(words[0], "keep"))
		return read_mapper(p, in, words, n, s, why);
	s->ways = calloc(1, sizeof(*s->ways));
	if (!s->ways)
		return -ENOMEM;
	s->n_ways = 1;
	if (strcmp(words[0], "keep")) {
		s->kind = SL_RW_PATTERN;
		return sl_rw_way_parse(p, in->elem, words + 1, n - 1, s->ways, why);
	}
	s->kind = SL_RW_KEEP;
	*why = "syntax error: expected keep FOUTPUT ROUTPUT";
	if (n != 3)
		return -EINVAL;
	return sl_rw_way_parse(p, in->elem,
			       (char *[]){(char *)"-", (char *)"-", words[1], words[2]}, 4, s->ways,
			       why);
}

int sl_rw_spec_parse(const struct sl_program *p, const struct sl_inst *in, const char *text,
		     struct sl_rw_spec *out, const char **why)
{
	struct sl_rw_spec s = {.kind = SL_RW_DROP};
	char **words;
	size_t n;
	int ret;

	words = sl_rw_words(text, &n);
	if (!words)
		return -ENOMEM;
	ret = read_spec(p, in, words, n, &s, why);
	sl_rw_words_free(words);
	ret = ret ? ret : check_ways(in, &s, why);
	if (ret) {
		sl_rw_spec_free(&s);
		return ret;
	}
	s.mark = mark(in, &s);
	*out = s;
	return 0;
}
