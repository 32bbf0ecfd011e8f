// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StoreIPAddress: one argument is OFFSET, two are ADDR and OFFSET. */
#include <errno.h>
#include <stddef.h>
#include <strings.h>

#include "loader/element/element.h"
#include "bpf/element/store_ip_address.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ADDR", ARG, SL_P_POS, NULL,
		   "the address; left out, it is the destination address annotation"),
	SL_PARAM_X("OFFSET", ARG, SL_P_POS, NULL,
		   "where it goes in the packet; or src or dst, of the IP header"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct store_ip_address_conf, addr, IP4),
	SL_FIELD(struct store_ip_address_conf, offset, U32),
	SL_FIELD(struct store_ip_address_conf, anno, BOOL),
	SL_FIELD(struct store_ip_address_conf, net, BOOL),
	SL_FIELDS_END,
};

static int read_offset(struct sl_conf *cf, const struct sl_arg *arg)
{
	struct store_ip_address_conf *c = cf->inst->conf;
	const char *why = "";

	c->net = 1;
	if (!strcasecmp(arg->text, "src")) {
		c->offset = offsetof(struct sl_ip4, src);
		return 0;
	}
	if (!strcasecmp(arg->text, "dst")) {
		c->offset = offsetof(struct sl_ip4, dst);
		return 0;
	}
	c->net = 0;
	if (!sl_parse_value(SL_T_U32, arg->text, cf->program, cf->inst->elem, &c->offset, &why))
		return c->offset > SL_OFF_MASK ? sl_conf_too_far(cf, "OFFSET") : 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "OFFSET: '%s': %s", arg->text, why),
		     "give a number of bytes, src or dst");
	return -EINVAL;
}

static int configure(struct sl_conf *cf)
{
	struct store_ip_address_conf *c = cf->inst->conf;
	const struct sl_arg *addr = sl_conf_arg(cf, "ADDR"), *offset = sl_conf_arg(cf, "OFFSET");
	const char *why = "";

	/* What stands alone is where it goes. */
	if (!offset) {
		offset = addr;
		addr = NULL;
	}
	if (!offset) {
		sl_diag_hint(sl_conf_error(cf, NULL, "bad-argument",
					   "OFFSET: required argument missing"),
			     "StoreIPAddress(10.0.0.1, dst) writes the destination");
		return -EINVAL;
	}
	c->anno = !addr;
	if (addr &&
	    sl_parse_value(SL_T_IP4, addr->text, cf->program, cf->inst->elem, &c->addr, &why)) {
		sl_diag_hint(
			sl_conf_error(cf, addr, "bad-argument", "ADDR: '%s': %s", addr->text, why),
			"give an IP address, or OFFSET alone for the annotation");
		return -EINVAL;
	}
	return read_offset(cf, offset);
}

const struct sl_class sl_class_store_ip_address = {
	.spec = {.name = "StoreIPAddress", .ports = "1/1-2", .processing = "a/ah"},
	.base = "store_ip_address",
	.summary = "writes an IPv4 address into packets",
	.help = "Writes ADDR, or the destination address annotation, to OFFSET bytes into the "
		"packet; checksums are left alone. With src or dst it goes into the IP header, "
		"whose checksum and those of TCP and UDP are updated; that needs a network header "
		"(CheckIPHeader, MarkIPHeader). An annotation of 0.0.0.0 is not written: the "
		"packet passes as it is (Click's text says so; its code takes it for a place "
		"behind the end). A packet that ends before the place leaves by output 1 or is "
		"dropped as short.",
	.flags = SL_C_STILL | SL_C_REWRITE,
	.params = params,
	.conf_size = sizeof(struct store_ip_address_conf),
	.conf = conf,
	.configure = configure,
	.weight = 80,
};
