// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Hub. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/hub.h"

static const struct sl_field conf[] = {
	SL_FIELD(struct hub_conf, n_out, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	((struct hub_conf *)cf->inst->conf)->n_out = (uint8_t)cf->inst->elem->n_out;
	return 0;
}

static bool copies(const struct sl_program *p, const struct sl_inst *in)
{
	(void)p;
	return in->elem->n_out > 2;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)f;
	return port != out;
}

const struct sl_class sl_class_hub = {
	.spec = {.name = "Hub", .ports = "-/=", .processing = "h", .flow = "#/[^#]"},
	.base = "hub",
	.summary = "copies packets to every output but the input's",
	.help = "Of a packet that comes in by input N a copy leaves by every output but N, "
		"by the lowest first. With two ports packets are handed on and nothing is "
		"copied; with one they are dropped. Otherwise the platform makes the "
		"copies: for N outputs it copies the packet in two N - 1 times. Each copy "
		"is charged to the tenant and may be lost like any packet (counted as "
		"copy).\n\nOne packet may become 64 at the most, with what is copied "
		"behind the outputs: a graph that could make more of it is refused.",
	.flags = SL_C_PORT | SL_C_COPY | SL_C_ANY | SL_C_PLAIN | SL_C_READS,
	.conf_size = sizeof(struct hub_conf),
	.conf = conf,
	.configure = configure,
	.copies = copies,
	.facts = facts,
	.weight = 6,
};
