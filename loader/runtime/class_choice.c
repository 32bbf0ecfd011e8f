// SPDX-License-Identifier: GPL-2.0-only
/* Where a tenant's graph runs, by what its packets cost. */
#include "loader/runtime/class_choice.h"

#include <stdio.h>

#include "loader/mem.h"

/* Packets of a NAPI poll, and of a batch that a cpumap's thread takes up. */
#define POLL 64
#define BATCH 8
/* Who overruns with a quarter of its packets is put into quarantine. One that declares nothing and
 * is inline may take with those what a poll may: an interrupt, or a capture that wakes its reader,
 * is easily as long as a packet's own part of a poll. */
#define QUARTER 4

static uint32_t packets(bool thread)
{
	return thread ? BATCH : POLL;
}

/* The dearer of sending and dropping; any packet may be one that is measured. */
uint32_t sl_class_platform_ns(const struct sl_platform_cost *c)
{
	double out = c->send_ns > c->drop_ns ? c->send_ns : c->drop_ns;

	return (uint32_t)(out + c->sample_ns + 0.5);
}

static uint64_t poll_ns(const struct sl_class_choice *c, bool thread)
{
	return packets(thread) * ((uint64_t)c->need_ns + c->platform_ns);
}

bool sl_class_fits(const struct sl_class_choice *c, bool thread)
{
	return poll_ns(c, thread) <= c->max_delay_us * 1000ull;
}

void sl_class_choose(const struct sl_node_tenant *t, const struct sl_node_config *node,
		     const struct sl_platform_cost *cost, uint32_t dear_ns,
		     struct sl_class_choice *out)
{
	*out = (struct sl_class_choice){
		.given = t->class,
		.declared = t->budget.ns_per_packet != 0,
		.need_ns = t->budget.ns_per_packet ? t->budget.ns_per_packet : dear_ns,
		.platform_ns = sl_class_platform_ns(cost),
		.max_delay_us = node->max_delay_us,
	};
	out->thread = t->class ? t->class == SL_CLASS_THREAD : !sl_class_fits(out, false);
}

uint32_t sl_class_part_ns(const struct sl_node_tenant *t, const struct sl_node_config *node,
			  const struct sl_platform_cost *cost, bool thread)
{
	uint64_t ns = node->max_delay_us * 1000ull / packets(thread),
		 less = sl_class_platform_ns(cost);

	if (t->budget.ns_per_packet)
		return t->budget.ns_per_packet;
	ns = ns > less ? ns - less : 1;
	return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

uint32_t sl_class_bound_ns(const struct sl_node_tenant *t, const struct sl_node_config *node,
			   const struct sl_platform_cost *cost, bool thread)
{
	uint64_t ns = sl_class_part_ns(t, node, cost, thread);

	if (!thread && !t->budget.ns_per_packet)
		ns *= QUARTER;
	return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

/* ---- In words --------------------------------------------------------------------------------*/

/* "64 packets of a poll x (1310 ns estimated + 195 ns platform) = 96.3 us" */
static void put_sum(FILE *f, const struct sl_class_choice *c, bool thread)
{
	fprintf(f, "%u packets of a %s x (%u ns %s + %u ns platform) = %.1f us", packets(thread),
		thread ? "thread's batch" : "poll", c->need_ns,
		c->declared ? "declared" : "estimated", c->platform_ns,
		(double)poll_ns(c, thread) / 1000);
}

static void put_class(FILE *f, const struct sl_class_choice *c, bool thread)
{
	put_sum(f, c, thread);
	fprintf(f, ", %s max_delay_us %u", sl_class_fits(c, thread) ? "within" : "more than",
		c->max_delay_us);
}

char *sl_class_text(const struct sl_class_choice *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fprintf(f, "%s, %s: ", sl_tenant_class_name(c->thread),
		c->given ? "as the operator says" : "by its cost");
	/* Why not inline, and what it is then. */
	if (c->thread && !c->given) {
		put_class(f, c, false);
		fputs("; ", f);
	}
	put_class(f, c, c->thread);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

void sl_class_warn(const struct sl_class_choice *c, const struct sl_node_tenant *t,
		   struct sl_diags *d)
{
	_free_ char *text = NULL;
	struct sl_diag *m;

	if (sl_class_fits(c, c->thread))
		return;
	text = sl_class_text(c);
	m = sl_warn(d, t->pos, "max-delay",
		    "packets of tenant %s may keep others waiting longer than the node says: %s",
		    t->name, text ? text : "");
	if (!c->declared)
		sl_diag_hint(m,
			     "whose packets often take longer than %s is put into quarantine: "
			     "declare what they take (ns_per_packet), or raise max_delay_us",
			     c->thread ? "an eighth of that" : "a 16th of that");
	else if (!c->thread)
		sl_diag_hint(m, "class thread, or leave the class to the plan");
	else
		sl_diag_hint(m, "raise max_delay_us, or declare less (ns_per_packet)");
}
