/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of headers as AggregateIP names them: "ip src/8", "tcp flags", "transp[2:2] & 0xff00". */
#ifndef SL_CONFIG_IP_FIELD_H
#define SL_CONFIG_IP_FIELD_H

#include <stdint.h>
#include <stdio.h>

/* Where offsets are counted from: a protocol's header, or one of these. */
#define SL_FIELD_NET 0x100     /* the IP header */
#define SL_FIELD_TCPUDP 0x101  /* a TCP or UDP header */
#define SL_FIELD_TRANSP 0x102  /* whatever transport header */
#define SL_FIELD_PAYLOAD 0x103 /* behind a TCP or UDP header */

struct sl_ip_field {
	uint32_t from;
	uint32_t bit, bits; /* offset and length */
};

/* 0, or -EINVAL with *why a static sentence. */
int sl_ip_field_parse(const char *text, struct sl_ip_field *f, const char **why);
/* "ip", "tcp", "transp", ... */
void sl_ip_field_print_header(const struct sl_ip_field *f, FILE *out);
void sl_ip_field_print(const struct sl_ip_field *f, FILE *out);

#endif
