// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPPrint: what is sent, and how a record reads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "loader/config/ip_line.h"
#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/ip_print.h"

enum contents { NONE, HEX, ASCII };

static const struct sl_param params[] = {
	SL_PARAM_X("LABEL", TEXT, SL_P_POS, NULL, "in front of the line"),
	SL_PARAM_X("CONTENTS", TEXT, 0, "NONE", "the packet's bytes: NONE, HEX or ASCII"),
	SL_PARAM_X("PAYLOAD", TEXT, 0, "NONE",
		   "bytes behind the transport header, instead of CONTENTS: NONE, HEX or ASCII"),
	SL_PARAM_X("MAXLENGTH", S32, 0, "1500",
		   "bytes shown by CONTENTS or PAYLOAD; at most 128, and as many with -1"),
	SL_PARAM_X("NBYTES", S32, 0, "1500", "another name of MAXLENGTH"),
	SL_PARAM_X("ID", BOOL, 0, "false", "the number of the IP header"),
	SL_PARAM("TIMESTAMP", BOOL, 0, "true", struct ip_print_conf, timestamp,
		 "the time at which the packet was here, in seconds since the machine started"),
	SL_PARAM_X("PAINT", BOOL, 0, "false", "the paint annotation"),
	SL_PARAM_X("TOS", BOOL, 0, "false", "the TOS byte"),
	SL_PARAM_X("TTL", BOOL, 0, "false", "the time to live"),
	SL_PARAM_X("SWAP", BOOL, 0, "true", "identifier and number of pings are in network order"),
	SL_PARAM_X("LENGTH", BOOL, 0, "false", "the length in the IP header"),
	SL_PARAM_X("AGGREGATE", BOOL, 0, "false", "the aggregate annotation"),
	SL_PARAM_X("ACTIVE", BOOL, 0, "true", "false: nothing is printed"),
	SL_PARAM_X("OUTFILE", TEXT, SL_P_IGNORED, NULL, "records go to the graph's event ring"),
	SL_PARAM_X("CHANNEL", TEXT, SL_P_IGNORED, NULL, "records go to the graph's event ring"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ip_print_conf, elem, U32),
	SL_FIELD(struct ip_print_conf, bytes, U32),
	SL_FIELD(struct ip_print_conf, payload, BOOL),
	SL_FIELD(struct ip_print_conf, timestamp, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct ip_print_rw, active, U32),
	SL_FIELDS_END,
};

/* What only printing needs. */
struct priv {
	enum contents contents;
	uint32_t bytes;
	uint8_t id, paint, tos, ttl, swap, length, aggregate;
	char label[];
};

static int parse_contents(struct sl_conf *cf, const char *param, enum contents *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, param);
	const char *why;
	uint8_t yes;

	*out = NONE;
	if (!arg || !strcasecmp(arg->text, "NONE"))
		return 0;
	if (!sl_parse_value(SL_T_BOOL, arg->text, NULL, NULL, &yes, &why)) {
		*out = yes ? HEX : NONE;
	} else if (!strcasecmp(arg->text, "HEX")) {
		*out = HEX;
	} else if (!strcasecmp(arg->text, "ASCII")) {
		*out = ASCII;
	} else {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
					   "%s: '%s' is no way to show contents", param, arg->text),
			     "give HEX, ASCII or NONE");
		return -EINVAL;
	}
	return 0;
}

/* Bytes of contents shown. */
static uint32_t read_max(struct sl_conf *cf)
{
	const char *param = sl_conf_arg(cf, "MAXLENGTH") ? "MAXLENGTH" : "NBYTES";
	int32_t max = 0;

	sl_inst_param(cf->inst, param, &max);
	if (max >= 0 && max <= IP_PRINT_MAX)
		return (uint32_t)max;
	if (sl_conf_arg(cf, param))
		sl_diag_hint(sl_conf_note(cf, sl_conf_arg(cf, param), "shortened",
					  "%s: %d bytes are shown", param, IP_PRINT_MAX),
			     "a record holds no more");
	return IP_PRINT_MAX;
}

