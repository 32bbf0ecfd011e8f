// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckICMPHeader. */
#include <inttypes.h>

#include "loader/element/element.h"
#include "bpf/element/check_icmp_header.h"

static const struct sl_param params[] = {
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers and the drop reasons"),
	SL_PARAM_X("DETAILS", BOOL, SL_P_IGNORED, "false",
		   "counts for each reason are always kept"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_icmp_header_state, not_icmp, U64),
	SL_FIELD(struct check_icmp_header_state, len, U64),
	SL_FIELD(struct check_icmp_header_state, sum, U64),
	SL_FIELDS_END,
};

static int read_drops(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct check_icmp_header_state st = {0};
	int ret = l->ops->state(l, in->index, &st, sizeof(st));

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu64, (uint64_t)(st.not_icmp + st.len + st.sum));
	return ret;
}

static int read_details(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	struct check_icmp_header_state st = {0};
	int ret = l->ops->state(l, in->index, &st, sizeof(st));

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out,
			"%" PRIu64 "\tnot ICMP\n%" PRIu64 "\tbad packet length\n%" PRIu64
			"\tbad ICMP checksum\n",
			(uint64_t)st.not_icmp, (uint64_t)st.len, (uint64_t)st.sum);
	return ret;
}

static const struct sl_handler handlers[] = {
	{.name = "drops", .flags = SL_H_READ, .help = "bad packets", .read = read_drops},
	{.name = "drop_details",
	 .flags = SL_H_READ,
	 .help = "bad packets by reason, a line each",
	 .read = read_details},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_icmp_header = {
	.spec = {.name = "CheckICMPHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_icmp_header",
	.summary = "verifies ICMP messages",
	.help = "Checks that the packet is ICMP, that its length fits its type (errors carry at "
		"least 28 bytes of the packet they are about, timestamps are 20 bytes, "
		"information messages 8), and its checksum. A bad packet leaves by output 1 or "
		"is dropped. Needs network and transport header (CheckIPHeader).",
	.flags = SL_C_STILL,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct check_icmp_header_state),
	.state = state,
	.weight = 2800,
};
