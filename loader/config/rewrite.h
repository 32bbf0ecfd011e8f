/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rewriters (IPRewriter and its relatives): their input specifications and patterns, what is
 * emitted for them, their handlers. bpf/element/rewrite.h says how mappings are kept.
 *
 * Specifications refer to elements by name: mappers, lists of named patterns, other rewriters.
 * What those say is read from their arguments whenever it is needed, so that the order in which
 * elements are configured does not matter.
 */
#ifndef SL_REWRITE_H
#define SL_REWRITE_H

#include "loader/element/element.h"
#include "bpf/element/rewrite_new.h"

/* ---- Patterns --------------------------------------------------------------------------------*/

struct sl_rw_pattern {
	uint32_t saddr, daddr; /* network order; 0: unchanged */
	uint16_t sport, dport; /* network order; 0: unchanged */
	uint32_t top;	       /* so many ports (napt) or addresses more, from sport or saddr on */
	bool napt, sequential, keep;
	const struct sl_inst *list; /* whose sequence it takes part in: a list's, a mapper's, or
				     * NULL: its rewriter's own */
	uint32_t at;		    /* number in that list */
};

/* A pattern and the outputs of the flow and of its answers. */
struct sl_rw_way {
	struct sl_rw_pattern pattern;
	uint32_t out, reply_out;
	int32_t id; /* SourceIPHashMapper's */
};

/*
 * Reads SADDR SPORT DADDR DPORT, SADDR DADDR, SADDR DADDR SPORT, or a name that IPRewriterPatterns
 * defines where `where` sees it; `n` words. 0, or -EINVAL with *why a static sentence.
 */
int sl_rw_pattern_parse(const struct sl_program *p, const struct sl_elem *where, char *const *words,
			size_t n, struct sl_rw_pattern *out, const char **why);
/* The same with FOUTPUT ROUTPUT behind it. */
int sl_rw_way_parse(const struct sl_program *p, const struct sl_elem *where, char *const *words,
		    size_t n, struct sl_rw_way *out, const char **why);
void sl_rw_pattern_print(const struct sl_rw_pattern *w, FILE *out);

/* Words of an argument. NULL-terminated, malloc'ed with all it holds; NULL: out of memory. */
char **sl_rw_words(const char *text, size_t *n);
void sl_rw_words_free(char **words);

/* ---- Input specifications --------------------------------------------------------------------*/

enum sl_rw_kind { SL_RW_DROP, SL_RW_PASS, SL_RW_KEEP, SL_RW_PATTERN, SL_RW_MAPPER };

struct sl_rw_spec {
	enum sl_rw_kind kind;
	uint32_t out;		/* SL_RW_PASS */
	struct sl_rw_way *ways; /* one; a mapper's, all */
	size_t n_ways;
	const struct sl_inst *mapper;
	uint32_t mark; /* differs when the specification does */
};

struct sl_rw_specs {
	struct sl_rw_spec v[REWRITE_INPUTS];
	size_t n;
};

void sl_rw_spec_free(struct sl_rw_spec *s);
void sl_rw_specs_free(struct sl_rw_specs *s);

/* Reads the specification of one input. 0, -ENOMEM, or -EINVAL with *why a static sentence. */
int sl_rw_spec_parse(const struct sl_program *p, const struct sl_inst *in, const char *text,
		     struct sl_rw_spec *out, const char **why);

/* A mapper's patterns, from its arguments. 0, -ENOMEM, or -EINVAL with *why, and the argument it
 * is about in *bad. */
int sl_rw_mapper_ways(const struct sl_program *p, const struct sl_inst *mapper,
		      struct sl_rw_way **out, size_t *n, size_t *bad, const char **why);

/* The classes of rewriters, of mappers; NULL-terminated. */
extern const struct sl_class *const sl_rw_rewriters[], *const sl_rw_mappers[];

/* ---- For descriptors -------------------------------------------------------------------------*/

#define SL_RW_PARAM_SPECS                                                                          \
	SL_PARAM_X("INPUTSPEC", ARG, SL_P_POS | SL_P_REST, NULL,                                   \
		   "one an input: drop; pass OUTPUT; keep FOUTPUT ROUTPUT; pattern SADDR SPORT "   \
		   "DADDR DPORT FOUTPUT ROUTPUT; pattern NAME FOUTPUT ROUTPUT; the name of a "     \
		   "mapper")
#define SL_RW_PARAM_TIMEOUT(dflt)                                                                  \
	SL_PARAM_X("TIMEOUT", NS, 0, dflt, "a flow ends so long after its last packet")
