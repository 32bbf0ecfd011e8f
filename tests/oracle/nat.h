/* SPDX-License-Identifier: GPL-2.0-only */
/* The oracle's rewriters: what those who make flows and those who look at them share. */
#ifndef SL_TESTS_NAT_H
#define SL_TESTS_NAT_H

#include "tests/oracle/oracle_int.h"

#define MAX_FLOWS 8192
#define MAX_SPECS 4
#define MAX_WAYS 8

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33 };
/* By what packets of a flow are told: addresses, ports and protocol; without the protocol; a source
 * address; two addresses; two addresses and an identifier. */
enum mode { PORTS, ANY_PORTS, ADDRESS, PAIR, PING };
enum spec_kind { DROP, PASS, KEEP, PATTERN, MAPPER };

/* With an identifier, both ports are it, and the protocol is the ICMP type. */
struct tuple {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};
struct flow {
	struct tuple from, to, reply; /* reply: what answers look like */
	uint64_t used;
	int outs[2];
	unsigned int packets;
	bool answered;
};
/* What is 0 stays as it is. `more`: so many ports, or addresses, from the first one on. */
struct pattern {
	uint32_t src, dst, more;
	uint16_t sport, dport;
	uint32_t next;
};
/* A pattern and where flows and answers leave. */
struct way {
	struct pattern pattern;
	int outs[2];
};
struct spec {
	enum spec_kind kind;
	struct way way;
	const char *mapper;
};
struct mapper {
	struct way ways[MAX_WAYS];
	uint32_t n, turn;
	bool hash;
};
struct rewriter {
	enum mode mode;
	bool tcp_only;
	struct spec specs[MAX_SPECS];
	uint32_t n_specs;
	uint64_t timeout, streaming, reap, reaped, failures;
	size_t n;
	struct flow flows[MAX_FLOWS];
};

/* The words of a pattern for `mode`, at *text, which is moved on. */
bool parse_pattern(enum mode mode, const char **text, struct pattern *w);
struct tuple turned(const struct tuple *t);
/* Why a packet whose headers are at `nh` and `th` belongs to no flow; NULL: *t says to which. */
const char *read_tuple(const struct rewriter *w, const struct opkt *p, size_t nh, size_t th,
		       struct tuple *t);
/* The flow of a packet; *answer: it goes the other way. */
struct flow *find_flow(struct rewriter *w, const struct tuple *t, bool *answer);
/* What the packet becomes. */
struct tuple becomes(const struct rewriter *w, const struct flow *f, const struct tuple *t,
		     bool answer);
/* Flows that ended go. */
void reap(struct oracle *o, struct rewriter *w);
/* NULL: no flow can be made. */
struct flow *new_flow(struct oracle *o, struct rewriter *w, struct way *way, bool keep,
		      const struct tuple *t);
/* Writes addresses and ports into headers, and what changes in their checksums; what changes is
 * said of an enclosing checksum at `around`, too, if that is not NULL. */
void write_tuple(struct opkt *p, size_t nh, size_t th, enum mode mode, const struct tuple *to,
		 uint8_t *around);

#endif
