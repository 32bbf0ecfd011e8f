// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckIPHeader and CheckIPHeader2: lists of addresses become functions. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/addrs.h"
#include "loader/element/facts.h"
#include "loader/mem.h"
#include "bpf/element/check_ip_header.h"

static const char *const aliases[] = {"CheckIPHeader2", NULL};

static const struct sl_param params[] = {
	SL_PARAM_X("INTERFACES", ARG, 0, NULL,
		   "the router's addresses with prefix lengths: BADSRC and GOODDST at once"),
	SL_PARAM_X("BADSRC", ARG, 0, NULL, "source addresses no packet may have"),
	SL_PARAM_X("GOODDST", ARG, 0, NULL,
		   "destinations for which the source address does not matter"),
	SL_PARAM("OFFSET", U32, 0, "0", struct check_ip_header_conf, offset,
		 "where the IP header begins"),
	SL_PARAM_X("CHECKSUM", BOOL, 0, NULL,
		   "verify the header checksum (default: true, CheckIPHeader2: false)"),
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers and the drop reasons"),
	SL_PARAM_X("DETAILS", BOOL, SL_P_IGNORED, "false",
		   "counts for each reason are always kept"),
	SL_PARAM_X("OFFSET2", ARG, SL_P_REST, NULL,
		   "OFFSET by position; in the old syntax BADSRC [, OFFSET], where 0.0.0.0 and "
		   "255.255.255.255 are bad, too"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct check_ip_header_conf, offset, U32),
	SL_FIELD(struct check_ip_header_conf, checksum, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_ip_header_state, tiny, U64),
	SL_FIELD(struct check_ip_header_state, version, U64),
	SL_FIELD(struct check_ip_header_state, hlen, U64),
	SL_FIELD(struct check_ip_header_state, len, U64),
	SL_FIELD(struct check_ip_header_state, sum, U64),
	SL_FIELD(struct check_ip_header_state, src, U64),
	SL_FIELDS_END,
};

struct priv {
	struct sl_addrs bad, good;
};

/* The addresses that stand for "everybody" or "nobody" and are no source. */
static int add_limited(struct sl_addrs *bad)
{
	return sl_addrs_add(bad, 0) || sl_addrs_add(bad, UINT32_MAX) ? -ENOMEM : 0;
}

static int read_interfaces(struct priv *priv, struct sl_conf *cf)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "INTERFACES");
	const char *s = arg ? arg->text : "";

	for (;;) {
		_free_ char *word = sl_next_word(&s);
		struct sl_prefix4 net;
		const char *why = "";

		if (!word)
			break;
		if (sl_parse_addr_or_prefix(word, cf->program, cf->inst->elem, &net, &why)) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "INTERFACES: '%s': %s",
						   word, why),
				     "give addresses with prefix lengths: 10.0.0.1/24 10.0.1.1/24");
			return -EINVAL;
		}
		if (sl_addrs_add(&priv->bad, net.addr | ~net.mask) ||
		    sl_addrs_add(&priv->good, net.addr))
			return -ENOMEM;
	}
	if (*s)
		return -ENOMEM;
	return arg ? add_limited(&priv->bad) : 0;
}

static int read_offset(struct sl_conf *cf, const struct sl_arg *arg)
{
	struct check_ip_header_conf *c = cf->inst->conf;
	const char *why = "";

	if (!sl_parse_value(SL_T_U32, arg->text, cf->program, cf->inst->elem, &c->offset, &why))
		return 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "OFFSET: '%s': %s", arg->text, why),
		     "give a number of bytes");
	return -EINVAL;
}

/* Arguments without keyword: OFFSET, or BADSRC and OFFSET as old configurations have them. */
static int read_positional(struct priv *priv, struct sl_conf *cf)
{
	const char *why;
	uint32_t offset;
	int ret;

	if (cf->n_rest == 0)
		return 0;
	if (cf->n_rest > 2) {
		sl_diag_hint(sl_conf_error(cf, cf->rest[2], "too-many-arguments",
					   "too many arguments, from '%s' on", cf->rest[2]->text),
			     "put lists of addresses in one argument, with spaces between them");
		return -EINVAL;
	}
	if (cf->n_rest == 1 && !sl_parse_value(SL_T_U32, cf->rest[0]->text, cf->program,
					       cf->inst->elem, &offset, &why))
		return read_offset(cf, cf->rest[0]);
	ret = sl_addrs_read(&priv->bad, cf, "BADSRC", cf->rest[0]);
	if (!ret)
		ret = add_limited(&priv->bad);
	if (!ret && cf->n_rest == 2)
		ret = read_offset(cf, cf->rest[1]);
	return ret;
}

