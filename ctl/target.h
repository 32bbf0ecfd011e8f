/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a graph is compiled for by the commands that need no daemon: the graph's text, and the
 * devices of the tenant it is meant for.
 */
#ifndef CTL_TARGET_H
#define CTL_TARGET_H

#include "ctl/command.h"
#include "loader/codegen/compile.h"
#include "loader/runtime/config.h"

struct ctl_target {
	struct sl_submission submission;
	struct sl_device *list;
	struct sl_devices devices;   /* n == 0: those the graph names */
	char *tenant;		     /* NULL: none */
	struct sl_node_config *node; /* the node file; NULL: none was given */
	/* What its class follows from (loader/runtime/class_choice.h). */
	enum sl_tenant_class class;
	uint32_t ns_per_packet, max_delay_us;
	struct sl_calibration *costs; /* as sluiced has them; NULL: none that can be used */
};

/* Reads the graph (argument GRAPH) with its variables, and the devices as --tenant and --node say.
 * CTL_DONE, or why not, with messages in the call. */
enum ctl_exit ctl_target_read(struct ctl_call *call, struct ctl_target *t);
void ctl_target_free(struct ctl_target *t);
/* Where the graph will run, and why; NULL when out of memory. */
char *ctl_target_class(const struct ctl_target *t, const struct sl_compiled *c);
/* Compiles in the sandbox, at the `cut`-th try (loader/runtime/recut.h). 0 or -errno. */
int ctl_target_compile(const struct ctl_target *t, enum sl_target target, int cut,
		       struct sl_diags *d, struct sl_compiled **out);

#endif
