// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of PathMTU, which loader/config/path_mtu.c puts into graphs. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/path_mtu.h"
#include "bpf/element/path_mtu.h"

static const struct sl_field state[] = {
	SL_FIELD(struct path_mtu_state, answered, U64),
	SL_FIELD(struct path_mtu_state, limited, U64),
	SL_FIELD(struct path_mtu_state, uncut, U64),
	SL_FIELD(struct path_mtu_state, no_source, U64),
	SL_FIELD(struct path_mtu_state, refused, U64),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct path_mtu_rw, next_ns, U64),
	SL_FIELD(struct path_mtu_rw, id, U32),
	SL_FIELDS_END,
};

/* The one in a graph is not made from its text. */
static int configure(struct sl_conf *cf)
{
	sl_diag_hint(sl_conf_error(cf, NULL, "not-for-graphs",
				   "a PathMTU cannot be part of a graph's text"),
		     "leave it out: graphs that need one get it");
	return -EINVAL;
}

static void release(struct sl_inst *in)
{
	free(in->priv);
}

static void emit_bytes(FILE *out, const char *name, const uint8_t *bytes, size_t n)
{
	fprintf(out, " .%s = {", name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, " %u,", bytes[i]);
	fputs(" },", out);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct sl_devices *devices = in->priv;
	uint32_t i = in->index;
	bool ip4 = false, ip6 = false;

	fprintf(out, "static const struct path_mtu_dev e%" PRIu32 "_devs[] = {\n", i);
	for (size_t k = 0; k < devices->n; k++) {
		const struct sl_device *dev = &devices->list[k];

		fprintf(out, "\t{ .mtu = %u, .ip = 0x%" PRIx32 "u, .mask = 0x%" PRIx32 "u,",
			dev->ip_link ? dev->mtu : 0, dev->ip, dev->mask);
		ip4 |= dev->ip != 0;
		ip6 |= sl_device_has_ip6(dev);
		emit_bytes(out, "ip6", dev->ip6, sizeof(dev->ip6));
		emit_bytes(out, "mac", dev->mac, sizeof(dev->mac));
		emit_bytes(out, "peer", dev->peer, sizeof(dev->peer));
		fputs(" },\n", out);
	}
	fprintf(out,
		"};\n"
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, struct path_mtu_state *st,\n"
		"\t\tstruct path_mtu_rw *rw)\n"
		"{\n"
		"\treturn path_mtu(p, e%" PRIu32 "_devs, %zu, %d, %d, st, rw);\n"
		"}\n",
		i, i, devices->n, ip4, ip6);
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "packets too long for their device"),
	SL_HANDLER_STATE("answered", struct path_mtu_state, answered,
			 "those that became a message to their sender"),
	SL_HANDLER_STATE("uncut", struct path_mtu_state, uncut,
			 "IPv4 packets without DF, which would have to be cut"),
	SL_HANDLER_STATE("no_source", struct path_mtu_state, no_source,
			 "no message: the device they came in by has no address to send it from"),
	SL_HANDLER_STATE("limited", struct path_mtu_state, limited,
			 "no message: there were too many at the time"),
	SL_HANDLER_STATE("refused", struct path_mtu_state, refused,
			 "no message: none may be sent about such a packet, or by that device"),
	SL_HANDLER_RESET("reset_counts", "all of these but count to zero"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_path_mtu = {
	.spec = {.name = "PathMTU", .ports = "1/0", .processing = "a"},
	.base = "path_mtu",
	.summary = "tells senders the MTU of the way their packets were to take",
	.help = "No graph names it: a graph in which packets can be too long for a ToDevice gets "
		"one, as PathMTU@mtu, and it takes the packets too long for any ToDevice whose "
		"device is an IP link; sent frames do not pass it. It is not there for devices "
		"the graph looks after itself, with an IPFragmenter on the way whose MTU is not "
		"larger than the device's, and not behind elements that change addresses or "
		"ports.\n\n"
		"An IPv4 packet with DF becomes an ICMP message \"fragmentation needed\" with the "
		"device's MTU (RFC 1191), an IPv6 packet an ICMPv6 \"packet too big\" (RFC 4443 "
		"3.2). The message leaves by the device the packet came in by, from that device's "
		"address; it does not pass the graph again. It quotes what fits into 576 and 1280 "
		"bytes. None is sent about ICMP errors, fragments but the first, broadcasts and "
		"multicasts, malformed headers, packets from the device's own address, packets "
		"that came by a device that is no IP link or has no address of the version; and "
		"no more than 1000 a second, 50 at once.\n\n"
		"A packet that is not answered goes on to its device, where it is dropped and "
		"counted (too-big). So are IPv4 packets without DF: to cut them into fragments "
		"needs level afxdp, as a packet cannot become several in the kernel.",
	.flags = SL_C_COLD | SL_C_SINK | SL_C_ERROR,
	.handlers = handlers,
	.state_size = sizeof(struct path_mtu_state),
	.state = state,
	.rw_size = sizeof(struct path_mtu_rw),
	.rw = rw,
	.configure = configure,
	.emit = emit,
	.release = release,
	.weight = 9000,
};
