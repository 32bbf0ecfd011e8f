// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPFragmenter. */
#include <errno.h>

#include "loader/element/element.h"
#include "bpf/element/ip_fragmenter.h"

static const struct sl_param params[] = {
	SL_PARAM("MTU", U32, SL_P_REQ | SL_P_POS, NULL, struct ip_fragmenter_conf, mtu,
		 "longest IP packet that passes, bytes"),
	SL_PARAM("HONOR_DF", BOOL, SL_P_POS, "true", struct ip_fragmenter_conf, honor_df,
		 "packets with DF set leave by output 1"),
	SL_PARAM_X("VERBOSE", BOOL, SL_P_POS | SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers"),
	SL_PARAM_X("HEADROOM", U32, SL_P_IGNORED, "0", "packets keep the room they have"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip_fragmenter_conf, mtu, U32),
	SL_FIELD(struct ip_fragmenter_conf, honor_df, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct ip_fragmenter_state, drops, U64),
	SL_FIELD(struct ip_fragmenter_state, uncut, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct ip_fragmenter_conf *c = cf->inst->conf;

	if (c->mtu < 8) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "MTU"), "bad-argument",
					   "MTU: %u: must be at least 8", c->mtu),
			     "give the MTU of the device behind, 1500 on Ethernet");
		return -EINVAL;
	}
	sl_diag_hint(sl_conf_note(cf, NULL, "no-fragments",
				  "packets longer than %u bytes without DF are dropped", c->mtu),
		     "cutting packets into fragments needs level afxdp");
	return 0;
}

static int read_none(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)in, (void)h, (void)args, (void)d;
	fputc('0', out);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct ip_fragmenter_state, drops,
			 "packets too long with DF set, or not to be cut to this MTU"),
	SL_HANDLER_STATE("uncut", struct ip_fragmenter_state, uncut,
			 "packets dropped because they would have had to be cut"),
	{.name = "fragments",
	 .flags = SL_H_READ,
	 .help = "always 0: no fragments are made",
	 .read = read_none},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_fragmenter = {
	.spec = {.name = "IPFragmenter", .ports = "1/1-2", .processing = "h"},
	.base = "ip_fragmenter",
	.summary = "passes IP packets up to an MTU",
	.help = "Packets up to MTU bytes from the network header on pass. Longer ones with DF "
		"set leave by output 1 (to an ICMPError of type unreachable, code needfrag) or "
		"are dropped; with HONOR_DF false the bit is taken as clear. Longer ones without "
		"DF would become fragments: at level xdp a packet cannot become several, so "
		"they are dropped and counted (reason fragment, handler uncut).",
	.flags = SL_C_STILL | SL_C_PLAIN,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_fragmenter_conf),
	.conf = conf,
	.state_size = sizeof(struct ip_fragmenter_state),
	.state = state,
	.configure = configure,
	.weight = 30,
};
