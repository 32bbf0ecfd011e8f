/* SPDX-License-Identifier: GPL-2.0-only */
/* Recorded packets: pcap files in, merged in the order of their timestamps, and out. */
#ifndef CTL_TRACE_H
#define CTL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/command.h"

/* A frame longer than this is no Ethernet frame of any port. */
#define CTL_FRAME_BYTES 16000

struct ctl_frame {
	uint64_t ts_ns;	    /* since the epoch */
	const char *device; /* as given: "eth0" */
	size_t input;	    /* which of the inputs, in the order given */
	const uint8_t *bytes;
	size_t len;
	bool cut; /* the recording has only its beginning */
};

struct ctl_trace;

/*
 * Opens every input of the call's options --in (DEVICE=FILE[,DEVICE=FILE...]). CTL_DONE; CTL_USAGE
 * for what is not written so; CTL_REFUSED for a file that is no recording of Ethernet frames;
 * CTL_SYSTEM for one that cannot be read. Messages go to the call.
 */
enum ctl_exit ctl_trace_open(struct ctl_call *call, struct ctl_trace **out);
/* The next frame in order; valid until the next call. 1; 0 at the end; -EBADMSG: a file is damaged
 * (a message is in `d`). */
int ctl_trace_next(struct ctl_trace *t, struct sl_diags *d, struct ctl_frame *f);
void ctl_trace_close(struct ctl_trace *t);
static inline void ctl_trace_closep(struct ctl_trace **t)
{
	ctl_trace_close(*t);
}
size_t ctl_trace_inputs(const struct ctl_trace *t);
const char *ctl_trace_device(const struct ctl_trace *t, size_t input);
const char *ctl_trace_file(const struct ctl_trace *t, size_t input);

/* A file that frames are written to. */
struct ctl_recording;
/* DIR/DEVICE.pcap. 0 or -errno with a message. */
int ctl_recording_new(const char *dir, const char *device, struct sl_diags *d,
		      struct ctl_recording **out);
void ctl_recording_add(struct ctl_recording *r, uint64_t ts_ns, const void *bytes, size_t len);
/* 0, or -EIO with a message: the disk is full. */
int ctl_recording_close(struct ctl_recording *r, struct sl_diags *d);
const char *ctl_recording_path(const struct ctl_recording *r);

#endif
