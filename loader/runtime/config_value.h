/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single values of a node file, from their text. Each returns 0; -EINVAL when the text has another
 * form; -ERANGE when the number is too large. Nothing is written on failure.
 */
#ifndef SL_CONFIG_VALUE_H
#define SL_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/types.h>

/* Decimal without leading zeros, or 0x and hexadecimal digits. */
int sl_value_uint(const char *text, uint64_t *out);
/* "true", "yes", "false", "no". */
int sl_value_bool(const char *text, bool *out);
/* Percent of one CPU, one decimal at most, '%' or not: "12.5", "150%". → thousandths of a CPU. */
int sl_value_cpu(const char *text, uint64_t *milli);
/* Bits a second: "100000", "100M", "1.5Gbit/s", "64kbit"; k, M, G, T are powers of 1000. */
int sl_value_rate(const char *text, uint64_t *bps);
/* A count: "1000", "10k", "1.5M"; powers of 1000. */
int sl_value_count(const char *text, uint64_t *n);
/* Bytes: "65536", "64K", "64MiB", "1G"; powers of 1024. */
int sl_value_size(const char *text, uint64_t *bytes);
/* A GRE key: a number up to 4294967295, or four bytes as an address is written. */
int sl_value_key(const char *text, uint32_t *key);
/* "a.b.c.d/len", len 1 to 32; not a network's own or its broadcast address (len up to 30). */
int sl_value_prefix(const char *text, __be32 *addr, uint8_t *len);
/* The same for IPv6, len 1 to 128: not a link-local address, which means nothing off the link. */
int sl_value_prefix6(const char *text, uint8_t addr[16], uint8_t *len);
/* "eth0" to "eth63". */
int sl_value_device(const char *text, uint8_t *index);
/* A user's name, or a uid in digits. -ENOENT: no such user. */
int sl_value_owner(const char *text, uid_t *uid);
/* What the kernel takes as the name of an interface. */
bool sl_value_is_interface(const char *text);
/* NAME=value with NAME as graphs have it: a letter or '_', then also digits. */
bool sl_value_is_var(const char *text);

#endif
