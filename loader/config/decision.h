/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decision graphs: what Classifier, IPClassifier, IPFilter and the route tables compile to.
 *
 * A graph is directed and has no cycles. A node looks at one field and has, for each range of the
 * field's values, an edge to another node or to an end (an action of the element). Fields are runs
 * of bits of a 32-bit word of the packet, or how many bytes of the packet there are behind a base:
 * that a packet ends early is one more value to decide on, and everything below it is plain
 * Boolean.
 *
 * Life of a graph: built from its ends upwards with sl_dec_test() and the others (which share equal
 * nodes and leave out tests that decide nothing), then sl_dec_reduce(), then written as C with
 * sl_dec_emit() or as text with sl_dec_print(). Errors while building are kept in the graph and
 * come out of sl_dec_reduce(), so that builders need not check each step.
 */
#ifndef SL_DECISION_H
#define SL_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "loader/config/ranges.h"

/* Where a field's offset counts from. */
enum sl_dec_base {
	SL_DB_WINDOW,	 /* Click's packet data */
	SL_DB_MAC,	 /* Ethernet header */
	SL_DB_NET,	 /* network header */
	SL_DB_TRANSPORT, /* transport header */
	SL_DB_DST,	 /* destination annotation: one word, in every packet */
};
#define SL_DB_MAX 5

/* `width` bits of the big-endian word of bytes [word, word + 4), `shift` bits from its right; or,
 * with `len`, the number of bytes from the base to the packet's end (0 if there is no such header).
 */
struct sl_dec_field {
	uint8_t base;
	bool len;
	uint8_t shift, width;
	uint32_t word; /* multiple of 4 */
};

/* A node's number, or an end: SL_DEC_END | action. */
#define SL_DEC_END 0x80000000u
typedef uint32_t sl_dec_ref;

/* Values up to and including `hi`, above those of the case before. The last `hi` is the field's
 * largest value. */
struct sl_dec_case {
	uint32_t hi;
	sl_dec_ref to;
};

struct sl_dec_node {
	uint32_t field;
	uint32_t first, n; /* its cases: dec->cases[first .. first + n) */
};

struct sl_dec {
	struct sl_dec_field *fields;
	size_t n_fields, cap_fields;
	struct sl_dec_node *nodes; /* edges lead to smaller numbers only */
	size_t n_nodes, cap_nodes;
	struct sl_dec_case *cases;
	size_t n_cases, cap_cases;
	uint32_t *hash; /* of nodes, open addressing, number + 1 */
	size_t hash_size;
	size_t max_nodes; /* 0: SL_DEC_MAX_NODES */
	sl_dec_ref root;
	int error; /* first one while building */
};

/* Most nodes and fields of a graph, and cases of a reduced one: a submission must not take the
 * compiler's time hostage. */
#define SL_DEC_MAX_NODES 65536
#define SL_DEC_MAX_CASES 16384
#define SL_DEC_MAX_FIELDS 1024

/* What an end does. */
struct sl_dec_action {
	bool kill;
	uint32_t port;	    /* !kill: output */
	const char *reason; /* kill: enum sl_reason without SL_R_ */
	uint32_t share;	    /* how many packets were seen to come here; 0: few, or not known */
	bool set_dst;	    /* sets the destination annotation first */
	uint32_t dst;	    /* network order */
};

/* What is known somewhere: of some fields, in which ranges their values are. Of bits it is said for
 * packets that have them. */
#define SL_DEC_KNOWN_MAX 16
struct sl_dec_known {
	bool reached; /* some packet comes there */
	uint32_t n;
	struct {
		uint32_t field;
		struct sl_ranges in;
	} f[SL_DEC_KNOWN_MAX];
};

void sl_dec_free(struct sl_dec *d);
/* Makes `to`, which is empty, equal to `from`. 0 or -ENOMEM. */
int sl_dec_copy(const struct sl_dec *from, struct sl_dec *to);

/* ---- Building --------------------------------------------------------------------------------*/

/* Number of a field, made if it is new. */
uint32_t sl_dec_field(struct sl_dec *d, struct sl_dec_field f);
uint32_t sl_dec_field_max(const struct sl_dec_field *f);
/* Bytes [first, end) behind the base hold a field. */
static inline uint32_t sl_dec_field_first(const struct sl_dec_field *f)
{
	return f->word + (32u - f->shift - f->width) / 8;
}
static inline uint32_t sl_dec_field_end(const struct sl_dec_field *f)
{
	return f->word + 4 - f->shift / 8;
}
/* A node for these cases, in order, or what it comes to if it decides nothing. */
sl_dec_ref sl_dec_node(struct sl_dec *d, uint32_t field, const struct sl_dec_case *cases, size_t n);
/* `yes` if the field's value is in [lo, hi]. */
sl_dec_ref sl_dec_test(struct sl_dec *d, uint32_t field, uint32_t lo, uint32_t hi, sl_dec_ref yes,
		       sl_dec_ref no);
