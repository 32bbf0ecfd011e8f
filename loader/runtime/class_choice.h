/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which class a tenant's graph runs in, and what a packet of it may cost there.
 *
 * Whoever comes behind packets of a tenant waits until what is at work is done: inline that is a
 * poll of the device, 64 packets, whichever tenants they are of; behind a thread it is a batch of
 * 8, as the scheduler may have the CPU in between. max_delay_us is what that may take. A graph
 * whose dearest packet is too dear for a poll gets a thread, unless the operator has said where it
 * runs.
 */
#ifndef SL_RUNTIME_CLASS_CHOICE_H
#define SL_RUNTIME_CLASS_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/cost/cost.h"
#include "loader/diag.h"
#include "loader/runtime/config.h"

struct sl_class_choice {
	enum sl_tenant_class given; /* by the operator; SL_CLASS_NONE: by the plan */
	bool thread;
	bool declared;	      /* need_ns is the budget's ns_per_packet, or else an estimate */
	uint32_t need_ns;     /* of the dearest packet */
	uint32_t platform_ns; /* what the platform does for a packet besides */
	uint32_t max_delay_us;
};

/* The class of a graph whose dearest packet is estimated to cost `dear_ns`. It follows from the
 * arguments alone: the same graph has the same class on the same node. */
void sl_class_choose(const struct sl_node_tenant *t, const struct sl_node_config *node,
		     const struct sl_platform_cost *cost, uint32_t dear_ns,
		     struct sl_class_choice *out);
/* Whether polls of a class end in time if all packets were the dearest. */
bool sl_class_fits(const struct sl_class_choice *c, bool thread);
/* What the platform does for a packet at most, by what was calibrated. */
uint32_t sl_class_platform_ns(const struct sl_platform_cost *cost);
/* What is reckoned with for each packet of a tenant: what it declares, or what max_delay_us leaves.
 * At least 1. */
uint32_t sl_class_part_ns(const struct sl_node_tenant *t, const struct sl_node_config *node,
			  const struct sl_platform_cost *cost, bool thread);
/* What a packet of this tenant may cost: over it are overruns (bpf/account.h). */
uint32_t sl_class_bound_ns(const struct sl_node_tenant *t, const struct sl_node_config *node,
			   const struct sl_platform_cost *cost, bool thread);

/* The arithmetic in a line; malloc'ed, NULL when out of memory. */
char *sl_class_text(const struct sl_class_choice *c);
/* Warns of a class in which others may wait longer than the node says. */
void sl_class_warn(const struct sl_class_choice *c, const struct sl_node_tenant *t,
		   struct sl_diags *d);

#endif
