/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways a packet leaves the graph other than by an output port; generated code acts on them. */
#ifndef SL_ELEMENT_VERDICT_H
#define SL_ELEMENT_VERDICT_H

#include "../pkt.h"

/* Sent out of the device in bits 8-19: the window is the Ethernet frame. */
#define SL_DONE_OUT(dev) (0xfeu | ((__u32)(dev) << 8))
/* To the host's stack: the window is the Ethernet frame. */
#define SL_DONE_HOST 0xfdu
/* Every output gets a copy of the packet; or every one but `port`. There are two at least. */
#define SL_DONE_COPY_BUT(port) (0xfcu | ((__u32)(port) << 8))
#define SL_DONE_COPY SL_DONE_COPY_BUT(SL_PORT_NONE)
#define SL_COPIES(r) (((r)&0xff) == 0xfc)
/* Told to who follows a packet: a copy goes on by this output. No element returns it. */
#define SL_DONE_BRANCH(port) (0xfau | ((__u32)(port) << 8))
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
