/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs do besides packets, for the trusted program (bpf/share.h), which cannot see it: by the
 * kernel's own accounts (/proc/stat) over the last moments. To be looked at several times a second;
 * the program takes what is older than a second for unknown.
 */
#ifndef SL_RUNTIME_SPARE_H
#define SL_RUNTIME_SPARE_H

#include <stdint.h>

#include "bpf/abi.h"

#define SL_SPARE_WINDOWS 8

/* The accounts at the last look, and what came of it. */
struct sl_spare {
	uint64_t at_ns; /* CLOCK_MONOTONIC; 0: nobody looked */
	struct sl_spare_cpu {
		uint64_t ticks; /* all that are counted */
		uint64_t spare;
		uint64_t procs;
		uint32_t procs_milli; /* of the last window, what processes had */
		uint16_t windows[SL_SPARE_WINDOWS];
		uint8_t n; /* of them */
	} cpus[SL_SPARE_CPUS];
};

/* Takes the text of /proc/stat, read at `now_ns`; `out` has SL_SPARE_CPUS. */
void sl_spare_take(struct sl_spare *s, const char *text, uint64_t now_ns, struct sl_cpu_spare *out);
/* Reads it now. 0 or -errno. */
int sl_spare_look(struct sl_spare *s, struct sl_cpu_spare *out);

#endif
