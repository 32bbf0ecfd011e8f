/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of IP protocols. */
#ifndef SL_PROTO_NAMES_H
#define SL_PROTO_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* A protocol by name. */
bool sl_proto_named(const char *name, uint8_t *out);
/* A protocol by name or number (0 to 255). */
bool sl_proto(const char *text, uint8_t *out);
/* A protocol's name, or NULL. */
const char *sl_proto_name(uint8_t proto);

#endif
