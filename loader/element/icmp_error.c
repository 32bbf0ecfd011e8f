// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPError: type and code by name, bad addresses as a function. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/addrs.h"
#include "loader/config/icmp_names.h"
#include "loader/mem.h"
#include "bpf/element/icmp_error.h"

/* The new headers and the least an error message quotes: an IP header and 64 bits (RFC 792). */
#define MIN_MTU 56

static const struct sl_param params[] = {
	SL_PARAM("SRC", IP4, SL_P_REQ | SL_P_POS, NULL, struct icmp_error_conf, src,
		 "source address of the messages"),
	SL_PARAM_X("TYPE", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "unreachable, sourcequench, redirect, timeexceeded, parameterproblem, or its "
		   "number"),
	SL_PARAM_X(
		"CODE", ARG, SL_P_POS, "0",
		"a number, or net host protocol port needfrag ... (unreachable), net host tosnet "
		"toshost (redirect), transit reassembly (timeexceeded), erroratptr missingopt "
		"length (parameterproblem)"),
	SL_PARAM_X("BADADDRS", ARG, SL_P_POS, NULL,
		   "packets from or to one of these addresses cause no message: subnet broadcasts"),
	SL_PARAM("MTU", U32, 0, "576", struct icmp_error_conf, mtu,
		 "longest message, bytes with IP header"),
	SL_PARAM("PMTU", U16, 0, "0", struct icmp_error_conf, pmtu,
		 "next hop's MTU, reported by unreachable needfrag"),
	SL_PARAM("USE_FIX_ANNO", BOOL, 0, "true", struct icmp_error_conf, fix,
		 "set the fix_ip_src annotation for FixIPSrc"),
	SL_PARAM_X("SET_FIX_ANNO", BOOL, 0, "true", "another name of USE_FIX_ANNO"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct icmp_error_conf, src, IP4),
	SL_FIELD(struct icmp_error_conf, mtu, U32),
	SL_VALUE(struct icmp_error_conf, pmtu, U16),
	SL_VALUE(struct icmp_error_conf, type, U8),
	SL_VALUE(struct icmp_error_conf, code, U8),
	SL_VALUE(struct icmp_error_conf, fix, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct icmp_error_rw, id, U32),
	SL_FIELDS_END,
};

static int read_type(struct sl_conf *cf)
{
	struct icmp_error_conf *c = cf->inst->conf;
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE"), *code = sl_conf_arg(cf, "CODE");

	if (!sl_icmp_type(type->text, &c->type) || !sl_icmp_is_error(c->type)) {
		sl_diag_hint(sl_conf_error(cf, type, "bad-argument",
					   "TYPE: '%s' is no type of ICMP error", type->text),
			     "give unreachable, sourcequench, redirect, timeexceeded or "
			     "parameterproblem");
		return -EINVAL;
	}
	if (code && !sl_icmp_code(c->type, code->text, &c->code)) {
		sl_diag_hint(sl_conf_error(cf, code, "bad-argument",
					   "CODE: '%s' is no code of '%s'", code->text, type->text),
			     "give a number from 0 to 255, or a name that `sluicectl help "
			     "ICMPError` lists");
		return -EINVAL;
	}
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct icmp_error_conf *c = cf->inst->conf;
	struct sl_addrs *bad = calloc(1, sizeof(*bad));
	uint8_t fix = 1;
	int ret;

	if (!bad)
		return -ENOMEM;
	cf->inst->priv = bad;
	sl_inst_param(cf->inst, "SET_FIX_ANNO", &fix);
	c->fix = c->fix && fix;
	ret = read_type(cf);
	if (ret)
		return ret;
	if (c->mtu < MIN_MTU || c->mtu > UINT16_MAX) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "MTU"), "bad-argument",
					   "MTU: %" PRIu32 ": must be %d to 65535", c->mtu,
					   MIN_MTU),
			     "a message quotes at least an IP header and 8 bytes; 576 is usual");
		return -EINVAL;
	}
	return sl_addrs_read(bad, cf, "BADADDRS", sl_conf_arg(cf, "BADADDRS"));
}

static void release(struct sl_inst *in)
{
	if (in->priv)
		sl_addrs_free(in->priv);
	free(in->priv);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct icmp_error_conf *c = in->conf;
	uint32_t i = in->index;

	sl_addrs_emit(in->priv, i, "bad", out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p,\n"
		"\t\tconst struct icmp_error_conf *c, struct icmp_error_rw *rw)\n"
		"{\n"
		"\tstruct icmp_error_seen s;\n"
		"\t__u32 r = icmp_error_judge(p, c, &s);\n\n"
		"\tif (r != SL_OUT(0))\n"
		"\t\treturn r;\n"
		"\tif (e%" PRIu32 "_bad(s.src) || e%" PRIu32 "_bad(s.dst))\n"
		"\t\treturn SL_KILL(NOICMP);\n"
		"\treturn icmp_error_make(p, c, %" PRIu32 ", &rw->id, &s);\n"
		"}\n",
		i, i, i, c->mtu);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source address of the messages"),
	SL_HANDLER_PARAM("mtu", "MTU", "longest message"),
	SL_HANDLER_PARAM("pmtu", "PMTU", "next hop's MTU"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_icmp_error = {
	.spec = {.name = "ICMPError", .ports = "1/1", .processing = "a"},
	.base = "icmp_error",
	.summary = "turns a packet into the ICMP error message about it",
	.help = "The message goes to the packet's source and quotes as much of it as fits into "
		"MTU (RFC 1812 4.3.2.3). Its destination address annotation is set, so it can go "
		"straight to the route lookup; its other annotations are those of a new packet. "
		"A redirect's gateway is the packet's destination address annotation, a "
		"parameter problem's pointer its parameter problem annotation (IPGWOptions sets "
		"it). A source route is sent back reversed.\n\n"
		"No message (the packet is dropped, reason no-icmp) for ICMP errors, fragments "
		"but the first, link broadcasts and multicasts, IP broadcasts and multicasts, "
		"sources that are no host's (net 0, loopback, class E), addresses of BADADDRS, "
		"and no redirect for source-routed packets (RFC 1122 3.2.2, RFC 1812 4.3.2.7). "
		"Put a rate limit behind it (RFC 1812 4.3.2.8).",
	.flags = SL_C_COLD | SL_C_ERROR,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct icmp_error_conf),
	.conf = conf,
	.rw_size = sizeof(struct icmp_error_rw),
	.rw = rw,
	.configure = configure,
	.emit = emit,
	.release = release,
	.weight = 5000,
};
