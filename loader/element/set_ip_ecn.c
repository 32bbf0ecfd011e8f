// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIPECN. */
#include <errno.h>
#include <string.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/set_ip_ecn.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ECN", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "0 to 3, or: no or - (0), ect1 or ECT(1) (1), ect2 or ECT(0) (2), ce or CE (3)"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_ip_ecn_conf, ecn, U8),
	SL_FIELDS_END,
};

static bool parse_ecn(const char *text, uint8_t *out)
{
	static const struct {
		const char *name;
		uint8_t ecn;
	} names[] = {
		{"0", IP_ECN_NOT_ECT}, {"no", IP_ECN_NOT_ECT}, {"-", IP_ECN_NOT_ECT},
		{"1", IP_ECN_ECT1},    {"ect1", IP_ECN_ECT1},  {"ECT(1)", IP_ECN_ECT1},
		{"2", IP_ECN_ECT0},    {"ect2", IP_ECN_ECT0},  {"ECT(0)", IP_ECN_ECT0},
		{"3", IP_ECN_CE},      {"ce", IP_ECN_CE},      {"CE", IP_ECN_CE},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, text)) {
			*out = names[i].ecn;
			return true;
		}
	}
	return false;
}

static const char how[] = "give 0 to 3, no, ect1, ect2 or ce";

static int configure(struct sl_conf *cf)
{
	struct set_ip_ecn_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "ECN");

	if (parse_ecn(arg->text, &c->ecn))
		return 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "ECN: '%s' is no value of the field",
				   arg->text),
		     "%s", how);
	return -EINVAL;
}

static int write_ecn(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *value, struct sl_diags *d)
{
	uint8_t ecn;

	if (parse_ecn(value, &ecn))
		return sl_h_param_set(l, in, h, value, d);
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
					      "ecn: '%s' is no value of the field", value),
				     in->elem->name),
		     "%s", how);
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	{.name = "ecn",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "the value, as it was given",
	 .read = sl_h_param_get,
	 .write = write_ecn,
	 .param = "ECN"},
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, tos), 1);
	sl_facts_wrote_net(f, offsetof(struct sl_ip4, check), 2);
	return true;
}

const struct sl_class sl_class_set_ip_ecn = {
	.spec = {.name = "SetIPECN", .ports = "1/1", .processing = "a"},
	.base = "set_ip_ecn",
	.summary = "sets the ECN field of IPv4 packets",
	.help = "Sets the lower two bits of the TOS byte (RFC 3168) and updates the header "
		"checksum. The names are Click's: its ect2 is ECT(0), which is 2 in the packet. "
		"Needs a network header (CheckIPHeader, MarkIPHeader); a packet without one is "
		"dropped as short.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_ip_ecn_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 25,
};