static int configure(struct sl_conf *cf)
{
	struct ip_print_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "LABEL");
	enum contents contents, payload;
	struct priv *priv;
	size_t len = 0;
	_free_ char *label = arg ? sl_unquote(arg->text, &len) : strdup("");

	if (parse_contents(cf, "CONTENTS", &contents) || parse_contents(cf, "PAYLOAD", &payload))
		return -EINVAL;
	if (contents && payload) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "PAYLOAD"), "bad-argument",
					   "PAYLOAD: not together with CONTENTS"),
			     "give one of them");
		return -EINVAL;
	}
	priv = label ? calloc(1, sizeof(*priv) + strlen(label) + 1) : NULL;
	if (!priv)
		return -ENOMEM;
	cf->inst->priv = priv;
	memcpy(priv->label, label, strlen(label) + 1);
	priv->contents = payload ? payload : contents;
	priv->bytes = priv->contents ? read_max(cf) : 0;
	sl_inst_param(cf->inst, "ID", &priv->id);
	sl_inst_param(cf->inst, "PAINT", &priv->paint);
	sl_inst_param(cf->inst, "TOS", &priv->tos);
	sl_inst_param(cf->inst, "TTL", &priv->ttl);
	sl_inst_param(cf->inst, "SWAP", &priv->swap);
	sl_inst_param(cf->inst, "LENGTH", &priv->length);
	sl_inst_param(cf->inst, "AGGREGATE", &priv->aggregate);
	c->elem = cf->inst->index;
	c->bytes = (priv->bytes + 7) / 8 * 8;
	c->payload = payload != NONE;
	return 0;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct ip_print_rw *r = bytes;
	uint8_t active = 1;

	sl_inst_param(in, "ACTIVE", &active);
	r->active = active;
}

/* Lines of 24 bytes in hexadecimal, or of 48 characters. */
static void print_contents(const struct priv *priv, const uint8_t *b, uint32_t n, FILE *out)
{
	uint32_t line = priv->contents == HEX ? 24 : 48, word = priv->contents == HEX ? 4 : 8;

	for (uint32_t i = 0; i < n; i++) {
		if (i % line == 0)
			fputs("\n  ", out);
		else if (i % word == 0)
			fputc(' ', out);
		if (priv->contents == HEX)
			fprintf(out, "%02x", b[i]);
		else
			fputc(b[i] < 32 || b[i] > 126 ? '.' : b[i], out);
	}
}

static void print_front(const struct ip_print_conf *c, const struct priv *priv,
			const struct ip_print_record *r, FILE *out)
{
	if (priv->label[0])
		fprintf(out, "%s: ", priv->label);
	if (c->timestamp)
		fprintf(out, "%" PRIu64 ".%09" PRIu64 ": ", (uint64_t)r->head.now_ns / 1000000000,
			(uint64_t)r->head.now_ns % 1000000000);
	if (priv->aggregate)
		fprintf(out, "#%" PRIu32, r->aggregate);
	if (priv->paint)
		fprintf(out, "%s%" PRIu32, priv->aggregate ? "." : "paint ", r->paint);
	if (priv->aggregate || priv->paint)
		fputs(": ", out);
}

static int event(const struct sl_inst *in, const void *record, size_t len, FILE *out)
{
	const struct ip_print_conf *c = in->conf;
	const struct priv *priv = in->priv;
	struct ip_print_record r = {0};
	size_t fixed = sizeof(r) - sizeof(r.contents);
	uint32_t n;

	if (len < fixed || len > sizeof(r))
		return -EINVAL;
	memcpy(&r, record, len);
	print_front(c, priv, &r, out);
	sl_ip_line_print(&(struct sl_ip_line){.net = r.headers,
					      .have = r.net_len < IP_PRINT_HEADERS
							      ? r.net_len
							      : IP_PRINT_HEADERS,
					      .net_len = r.net_len,
					      .transport = r.transport,
					      .len = r.head.len,
					      .id = priv->id,
					      .ttl = priv->ttl,
					      .tos = priv->tos,
					      .length = priv->length,
					      .swap = priv->swap},
			 out);
	n = (uint32_t)(len - fixed);
	if (n > priv->bytes)
		n = priv->bytes;
	if (n > r.shown)
		n = r.shown;
	if (r.net_len >= sizeof(struct sl_ip4))
		print_contents(priv, r.contents, n, out);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("active", struct ip_print_rw, active, U32, "ACTIVE", "whether it prints"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_print = {
	.spec = {.name = "IPPrint", .ports = "1/1", .processing = "a"},
	.base = "ip_print",
	.summary = "prints IPv4 packets, as tcpdump does",
	.help = "Each packet becomes a record in the graph's event ring, which `sluicectl tenant "
		"events` prints: the label, the time, addresses and ports, and what the TCP, UDP "
		"or ICMP header says. Lines are Click's. Packets without a network header "
		"(CheckIPHeader, MarkIPHeader) pass and are not printed. Records are lost when "
		"nobody reads them in time; packets never wait for them.",
	.flags = SL_C_LOOK | SL_C_EVENTS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_print_conf),
	.conf = conf,
	.rw_size = sizeof(struct ip_print_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.release = release,
	.event = event,
	.weight = 400,
};