/* `yes` if there are `n` bytes behind the base. */
sl_dec_ref sl_dec_len(struct sl_dec *d, enum sl_dec_base base, uint32_t n, sl_dec_ref yes,
		      sl_dec_ref no);
/* `yes` if the `n` bytes at `off` equal `value` under `mask`, `absent` if the packet ends before
 * the last byte whose mask is not zero. */
sl_dec_ref sl_dec_bytes(struct sl_dec *d, enum sl_dec_base base, uint32_t off, const uint8_t *value,
			const uint8_t *mask, uint32_t n, sl_dec_ref yes, sl_dec_ref no,
			sl_dec_ref absent);
/* `yes` if the `n` bytes (1 to 4) at `off`, as a number under `mask`, equal `value` or are greater;
 * `absent` if the packet ends before the last of the bytes. */
sl_dec_ref sl_dec_equal(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
			uint32_t value, uint32_t mask, sl_dec_ref yes, sl_dec_ref no,
			sl_dec_ref absent);
sl_dec_ref sl_dec_greater(struct sl_dec *d, enum sl_dec_base base, uint32_t off, uint32_t n,
			  uint32_t value, uint32_t mask, sl_dec_ref yes, sl_dec_ref no,
			  sl_dec_ref absent);

/* ---- Reducing --------------------------------------------------------------------------------*/

/*
 * Makes the graph below `root` small and fast, keeping what it decides: fields are tested once a
 * path, many values at a time, in an order that divides best; where that would grow too large,
 * rules stay one behind the other without the tests whose outcome is known. 0, -ENOMEM, or -E2BIG
 * (over the limits above).
 */
int sl_dec_reduce(struct sl_dec *d, sl_dec_ref root);
/* Whether some packet may come to this action, after sl_dec_reduce(). */
bool sl_dec_reaches(const struct sl_dec *d, uint32_t action);

/* The steps of it, for themselves. Each replaces `d` by an equal graph of the nodes in use. 0 or
 * -ENOMEM. */
int sl_dec_compact(struct sl_dec *d);
int sl_dec_thread(struct sl_dec *d);  /* leads edges past tests whose outcome is known */
int sl_dec_cluster(struct sl_dec *d); /* joins tests of one field that follow each other */
int sl_dec_expand(struct sl_dec *d);  /* decides field by field, as far as that stays small */

/*
 * sl_dec_thread() for packets of which `known` holds. ends[A] becomes what is known of those that
 * come to action A (`n_ends` of them, zeroed by the caller), on all ways there.
 */
int sl_dec_thread_under(struct sl_dec *d, const struct sl_dec_known *known,
			struct sl_dec_known *ends, size_t n_ends);
/* Narrows `field` to [lo, hi]; of too many fields, that known for longest is forgotten. false if no
 * value is left. */
bool sl_dec_narrow(struct sl_dec_known *k, uint32_t field, uint32_t lo, uint32_t hi);
/* `at` becomes what it and `with` agree on. */
void sl_dec_known_join(const struct sl_dec *d, struct sl_dec_known *at, struct sl_dec_known *with);

/* Numbers of the nodes below `root`, ascending, in *list (malloc'ed). 0 or -ENOMEM. */
int sl_dec_below(const struct sl_dec *d, sl_dec_ref root, uint32_t **list, size_t *n);

/* ---- Output ----------------------------------------------------------------------------------*/

/* Writes `sl_inline __u32 PREFIX_run(struct sl_pkt *p)`, which needs bpf/decide.h. `there` says how
 * many bytes are known to be behind each base (SL_DB_MAX numbers; NULL: none). 0, -ENOMEM, -EIO. */
int sl_dec_emit(const struct sl_dec *d, const struct sl_dec_action *actions, const uint32_t *there,
		const char *prefix, FILE *out);
/* What a field is called: "ip proto", "tcp/udp dst port", "ether[12:2]". */
void sl_dec_field_print(const struct sl_dec_field *f, FILE *out);
/* The same for people: a line a node. `action` writes what an end does. 0, -ENOMEM, -EIO. */
int sl_dec_print(const struct sl_dec *d, void (*action)(FILE *out, uint32_t action, void *arg),
		 void *arg, FILE *out);

#endif
