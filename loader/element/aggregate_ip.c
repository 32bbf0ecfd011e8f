// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateIP: which bits of which header. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/ip_field.h"
#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/aggregate_ip.h"

_Static_assert(SL_FIELD_NET == AGGREGATE_IP_NET && SL_FIELD_TCPUDP == AGGREGATE_IP_TCPUDP &&
		       SL_FIELD_TRANSP == AGGREGATE_IP_TRANSP &&
		       SL_FIELD_PAYLOAD == AGGREGATE_IP_PAYLOAD,
	       "where fields are counted from");

static const struct sl_param params[] = {
	SL_PARAM_X(
		"FIELD", ARG, SL_P_REQ | SL_P_POS, NULL,
		"HEADER and the name of a field, or [OFFSET:LENGTH] in bytes, or {OFFSET:LENGTH} "
		"in bits; then /PREFIX or & MASK"),
	SL_PARAM_X("INCREMENTAL", BOOL, 0, "false",
		   "the annotation moves left to make room for the field"),
	SL_PARAM_X("UNSHIFT_IP_ADDR", BOOL, 0, "false",
		   "a part of an address stays where it is in the address"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_ip_conf, proto, U16),
	SL_FIELD(struct aggregate_ip_conf, offset, U16),
	SL_FIELD(struct aggregate_ip_conf, shift, U8),
	SL_FIELD(struct aggregate_ip_conf, bits, U8),
	SL_FIELD(struct aggregate_ip_conf, mask, U32),
	SL_FIELDS_END,
};

static int bad_field(struct sl_conf *cf, const char *why)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "FIELD");

	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "FIELD: '%s': %s", arg->text, why),
		     "for example ip src/8, tcp dport, udp[4:2], transp{0:4}, ip[8] & 0x0f");
	return -EINVAL;
}

static bool is_address(const struct sl_ip_field *f)
{
	return f->from == SL_FIELD_NET && f->bit >= 96 && f->bit < 160;
}

static int configure(struct sl_conf *cf)
{
	struct aggregate_ip_conf *c = cf->inst->conf;
	const char *why = "";
	struct sl_ip_field f, *kept;
	uint8_t incremental = 0, unshift = 0;
	_free_ char *text = NULL;
	uint32_t right;
	size_t len;

	sl_inst_param(cf->inst, "INCREMENTAL", &incremental);
	sl_inst_param(cf->inst, "UNSHIFT_IP_ADDR", &unshift);
	text = sl_unquote(sl_conf_arg(cf, "FIELD")->text, &len);
	if (!text)
		return -ENOMEM;
	if (sl_ip_field_parse(text, &f, &why))
		return bad_field(cf, why);
	if (f.bits > 32)
		return bad_field(cf, "longer than 32 bits");
	right = f.bit + f.bits - 1;
	if (f.bit / 32 != right / 32)
		return bad_field(cf, "does not fit into one word of four bytes of its header");
	if (incremental && f.bits == 32)
		return bad_field(cf, "INCREMENTAL needs a field of less than 32 bits");
	c->proto = (uint16_t)f.from;
	c->offset = (uint16_t)(f.bit / 32 * 4);
	c->shift = (uint8_t)(31 - right % 32);
	c->mask = (uint32_t)((1ull << f.bits) - 1);
	if (unshift && is_address(&f)) {
		c->mask <<= c->shift;
		c->shift = 0;
	}
	c->bits = incremental ? (uint8_t)f.bits : 0;
	kept = malloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	*kept = f;
	cf->inst->priv = kept;
	return 0;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
}

static int read_field(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	const struct sl_ip_field *f = in->priv;

	(void)l, (void)args, (void)d;
	switch (h->name[0] == 'b' ? h->name[4] : h->name[0]) {
	case 'h':
		sl_ip_field_print_header(f, out);
		break;
	case 'o':
		fprintf(out, "%" PRIu32, f->bit);
		break;
	case 'l':
		fprintf(out, "%" PRIu32, f->bits);
		break;
	default:
		sl_ip_field_print(f, out);
		break;
	}
	return 0;
}

static const struct sl_handler handlers[] = {
	{.name = "field", .flags = SL_H_READ, .help = "the field", .read = read_field},
	{.name = "header",
	 .flags = SL_H_READ,
	 .help = "which header it is in: ip, tcp, transp, payload, ...",
	 .read = read_field},
	{.name = "bit_offset",
	 .flags = SL_H_READ,
	 .help = "where it begins there, in bits",
	 .read = read_field},
	{.name = "bit_length",
	 .flags = SL_H_READ,
	 .help = "how many bits it has",
	 .read = read_field},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_aggregate_ip = {
	.spec = {.name = "AggregateIP", .ports = "1/1-2", .processing = "a/ah"},
	.base = "aggregate_ip",
	.summary = "the aggregate annotation becomes a field of a header",
	.help = "FIELD is a header and a field of it: ip vers, hl, tos, dscp, ecn, len, id, off, "
		"rf, "
		"df, mf, fragoff, ttl, proto, sum, src, dst; tcp sport, dport, seq, ackno, hl, "
		"flags, urg, ack, psh, rst, syn, fin, win, sum, urp; udp sport, dport, len, sum; "
		"icmp type, code, sum; sport and dport alone are TCP's or UDP's. Or a place: "
		"HEADER[OFFSET], [OFFSET:LENGTH], [FIRST-LAST] in bytes, the same in braces in "
		"bits, where HEADER may also be transp (any transport header), payload (behind a "
		"TCP or UDP header) or `ip proto N`. It may end in /N, the field's first N bits, "
		"or & MASK. A field lies within one of its header's words of four bytes.\n\n"
		"Packets that lack the field leave by output 1, or are dropped: too short to hold "
		"that word (short), of another protocol (no-match), later fragments of fields "
		"behind the IP header (fragment). The annotation is in host order.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct aggregate_ip_conf),
	.conf = conf,
	.configure = configure,
	.release = release,
	.weight = 40,
};
