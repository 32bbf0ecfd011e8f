// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of BurnCycles. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/config.h"
#include "loader/element/element.h"
#include "bpf/element/burn_cycles.h"

static const struct sl_param params[] = {
	SL_PARAM_X("CYCLES", U32, SL_P_POS, "0", "cycles to spend on each packet, at most 1000000"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct burn_cycles_state, steps, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct burn_cycles_rw, cycles, U32),
	SL_FIELDS_END,
};

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

static int configure(struct sl_conf *cf)
{
	uint32_t cycles = 0;
	int ret = sl_inst_param(cf->inst, "CYCLES", &cycles);

	if (ret || cycles <= BURN_CYCLES_MOST)
		return ret;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "CYCLES"), "bad-argument",
				   "CYCLES: %" PRIu32 " is more than a packet may cost", cycles),
		     "at most " NUMBER(BURN_CYCLES_MOST));
	return -EINVAL;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct burn_cycles_rw *rw = bytes;
	uint32_t cycles = 0;

	sl_inst_param(in, "CYCLES", &cycles);
	rw->cycles = cycles;
}

/* Cycles of 2.5 GHz. */
static double spends(const struct sl_inst *in)
{
	uint32_t cycles = 0;

	sl_inst_param(in, "CYCLES", &cycles);
	return cycles / 2.5;
}

static int write_cycles(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const char *why;
	uint32_t cycles;

	if (sl_parse_value(SL_T_U32, value, l->program, in->elem, &cycles, &why) ||
	    cycles <= BURN_CYCLES_MOST)
		return sl_h_rw_set(l, in, h, value, d);
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
					      "%s: %" PRIu32 " is more than a packet may cost",
					      h->name, cycles),
				     in->elem->name),
		     "at most " NUMBER(BURN_CYCLES_MOST));
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	{.name = "cycles",
	 .flags = SL_H_READ | SL_H_WRITE,
	 .help = "cycles to spend on each packet",
	 .read = sl_h_rw_get,
	 .write = write_cycles,
	 .kind = SL_K_U32,
	 .offset = offsetof(struct burn_cycles_rw, cycles),
	 .param = "CYCLES"},
	SL_HANDLER_PACKETS("count", "packets"),
	SL_HANDLER_STATE("steps", struct burn_cycles_state, steps,
			 "steps of work that were done, " NUMBER(BURN_CYCLES_STEP) " cycles each"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_burn_cycles = {
	.spec = {.name = "BurnCycles", .ports = "1/1", .processing = "a"},
	.base = "burn_cycles",
	.summary = "spends CPU time on packets, for experiments",
	.help = "Spends about CYCLES cycles on each packet, in steps of " NUMBER(
		BURN_CYCLES_STEP) ", whatever the packet is, and passes it on "
				  "unchanged. How long that is in fact is the CPU's matter: the "
				  "work is fixed, and "
				  "a cycle of it is one of an x86-64 server's CPU. Writing "
				  "`cycles` acts at once.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.experiment = "burn",
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct burn_cycles_state),
	.state = state,
	.rw_size = sizeof(struct burn_cycles_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.spends = spends,
	.weight = BURN_CYCLES_MOST / BURN_CYCLES_STEP,
};
