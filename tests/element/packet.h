/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds packets from words, as tests/conformance/README.md describes. */
#ifndef SL_TESTS_PACKET_H
#define SL_TESTS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 16384

struct packet {
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

/* What words that are not there stand for. */
struct packet_defaults {
	uint8_t dst[6], src[6]; /* Ethernet addresses */
	const struct packet
		*same; /* `same`, and the Ethernet type of an answer; NULL: not allowed */
};

/* 0, or -1 with the reason in `error`. */
int packet_build(const char *words, const struct packet_defaults *def, struct packet *out,
		 char *error, size_t error_size);

#endif
