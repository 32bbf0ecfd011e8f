/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the packet builder share. */
#ifndef SL_TESTS_PACKET_INT_H
#define SL_TESTS_PACKET_INT_H

#include <stdbool.h>

#include "tests/element/packet.h"

enum kind { ETH, VLAN, IP4, IP6, UDP, TCP, ICMP, ICMP6, ARP, PAYLOAD };

struct layer {
	enum kind kind;
	size_t off, hlen;
	bool type_given, len_given, sum_given, sum_bad;
	uint16_t tpid;
};

#define MAX_LAYERS 16

struct builder {
	const char *s; /* what is left to read */
	const struct packet_defaults *def;
	struct packet *out;
	struct layer layers[MAX_LAYERS];
	size_t n;
	size_t pad, cut;
	bool has_cut, nested, failed;
	char *error;
	size_t error_size;
};

/* Notes the first thing that is wrong. */
void packet_fail(struct builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- Words: packet_words.c -------------------------------------------------------------------*/
/* The next word, not used up; *len 0 at the end. */
const char *packet_peek(struct builder *b, size_t *len);
/* Uses up the next word if it is `word`. */
bool packet_next_is(struct builder *b, const char *word);
bool packet_next_word(struct builder *b, char *buf, size_t size);
/* If the next word is `name`=value, uses it up and puts the value into `buf`. */
bool packet_option(struct builder *b, const char *name, char *buf, size_t size);
uint64_t packet_number(struct builder *b, const char *text, uint64_t max);
void packet_mac(struct builder *b, const char *text, uint8_t at[6]);
void packet_addr(struct builder *b, int family, const char *text, uint8_t *at);
size_t packet_hex(struct builder *b, const char *text, uint8_t *at, size_t max);

/* ---- Bytes -----------------------------------------------------------------------------------*/
/* `n` more bytes of zero at the end. */
uint8_t *packet_append(struct builder *b, size_t n);
struct layer *packet_begin(struct builder *b, enum kind kind, size_t hlen);

static inline void put16(uint8_t *at, uint64_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static inline void put32(uint8_t *at, uint64_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

static inline unsigned int get16(const uint8_t *at)
{
	return (unsigned int)(at[0] << 8 | at[1]);
}

/* ---- Headers: packet_headers.c; lengths and checksums: packet_fill.c -------------------------*/
/* An Ethernet header nobody wrote. */
struct layer *packet_implied_eth(struct builder *b);
/* The header the next word begins; false if it is no header's name. */
bool packet_header(struct builder *b);
/* Fills in what was not given of header `i`; all further in must be done. */
void packet_fill(struct builder *b, size_t i);

#endif
