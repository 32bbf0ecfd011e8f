// SPDX-License-Identifier: GPL-2.0-only
/* Filter expressions: whether a test makes sense, and what bytes it looks at. */
#include <errno.h>
#include <string.h>

#include "loader/config/filter_given.h"

/* The value is not there, or not of the kind the test needs. */
static int no_value(struct sl_filter_given *g, const char *kind, const char *hint)
{
	struct sl_diag *diag;

	if (g->value_at < g->t->n)
		diag = sl_filter_error(g->t, g->value_at, "'%s' is no %s",
				       g->t->words[g->value_at].text, kind);
	else
		diag = sl_filter_error(g->t, g->value_at, "%s missing", kind);
	sl_diag_hint(diag, "%s", hint);
	return -EINVAL;
}

/* Writes `width` bits that begin at bit `bit` of the header as bytes under a mask. */
static void set_bytes(struct sl_filter_test *out, uint32_t bit, uint32_t width, uint32_t value,
		      uint32_t mask)
{
	uint32_t shift;

	out->off[0] = bit / 8;
	out->n = (uint8_t)((bit % 8 + width + 7) / 8);
	shift = 8u * out->n - bit % 8 - width;
	for (uint8_t i = 0; i < out->n; i++) {
		out->value[i] = (uint8_t)((uint64_t)value << shift >> 8 * (out->n - 1 - i));
		out->mask[i] = (uint8_t)((uint64_t)mask << shift >> 8 * (out->n - 1 - i));
	}
}

/* A relation between a number of `width` bits and the value. */
static int set_number(struct sl_filter_given *g, struct sl_filter_test *out, uint32_t bit,
		      uint32_t width)
{
	uint32_t full = width == 32 ? UINT32_MAX : (1u << width) - 1;
	uint32_t mask = g->mask_type == SL_FT_NONE ? full : g->mask, value = g->value;

	if (mask & ~full) {
		sl_diag_hint(sl_filter_error(g->t, g->mask_at, "mask out of range"),
			     "this field has %u bits: at most 0x%x", width, full);
		return -EINVAL;
	}
	if (g->relation == EQUAL) {
		if (value > full) {
			sl_diag_hint(sl_filter_error(g->t, g->value_at, "value out of range"),
				     "this field has %u bits: at most %u", width, full);
			return -EINVAL;
		}
		if (value & ~mask)
			sl_diag_hint(
				sl_filter_warn(g->t, g->value_at,
					       "bits of the value outside the mask are ignored"),
				"0x%x is compared", value & mask);
		set_bytes(out, bit, width, value & mask, mask);
		return 0;
	}
	if (g->relation == LESS ? !value || value > mask : value >= mask) {
		bool truth = (g->relation == LESS && value > mask) != g->negated;

		sl_diag_hint(sl_filter_warn(g->t, g->value_at, "this relation is always %s",
					    truth ? "true" : "false"),
			     "the value compared is between 0 and %u", mask);
		out->always = truth;
		out->never = !truth;
		return 0;
	}
	out->greater = true;
	if (g->relation == LESS) {
		value--;
		out->negated = !out->negated;
	}
	set_bytes(out, bit, width, value, mask);
	return 0;
}

static void set_pair(const struct sl_filter_given *g, struct sl_filter_test *out, uint32_t src,
		     uint32_t dst)
{
	out->off[0] = g->srcdst == DST ? dst : src;
	out->off[1] = dst;
	out->pair = g->srcdst == BOTH	  ? SL_PAIR_AND
		    : g->srcdst == EITHER ? SL_PAIR_OR
					  : SL_PAIR_ONE;
}

static int only_equal(struct sl_filter_given *g)
{
	if (g->relation == EQUAL)
		return 0;
	return sl_filter_complain(g, g->value_at, "addresses have no order", "use '=' or '!='");
}

static int check_host(struct sl_filter_given *g, struct sl_filter_test *out)
{
	uint32_t mask = g->type == SL_FT_NET ? g->net_mask : UINT32_MAX;

	if (g->value_type != g->type && g->type == SL_FT_HOST)
		return no_value(
			g, "IP address",
			g->value_type == SL_FT_NET
				? "write 'net' in front of a network"
				: "write an address such as 192.0.2.1, or a name from AddressInfo");
	if (g->value_type != g->type)
		return no_value(
			g, "network",
			"write a prefix such as 192.0.2.0/24, or 192.0.2.0 mask 255.255.255.0");
	if (only_equal(g))
		return -EINVAL;
	if (g->mask_type == SL_FT_ETHER)
		return sl_filter_complain(g, g->mask_at, "not a mask for IP addresses",
					  "give a number or an IP address");
	if (g->mask_type != SL_FT_NONE)
		mask = g->mask;
	out->base = SL_DB_NET;
	set_bytes(out, 0, 32, g->value, mask);
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 12, 16);
	g->type = SL_FT_HOST;
	return 0;
}

