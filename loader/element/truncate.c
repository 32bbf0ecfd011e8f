// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Truncate. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/truncate.h"

static const struct sl_param params[] = {
	SL_PARAM_X("LENGTH", U32, SL_P_REQ | SL_P_POS, NULL, "bytes that are left"),
	SL_PARAM("EXTRA_LENGTH", BOOL, 0, "true", struct truncate_conf, extra_anno,
		 "add the bytes cut off to the annotation EXTRA_LENGTH"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct truncate_conf, extra_anno, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct truncate_rw, nbytes, U32),
	SL_FIELDS_END,
};

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct truncate_rw *rw = bytes;
	uint32_t nbytes = 0;

	sl_inst_param(in, "LENGTH", &nbytes);
	rw->nbytes = nbytes;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("nbytes", struct truncate_rw, nbytes, U32, "LENGTH",
		      "bytes that are left; writing acts at once"),
	SL_HANDLERS_END,
};

/* Offsets stay as they are; which bytes are there is a matter of the word. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	f->known = 0;
	return true;
}

const struct sl_class sl_class_truncate = {
	.spec = {.name = "Truncate", .ports = "1/1", .processing = "a"},
	.base = "truncate",
	.summary = "cuts packets down to a length",
	.help = "Bytes behind the first LENGTH go; how many is added to the annotation "
		"EXTRA_LENGTH, unless that argument is false. Headers are left as they are, so "
		"their lengths may then say too much. The kernel keeps 14 bytes from where the "
		"packet was received or moved to: what is to be cut below that is dropped as "
		"short.",
	.flags = SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct truncate_conf),
	.conf = conf,
	.rw_size = sizeof(struct truncate_rw),
	.rw = rw,
	.init_rw = init_rw,
	.facts = facts,
	.weight = 16,
};
