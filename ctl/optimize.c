// SPDX-License-Identifier: GPL-2.0-only
/*
 * Graphs that are compiled again by themselves, for what their packets do: the node says whose and
 * when (loader/runtime/shares.h), a worker compiles at the lowest priority, and what it made is
 * installed like any graph. A compiler that fails changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/server.h"
#include "loader/mem.h"

#define LOOK_MS 1000

void ctl_optimize_install(struct ctl_server *s, const char *tenant, const struct sl_submission *sub,
			  struct sl_hand *hand)
{
	struct sl_diags d = {0};
	struct ctl_log_entry e = {.command = "tenant optimize", .tenant = tenant, .diags = &d};
	struct json_object *o;

	e.err = s->ops->optimize(s->node, tenant, sub, hand, &d, NULL);
	o = ctl_log_add(s->log, &e);
	if (o)
		ctl_watch_change(s, tenant, o);
	sl_diags_free(&d);
}

static bool is_busy(const struct ctl_server *s, const char *tenant)
{
	for (const struct ctl_worker *w = s->workers; w; w = w->next)
		if (!strcmp(w->what, tenant))
			return true;
	return s->n_workers >= s->limits.workers;
}

static void look(struct ctl_timer *t)
{
	struct ctl_server *s = t->arg;
	char tenant[SL_NAME_MAX + 1];
	struct sl_submission sub = {0};
	struct sl_ahead *a = NULL;
	int ret;

	ctl_timer_set(s->loop, t, LOOK_MS);
	if (s->ops->optimize_next(s->node, tenant, &sub))
		return;
	/* Somebody changes it just now, or the compilers have enough to do: another time. */
	ret = is_busy(s, tenant) ? -EBUSY : s->ops->ahead_tenant(s->node, tenant, &a);
	ret = ret ? ret : ctl_worker_start_own(s, tenant, a, &sub);
	if (ret)
		sl_submission_free(&sub);
	if (a)
		s->ops->ahead_free(a);
}

void ctl_optimize_start(struct ctl_server *s)
{
	if (!s->ops->optimize_next || !s->ops->ahead_tenant)
		return;
	s->optimize = (struct ctl_timer){.fn = look, .arg = s};
	ctl_timer_set(s->loop, &s->optimize, LOOK_MS);
}
