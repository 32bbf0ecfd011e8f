/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways a packet leaves the graph other than by an output port; generated code acts on them. */
#ifndef SL_ELEMENT_VERDICT_H
#define SL_ELEMENT_VERDICT_H

#include "../pkt.h"

/* Sent out of the device in bits 8-19: the window is the Ethernet frame. */
#define SL_DONE_OUT(dev) (0xfeu | ((__u32)(dev) << 8))
/* To the host's stack: the window is the Ethernet frame. */
#define SL_DONE_HOST 0xfdu
/* Output 0 gets the packet, output 1 a copy. */
#define SL_DONE_COPY 0xfcu
/* See SL_SELDOM(). */
#define SL_DONE_SELDOM 0xfbu
/* The packet came to its natural end (Discard): not a loss. */
#define SL_DONE_KEPT (0xffu | ((__u32)SL_R_ELEMENT << 8))

/*
 * From here on is what few packets need. Code for the usual packets ends here, and the packet,
 * which must be as it came, goes to the element once more where there is all of it (SL_C_SELDOM).
 */
#define SL_SELDOM(p)                                                                               \
	do {                                                                                       \
		if ((p)->usual)                                                                    \
			return SL_DONE_SELDOM;                                                     \
	} while (0)

#endif
