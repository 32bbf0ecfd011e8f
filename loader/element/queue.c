// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Queue. */
#include "loader/element/element.h"

static const char *const aliases[] = {
	"SimpleQueue",	   "NotifierQueue", "FullNoteQueue",  "QuickNoteQueue",
	"ThreadSafeQueue", "MSQueue",	    "FrontDropQueue", NULL};

static const struct sl_param params[] = {
	SL_PARAM_X("CAPACITY", U32, SL_P_POS | SL_P_IGNORED, "1000",
		   "the device's ring has its own"),
	SL_PARAMS_END,
};

/* An absorbed queue holds nothing and so loses nothing: packets wait in the device's ring. */
static int read_nothing(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)in, (void)h, (void)args, (void)d;
	fputc('0', out);
	return 0;
}

static int reset_nothing(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *value, struct sl_diags *d)
{
	(void)l, (void)in, (void)h, (void)value, (void)d;
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("capacity", "CAPACITY", "as configured; without effect"),
	{.name = "length",
	 .flags = SL_H_READ,
	 .help = "always 0: nothing waits here",
	 .read = read_nothing},
	{.name = "highwater_length",
	 .flags = SL_H_READ,
	 .help = "always 0: nothing waits here",
	 .read = read_nothing},
	{.name = "drops",
	 .flags = SL_H_READ,
	 .help = "always 0: nothing is lost here",
	 .read = read_nothing},
	{.name = "reset_counts",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "accepted; there is nothing to reset",
	 .write = reset_nothing},
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "accepted; there is nothing to reset",
	 .write = reset_nothing},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_queue = {
	.spec = {.name = "Queue", .ports = "1/1-2", .processing = "h/lh"},
	.base = "queue",
	.aliases = aliases,
	.summary = "a queue in front of a device",
	.help = "In front of a ToDevice the queue is the device's own ring, so this element "
		"disappears: nothing "
		"waits in it and it loses nothing; what the ring loses is counted at the device. "
		"Anywhere else a "
		"queue cannot run in the kernel, and the graph is refused.",
	.flags = SL_C_QUEUE | SL_C_IDLE,
	.params = params,
	.handlers = handlers,
	.weight = 1,
};
