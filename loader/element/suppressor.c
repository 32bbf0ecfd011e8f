// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Suppressor. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "bpf/element/suppressor.h"

static const struct sl_field rw[] = {
	{"suppressed", SL_K_BYTES, offsetof(struct suppressor_rw, suppressed), SUPPRESSOR_PORTS,
	 false},
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	if (cf->inst->elem->n_out <= SUPPRESSOR_PORTS)
		return 0;
	sl_diag_hint(
		sl_conf_error(cf, NULL, "too-many-outputs", "more than %d ports", SUPPRESSOR_PORTS),
		"use several Suppressors");
	return -EINVAL;
}

static int read_active(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	uint8_t off = 0;
	int ret = l->ops->rw_get(l, in->index, &off, h->offset, 1);

	(void)args, (void)d;
	if (!ret)
		fputs(off ? "false" : "true", out);
	return ret;
}

static int write_active(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	bool active;
	uint8_t off;

	if (!sl_text_bool(value, &active)) {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
						      "%s: '%s': neither true nor false", h->name,
						      value),
					     in->elem->name),
			     "give true or false");
		return -EINVAL;
	}
	off = !active;
	return l->ops->rw_set(l, in->index, &off, h->offset, 1);
}

static int write_reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *value, struct sl_diags *d)
{
	static const struct suppressor_rw none;

	(void)h, (void)value, (void)d;
	return l->ops->rw_set(l, in->index, &none, 0, sizeof(none));
}

#define ACTIVE(k)                                                                                  \
	{                                                                                          \
		.name = "active" #k, .flags = SL_H_READ | SL_H_WRITE | SL_H_PORT,                  \
		.help = "whether packets of this input pass; writing acts at once",                \
		.read = read_active, .write = write_active, .offset = k                            \
	}
#define ACTIVE8(a, b, c, d, e, f, g, h)                                                            \
	ACTIVE(a), ACTIVE(b), ACTIVE(c), ACTIVE(d), ACTIVE(e), ACTIVE(f), ACTIVE(g), ACTIVE(h)

static const struct sl_handler handlers[] = {
	ACTIVE8(0, 1, 2, 3, 4, 5, 6, 7),
	ACTIVE8(8, 9, 10, 11, 12, 13, 14, 15),
	ACTIVE8(16, 17, 18, 19, 20, 21, 22, 23),
	ACTIVE8(24, 25, 26, 27, 28, 29, 30, 31),
	ACTIVE8(32, 33, 34, 35, 36, 37, 38, 39),
	ACTIVE8(40, 41, 42, 43, 44, 45, 46, 47),
	ACTIVE8(48, 49, 50, 51, 52, 53, 54, 55),
	ACTIVE8(56, 57, 58, 59, 60, 61, 62, 63),
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "lets packets of all inputs pass",
	 .write = write_reset},
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)f;
	return port == out;
}

const struct sl_class sl_class_suppressor = {
	.spec = {.name = "Suppressor", .ports = "-/=", .processing = "a", .flow = "#/#"},
	.base = "suppressor",
	.summary = "drops packets of the inputs that are switched off",
	.help = "Packets of input i leave by output i, unless `activei` was set to false. It has "
		"at most 64 inputs.",
	.flags = SL_C_PORT | SL_C_READS,
	.handlers = handlers,
	.rw_size = sizeof(struct suppressor_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 8,
};
