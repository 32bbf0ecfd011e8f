// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6Print: what is sent, and how a record reads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "bpf/element/ip6_print.h"

static const struct sl_param params[] = {
	SL_PARAM_X("LABEL", TEXT, SL_P_POS, NULL, "in front of the line"),
	SL_PARAM_X("CONTENTS", BOOL, 0, "false", "show the packet's bytes, too"),
	SL_PARAM_X("NBYTES", U32, 0, "1500", "how many of them; at most 128 are"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ip6_print_conf, elem, U32),
	SL_FIELD(struct ip6_print_conf, bytes, U32),
	SL_FIELDS_END,
};

/* What only printing needs. */
struct priv {
	uint32_t bytes;
	char label[];
};

static int configure(struct sl_conf *cf)
{
	struct ip6_print_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "LABEL");
	size_t len = 0;
	_free_ char *label = arg ? sl_unquote(arg->text, &len) : strdup("");
	struct priv *priv = label ? malloc(sizeof(*priv) + strlen(label) + 1) : NULL;
	uint8_t contents = 0;
	uint32_t n = 0;

	if (!priv)
		return -ENOMEM;
	cf->inst->priv = priv;
	memcpy(priv->label, label, strlen(label) + 1);
	sl_inst_param(cf->inst, "CONTENTS", &contents);
	sl_inst_param(cf->inst, "NBYTES", &n);
	if (contents && n > PRINT_MAX && sl_conf_arg(cf, "NBYTES"))
		sl_diag_hint(sl_conf_note(cf, sl_conf_arg(cf, "NBYTES"), "shortened",
					  "NBYTES: %d bytes are shown", PRINT_MAX),
			     "a record holds no more");
	priv->bytes = !contents ? 0 : n < PRINT_MAX ? n : PRINT_MAX;
	c->elem = cf->inst->index;
	c->bytes = (priv->bytes + 7) / 8 * 8;
	return 0;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
}

/* As Click prints it: LABEL: SRC -> DST plen N, next N, hlim N; bytes on lines of 24. */
static int event(const struct sl_inst *in, const void *record, size_t len, FILE *out)
{
	const size_t fixed = offsetof(struct ip6_print_record, bytes);
	const struct priv *priv = in->priv;
	struct ip6_print_record r = {0};
	uint32_t n;

	if (len < fixed || len > sizeof(r))
		return -EINVAL;
	memcpy(&r, record, len);
	fprintf(out, "%s%s", priv->label, priv->label[0] ? ": " : "");
	if (r.has_ip) {
		sl_value_print(SL_T_IP6, r.ip.src, NULL, out);
		fputs(" -> ", out);
		sl_value_print(SL_T_IP6, r.ip.dst, NULL, out);
		fprintf(out, " plen %u, next %u, hlim %u", sl_ntohs(r.ip.plen), r.ip.next,
			r.ip.hlim);
	} else {
		fputs("no IPv6 header", out);
	}
	n = (uint32_t)(len - fixed);
	if (n > priv->bytes)
		n = priv->bytes;
	if (n > r.head.len)
		n = r.head.len;
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%s%02x", i % 24 == 0 ? "\n  " : i % 4 == 0 ? " " : "", r.bytes[i]);
	return 0;
}

const struct sl_class sl_class_ip6_print = {
	.spec = {.name = "IP6Print", .ports = "1/1", .processing = "a"},
	.base = "ip6_print",
	.summary = "prints IPv6 packets",
	.help = "Each packet becomes a record in the graph's event ring, which `sluicectl tenant "
		"events` prints: the label, addresses, payload length, next header and hop limit "
		"of the network header, and with CONTENTS true the packet's first bytes. Records "
		"are lost when nobody reads them in time; packets never wait for them. "
		"Lines are Click's, but for a space behind bytes that do not fill a line.",
	.flags = SL_C_LOOK | SL_C_EVENTS,
	.params = params,
	.conf_size = sizeof(struct ip6_print_conf),
	.conf = conf,
	.configure = configure,
	.release = release,
	.event = event,
	.weight = 140,
};
