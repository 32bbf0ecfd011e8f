// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckIP6Header: the list of bad sources becomes a function. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "loader/mem.h"
#include "bpf/element/check_ip6_header.h"

static const struct sl_param params[] = {
	SL_PARAM_X("BADADDRS", ARG, SL_P_POS, NULL,
		   "source addresses no packet may have, with spaces between them"),
	SL_PARAM("OFFSET", U32, SL_P_POS, "0", struct check_ip6_header_conf, offset,
		 "where the IPv6 header begins"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct check_ip6_header_conf, offset, U32),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_ip6_header_state, drops, U64),
	SL_FIELDS_END,
};

struct priv {
	uint32_t (*bad)[4];
	size_t n, cap;
};

static int configure(struct sl_conf *cf)
{
	const struct check_ip6_header_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "BADADDRS");
	struct priv *priv = calloc(1, sizeof(*priv));
	size_t len;
	_free_ char *list = arg ? sl_unquote(arg->text, &len) : strdup("");
	const char *s = list;

	cf->inst->priv = priv;
	if (!priv || !list)
		return -ENOMEM;
	for (;;) {
		_free_ char *word = sl_next_word(&s);
		const char *why = "";
		uint32_t addr[4];

		if (!word)
			break;
		if (sl_parse_value(SL_T_IP6, word, cf->program, cf->inst->elem, addr, &why)) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "BADADDRS: '%s': %s",
						   word, why),
				     "give IPv6 addresses with spaces between them");
			return -EINVAL;
		}
		if (SL_GROW(priv->bad, priv->n, priv->cap))
			return -ENOMEM;
		memcpy(priv->bad[priv->n++], addr, sizeof(addr));
	}
	if (*s)
		return -ENOMEM;
	return c->offset > SL_OFF_MASK ? sl_conf_too_far(cf, "OFFSET") : 0;
}

static void release(struct sl_inst *in)
{
	struct priv *priv = in->priv;

	if (priv)
		free(priv->bad);
	free(priv);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct priv *priv = in->priv;
	uint32_t i = in->index;

	fprintf(out, "sl_inline int e%" PRIu32 "_bad(const void *a)\n{\n\treturn 0", i);
	for (size_t k = 0; k < priv->n; k++)
		fprintf(out,
			" ||\n\t\tsl_ip6_is(a, 0x%" PRIx32 "u, 0x%" PRIx32 "u, 0x%" PRIx32
			"u, 0x%" PRIx32 "u)",
			priv->bad[k][0], priv->bad[k][1], priv->bad[k][2], priv->bad[k][3]);
	fprintf(out,
		";\n}\n"
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p,\n"
		"\t\tconst struct check_ip6_header_conf *c, struct check_ip6_header_state *st)\n"
		"{\n"
		"\t__u32 at = p->off + c->offset, padding = 0, r;\n"
		"\tconst struct sl_ip6 *ip = sl_abs(p, at, sizeof(*ip));\n\n"
		"\tr = ip ? check_ip6_header_form(p, c, ip, &padding) : SL_OUT_OR(1, SHORT);\n"
		"\tif (r == SL_OUT(0) && e%" PRIu32 "_bad(ip->src))\n"
		"\t\tr = SL_OUT_OR(1, BADADDR);\n"
		"\tif (r == SL_OUT(0))\n"
		"\t\treturn check_ip6_header_good(p, at, padding);\n"
		"\tst->drops++;\n"
		"\treturn r;\n"
		"}\n",
		i, i);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct check_ip6_header_state, drops, "bad packets"),
	SL_HANDLERS_END,
};

/* Bad packets leave as they came. A good one may lose all that is behind its IPv6 packet, whatever
 * was known to be there. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct check_ip6_header_conf *c = in->conf;

	(void)port;
	if (out)
		return true;
	f->nh = f->th = SL_ANY;
	if (sl_facts_fixed(f->off)) {
		f->nh = f->off + c->offset;
		f->th = f->nh + sizeof(struct sl_ip6);
	}
	f->known = 0;
	sl_facts_read(f, f->nh, sizeof(struct sl_ip6));
	return true;
}

const struct sl_class sl_class_check_ip6_header = {
	.spec = {.name = "CheckIP6Header", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_ip6_header",
	.summary = "verifies IPv6 headers",
	.help = "Checks, in this order: 40 bytes are there, version, payload length, source "
		"address. Multicast addresses are no source (RFC 4291 2.7; Click takes them), nor "
		"are those of BADADDRS: a router gives `::` and its own addresses. A bad packet "
		"leaves by "
		"output 1 or is dropped. A good one gets its network header, and its transport "
		"header behind those 40 bytes, and loses what follows the IPv6 packet "
		"(Ethernet's padding). The destination address annotation is not set: put "
		"GetIP6Address(24) behind it. Extension headers are not looked at.",
	.flags = SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct check_ip6_header_conf),
	.conf = conf,
	.state_size = sizeof(struct check_ip6_header_state),
	.state = state,
	.configure = configure,
	.emit = emit,
	.release = release,
	.facts = facts,
	.weight = 80,
};