#define SL_RW_PARAM_GUARANTEE                                                                      \
	SL_PARAM_X("GUARANTEE", NS, 0, "5s",                                                       \
		   "a flow stays at least so long after each packet, however full it is")
#define SL_RW_PARAMS_TCP                                                                           \
	SL_PARAM_X("TCP_TIMEOUT", NS, 0, "24h",                                                    \
		   "a TCP connection with data in both directions ends so long after its last "    \
		   "packet"),                                                                      \
		SL_PARAM_X("TIMEOUT", NS, 0, NULL, "the same"),                                    \
		SL_PARAM_X("TCP_DONE_TIMEOUT", NS, 0, "4m",                                        \
			   "one with FIN in both directions, or RST"),                             \
		SL_PARAM_X("TCP_NODATA_TIMEOUT", NS, 0, "5m",                                      \
			   "one without data in one direction"),                                   \
		SL_PARAM_X("TCP_GUARANTEE", NS, 0, "5s",                                           \
			   "a TCP connection stays at least so long after each packet, however "   \
			   "full it is"),                                                          \
		SL_PARAM_X("GUARANTEE", NS, 0, NULL, "the same")
#define SL_RW_PARAMS_CAPACITY                                                                      \
	SL_PARAM_X("MAPPING_CAPACITY", ARG, 0, "16384",                                            \
		   "flows there may be, or the name of a rewriter to share capacity with"),        \
		SL_PARAM_X("CAPACITY", ARG, 0, NULL, "the same"),                                  \
		SL_PARAM_X("REAP_INTERVAL", NS, 0, "15m",                                          \
			   "flows that timed out end at multiples of this; 0: when they must"),    \
		SL_PARAM_X("REAP_TIME", NS, 0, NULL, "the same, as it was called once")
#define SL_RW_PARAM_REPLY                                                                          \
	SL_PARAM_X("REPLY_ANNO", ANNO8, 0, NULL,                                                   \
		   "annotation that answers get as the flow's first packet had it")
#define SL_RW_PARAM_DST                                                                            \
	SL_PARAM_X("DST_ANNO", BOOL, 0, "true",                                                    \
		   "the destination annotation follows the destination address")

/* Flows there may be. */
#define SL_RW_MAX_CAPACITY (1u << 20)

extern const struct sl_field sl_rw_conf[], sl_rw_state[], sl_rw_rw[], sl_rw_list_rw[];
extern const struct sl_table sl_rw_tables[];
enum { SL_RW_MAP, SL_RW_FLOWS }; /* of them */

/* A time in units of rewrite.h, of the first of these parameters that is given, or of the last
 * one's default; names end with NULL. */
uint32_t sl_rw_time(struct sl_conf *cf, const char *const *names);
/* The times of SL_RW_PARAMS_TCP, into conf. */
void sl_rw_times_tcp(struct sl_conf *cf);
/* DST_ANNO, true for classes without it, and REPLY_ANNO: 0, or one more than the annotation. */
void sl_rw_annos(struct sl_conf *cf, uint8_t *dst, uint8_t *reply);
/* The rest of configure(), when mode, protocols and times are in conf. */
int sl_rw_configure(struct sl_conf *cf);
/* All of it for a class whose flows have TIMEOUT and GUARANTEE alone. */
int sl_rw_configure_plain(struct sl_conf *cf, uint8_t mode);
void sl_rw_release(struct sl_inst *in);
/* Where a graph that follows another goes on looking for free slots. */
void sl_rw_kept(void *rw);
/* Writes PREFIX_mark(input), for who looks into this rewriter's tables. */
void sl_rw_emit_marks(const struct sl_inst *in, const char *prefix, FILE *out);
int sl_rw_emit(const struct sl_inst *in, FILE *out);

/* Where a rewriter's tables are: its own, or those it shares. */
const struct sl_inst *sl_rw_owner(const struct sl_inst *in);

/* The same before it is configured. 0, or -EINVAL: not a rewriter, or wrong. */
int sl_rw_find_owner(const struct sl_program *p, const struct sl_inst *in,
		     const struct sl_inst **owner);

sl_read_fn sl_h_rw_table, sl_h_rw_table_size, sl_h_rw_size, sl_h_rw_capacity, sl_h_rw_patterns,
	sl_h_rw_pattern, sl_h_rw_lookup;
sl_write_fn sl_h_rw_clear, sl_h_rw_capacity_set, sl_h_rw_pattern_set;

/* Those of rewriters that have one table of mappings and nothing of their own. */
extern const struct sl_handler sl_rw_handlers[];

#define SL_HANDLER_RW_TABLE(hname, proto, text)                                                    \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ, .help = text, .read = sl_h_rw_table,            \
		.offset = proto                                                                    \
	}
