/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands as sluicectl carries them out: those that need no daemon, and those that read files
 * before they ask it. Each returns an enum ctl_exit and leaves result and messages in the call. */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include "ctl/command.h"

ctl_run_fn ctl_run_graph_check, ctl_run_graph_flatten, ctl_run_graph_pretty, ctl_run_graph_dot;
ctl_run_fn ctl_run_graph_undead, ctl_run_graph_combine, ctl_run_graph_uncombine;
ctl_run_fn ctl_run_node_apply, ctl_run_node_validate;
ctl_run_fn ctl_run_tenant_add, ctl_run_tenant_install;
ctl_run_fn ctl_run_calibrate, ctl_run_plan, ctl_run_preflight, ctl_run_replay, ctl_run_bench;
ctl_run_fn ctl_run_top, ctl_run_watch, ctl_run_capture, ctl_run_trace;
ctl_run_fn ctl_run_docs_elements, ctl_run_docs_man, ctl_run_docs_completion;
ctl_run_fn ctl_run_version, ctl_run_help;

/* Reads the graph that an argument of the call ("FILE", "GRAPH") names, and its variables.
 * CTL_DONE, or why not. */
struct sl_submission;
enum ctl_exit ctl_read_graph(struct ctl_call *call, const char *argument, struct sl_submission *s);

/* For commands of which `run` is NULL. */
ctl_run_fn ctl_run_ask;

#endif
