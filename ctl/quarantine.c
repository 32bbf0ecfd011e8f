// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tenants that the trusted program has put into quarantine: it does so by itself, between two
 * packets; here it is noticed, logged, and told to who watches.
 */
#include <errno.h>

#include "ctl/log.h"
#include "ctl/server.h"

#define LOOK_MS 500

static void on_convicted(void *arg, const char *tenant, const char *why)
{
	struct ctl_server *s = arg;
	struct ctl_log_entry e = {.command = "quarantine", .tenant = tenant, .detail = why};
	struct json_object *o = ctl_log_add(s->log, &e);

	if (o)
		ctl_watch_change(s, tenant, o);
}

static void look(struct ctl_timer *t)
{
	struct ctl_server *s = t->arg;

	s->ops->convicted(s->node, on_convicted, s);
	ctl_timer_set(s->loop, t, LOOK_MS);
}

void ctl_quarantine_start(struct ctl_server *s)
{
	s->quarantine = (struct ctl_timer){.fn = look, .arg = s};
	ctl_timer_set(s->loop, &s->quarantine, 0);
}
