/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled graph that takes packets: its BPF programs in the kernel, or its native build in a
 * process of its own that has given up its privileges (runner_native.c). Either way a packet goes
 * in and what became of it comes back.
 */
#ifndef CTL_RUNNER_H
#define CTL_RUNNER_H

#include "ctl/command.h"
#include "ctl/target.h"
#include "loader/runtime/replay.h"

struct ctl_runner;

struct ctl_graph {
	const struct sl_submission *submission;
	const struct sl_compiled *compiled;
};

/* 0 or -errno with messages in `d`; -EPERM: no privilege for BPF. */
int ctl_runner_new(const struct ctl_graph *g, bool native, struct sl_diags *d,
		   struct ctl_runner **out);
/*
 * Compiles the graph and makes a runner of it, with smaller segments where the kernel finds it too
 * complex. Both are the caller's, the runner to be freed first. As above.
 */
int ctl_runner_open(const struct ctl_target *t, bool native, struct sl_diags *d,
		    struct sl_compiled **c, struct ctl_runner **out);
void ctl_runner_free(struct ctl_runner *r);
static inline void ctl_runner_freep(struct ctl_runner **r)
{
	ctl_runner_free(*r);
}

/* As sl_replay_packet(), at the time `now_ns`. -EMSGSIZE: not this way; other -errno with messages.
 * Results are valid until the next packet. */
int ctl_runner_packet(struct ctl_runner *r, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT], struct sl_diags *d);
/* Puts a running graph's words and tables into a fresh native one (loader/codegen/snapshot.h). 0 or
 * -errno with messages. */
int ctl_runner_restore(struct ctl_runner *r, struct json_object *state, struct sl_diags *d);
/* The same as ctl_runner_packet(), followed from element to element: *steps is what
 * ctl_steps_rows() takes. Native only.
 */
int ctl_runner_follow(struct ctl_runner *r, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT],
		      struct json_object **steps, struct sl_diags *d);
/* Some of what the graph printed and was not taken yet: [{time_ns, text}], NULL when there is no
 * more. 0 or -errno with messages. */
int ctl_runner_events(struct ctl_runner *r, struct json_object **list, struct sl_diags *d);
/* Reads ELEMENT.HANDLER. 0 and *value (malloc'ed); -EINVAL, -ENOENT, -EACCES with messages. */
int ctl_runner_read(struct ctl_runner *r, const char *path, char **value, struct sl_diags *d);
/* The replay below; NULL for one in another process. */
struct sl_replay *ctl_runner_replay(struct ctl_runner *r);

/* ---- Between the files -----------------------------------------------------------------------*/

struct ctl_runner {
	struct ctl_graph graph;
	struct sl_replay *replay;
	bool sandbox; /* elements are asked there, not in this process */
	struct ctl_remote *remote;
	/* Event records as they came, and when. */
	struct json_object *records;
	uint64_t *times;
	size_t n_times, cap_times;
	size_t taken; /* of them, given out */
	uint64_t now_ns;
	struct json_object *steps; /* of the last packet, where it was followed */
};
int ctl_remote_new(const struct ctl_graph *g, struct sl_diags *d, struct ctl_remote **out);
void ctl_remote_free(struct ctl_remote *m);
int ctl_remote_packet(struct ctl_remote *m, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT], struct sl_diags *d);
int ctl_remote_restore(struct ctl_remote *m, struct json_object *state, struct sl_diags *d);
int ctl_remote_follow(struct ctl_remote *m, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT],
		      struct json_object **steps, struct sl_diags *d);
int ctl_remote_events(struct ctl_remote *m, struct json_object **list, struct sl_diags *d);
int ctl_remote_read(struct ctl_remote *m, const char *path, char **value, struct sl_diags *d);

#endif
