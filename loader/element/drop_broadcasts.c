// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of DropBroadcasts. */
#include "loader/element/element.h"
#include "bpf/element/drop_broadcasts.h"

static const struct sl_field state[] = {
	SL_FIELD(struct drop_broadcasts_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct drop_broadcasts_state, drops,
			 "link broadcasts and multicasts seen"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_drop_broadcasts = {
	.spec = {.name = "DropBroadcasts", .ports = "1/1-2", .processing = "a/ah"},
	.base = "drop_broadcasts",
	.summary = "drops what came as a link broadcast or multicast",
	.help = "Looks at the packet type annotation that FromDevice and HostEtherFilter set "
		"from the Ethernet destination. Broadcasts and multicasts leave by output 1 or "
		"are dropped: a router must not forward them (RFC 1812 5.3.4).",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.handlers = handlers,
	.state_size = sizeof(struct drop_broadcasts_state),
	.state = state,
	.weight = 8,
};