static int check_ether(struct sl_filter_given *g, struct sl_filter_test *out)
{
	if (g->value_type != SL_FT_ETHER)
		return no_value(g, "Ethernet address",
				"write an address such as 02:00:00:00:00:01");
	if (only_equal(g))
		return -EINVAL;
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_ETHER)
		return sl_filter_complain(g, g->mask_at, "not a mask for Ethernet addresses",
					  "give an Ethernet address");
	out->base = SL_DB_MAC;
	out->n = 6;
	memset(out->mask, 0xff, 6);
	if (g->mask_type != SL_FT_NONE)
		memcpy(out->mask, g->ether_mask, 6);
	memcpy(out->value, g->ether, 6);
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 6, 0);
	return 0;
}

static int check_proto(struct sl_filter_given *g, struct sl_filter_test *out)
{
	bool plain = g->relation == EQUAL && !g->negated && g->mask_type == SL_FT_NONE;

	if (g->value_type == SL_FT_NONE) {
		if (g->proto == SL_FP_NONE)
			return no_value(g, "protocol",
					"write a protocol such as tcp or 47 behind 'proto'");
		g->value = (uint32_t)g->proto;
	} else if (g->value_type != SL_FT_INT && g->value_type != SL_FT_PROTO) {
		return no_value(g, "protocol",
				"write a protocol such as tcp, or a number from 0 to 255");
	} else if (g->proto != SL_FP_NONE && (uint32_t)g->proto != g->value) {
		return sl_filter_complain(g, g->value_at, "another protocol than in front of it",
					  "name one protocol a test");
	}
	g->proto = SL_FP_NONE;
	if (g->value_type != SL_FT_INT && g->value >= SL_FP_TCPUDP) {
		if (!plain)
			return sl_filter_complain(g, g->value_at, "this is no single protocol",
						  "put 'not' in front of the test instead");
		out->always = true;
		g->proto = out->proto = (int)g->value;
		return 0;
	}
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return sl_filter_complain(g, g->mask_at, "not a mask for protocols",
					  "give a number");
	if (set_number(g, out, 72, 8))
		return -EINVAL;
	if (plain)
		g->proto = (int)g->value; /* for what follows: "tcp or www" */
	return 0;
}

static int check_port(struct sl_filter_given *g, struct sl_filter_test *out)
{
	char buf[32];

	if (g->value_type != SL_FT_PORT && g->value_type != SL_FT_INT)
		return no_value(g, "port",
				"write a port such as www or 80, or a name from PortInfo");
	if (g->proto == SL_FP_NONE)
		g->proto = SL_FP_TCPUDP;
	if (g->proto != SL_FP_TCPUDP && g->proto != 6 && g->proto != 17 && g->proto != 33 &&
	    g->proto != 132 && g->proto != 136) {
		sl_diag_hint(sl_filter_error(g->t, g->first, "%s has no ports",
					     sl_filter_proto_text(g->proto, buf)),
			     "ports are of tcp, udp, tcpudp, dccp, sctp and udplite");
		return -EINVAL;
	}
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return sl_filter_complain(g, g->mask_at, "not a mask for ports", "give a number");
	out->base = SL_DB_TRANSPORT;
	out->proto = g->proto;
	out->first = true;
	if (set_number(g, out, 0, 16))
		return -EINVAL;
	if (!g->srcdst)
		g->srcdst = EITHER;
	set_pair(g, out, 0, 2);
	return 0;
}

static int check_flags(struct sl_filter_given *g, struct sl_filter_test *out)
{
	if (g->value_type != SL_FT_FLAGS && g->value_type != SL_FT_INT)
		return no_value(g, "TCP flag",
				"write syn, ack, fin, rst, psh, urg, ece, cwr or a number behind "
				"'opt'");
	if (g->proto != SL_FP_NONE && g->proto != 6)
		return sl_filter_complain(g, g->first, "only tcp has flags", "write 'tcp opt syn'");
	if (g->relation != EQUAL || g->negated || g->mask_type != SL_FT_NONE)
		return sl_filter_complain(g, g->value_at, "flags take no relation and no mask",
					  "use 'not', or compare bytes: tcp[13] & 0x12 = 2");
	if (g->value > 255)
		return sl_filter_complain(g, g->value_at, "value out of range",
					  "flags are at most 255");
	g->proto = out->proto = 6;
	out->first = true;
	out->base = SL_DB_TRANSPORT;
	set_bytes(out, 13 * 8, 8, g->value, g->value);
	return 0;
}

