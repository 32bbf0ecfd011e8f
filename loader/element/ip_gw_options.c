// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPGWOptions: the router's addresses become a function. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/addrs.h"
#include "loader/mem.h"
#include "bpf/element/ip_gw_options.h"

static const struct sl_param params[] = {
	SL_PARAM("MYADDR", IP4, SL_P_REQ | SL_P_POS, NULL, struct ip_gw_options_conf, addr,
		 "address of the interface packets leave by"),
	SL_PARAM_X("OTHERADDRS", ARG, SL_P_POS, NULL, "the router's other addresses"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip_gw_options_conf, addr, IP4),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct ip_gw_options_state, drops, U64),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct ip_gw_options_conf *c = cf->inst->conf;
	struct sl_addrs *mine = calloc(1, sizeof(*mine));
	int ret;

	if (!mine)
		return -ENOMEM;
	cf->inst->priv = mine;
	ret = sl_addrs_add(mine, c->addr);
	if (!ret)
		ret = sl_addrs_read(mine, cf, "OTHERADDRS", sl_conf_arg(cf, "OTHERADDRS"));
	return ret;
}

static void release(struct sl_inst *in)
{
	if (in->priv)
		sl_addrs_free(in->priv);
	free(in->priv);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	sl_addrs_emit(in->priv, in->index, "mine", out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p,\n"
		"\t\tconst struct ip_gw_options_conf *c, struct ip_gw_options_state *st)\n"
		"{\n\treturn ip_gw_options(p, c, st, e%" PRIu32 "_mine);\n}\n",
		in->index, in->index);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct ip_gw_options_state, drops, "packets with bad options"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_gw_options = {
	.spec = {.name = "IPGWOptions", .ports = "1/1-2", .processing = "a/ah"},
	.base = "ip_gw_options",
	.summary = "acts on the IPv4 options every router must act on",
	.help = "Record Route gets MYADDR, Timestamp the time and, as it asks, MYADDR (RFC 791); "
		"the header checksum is computed anew where one of them is there. Source routes "
		"are left alone. Packets without options pass at once.\n\n"
		"A packet with a malformed option leaves by output 1 (to an ICMPError of type "
		"parameterproblem) or is dropped; its parameter problem annotation is the offset "
		"of the bad byte.\n\n"
		"Different from Click, and as RFC 791 has it: a Record Route option is full, and "
		"no error, wherever behind its end the pointer is; a Timestamp option that is full "
		"counts an overflow with each of the three flags there are, one with another flag "
		"or with room for part of an entry is an error, and the time is marked as not "
		"standard by its high bit, since it does "
		"not count from midnight UT. Of Record Route and Timestamp options the first two "
		"are acted on.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_gw_options_conf),
	.conf = conf,
	.state_size = sizeof(struct ip_gw_options_state),
	.state = state,
	.configure = configure,
	.emit = emit,
	.release = release,
	/* Packets without options, nearly all, pass in a few instructions: not worth a cut. */
	.weight = 1500,
	.usual_weight = 30,
};
