/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters in pcap's language (pcap-filter(7)) over Ethernet frames, as commands take them. */
#ifndef CTL_FILTER_H
#define CTL_FILTER_H

#include "ctl/command.h"

struct ctl_filter;

/* The filter that the argument FILTER of a call says; all packets pass when there is none.
 * CTL_DONE; CTL_REFUSED: it is none; with messages in the call. */
enum ctl_exit ctl_filter_new(struct ctl_call *call, struct ctl_filter **out);
/* Whether it lets a frame of `len` bytes through, of which the first `cap` are there. */
bool ctl_filter_takes(const struct ctl_filter *f, const void *bytes, size_t cap, size_t len);
void ctl_filter_free(struct ctl_filter *f);

#endif
