// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of FromDevice. */
#include <errno.h>
#include <string.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/from_device.h"

static const char *const aliases[] = {"PollDevice", NULL};

static const struct sl_param params[] = {
	SL_PARAM("DEVNAME", DEV, SL_P_REQ | SL_P_POS, NULL, struct from_device_conf, dev,
		 "the device"),
	SL_PARAM_X("SNIFFER", BOOL, SL_P_IGNORED, "true", "the host never sees the packets"),
	SL_PARAM_X("PROMISC", BOOL, SL_P_IGNORED | SL_P_POS, "false",
		   "a link has no address filter"),
	SL_PARAM_X("SNAPLEN", U32, SL_P_IGNORED | SL_P_POS, "2046", "packets are never cut"),
	SL_PARAM("FORCE_IP", BOOL, 0, "false", struct from_device_conf, force_ip,
		 "only IPv4 packets go on"),
	SL_PARAM_X("METHOD", TEXT, SL_P_IGNORED, "XDP", "there is one method"),
	SL_PARAM_X("BPF_FILTER", TEXT, 0, NULL,
		   "must be empty: put an IPClassifier behind the device"),
	SL_PARAM_X("PROTOCOL", U32, 0, "0", "must be 0 (all): put a Classifier behind the device"),
	SL_PARAM_X("OUTBOUND", BOOL, 0, "false",
		   "must be false: what the graph sends is not read back"),
	SL_PARAM_X("HEADROOM", U32, SL_P_IGNORED, "28", "room in front is what the driver leaves"),
	SL_PARAM_X("BURST", U32, SL_P_IGNORED, "1", "the driver says how many frames come at once"),
	SL_PARAM_X("TIMESTAMP", BOOL, SL_P_IGNORED, "true", "packets carry no time of arrival"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct from_device_conf, dev, U8),
	SL_FIELD(struct from_device_conf, mac, ETHER),
	SL_FIELD(struct from_device_conf, force_ip, BOOL),
	SL_FIELD(struct from_device_conf, ip_link, BOOL),
	SL_FIELDS_END,
};

/* Refuses what would change which packets come, rather than letting others come. */
static int refuse(struct sl_conf *cf, const char *param, const char *instead)
{
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, param), "unsupported-argument",
				   "%s is not there at level xdp", param),
		     "leave it out, and %s", instead);
	return -EINVAL;
}

static int configure(struct sl_conf *cf)
{
	const struct sl_device *list = cf->program->devices.list;
	struct from_device_conf *c = cf->inst->conf;
	const struct sl_arg *filter = sl_conf_arg(cf, "BPF_FILTER");
	uint32_t protocol = 0;
	uint8_t outbound = 0;

	for (size_t i = 0; i < cf->program->devices.n; i++) {
		if (list[i].index != c->dev)
			continue;
		memcpy(c->mac, list[i].mac, sizeof(c->mac));
		c->ip_link = list[i].ip_link;
	}
	if (filter && strcmp(filter->text, "\"\""))
		return refuse(cf, "BPF_FILTER", "put an IPClassifier behind the device");
	if (!sl_inst_param(cf->inst, "PROTOCOL", &protocol) && protocol)
		return refuse(cf, "PROTOCOL", "put a Classifier behind the device");
	if (!sl_inst_param(cf->inst, "OUTBOUND", &outbound) && outbound)
		return refuse(cf, "OUTBOUND", "copy what is sent in front of ToDevice");
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "frames that arrived"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct from_device_conf *c = in->conf;

	(void)port;
	f->mac = f->off;
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	if (!c->force_ip || out)
		return true;
	f->nh = f->off + sizeof(struct sl_eth);
	f->th = SL_ANY;
	sl_facts_read(f, f->nh, sizeof(struct sl_ip4));
	return true;
}

const struct sl_class sl_class_from_device = {
	.spec = {.name = "FromDevice", .ports = "0/1-2", .processing = "h"},
	.base = "from_device",
	.aliases = aliases,
	.summary = "frames that arrive on one of the tenant's devices",
	.help = "Every frame that arrives on the device enters the graph here, from its Ethernet "
		"header on; on a "
		"link that carries IP only the header is synthetic. The packet type is set from "
		"the destination "
		"address. One FromDevice a device; a frame for a device without one is dropped as "
		"no-device.\n\n"
		"With FORCE_IP only IPv4 packets go on, with the network header and the "
		"destination address "
		"annotation set; others leave by output 1, or are dropped. The packets are the "
		"tenant's alone: the "
		"host does not see them, whatever SNIFFER says (see ToHost).",
	.flags = SL_C_SOURCE | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct from_device_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 30,
};
