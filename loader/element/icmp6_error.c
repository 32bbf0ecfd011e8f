// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMP6Error: type and code, by name or number. */
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/element/element.h"
#include "bpf/element/icmp6_error.h"

static const struct sl_param params[] = {
	SL_PARAM("SRC", IP6, SL_P_REQ | SL_P_POS, NULL, struct icmp6_error_conf, src,
		 "source address of the messages"),
	SL_PARAM_X("TYPE", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "1 or unreachable, 2 or toobig, 3 or timeexceeded, 4 or parameterproblem, 137 "
		   "or redirect"),
	SL_PARAM("CODE", U8, SL_P_REQ | SL_P_POS, NULL, struct icmp6_error_conf, code,
		 "the type's code (RFC 4443 3)"),
	SL_PARAM("PMTU", U32, 0, "1500", struct icmp6_error_conf, pmtu,
		 "next hop's MTU, reported by toobig"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct icmp6_error_conf, src, IP6),
	SL_VALUE(struct icmp6_error_conf, pmtu, U32),
	SL_VALUE(struct icmp6_error_conf, type, U8),
	SL_VALUE(struct icmp6_error_conf, code, U8),
	SL_FIELD(struct icmp6_error_conf, redirect, BOOL),
	SL_VALUE(struct icmp6_error_conf, hlim, U8),
	SL_FIELDS_END,
};

static const struct {
	const char *name;
	uint8_t type;
} types[] = {
	{"unreachable", SL_ICMP6_UNREACHABLE},	  {"toobig", SL_ICMP6_TOO_BIG},
	{"timeexceeded", SL_ICMP6_TIME_EXCEEDED}, {"parameterproblem", SL_ICMP6_PARAMETER_PROBLEM},
	{"redirect", SL_ICMP6_REDIRECT},
};

static bool read_type(const char *text, uint8_t *out)
{
	bool negative;
	uint64_t n = 0;
	bool number = sl_text_int(text, &negative, &n) && !negative;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (number ? n == types[i].type : !strcmp(text, types[i].name)) {
			*out = types[i].type;
			return true;
		}
	}
	return false;
}

static int configure(struct sl_conf *cf)
{
	struct icmp6_error_conf *c = cf->inst->conf;
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE"), *src = sl_conf_arg(cf, "SRC");
	const uint8_t *a = (const uint8_t *)c->src;

	c->hlim = 255;
	if (!read_type(type->text, &c->type)) {
		sl_diag_hint(
			sl_conf_error(cf, type, "bad-argument",
				      "TYPE: '%s' is no type of ICMPv6 error", type->text),
			"give unreachable, toobig, timeexceeded, parameterproblem or redirect");
		return -EINVAL;
	}
	if (sl_ip6_unset(c->src) || sl_ip6_multicast(c->src)) {
		sl_diag_hint(sl_conf_error(cf, src, "bad-argument",
					   "SRC: '%s' is no source of a message", src->text),
			     "give an address of the router's own");
		return -EINVAL;
	}
	c->redirect = c->type == SL_ICMP6_REDIRECT;
	if (c->redirect && (a[0] != 0xfe || (a[1] & 0xc0) != 0x80))
		sl_diag_hint(sl_conf_note(cf, src, "no-link-local",
					  "hosts ignore redirects that do not come from a "
					  "link-local address"),
			     "give the device's address that begins with fe80:");
	return 0;
}

const struct sl_class sl_class_icmp6_error = {
	.spec = {.name = "ICMP6Error", .ports = "1/1", .processing = "a"},
	.base = "icmp6_error",
	.summary = "turns a packet into the ICMPv6 error message about it",
	.help = "The message goes to the packet's source, with hop limit 255, and quotes as much "
		"of it as fits into 1280 bytes (RFC 4443 2.4 c). Its destination address "
		"annotation is set, so it can go straight to the route lookup; its other "
		"annotations are those of a new packet, with fix_ip_src set. A parameter "
		"problem's pointer is the parameter problem annotation. A redirect's target is "
		"the packet's destination address annotation; it has the layout of RFC 4861 4.5, "
		"with a Redirected Header option, which Click leaves out.\n\n"
		"No message (the packet is dropped, reason no-icmp) for ICMPv6 errors and "
		"redirects, fragments but the first, packets with more than 8 extension headers, "
		"sources that are no one node (multicast, `::`, `::1`), link broadcasts and "
		"multicasts and IPv6 multicasts; about these last there is toobig, and "
		"parameterproblem of code 2 if the option it points to wants it (RFC 4443 2.4 "
		"e). RFC 4443 2.4 f demands a limit of their rate: put a RatedSplitter behind "
		"it.\n\n"
		"Other than with Click, the quote begins with the IP header wherever the packet "
		"begins, and ICMPv6 errors are known by their type.",
	.flags = SL_C_COLD | SL_C_ERROR,
	.params = params,
	.conf_size = sizeof(struct icmp6_error_conf),
	.conf = conf,
	.configure = configure,
	.weight = 4000,
};
