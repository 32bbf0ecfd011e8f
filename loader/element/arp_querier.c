// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ARPQuerier: arguments, tables, and which links need no ARP. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/addrs.h"
#include "loader/config/arp_table.h"
#include "loader/element/facts.h"
#include "loader/config/behind.h"
#include "loader/mem.h"
#include "bpf/element/arp_querier.h"

static const struct sl_param params[] = {
	SL_PARAM_X("IP", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "one's own IP address, with or without prefix length, or a name for it"),
	SL_PARAM_X("ETH", ETHER, SL_P_POS, NULL,
		   "one's own Ethernet address; left out, IP is a name that has one"),
	SL_PARAM("POLL_TIMEOUT", NS, 0, "1m", struct arp_querier_conf, poll_ns,
		 "how old an answer is when its neighbour is asked again; 0: never"),
	SL_PARAM_X("BROADCAST", IP4, 0, NULL,
		   "the subnet's broadcast address (default: from the prefix of IP)"),
	SL_PARAM("BROADCAST_POLL", BOOL, 0, "false", struct arp_querier_conf, broadcast_poll,
		 "ask known neighbours again by broadcast"),
	SL_PARAMS_ARP_TABLE(struct arp_querier_conf, table.timeout_ns, table.entries),
	SL_PARAM_X("TABLE", ARG, 0, NULL,
		   "the ARPTable to work with instead of a table of its own; TIMEOUT and "
		   "ENTRY_CAPACITY then are the table's"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct arp_querier_conf, table.timeout_ns, U64),
	SL_VALUE(struct arp_querier_conf, poll_ns, U64),
	SL_VALUE(struct arp_querier_conf, eth, ETHER),
	SL_VALUE(struct arp_querier_conf, peer, ETHER),
	SL_FIELD(struct arp_querier_conf, constant, BOOL),
	SL_FIELD(struct arp_querier_conf, broadcast_poll, BOOL),
	SL_FIELD(struct arp_querier_conf, query_port, U8),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct arp_querier_state, queries, U64),
	SL_FIELD(struct arp_querier_state, responses, U64),
	SL_FIELD(struct arp_querier_state, drops, U64),
	SL_FIELDS_END,
};

/* Plain names: they become members of a struct. */
static const struct sl_field rw[] = {
	{"epoch", SL_K_U32, offsetof(struct arp_querier_rw, table.epoch), 0, false},
	{"zero", SL_K_U32, offsetof(struct arp_querier_rw, table.zero), 0, false},
	SL_FIELD(struct arp_querier_rw, ip, IP4),
	SL_FIELD(struct arp_querier_rw, broadcast, IP4),
	SL_FIELDS_END,
};

extern const struct sl_class sl_class_arp_table;

/* ---- Arguments -------------------------------------------------------------------------------*/

static int read_addresses(struct sl_conf *cf)
{
	struct arp_querier_conf *c = cf->inst->conf;
	const struct sl_arg *ip = sl_conf_arg(cf, "IP");
	struct sl_prefix4 net;
	const char *why = "";

	if (sl_parse_addr_or_prefix(ip->text, cf->program, cf->inst->elem, &net, &why)) {
		sl_diag_hint(sl_conf_error(cf, ip, "bad-argument", "IP: '%s': %s", ip->text, why),
			     "give an IP address, or a name that has one");
		return -EINVAL;
	}
	c->ip = net.addr;
	c->broadcast = net.addr | ~net.mask;
	if (c->broadcast == c->ip)
		c->broadcast = UINT32_MAX;
	if (sl_conf_arg(cf, "BROADCAST"))
		sl_inst_param(cf->inst, "BROADCAST", &c->broadcast);
	if (sl_conf_arg(cf, "ETH")) {
		sl_inst_param(cf->inst, "ETH", c->eth);
		return 0;
	}
	if (sl_parse_value(SL_T_ETHER, ip->text, cf->program, cf->inst->elem, c->eth, &why)) {
		sl_diag_hint(sl_conf_error(cf, NULL, "missing-argument",
					   "ETH: required argument missing"),
			     "give one's own Ethernet address behind IP");
		return -EINVAL;
	}
	return 0;
}

/* TABLE: the name of an ARPTable. */
static int read_table(struct sl_conf *cf)
{
	static const struct sl_class *const tables[] = {&sl_class_arp_table, NULL};
	struct arp_querier_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "TABLE");
	const struct arp_table_conf *other;
	const struct sl_inst *table;

	if (!arg)
		return 0;
	if (sl_conf_use(cf, arg, arg->text, tables, &table))
		return -EINVAL;
	other = table->conf;
	c->shared = 1;
	c->table.timeout_ns = other->timeout_ns;
	sl_arp_table_unused(&c->table);
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct arp_querier_conf *c = cf->inst->conf;
	const struct sl_device *dev;
	int ret;

	ret = read_addresses(cf);
	ret = ret ? ret : sl_conf_arp_table(cf);
	ret = ret ? ret : read_table(cf);
	if (ret)
		return ret;
	/* As with TIMEOUT, 292 years are for ever. */
	if (c->poll_ns > INT64_MAX)
		c->poll_ns = 0;
	c->query_port = cf->inst->elem->n_out > 1;
	ret = sl_ip_link_behind(cf->program, cf->inst, 0, &dev);
	if (ret)
		return ret;
	if (!dev) {
		sl_diag_hint(sl_conf_note(cf, NULL, "no-waiting",
					  "packets whose next hop is not known yet are lost: one "
					  "becomes the query"),
			     "keeping packets needs level afxdp");
		return 0;
	}
	c->constant = 1;
	memcpy(c->peer, dev->peer, sizeof(c->peer));
	sl_arp_table_unused(&c->table);
	return 0;
}

