// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckIPHeader and CheckIPHeader2: their arguments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/check_ip.h"
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
static int read_positional(struct sl_check_ip *lists, struct sl_conf *cf)
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
	ret = sl_check_ip_read_old(lists, cf, cf->rest[0]);
	if (!ret && cf->n_rest == 2)
		ret = read_offset(cf, cf->rest[1]);
	return ret;
}

static int configure(struct sl_conf *cf)
{
	struct check_ip_header_conf *c = cf->inst->conf;
	struct sl_check_ip *lists = calloc(1, sizeof(*lists));
	int ret;

	if (!lists)
		return -ENOMEM;
	cf->inst->priv = lists;
	c->checksum = !strcmp(cf->inst->elem->class_name, "CheckIPHeader");
	if (sl_conf_arg(cf, "CHECKSUM"))
		sl_inst_param(cf->inst, "CHECKSUM", &c->checksum);
	ret = sl_check_ip_read(lists, cf);
	if (!ret)
		ret = read_positional(lists, cf);
	if (!ret && c->offset > SL_OFF_MASK)
		ret = sl_conf_too_far(cf, "OFFSET");
	return ret;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS(SL_CHECK_IP_REASONS),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct check_ip_header_conf *c = in->conf;

	(void)port;
	if (!out)
		sl_check_ip_facts(c->offset, f);
	return true; /* bad packets leave as they came */
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
	.flags = SL_C_SELDOM | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct check_ip_header_conf),
	.conf = conf,
	.state_size = sizeof(struct check_ip_header_state),
	.state = state,
	.configure = configure,
	.emit = sl_check_ip_emit,
	.release = sl_check_ip_release,
	.facts = facts,
	.weight = 250,
	.usual_weight = 120,
};