#define SL_HANDLER_RW_LOOKUP(hname, proto)                                                         \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_ARGS, .offset = proto,                    \
		.help = "what a TCP packet SADDR SPORT DADDR DPORT becomes, in the same form; "    \
			"nothing if it has no mapping",                                            \
		.read = sl_h_rw_lookup                                                             \
	}
#define SL_HANDLER_RW_PATTERN(n)                                                                   \
	{                                                                                          \
		.name = "pattern" #n,                                                              \
		.flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE | SL_H_INPUT,                     \
		.help = "the input's specification; flows that another one made end with it",      \
		.read = sl_h_rw_pattern, .write = sl_h_rw_pattern_set, .offset = n                 \
	}
#define SL_HANDLERS_RW                                                                             \
	{.name = "table_size",                                                                     \
	 .flags = SL_H_READ,                                                                       \
	 .help = "flows that have mappings here",                                                  \
	 .read = sl_h_rw_table_size},                                                              \
		SL_HANDLER_STATE("mapping_failures", struct rewrite_state, failures,               \
				 "packets dropped because no mapping could be made for them"),     \
		{.name = "patterns",                                                               \
		 .flags = SL_H_READ,                                                               \
		 .help = "the inputs' specifications, and how many flows each has made",           \
		 .read = sl_h_rw_patterns},                                                        \
		{.name = "size",                                                                   \
		 .flags = SL_H_READ,                                                               \
		 .help = "flows of all that share the capacity",                                   \
		 .read = sl_h_rw_size},                                                            \
		{.name = "capacity",                                                               \
		 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,                                 \
		 .help = "flows there may be",                                                     \
		 .read = sl_h_rw_capacity,                                                         \
		 .write = sl_h_rw_capacity_set},                                                   \
		{.name = "clear",                                                                  \
		 .flags = SL_H_WRITE | SL_H_BUTTON,                                                \
		 .help = "ends all flows, also of those that share the capacity",                  \
		 .write = sl_h_rw_clear},                                                          \
		SL_HANDLER_RW_PATTERN(0), SL_HANDLER_RW_PATTERN(1), SL_HANDLER_RW_PATTERN(2),      \
		SL_HANDLER_RW_PATTERN(3), SL_HANDLER_RW_PATTERN(4), SL_HANDLER_RW_PATTERN(5),      \
		SL_HANDLER_RW_PATTERN(6), SL_HANDLER_RW_PATTERN(7), SL_HANDLER_RW_PATTERN(8),      \
		SL_HANDLER_RW_PATTERN(9), SL_HANDLER_RW_PATTERN(10), SL_HANDLER_RW_PATTERN(11),    \
		SL_HANDLER_RW_PATTERN(12), SL_HANDLER_RW_PATTERN(13), SL_HANDLER_RW_PATTERN(14),   \
		SL_HANDLER_RW_PATTERN(15), SL_HANDLER_RW_PATTERN(16), SL_HANDLER_RW_PATTERN(17),   \
		SL_HANDLER_RW_PATTERN(18), SL_HANDLER_RW_PATTERN(19), SL_HANDLER_RW_PATTERN(20),   \
		SL_HANDLER_RW_PATTERN(21), SL_HANDLER_RW_PATTERN(22), SL_HANDLER_RW_PATTERN(23),   \
		SL_HANDLER_RW_PATTERN(24), SL_HANDLER_RW_PATTERN(25), SL_HANDLER_RW_PATTERN(26),   \
		SL_HANDLER_RW_PATTERN(27), SL_HANDLER_RW_PATTERN(28), SL_HANDLER_RW_PATTERN(29),   \
		SL_HANDLER_RW_PATTERN(30), SL_HANDLER_RW_PATTERN(31)

/* What all classes of rewriters have in common. Their params and configure() are called so. */
#define SL_RW_CLASS(class_name, base_name)                                                         \
	.spec = {.name = class_name, .ports = "1-/1-", .processing = "h"}, .base = base_name,      \
	.flags = SL_C_PORT | SL_C_STILL | SL_C_REWRITE | SL_C_SELDOM, .params = params,            \
	.conf_size = sizeof(struct rewrite_conf), .conf = sl_rw_conf,                              \
	.state_size = sizeof(struct rewrite_state), .state = sl_rw_state,                          \
	.rw_size = sizeof(struct rewrite_rw), .rw = sl_rw_rw,                                      \
	.rw_keep = sizeof(struct rewrite_rw), .rw_kept = sl_rw_kept, .tables = sl_rw_tables,       \
	.configure = configure, .emit = sl_rw_emit, .release = sl_rw_release, .weight = 1200,      \
	.usual_weight = 400

#endif
