/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checksums of TCP and UDP over IPv4: the segment and a pseudo header (RFC 793 3.1, RFC 768). */
#ifndef SL_ELEMENT_TRANSPORT_H
#define SL_ELEMENT_TRANSPORT_H

#include "../ipcsum.h"
#include "../ipopt.h"

/* Bytes from a transport header that was looked at to the packet's end. */
sl_inline __u32 transport_len(const struct sl_pkt *p)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);

	SL_SURELY(p->th < total, 0);
	return total - p->th;
}

/* Sum of the pseudo header of a segment of `len` bytes. */
sl_inline __u32 transport_pseudo(__be32 src, __be32 dst, __u32 proto, __u32 len)
{
	return (src & 0xffff) + (src >> 16) + (dst & 0xffff) + (dst >> 16) +
	       sl_htons((__u16)proto) + sl_htons((__u16)len);
}

/* Sum, folded, of the `len` bytes from the transport header and their pseudo header: 0xffff if
 * there is a checksum among them and it is right. 0, or -1 if the packet ends before. */
sl_inline int transport_sum(const struct sl_pkt *p, const struct sl_ip4 *ip, __u32 len, __u16 *out)
{
	__u32 sum = transport_pseudo(ip->src, sl_ip4_final_dst(p, ip), ip->proto, len);

	SL_SURELY(p->th != SL_UNSET, -1);
	SL_SURELY(!sl_csum_range(p, p->th, len, SL_OFF_MASK, &sum), -1);
	*out = sl_fold(sum);
	return 0;
}

#endif
