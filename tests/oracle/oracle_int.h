/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the oracle share: packets, elements, classes. */
#ifndef SL_TESTS_ORACLE_INT_H
#define SL_TESTS_ORACLE_INT_H

#include <string.h>

#include "loader/click/graph.h"
#include "tests/oracle/oracle.h"

/* Bytes in front of a frame, behind which nobody says whether there is room. */
#define ROOM 128
#define LONGEST 4096
#define UNSET SIZE_MAX
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Annotations: Click's offsets. */
enum { ANNO_DST = 0, ANNO_PAINT = 16, ANNO_PROBLEM = 17, ANNO_FIX = 19, ANNO_VLAN = 20 };
enum ptype { TYPE_HOST, TYPE_BROADCAST, TYPE_MULTICAST, TYPE_OTHER };

/* The packet is bytes[off..end). What was stripped is still in front. Headers: UNSET or offsets
 * into `bytes`, which may lie outside the packet. */
struct opkt {
	size_t off, end;
	size_t mac, nh, th;
	uint8_t anno[48];
	enum ptype type;
	unsigned int dev;
	uint8_t bytes[ROOM + LONGEST + 64];
};

static inline size_t length(const struct opkt *p)
{
	return p->end - p->off;
}
/* Bytes there are from an offset into `bytes` on. */
static inline size_t from(const struct opkt *p, size_t at)
{
	return at == UNSET || at >= p->end ? 0 : p->end - at;
}
/* Where an offset is; somewhere harmless when it is none of the packet's. */
static inline uint8_t *at(struct opkt *p, size_t offset)
{
	return p->bytes + (offset < ROOM + LONGEST ? offset : 0);
}
static inline uint16_t get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t get32(const uint8_t *b)
{
	return (uint32_t)get16(b) << 16 | get16(b + 2);
}
static inline void put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}
static inline void put32(uint8_t *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b + 2, v);
}
/* One's complement sum of 16-bit words, an odd byte at the end padded with zero; `from` is added.
 */
uint16_t ones_sum(const uint8_t *b, size_t n, uint32_t from);
/* RFC 1624, eqn 3: a checksum at `at` after a 16-bit word went from `was` to `is`. */
void change_sum(uint8_t *at, uint16_t was, uint16_t is);
/* Writes the checksum of the IP header of `hlen` bytes. */
void ip_sum(uint8_t *ip, size_t hlen);
/* The checksum of an ICMPv6 message of `len` bytes behind an IPv6 header, as it must be changed to.
 */
uint16_t icmp6_sum(const uint8_t *ip, size_t len);
/* Moves the beginning back; the bytes are as they were. False: not sure that there is room. */
bool grow_front(struct opkt *p, size_t n);
/* A packet of `n` zero bytes instead, with nothing known of it; `dev` stays. */
void fresh_packet(struct opkt *p, size_t n);

/* ---- Elements --------------------------------------------------------------------------------*/

struct oel;
struct oarg {
	const char *text;
	bool used;
};
/* Given to configure(). Parsers return false, with the reason noted, when there is no such value.
 */
struct oconf {
	struct oracle *o;
	struct oel *e;
	struct oarg *args;
	size_t n_args;
	char *why; /* 200 bytes; "" while nothing is wrong */
};

#define GONE (-1) /* the function has said what became of the packet */

struct oclass {
	const char *names; /* with spaces between */
	const char *ports, *processing, *flow;
	size_t priv_size;
	void (*configure)(struct oconf *c);
	/* The output the packet leaves by, or GONE. */
	int (*push)(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p);
	/* The i-th handler: its name, the value to `out`; NULL past the last. */
	const char *(*read)(struct oracle *o, struct oel *e, size_t i, FILE *out);
	enum oracle_handled (*write)(struct oracle *o, struct oel *e, const char *handler,
				     const char *value);
	enum oracle_handled (*ask)(struct oracle *o, struct oel *e, const char *handler,
				   const char *args, FILE *out);
	bool info;
	const char *body; /* a compound */
	/* What it does depends on packets before: counts aside. */
	bool remembers;
};

struct oend {
	int to; /* element, -1: nothing */
	unsigned int port;
};
struct oel {
	const struct oclass *cls;
	const struct sl_elem *elem;
	void *priv;
	struct oend *outs;
	unsigned int n_out;
	uint64_t entered, drops, bytes;
	uint64_t old_entered, old_bytes; /* at the last reset */
	unsigned int visits;		 /* of the packet there is now */
};

