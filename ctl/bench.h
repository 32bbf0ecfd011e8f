/* SPDX-License-Identifier: GPL-2.0-only */
/* What a measurement needs beside the measuring. */
#ifndef CTL_BENCH_H
#define CTL_BENCH_H

#include <json-c/json.h>

#include "bpf/abi.h"
#include "loader/runtime/replay.h"

#define CTL_BENCH_ROUNDS 99

/* A frame, and what was measured with it. */
struct ctl_sample {
	uint8_t dev;
	uint8_t *bytes;
	size_t len;
	uint64_t ts_ns;
	/* Segments in the order the frame meets them. */
	uint32_t path[SL_MAX_SEGMENTS];
	size_t n_path;
	double whole, empty;
	double part[SL_MAX_SEGMENTS]; /* by place on the path */
};

struct ctl_cutter;
/* `r` stays the caller's, and its programs are as before after each call. 0 or -errno. */
int ctl_cutter_new(struct sl_replay *r, struct ctl_cutter **out);
void ctl_cutter_free(struct ctl_cutter *c);
/* Measures one frame: medians of `rounds` (at most CTL_BENCH_ROUNDS) of `repeat` runs. 0;
 * -EMSGSIZE: the kernel cannot run a frame of this size; -errno. */
int ctl_cutter_measure(struct ctl_cutter *c, struct ctl_sample *s, unsigned int rounds,
		       unsigned int repeat);

/* Where it was measured: {cpu, cpus, kernel, clang, mitigations}. */
struct json_object *ctl_machine_json(void);

#endif