/* Which table it works with is settled here; one of its own that it does not use is left out. */
static int emit(const struct sl_inst *in, FILE *out)
{
	const struct arp_querier_conf *c = in->conf;

	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p, __u32 port,\n"
		"\tconst struct arp_querier_conf *c, struct arp_querier_state *st,\n"
		"\tstruct arp_querier_rw *rw, void *known, void *wait, void *slots%s)\n{\n"
		"\treturn arp_querier(p, port, c, st, rw, %s);\n}\n",
		in->index,
		c->shared ? ",\n\tstruct arp_table_rw *table, void *k, void *w, void *s" : "",
		c->shared ? "table, k, w, s" : "&rw->table, known, wait, slots");
	return 0;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	const struct arp_querier_conf *c = in->conf;
	struct arp_querier_rw *r = bytes;

	r->ip = c->ip;
	r->broadcast = c->broadcast;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static int read_stats(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct arp_querier_state st = {0};
	int ret = l->ops->state(l, in->index, &st, sizeof(st));

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu64 " packets killed\n%" PRIu64 " ARP queries sent\n",
			(uint64_t)st.drops, (uint64_t)st.queries);
	return ret;
}

static const struct sl_handler handlers[] = {
	SL_HANDLERS_ARP_TABLE,
	SL_HANDLER_STATE("drops", struct arp_querier_state, drops,
			 "IP packets lost, those that became a query too"),
	SL_HANDLER_STATE("queries", struct arp_querier_state, queries, "queries sent"),
	SL_HANDLER_STATE("responses", struct arp_querier_state, responses,
			 "packets on input 1 that are long enough for ARP"),
	{.name = "stats",
	 .flags = SL_H_READ,
	 .help = "drops and queries in words",
	 .read = read_stats},
	SL_HANDLER_RW("ipaddr", struct arp_querier_rw, ip, IP4, NULL, "one's own IP address"),
	SL_HANDLER_RW("broadcast", struct arp_querier_rw, broadcast, IP4, NULL,
		      "the subnet's broadcast address"),
	SL_HANDLERS_END,
};

/* An IP packet gets a header in front; a query is a new packet, in the place of the old one. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct arp_querier_conf *c = in->conf;

	if (port == 1 || (c->constant && out))
		return false;
	if (f->usual && out)
		return false;
	if (!c->constant && !f->usual) {
		*f = sl_facts_none();
		return true;
	}
	sl_facts_push(f, sizeof(struct sl_eth));
	f->mac = f->off;
	f->nh = f->off == SL_ANY ? SL_ANY : f->off + sizeof(struct sl_eth);
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	return true;
}

const struct sl_class sl_class_arp_querier = {
	.spec = {.name = "ARPQuerier", .ports = "2/1-2", .processing = "h", .flow = "xy/x"},
	.base = "arp_querier",
	.summary = "puts IP packets into Ethernet frames, asking for neighbours by ARP",
	.help = "Input 0 takes IP packets with the next hop in the destination address "
		"annotation, input 1 ARP replies as Ethernet frames. A packet whose next hop is "
		"known leaves by output 0 in a frame to it; broadcasts go to ff:ff:ff:ff:ff:ff, "
		"multicasts to their group's address (RFC 1112) unless "
		"a neighbour was inserted for that very address, 0.0.0.0 is dropped.\n\n"
		"At level xdp no packet can wait for an answer: one whose next hop is not known "
		"becomes the query itself (output 1, or 0 when there is only one), and those "
		"that come while no query is due are dropped (reason no-neighbour). There are at "
		"most 10 queries a second for an address, and one in two seconds after ten in "
		"vain. In the same way one packet a POLL_TIMEOUT becomes a query to a neighbour "
		"still known, so that it never times out: insert neighbours by the handler and "
		"set POLL_TIMEOUT 0 where even that must not be. (Click keeps the packet, and "
		"sends it when the answer comes, or beside the query.)\n\n"
		"Other than with Click, no answer and no handler can give a group address, and "
		"no answer says who has 0.0.0.0, broadcast or multicast addresses; what is "
		"deleted or has timed out is forgotten at once.\n\n"
		"What was looked up is used for 8 ticks of the kernel's clock (8 to 80 ms) "
		"without looking again, so an answer may be good for that much longer.\n\n"
		"ARPQueriers may share an ARPTable (TABLE); their handlers then work on that.\n\n"
		"In front of a device that carries only IP there is nobody to ask: every packet "
		"goes to the far end's synthetic address, and the tables stay empty.",
	.flags = SL_C_PORT | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct arp_querier_conf),
	.conf = conf,
	.state_size = sizeof(struct arp_querier_state),
	.state = state,
	.rw_size = sizeof(struct arp_querier_rw),
	.rw = rw,
	.tables = sl_arp_tables,
	.configure = configure,
	.init_rw = init_rw,
	.emit = emit,
	.facts = facts,
	.weight = 600,
	.usual_weight = 150,
};