static int configure(struct sl_conf *cf)
{
	struct check_ip_header_conf *c = cf->inst->conf;
	struct priv *priv = calloc(1, sizeof(*priv));
	int ret;

	if (!priv)
		return -ENOMEM;
	cf->inst->priv = priv;
	c->checksum = !strcmp(cf->inst->elem->class_name, "CheckIPHeader");
	if (sl_conf_arg(cf, "CHECKSUM"))
		sl_inst_param(cf->inst, "CHECKSUM", &c->checksum);
	ret = read_interfaces(priv, cf);
	if (!ret)
		ret = sl_addrs_read(&priv->bad, cf, "BADSRC", sl_conf_arg(cf, "BADSRC"));
	if (!ret)
		ret = sl_addrs_read(&priv->good, cf, "GOODDST", sl_conf_arg(cf, "GOODDST"));
	if (!ret)
		ret = read_positional(priv, cf);
	if (!ret && c->offset > SL_OFF_MASK)
		ret = sl_conf_too_far(cf, "OFFSET");
	return ret;
}

static void release(struct sl_inst *in)
{
	struct priv *priv = in->priv;

	if (!priv)
		return;
	sl_addrs_free(&priv->bad);
	sl_addrs_free(&priv->good);
	free(priv);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct priv *priv = in->priv;
	uint32_t i = in->index;

	sl_addrs_emit(&priv->bad, i, "bad_src", out);
	sl_addrs_emit(&priv->good, i, "good_dst", out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p,\n"
		"\t\tconst struct check_ip_header_conf *c, struct check_ip_header_state *st)\n"
		"{\n"
		"\tstruct check_ip_header_seen s;\n"
		"\t__u32 r = check_ip_header_form(p, c, st, &s);\n\n"
		"\tif (r != SL_OUT(0))\n"
		"\t\treturn r;\n"
		"\tif (e%" PRIu32 "_bad_src(s.src) && !e%" PRIu32 "_good_dst(s.dst))\n"
		"\t\treturn check_ip_header_bad_src(st);\n"
		"\treturn check_ip_header_good(p, &s);\n"
		"}\n",
		i, i, i);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS("tiny packet\nbad IP version\nbad IP header length\n"
				"bad IP length\nbad IP checksum\nbad source address"),
	SL_HANDLERS_END,
};

/* Bad packets leave as they came. A good one may lose all that is behind its IP packet, whatever
 * was known to be there. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct check_ip_header_conf *c = in->conf;

	(void)port;
	if (out)
		return true;
	f->nh = sl_facts_fixed(f->off) ? f->off + c->offset : SL_ANY;
	f->th = SL_ANY;
	if (f->usual && sl_facts_fixed(f->nh))
		f->th = f->nh + sizeof(struct sl_ip4);
	f->plain = f->usual;
	f->known = 0;
	sl_facts_read(f, f->nh, sizeof(struct sl_ip4));
	return true;
}

const struct sl_class sl_class_check_ip_header = {
	.spec = {.name = "CheckIPHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_ip_header",
	.aliases = aliases,
	.summary = "verifies IPv4 headers",
	.help = "Checks, in this order: 20 bytes are there, version, header length, total "
		"length, header checksum (RFC 1812 5.2.2), source address (5.3.7). A bad packet "
		"leaves by output 1 or is dropped. A good one gets its network header, transport "
		"header and destination address annotation, and loses what follows the IP "
		"packet (Ethernet's padding). CheckIPHeader2 does not look at the checksum.\n\n"
		"INTERFACES 10.0.0.1/24 makes 10.0.0.255, 0.0.0.0 and 255.255.255.255 bad "
		"sources and 10.0.0.1 a good destination.",
	.flags = SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct check_ip_header_conf),
	.conf = conf,
	.state_size = sizeof(struct check_ip_header_state),
	.state = state,
	.configure = configure,
	.emit = emit,
	.release = release,
	.facts = facts,
	.weight = 250,
	.usual_weight = 120,
};
