// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of RoundRobinIPMapper. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/rewrite.h"
#include "loader/mem.h"
#include "bpf/element/round_robin_ip_mapper.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PATTERN", ARG, SL_P_POS | SL_P_REST, NULL,
		   "SADDR SPORT DADDR DPORT FOUTPUT ROUTPUT, or NAME FOUTPUT ROUTPUT; up to 64"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	_free_ struct sl_rw_way *ways = NULL;
	const char *why = "";
	size_t n = 0, bad = 0;
	int ret = sl_rw_mapper_ways(cf->program, cf->inst, &ways, &n, &bad, &why);

	if (ret == -EINVAL)
		sl_diag_hint(sl_conf_error(cf, cf->n_rest ? cf->rest[bad] : NULL, "bad-argument",
					   "%s", why),
			     "give patterns as IPRewriter takes them, with their outputs");
	else if (!ret && n == 1)
		sl_conf_note(cf, NULL, "one-pattern", "only one pattern given");
	else if (!ret)
		sl_diag_hint(sl_conf_note(cf, NULL, "one-try",
					  "a packet whose pattern has no free port is dropped"),
			     "Click tries the other patterns at once, here the sender's second "
			     "packet does");
	return ret;
}

const struct sl_class sl_class_round_robin_ip_mapper = {
	.spec = {.name = "RoundRobinIPMapper", .ports = "0/0", .processing = "a"},
	.base = "round_robin_ip_mapper",
	.summary = "gives a rewriter's new flows to patterns in turn",
	.help = "A rewriter names it as an input's specification. Each new flow takes the next "
		"pattern; the turn is common to all that use the mapper. At level xdp one pattern "
		"is tried for a packet: where it has no free port the packet is dropped, and the "
		"next one that comes (the sender's second try) takes the next pattern; Click tries "
		"that at once.",
	.params = params,
	.rw_size = sizeof(struct round_robin_ip_mapper_rw),
	.rw = sl_rw_list_rw,
	.configure = configure,
};
