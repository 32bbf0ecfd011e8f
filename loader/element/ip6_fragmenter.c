// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6Fragmenter. */
#include "loader/element/element.h"
#include "bpf/element/ip6_fragmenter.h"

/* What every IPv6 link carries (RFC 8200 5). */
#define LEAST 1280

static const struct sl_param params[] = {
	SL_PARAM("MTU", U32, SL_P_REQ | SL_P_POS, NULL, struct ip6_fragmenter_conf, mtu,
		 "longest IPv6 packet that passes, bytes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip6_fragmenter_conf, mtu, U32),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct ip6_fragmenter_state, drops, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct ip6_fragmenter_conf *c = cf->inst->conf;

	if (c->mtu < LEAST)
		sl_diag_hint(sl_conf_note(cf, sl_conf_arg(cf, "MTU"), "small-mtu",
					  "hosts need not send IPv6 packets shorter than %u bytes",
					  LEAST),
			     "IPv6 needs links with an MTU of at least %u (RFC 8200 5)", LEAST);
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
	SL_HANDLER_STATE("drops", struct ip6_fragmenter_state, drops, "packets too long"),
	{.name = "fragments",
	 .flags = SL_H_READ,
	 .help = "always 0: no fragments are made",
	 .read = read_none},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip6_fragmenter = {
	.spec = {.name = "IP6Fragmenter", .ports = "1/1-2", .processing = "h"},
	.base = "ip6_fragmenter",
	.summary = "passes IPv6 packets up to an MTU",
	.help = "Packets up to MTU bytes from the network header on pass. Longer ones leave by "
		"output 1 (to an ICMP6Error of type toobig with that PMTU) or are dropped: only "
		"senders make fragments of IPv6 packets (RFC 8200 5). Click, too, makes none; it "
		"drops what is too long even if output 1 is connected, without counting it, and "
		"takes the length of the whole packet.",
	.flags = SL_C_STILL,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip6_fragmenter_conf),
	.conf = conf,
	.state_size = sizeof(struct ip6_fragmenter_state),
	.state = state,
	.configure = configure,
	.weight = 15,
};