/* Tests of the IP header that need no value. */
static int check_plain(struct sl_filter_given *g, struct sl_filter_test *out)
{
	bool ect = g->type == SL_FT_ECT;

	if (g->value_type != SL_FT_NONE && !(ect && g->value_type == SL_FT_INT))
		return sl_filter_complain(g, g->value_at, "this test takes no value",
					  "remove it, or join tests with 'and' or 'or'");
	if (ect && g->value_type == SL_FT_INT) {
		if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
			return sl_filter_complain(g, g->mask_at, "not a mask for ECN bits",
						  "give a number");
		return set_number(g, out, 14, 2);
	}
	if (g->mask_type != SL_FT_NONE)
		return sl_filter_complain(g, g->mask_at, "this test takes no mask", "remove it");
	switch (g->type) {
	case SL_FT_ECT:
		set_bytes(out, 14, 2, 0, 3);
		out->negated = true;
		break;
	case SL_FT_CE:
		set_bytes(out, 14, 2, 3, 3);
		break;
	default:
		set_bytes(out, 48, 16, 0, 0x3fff);
		out->negated = g->type == SL_FT_FRAG;
		break;
	}
	return 0;
}

static int check_field(struct sl_filter_given *g, struct sl_filter_test *out)
{
	bool same = g->value_type == SL_FT_FIELD && g->value_field.bit == g->field.bit &&
		    g->value_field.width == g->field.width &&
		    g->value_field.proto == g->field.proto;

	if (g->value_type != SL_FT_INT && !same)
		return no_value(g, "value", "give a number to compare this field with");
	if (g->mask_type != SL_FT_NONE && g->mask_type != SL_FT_INT)
		return sl_filter_complain(g, g->mask_at, "not a mask for this field",
					  "give a number");
	out->base = g->field.ether		   ? SL_DB_MAC
		    : g->field.proto != SL_FP_NONE ? SL_DB_TRANSPORT
						   : SL_DB_NET;
	if (out->base == SL_DB_TRANSPORT) {
		out->proto = g->proto;
		out->first = true;
	}
	return set_number(g, out, g->field.bit, g->field.width);
}

int sl_filter_check(struct sl_filter_given *g, struct sl_filter_test *out)
{
	bool ether_field = g->type == SL_FT_FIELD && g->field.ether;
	char header = g->header;
	int ret;

	*out = (struct sl_filter_test){
		.proto = SL_FP_NONE, .base = SL_DB_NET, .negated = g->negated};
	if (!header)
		header = g->value_type == SL_FT_ETHER || ether_field ? 'e' : 'i';
	if (header == 'e' && g->type == SL_FT_HOST)
		g->type = SL_FT_ETHER;
	if (header == 'e' && g->type != SL_FT_ETHER && !ether_field)
		return sl_filter_complain(
			g, g->first, "this is not in the Ethernet header",
			"leave 'ether' out, or write 'ether host' or 'ether[POS:LEN]'");
	if (header == 'i' && g->type == SL_FT_ETHER)
		return sl_filter_complain(g, g->value_at, "IP addresses are not written like this",
					  "write 'ether' in front of an Ethernet address");
	switch (g->type) {
	case SL_FT_HOST:
	case SL_FT_NET:
		ret = check_host(g, out);
		break;
	case SL_FT_ETHER:
		ret = check_ether(g, out);
		break;
	case SL_FT_PROTO:
		ret = check_proto(g, out);
		break;
	case SL_FT_PORT:
		ret = check_port(g, out);
		break;
	case SL_FT_FLAGS:
		ret = check_flags(g, out);
		break;
	case SL_FT_FIELD:
		ret = check_field(g, out);
		break;
	default:
		ret = check_plain(g, out);
		break;
	}
	if (!ret && g->said_srcdst && g->type != SL_FT_HOST && g->type != SL_FT_PORT &&
	    g->type != SL_FT_ETHER)
		sl_diag_hint(sl_filter_warn(g->t, g->first, "'src' or 'dst' has no effect here"),
			     "it is for hosts, networks and ports: leave it out");
	return ret;
}
