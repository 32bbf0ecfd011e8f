/* SPDX-License-Identifier: GPL-2.0-only */
/* What classes that prepend an IPv4 header (bpf/element/encap4.h) have in common. */
#ifndef SL_ENCAP_H
#define SL_ENCAP_H

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "bpf/element/encap4.h"

/* The fields of a member `ip` of type struct encap4. */
#define SL_ENCAP_FIELDS(type, ip)                                                                  \
	SL_FIELD(type, ip.src, IP4), SL_FIELD(type, ip.dst, IP4), SL_FIELD(type, ip.frag, BE16),   \
		SL_FIELD(type, ip.tos, U8), SL_FIELD(type, ip.ttl, U8),                            \
		SL_FIELD(type, ip.proto, U8), SL_FIELD(type, ip.dst_anno, BOOL)

/* Reads the argument DST: an address, or DST_ANNO for the annotation. 0 or -EINVAL (reported). */
int sl_encap_dst(struct sl_conf *cf, struct encap4 *c);
/* A UDP port by number or name: 0 or -ENOENT; of an argument: 0 or -EINVAL (reported). */
int sl_encap_parse_port(const char *text, const struct sl_program *p, const struct sl_elem *where,
			uint16_t *out);
int sl_encap_port(struct sl_conf *cf, const char *param, uint16_t *out);

/* Reads the destination from the conf, which begins with struct encap4; DST is its argument. */
sl_read_fn sl_h_encap_dst_get;
sl_write_fn sl_h_encap_dst_set;
#define SL_HANDLER_ENCAP_DST                                                                       \
	{                                                                                          \
		.name = "dst", .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,                   \
		.help = "destination", .read = sl_h_encap_dst_get, .write = sl_h_encap_dst_set,    \
		.param = "DST"                                                                     \
	}

/* What is known behind an IPv4 header and `more` bytes put in front. */
static inline void sl_encap_facts(struct sl_facts *f, uint32_t more)
{
	uint32_t n = sizeof(struct sl_ip4) + more;

	sl_facts_push(f, n);
	f->nh = f->off;
	f->th = sl_facts_fixed(f->off) ? f->off + (uint32_t)sizeof(struct sl_ip4) : SL_ANY;
	sl_facts_read(f, f->off, n);
}

#endif
