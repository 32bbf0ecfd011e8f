// SPDX-License-Identifier: GPL-2.0-only
/* Tells the trusted program, some times a second, what CPUs do besides packets. */
#include "ctl/server.h"

#define LOOK_MS 125

static void look(struct ctl_timer *t)
{
	struct ctl_server *s = t->arg;

	s->ops->spare(s->node);
	ctl_timer_set(s->loop, t, LOOK_MS);
}

void ctl_spare_start(struct ctl_server *s)
{
	s->spare = (struct ctl_timer){.fn = look, .arg = s};
	if (s->ops->spare)
		ctl_timer_set(s->loop, &s->spare, LOOK_MS);
}
