// SPDX-License-Identifier: GPL-2.0-only
/* Records of the event ring as text. They come from a tenant's program: nothing in them is
 * trusted. */
#include <errno.h>
#include <string.h>

#include "bpf/event.h"
#include "loader/config/config.h"

int sl_event_print(const struct sl_program *p, const void *record, size_t len, FILE *out)
{
	struct sl_event_head head;
	const struct sl_inst *in;

	if (len < sizeof(head))
		return -EINVAL;
	memcpy(&head, record, sizeof(head));
	if (head.elem >= p->graph->n_elems)
		return -EINVAL;
	in = &p->insts[head.elem];
	return in->class->event ? in->class->event(in, record, len, out) : -EINVAL;
}
