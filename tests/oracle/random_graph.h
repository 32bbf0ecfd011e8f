/* SPDX-License-Identifier: GPL-2.0-only */
/* Random graphs and packets, and making those that show a difference small. */
#ifndef SL_TESTS_RANDOM_GRAPH_H
#define SL_TESTS_RANDOM_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RG_ELEMS 160
#define RG_CONNS 640
#define RG_DEVS 4
#define RG_FRAME 1600
#define RG_OP 160

struct draw {
	uint64_t state;
};
/* A number below n. */
uint32_t pick(struct draw *r, uint32_t n);
/* True once in n times. */
static inline bool once_in(struct draw *r, uint32_t n)
{
	return !pick(r, n);
}

struct rg_conn {
	unsigned int from, from_port, to, to_port;
};
struct rgraph {
	unsigned int n, n_conns;
	struct {
		char name[16];
		char *text; /* class and arguments; NULL: taken out */
		unsigned int inputs;
	} e[RG_ELEMS];
	struct rg_conn c[RG_CONNS];
	bool ip_link[RG_DEVS];
	uint16_t head;
	unsigned int max_weight;
	bool ip6;      /* about IPv6, most of it */
	bool strange;  /* with classes the oracle has no opinion about */
	bool deciders; /* every second element tests bytes */
	bool quick;    /* the native build without optimization */
};

/* The n-th random graph; malloc'ed. */
struct rgraph *rg_random(uint64_t seed);
struct rgraph *rg_copy(const struct rgraph *g);
void rg_free(struct rgraph *g);
/* Its text, malloc'ed. */
char *rg_text(const struct rgraph *g);
unsigned int rg_size(const struct rgraph *g);

/* For those who build graphs. `text` may have in it: %a an address, %p a prefix, %n a number,
 * %c a colour, %m an MTU, %e an Ethernet address, %r routes to `outs` outputs, %o one of them, %f a
 * filter; %A, %P, %R of IPv6. */
int rg_add(struct rgraph *g, struct draw *r, const char *name, const char *text, unsigned int outs);
void rg_connect(struct rgraph *g, unsigned int from, unsigned int from_port, unsigned int to,
		unsigned int to_port);
int rg_find(const struct rgraph *g, const char *name);
/* A chain of elements that is being written: where it ends so far. */
struct rg_chain {
	struct rgraph *g;
	struct draw *r;
	unsigned int at, port;
};
/* One more behind its end, which becomes its output 0. */
unsigned int rg_then(struct rg_chain *c, const char *name, const char *text, unsigned int outs);
void rg_lead(struct rg_chain *c, unsigned int to, unsigned int to_port);
/* Sometimes something that only looks. */
void rg_maybe_look(struct rg_chain *c);

/* What packets are where an output leads nowhere yet, and what an element wants: e an Ethernet
 * frame, m the same with the IP header known, r an IP packet, i the same with the header known,
 * n one the graph made itself, 6 an IPv6 packet with the header known, w anything. '*' is any of
 * them, and in `to` the same as came. */
struct rg_kind {
	const char *text;
	char from;
	const char *to; /* a letter an output */
};
/* Both end with no text. */
extern const struct rg_kind rg_kinds[], rg_strange[];

/* Elements thrown together. */
void rg_soup(struct rgraph *g, struct draw *r);
/* An IP router for all devices, with what goes wrong answered by ICMP. */
void rg_router(struct rgraph *g, struct draw *r);
/* A rewriter and little else. */
void rg_nat(struct rgraph *g, struct draw *r);
/* What `text` is with arguments; malloc'ed. */
char *rg_expand(struct draw *r, const char *text, unsigned int outs);
/* An address packets and tables know of. */
uint32_t rg_address(struct draw *r);
void rg_address6(struct draw *r, uint8_t ip[16]);

/* ---- Packets ---------------------------------------------------------------------------------*/

/* A packet; or, if `op` is not empty, a handler that is written or read:
 * "write ELEMENT.HANDLER [VALUE]", "read ELEMENT.HANDLER [ARGUMENTS]". */
struct rpacket {
	uint64_t now_ns;
	uint8_t dev;
	uint16_t len;
	uint8_t bytes[RG_FRAME];
	char op[RG_OP];
};
/* An IPv6 packet; its length. */
size_t random_ip6(struct draw *r, uint8_t *b, size_t room);
/* A datagram or segment; its length. Checksums are left to the caller. */
size_t random_ports(struct draw *r, uint8_t *b, size_t room, bool tcp);
/* The next step of a sequence that begins with *now_ns. */
void random_step(struct draw *r, const struct rgraph *g, uint64_t *now_ns, struct rpacket *p);
/* A handler of the graph's written or asked; false: it has none that is worth it. */
bool random_op(struct draw *r, const struct rgraph *g, char op[RG_OP]);

#endif
