/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a graph does to packets, worked out a second time: an interpreter written from what Click,
 * the RFCs and docs/elements.md say, with nothing of bpf/ in it. It parses graphs with
 * loader/click and everything in an argument by itself, plainly and slowly.
 */
#ifndef SL_TESTS_ORACLE_H
#define SL_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct oracle;

struct oracle_device {
	char name[32];
	uint8_t mac[6], peer[6];
	bool ip_link;
};

enum oracle_verdict { ORACLE_DROP, ORACLE_OUT, ORACLE_HOST };

struct oracle_out {
	enum oracle_verdict verdict;
	unsigned int dev; /* ORACLE_OUT */
	const char *elem; /* ORACLE_DROP: where; NULL: at no element */
	const char
		*reason; /* ORACLE_DROP: why, as stats name it; NULL: the specification is silent */
	size_t len;
	uint8_t *bytes; /* valid until the next packet */
};
#define ORACLE_MAX_OUT 64

/* 0, or -1 with the reason in `why`: a class it does not know, an argument that is wrong. */
int oracle_new(const char *text, const struct oracle_device *devs, size_t n_devs, uint64_t now_ns,
	       uint32_t rnd, struct oracle **out, char why[200]);
void oracle_free(struct oracle *o);

/* Whether the oracle has this class. */
bool oracle_knows(const char *class_name);

/* One frame in on device `dev`; what became of it. Returns the number of outcomes. */
int oracle_packet(struct oracle *o, unsigned int dev, const uint8_t *frame, size_t len,
		  struct oracle_out outs[ORACLE_MAX_OUT]);
/* Whether what became of a packet so far depended on what no specification says: how much room
 * there is in front of a packet, how often one may go round. */
bool oracle_unsure(const struct oracle *o);
void oracle_set_clock(struct oracle *o, uint64_t now_ns);

size_t oracle_elems(const struct oracle *o);
const char *oracle_elem_name(const struct oracle *o, size_t i);
/* Packets that entered an element. */
uint64_t oracle_entered(const struct oracle *o, size_t i);
/* The i-th read handler of an element that the oracle knows the value of: its name, NULL past the
 * last; the value goes to `out`. */
const char *oracle_read(struct oracle *o, size_t elem, size_t i, FILE *out);
/* What becomes of writing to a handler, or of reading one with arguments. */
enum oracle_handled { ORACLE_DONE, ORACLE_REFUSED, ORACLE_SILENT /* it does not know */ };
enum oracle_handled oracle_write(struct oracle *o, size_t elem, const char *handler,
				 const char *value);
enum oracle_handled oracle_ask(struct oracle *o, size_t elem, const char *handler, const char *args,
			       FILE *out);

#endif
