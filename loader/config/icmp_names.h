/* SPDX-License-Identifier: GPL-2.0-only */
/* Click's names for ICMP types and codes. */
#ifndef SL_ICMP_NAMES_H
#define SL_ICMP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* A type by name or number (0 to 255). */
bool sl_icmp_type(const char *text, uint8_t *out);
/* A code of this type by name or number. */
bool sl_icmp_code(uint8_t type, const char *text, uint8_t *out);
/* The name of a type, or of a type's code; NULL without one. */
const char *sl_icmp_type_name(uint8_t type);
const char *sl_icmp_code_name(uint8_t type, uint8_t code);

#endif