struct oracle {
	struct sl_graph *graph;
	struct oel *els;
	struct oracle_device devs[8];
	size_t n_devs;
	int sources[8]; /* FromDevice by device, -1: none */
	uint64_t now_ns;
	uint32_t rnd;
	bool unsure;
	struct oracle_out *outs;
	int n_outs;
	struct opkt kept[ORACLE_MAX_OUT];
};

/* An element is the end of the packet; `reason` may be NULL. Returns GONE. */
int dropped(struct oracle *o, struct oel *e, const char *reason);
/* Output `port` if it is there, otherwise the end. */
int out_or_drop(struct oracle *o, struct oel *e, unsigned int port, const char *reason);
int sent(struct oracle *o, struct opkt *p, unsigned int dev);
int to_host(struct oracle *o, struct opkt *p);
/* Sends a packet on from output `port`, to its end. */
void push_out(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p);
uint32_t draw_random(struct oracle *o);
/* Whether only devices that carry nothing but IP are behind output 0; to whom frames go there. */
bool far_end(struct oracle *o, struct oel *e, uint8_t peer[6]);
/* Whether a filter expression holds of a packet; *bad: it is none. */
bool filter_holds(const char *text, struct opkt *p, bool *bad);
/* Devices that are behind output `port` of an element, by whatever way: a bit each. */
uint32_t devices_behind(struct oracle *o, struct oel *e, unsigned int port);

extern const struct oclass plain_classes[], ether_classes[], arp_classes[], ip_classes[],
	icmp_classes[], option_classes[], route_classes[], switch_classes[], filter_classes[],
	transport_classes[], vlan_classes[], nat_classes[], icmp_rewriter_classes[], ip6_classes[],
	icmp6_classes[], nd_classes[], encap_classes[], bytes_classes[], rate_classes[];

/* Reads one thing: for classes with a single handler. */
#define READ_ONE(i, name, out, fmt, value)                                                         \
	((i) ? NULL : (fprintf(out, fmt, (unsigned long long)(value)), name))

/* ---- Arguments -------------------------------------------------------------------------------*/

void conf_fail(struct oconf *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The argument of keyword `kw`, or the next by position when `pos`; NULL when not given. */
const char *conf_take(struct oconf *c, const char *kw, bool pos);
/* The next argument by position, whatever it looks like; NULL at the end. */
const char *conf_next(struct oconf *c);
/* The same, parsed; `*v` stays as it is when the argument is not there. */
void conf_num(struct oconf *c, const char *kw, bool pos, uint32_t *v);
void conf_int(struct oconf *c, const char *kw, bool pos, int32_t *v);
void conf_bool(struct oconf *c, const char *kw, bool pos, bool *v);
void conf_time(struct oconf *c, const char *kw, bool pos, uint64_t *ns);
void conf_ip(struct oconf *c, const char *kw, bool pos, uint32_t *ip);
void conf_ether(struct oconf *c, const char *kw, bool pos, uint8_t mac[6]);
void conf_anno(struct oconf *c, const char *kw, bool pos, unsigned int *offset);
void conf_dev(struct oconf *c, const char *kw, unsigned int *dev);

/* Values. False when the text is none. */
bool parse_num(const char *text, int64_t *v);
bool parse_ip(const char *text, uint32_t *ip);
/* A.B.C.D/LEN, A.B.C.D/MASK, or an address alone (mask all ones). */
bool parse_prefix(const char *text, uint32_t *ip, uint32_t *mask);
bool parse_ip6(const char *text, uint8_t ip[16]);
/* An address, or one with /LEN, of which the bits behind are cleared. */
bool parse_prefix6(const char *text, uint8_t ip[16], unsigned int *len);
bool in_prefix6(const uint8_t ip[16], const uint8_t prefix[16], unsigned int len);
bool parse_ether(const char *text, uint8_t mac[6]);
/* A list of addresses with spaces between. */
struct addrs {
	uint32_t n, list[32];
};
bool parse_addrs(const char *text, struct addrs *a);
bool has_addr(const struct addrs *a, uint32_t ip);
/* Copies the next word of *text, moves on; false at the end. */
bool conf_word(const char **text, char *word, size_t size);

#endif
