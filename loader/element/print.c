// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Print: what is sent, and how a record reads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/print.h"

enum contents { NONE, HEX, ASCII };

static const struct sl_param params[] = {
	SL_PARAM_X("LABEL", TEXT, SL_P_POS, NULL, "in front of the line"),
	SL_PARAM_X("MAXLENGTH", S32, SL_P_POS, "24",
		   "bytes shown, at most 128; -1: as many as that"),
	SL_PARAM_X("LENGTH", S32, 0, "24", "older name of MAXLENGTH"),
	SL_PARAM_X("NBYTES", S32, 0, "24", "older name of MAXLENGTH"),
	SL_PARAM_X("CONTENTS", TEXT, 0, "HEX", "HEX, ASCII or NONE"),
	SL_PARAM("TIMESTAMP", BOOL, 0, "false", struct print_conf, timestamp,
		 "the time at which the packet was here, in seconds since the machine started"),
	SL_PARAM("PRINTANNO", BOOL, 0, "false", struct print_conf, anno, "the annotations"),
	SL_PARAM_X("ACTIVE", BOOL, 0, "true", "false: nothing is printed"),
	SL_PARAM_X("HEADROOM", BOOL, SL_P_IGNORED, "false",
		   "room around a packet says nothing here"),
	SL_PARAM_X("CPU", BOOL, SL_P_IGNORED, "false", "records do not tell"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct print_conf, elem, U32),
	SL_FIELD(struct print_conf, bytes, U32),
	SL_FIELD(struct print_conf, timestamp, BOOL),
	SL_FIELD(struct print_conf, anno, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct print_rw, active, U32),
	SL_FIELDS_END,
};

/* What only printing needs. */
struct priv {
	enum contents contents;
	uint32_t bytes;
	char label[];
};

static int parse_contents(struct sl_conf *cf, enum contents *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "CONTENTS");
	const char *why;
	uint8_t yes;

	*out = HEX;
	if (!arg)
		return 0;
	if (!sl_parse_value(SL_T_BOOL, arg->text, NULL, NULL, &yes, &why)) {
		*out = yes ? HEX : NONE;
	} else if (!strcasecmp(arg->text, "ASCII")) {
		*out = ASCII;
	} else if (!strcasecmp(arg->text, "NONE")) {
		*out = NONE;
	} else if (strcasecmp(arg->text, "HEX")) {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
					   "CONTENTS: '%s' is no way to "
					   "show contents",
					   arg->text),
			     "give HEX, ASCII or NONE");
		return -EINVAL;
	}
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct print_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "LABEL");
	size_t len = 0;
	_free_ char *label = arg ? sl_unquote(arg->text, &len) : strdup("");
	enum contents contents;
	struct priv *priv;
	const char *name;
	int32_t max = 0;
	int ret = parse_contents(cf, &contents);

	if (ret)
		return ret;
	name = sl_conf_arg(cf, "MAXLENGTH") ? "MAXLENGTH"
	       : sl_conf_arg(cf, "LENGTH")  ? "LENGTH"
					    : "NBYTES";
	sl_inst_param(cf->inst, name, &max);
	if (max > PRINT_MAX)
		sl_diag_hint(sl_conf_note(cf, sl_conf_arg(cf, name), "shortened",
					  "%s: %d bytes are shown", name, PRINT_MAX),
			     "a record holds no more");
	priv = label ? malloc(sizeof(*priv) + strlen(label) + 1) : NULL;
	if (!priv)
		return -ENOMEM;
	memcpy(priv->label, label, strlen(label) + 1);
	priv->contents = contents;
	priv->bytes = contents == NONE ? 0 : max < 0 || max > PRINT_MAX ? PRINT_MAX : (uint32_t)max;
	cf->inst->priv = priv;
	c->elem = cf->inst->index;
	c->bytes = (priv->bytes + 7) / 8 * 8;
	return 0;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct print_rw *r = bytes;
	uint8_t active = 1;

	sl_inst_param(in, "ACTIVE", &active);
	r->active = active;
}

static void print_bytes(const struct priv *priv, const uint8_t *b, uint32_t n, FILE *out)
{
	for (uint32_t i = 0; i < n; i++) {
		if (priv->contents == HEX)
			fprintf(out, "%s%02x", i && i % 4 == 0 ? " " : "", b[i]);
		else
			fprintf(out, "%s%c", i % 8 == 0 ? " " : "",
				b[i] < 32 || b[i] > 126 ? '.' : b[i]);
	}
}

/* As Click prints it: LABEL: TIME: LENGTH | ANNOTATIONS | BYTES. */
static int event(const struct sl_inst *in, const void *record, size_t len, FILE *out)
{
	const struct print_conf *c = in->conf;
	const struct priv *priv = in->priv;
	struct print_record r = {0};
	const uint8_t *anno = (const uint8_t *)&r.anno;
	uint32_t n;

	if (len < sizeof(r.head) + sizeof(r.anno) || len > sizeof(r))
		return -EINVAL;
	memcpy(&r, record, len);
	fputs(priv->label, out);
	if (priv->label[0])
		fputs(": ", out);
	if (c->timestamp)
		fprintf(out, "%" PRIu64 ".%09" PRIu64 ": ", (uint64_t)r.head.now_ns / 1000000000,
			(uint64_t)r.head.now_ns % 1000000000);
	fprintf(out, "%4" PRIu32, r.head.len);
	if (c->anno) {
		fputs(" | ", out);
		for (size_t i = 0; i < sizeof(r.anno); i++)
			fprintf(out, "%02x", anno[i]);
	}
	n = (uint32_t)(len - sizeof(r.head) - sizeof(r.anno));
	if (n > priv->bytes)
		n = priv->bytes;
	if (n > r.head.len)
		n = r.head.len;
	if (n) {
		fputs(" | ", out);
		print_bytes(priv, r.bytes, n, out);
	}
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW("active", struct print_rw, active, U32, "ACTIVE", "whether it prints"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_print = {
	.spec = {.name = "Print", .ports = "1/1", .processing = "a"},
	.base = "print",
	.summary = "prints packets",
	.help = "Each packet becomes a record in the graph's event ring, which `sluicectl tenant "
		"events` "
		"prints: the label, the packet's length, its first bytes. Records are lost when "
		"nobody "
		"reads them in time; packets never wait for them.",
	.flags = SL_C_LOOK | SL_C_EVENTS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct print_conf),
	.conf = conf,
	.rw_size = sizeof(struct print_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.release = release,
	.event = event,
	.weight = 120,
};
