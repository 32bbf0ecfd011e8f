// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPInputCombo. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/check_ip.h"
#include "bpf/element/ip_input_combo.h"

static const struct sl_param params[] = {
	SL_PARAM("COLOR", U8, SL_P_REQ | SL_P_POS, NULL, struct ip_input_combo_conf, color,
		 "the paint annotation packets get"),
	SL_PARAM_X("BADSRC", ARG, 0, NULL, "source addresses no packet may have"),
	SL_PARAM_X("INTERFACES", ARG, 0, NULL,
		   "the router's addresses with prefix lengths: BADSRC and GOODDST at once"),
	SL_PARAM_X("GOODDST", ARG, 0, NULL,
		   "destinations for which the source address does not matter"),
	SL_PARAM_X("OLD_BADSRC", ARG, SL_P_REST, NULL,
		   "BADSRC by position, where 0.0.0.0 and 255.255.255.255 are bad, too"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip_input_combo_conf, color, U8),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct ip_input_combo_state, bad.tiny, U64),
	SL_FIELD(struct ip_input_combo_state, bad.version, U64),
	SL_FIELD(struct ip_input_combo_state, bad.hlen, U64),
	SL_FIELD(struct ip_input_combo_state, bad.len, U64),
	SL_FIELD(struct ip_input_combo_state, bad.sum, U64),
	SL_FIELD(struct ip_input_combo_state, bad.src, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct sl_check_ip *lists = calloc(1, sizeof(*lists));
	int ret;

	if (!lists)
		return -ENOMEM;
	cf->inst->priv = lists;
	if (cf->n_rest > 1) {
		sl_diag_hint(sl_conf_error(cf, cf->rest[1], "too-many-arguments",
					   "too many arguments, from '%s' on", cf->rest[1]->text),
			     "put lists of addresses in one argument, with spaces between them");
		return -EINVAL;
	}
	ret = sl_check_ip_read(lists, cf);
	if (!ret && cf->n_rest)
		ret = sl_check_ip_read_old(lists, cf, cf->rest[0]);
	return ret;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_check_ip_facts(sizeof(struct sl_eth), f);
	f->off = f->nh;
	return true;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS(SL_CHECK_IP_REASONS),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_input_combo = {
	.spec = {.name = "IPInputCombo", .ports = "1/1", .processing = "a"},
	.base = "ip_input_combo",
	.summary = "what a router does first with IP packets in Ethernet frames",
	.help = "One element for `Paint(COLOR) -> Strip(14) -> CheckIPHeader -> GetIPAddress(16)`: "
		"bad packets are dropped and counted, good ones begin with the IP header, have "
		"their destination address annotation and the colour, and lose what follows the "
		"IP packet. INTERFACES, BADSRC and GOODDST are CheckIPHeader's. See also "
		"IPOutputCombo.",
	.flags = SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_input_combo_conf),
	.conf = conf,
	.state_size = sizeof(struct ip_input_combo_state),
	.state = state,
	.configure = configure,
	.emit = sl_check_ip_emit,
	.release = sl_check_ip_release,
	.facts = facts,
	.weight = 260,
	.usual_weight = 130,
};
