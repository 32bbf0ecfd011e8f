/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every record that an element sends to the event ring begins with. */
#ifndef SL_BPF_EVENT_H
#define SL_BPF_EVENT_H

#include "types.h"

struct sl_event_head {
	__u32 elem;   /* index of the element in the graph: its class knows what follows */
	__u32 len;    /* bytes in the packet's window */
	__u64 now_ns; /* when, or 0 if nobody asked */
};

#endif
