// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SourceIPHashMapper. */
#include <errno.h>
#include <stdlib.h>

#include "loader/config/rewrite_ring.h"
#include "loader/mem.h"
#include "bpf/element/source_ip_hash_mapper.h"

static const struct sl_param params[] = {
	SL_PARAM_X("NODES", ARG, SL_P_POS | SL_P_REST, NULL,
		   "NNODES SEED; then patterns, each with FOUTPUT ROUTPUT and a server ID"),
	SL_PARAMS_END,
};

static int wrong(struct sl_conf *cf, size_t at, const char *why)
{
	sl_diag_hint(sl_conf_error(cf, cf->n_rest ? cf->rest[at] : NULL, "bad-argument", "%s", why),
		     "write NNODES SEED, then PATTERN FOUTPUT ROUTPUT ID for each server");
	return -EINVAL;
}

static int configure(struct sl_conf *cf)
{
	_free_ struct sl_rw_way *ways = NULL;
	const char *why = "no hash seed given";
	size_t n = 0, bad = 0;
	uint32_t nodes, seed;
	int ret = -EINVAL;

	if (cf->n_rest)
		ret = sl_rw_ring_parse(cf->rest[0]->text, &nodes, &seed, &why);
	if (!ret)
		ret = sl_rw_mapper_ways(cf->program, cf->inst, &ways, &n, &bad, &why);
	if (!ret)
		ret = sl_rw_ring_check(ways, n, nodes, &why);
	if (ret == -EINVAL)
		return wrong(cf, bad, why);
	if (!ret && n == 1)
		sl_conf_note(cf, NULL, "one-pattern", "only one pattern given");
	return ret;
}

const struct sl_class sl_class_source_ip_hash_mapper = {
	.spec = {.name = "SourceIPHashMapper", .ports = "0/0", .processing = "a"},
	.base = "source_ip_hash_mapper",
	.summary = "gives a rewriter's new flows to patterns by their source address",
	.help = "Consistent hashing: each pattern has NNODES points on a ring, drawn from SEED, "
		"and "
		"a source address belongs to the first point behind its hash. When a pattern goes, "
		"only its own addresses move to others. A pattern keeps its points as long as its "
		"server ID stays the same. A pattern without a free port drops the packet.\n\n"
		"The points are those that Click draws at user level on Linux. Two things differ: "
		"an ID always belongs to the pattern it stands with (Click assumes that IDs are in "
		"ascending order), and what lies behind the last point belongs to the first. IDs "
		"that are there twice, or too high, are refused.",
	.params = params,
	.rw_size = sizeof(struct source_ip_hash_mapper_rw),
	.rw = sl_rw_list_rw,
	.configure = configure,
};
