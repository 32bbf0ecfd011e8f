/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The expression language of IPClassifier and IPFilter, from text to a tree of tests, and from
 * there into a decision graph. Semantics are those of Click's manual page IPClassifier(n); what is
 * accepted beyond it is in docs of the classes.
 *
 *   expr   := or [ "?" expr ":" expr ]
 *   or     := and { ("or" | "||") and }
 *   and    := factor { ["and" | "&&"] factor }
 *   factor := ("not" | "!") factor | "(" expr ")" | test
 *   test   := "true" | "false" | "all" | "any" | "none" | { qualifier } [relation] [value]
 *
 * Each test is false, whatever its relation, for a packet that ends before the bytes it looks at;
 * `not` in front of it is then true.
 */
#ifndef SL_FILTER_H
#define SL_FILTER_H

#include "loader/config/decision.h"
#include "loader/element/element.h"

/* Protocols a test may ask for beside the 256 numbers. */
#define SL_FP_NONE (-1)
#define SL_FP_TCPUDP 256 /* either */
#define SL_FP_TRANSP 257 /* any, but a transport header is meant */

enum sl_filter_pair { SL_PAIR_ONE, SL_PAIR_OR, SL_PAIR_AND };

/* One test, all names and abbreviations resolved. */
struct sl_filter_test {
	int proto;   /* the packet must have this protocol, or SL_FP_NONE */
	bool first;  /* and must not be a later fragment */
	bool always; /* nothing more is asked: the rest is not used */
	bool never;
	enum sl_filter_pair pair;
	enum sl_dec_base base;
	uint32_t off[2]; /* the second with SL_PAIR_OR and SL_PAIR_AND */
	uint8_t n;	 /* bytes: at most 6, at most 4 with `greater` */
	uint8_t value[6], mask[6];
	bool greater; /* greater than the value, not equal to it */
	bool negated; /* applies to the pair as a whole: "host != A" is true when neither is A */
};

enum sl_filter_kind {
	SL_F_TRUE,
	SL_F_FALSE,
	SL_F_TEST,
	SL_F_NOT, /* kids: 1 */
	SL_F_AND, /* kids: any */
	SL_F_OR,
	SL_F_COND, /* kids: condition, then, otherwise */
};

struct sl_filter_expr {
	enum sl_filter_kind kind;
	struct sl_filter_test test;
	struct sl_filter_expr **kids;
	size_t n_kids, cap_kids;
};

/* Bounds on what a tenant may write. */
#define SL_FILTER_MAX_WORDS 4096
#define SL_FILTER_MAX_DEPTH 100

struct sl_filter_word {
	char *text;
	size_t off; /* in the unquoted text */
};

/* A text being read: words, and where they are for messages. */
struct sl_filter_text {
	struct sl_conf *cf;
	const struct sl_arg *arg;
	struct sl_filter_word *words;
	size_t n, cap;
	size_t len;   /* of the unquoted text */
	size_t shift; /* characters in front of it in the argument: an opening quote */
	bool flat;    /* offsets mean nothing in the argument: report its beginning */
	bool failed;
};

/* Splits an argument into words. 0, -EINVAL (reported), -ENOMEM. */
int sl_filter_split(struct sl_conf *cf, const struct sl_arg *arg, struct sl_filter_text *t);
void sl_filter_text_free(struct sl_filter_text *t);
/* Whether word `i` is there and reads `text`. */
bool sl_filter_is(const struct sl_filter_text *t, size_t i, const char *text);
/* An error at word `i` (past the last: at the end of the text). */
struct sl_diag *sl_filter_error(struct sl_filter_text *t, size_t i, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct sl_diag *sl_filter_warn(struct sl_filter_text *t, size_t i, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads the expression from word `first` to the end. 0, -EINVAL (reported), -ENOMEM. */
int sl_filter_parse(struct sl_filter_text *t, size_t first, struct sl_filter_expr **out);
void sl_filter_free(struct sl_filter_expr *e);
static inline void sl_filter_freep(struct sl_filter_expr **e)
{
	sl_filter_free(*e);
}

/* The graph that goes to `yes` where the expression is true, and to `no` elsewhere. */
sl_dec_ref sl_filter_compile(struct sl_dec *d, const struct sl_filter_expr *e, sl_dec_ref yes,
			     sl_dec_ref no);

/* ---- Between the files of the parser ---------------------------------------------------------*/

/* What kind of test words speak of. */
enum sl_ftype {
	SL_FT_NONE,
	SL_FT_HOST,
	SL_FT_NET,
	SL_FT_PROTO,
	SL_FT_PORT,
	SL_FT_FLAGS, /* tcp opt */
	SL_FT_ETHER,
	SL_FT_FRAG,
	SL_FT_UNFRAG,
	SL_FT_ECT,
	SL_FT_CE,
	SL_FT_FIELD,
	SL_FT_INT, /* of a value only: a number */
};

/* Some bits of a header: of the IP header, or of the one behind it if `proto` is not SL_FP_NONE. */
struct sl_filter_field {
	int proto;
	bool ether; /* of the Ethernet header */
	uint32_t bit, width;
};

/* What a word is, when it is one that says what to look at, or a name with a number. */
struct sl_filter_name {
	enum sl_ftype type; /* qualifier: the type it asks for; value: what it is a name of */
	bool qualifier;
	struct sl_filter_field field; /* type is SL_FT_FIELD */
	uint32_t value;
};

/*
 * Looks word `i` up. `type` and `proto` say what is expected (SL_FT_NONE, SL_FP_NONE: anything).
 * 0; -ENOENT: no name; -EINVAL: a name, but not of this kind or of more than one (said if
 * `report`).
 */
int sl_filter_name(struct sl_filter_text *t, size_t i, enum sl_ftype type, int proto,
		   const struct sl_filter_field *field, bool report, struct sl_filter_name *out);
/* Name of a protocol, for messages. */
const char *sl_filter_proto_text(int proto, char buf[32]);

/* What a test inherits from the one before it. */
struct sl_filter_prev {
	enum sl_ftype type;
	struct sl_filter_field field;
	int proto;
	int srcdst;
};

/*
 * Reads one test from word *at on and moves *at past it. `*negated` is set when a `not` stood
 * between the qualifiers. 0, -EINVAL (reported).
 */
int sl_filter_test(struct sl_filter_text *t, size_t *at, struct sl_filter_prev *prev,
		   struct sl_filter_test *out, bool *negated);

#endif
