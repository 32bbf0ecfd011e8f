// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ARPQuerier: arguments, tables, and which links need no ARP. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/addrs.h"
#include "loader/element/facts.h"
#include "loader/config/behind.h"
#include "loader/mem.h"
#include "bpf/element/arp_querier.h"

/* Neighbours kept when ENTRY_CAPACITY does not say, and at least: the kernel's tables that forget
 * the longest unused work with batches of 128 entries a CPU. */
#define DEFAULT_ENTRIES 4096
#define MIN_ENTRIES 1024
#define MAX_ENTRIES (1u << 20)
#define WAITING 1024

enum { KNOWN, WAIT, SLOTS };

static const struct sl_param params[] = {
	SL_PARAM_X("IP", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "one's own IP address, with or without prefix length, or a name for it"),
	SL_PARAM_X("ETH", ETHER, SL_P_POS, NULL,
		   "one's own Ethernet address; left out, IP is a name that has one"),
	SL_PARAM("TIMEOUT", NS, 0, "5m", struct arp_querier_conf, timeout_ns,
		 "how long an answer is good; 0: for ever"),
	SL_PARAM("POLL_TIMEOUT", NS, 0, "1m", struct arp_querier_conf, poll_ns,
		 "how old an answer is when its neighbour is asked again; 0: never"),
	SL_PARAM_X("BROADCAST", IP4, 0, NULL,
		   "the subnet's broadcast address (default: from the prefix of IP)"),
	SL_PARAM("BROADCAST_POLL", BOOL, 0, "false", struct arp_querier_conf, broadcast_poll,
		 "ask known neighbours again by broadcast"),
	SL_PARAM("ENTRY_CAPACITY", U32, 0, "0", struct arp_querier_conf, entries,
		 "neighbours remembered, at least 1024; 0: 4096"),
	SL_PARAM_X("CAPACITY", U32, SL_P_IGNORED, "2048", "no packets are saved"),
	SL_PARAM_X("ENTRY_PACKET_CAPACITY", U32, SL_P_IGNORED, "0", "no packets are saved"),
	SL_PARAM_X("CAPACITY_SLIM_FACTOR", U32, SL_P_IGNORED, "2", "no packets are saved"),
	SL_PARAM_X("TABLE", ARG, 0, NULL, "refused: each ARPQuerier has its own table"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct arp_querier_conf, timeout_ns, U64),
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

static const struct sl_field rw[] = {
	SL_FIELD(struct arp_querier_rw, ip, IP4),
	SL_FIELD(struct arp_querier_rw, broadcast, IP4),
	SL_FIELD(struct arp_querier_rw, epoch, U32),
	SL_FIELDS_END,
};

struct key {
	uint32_t ip;
};

static const struct sl_field key[] = {
	SL_FIELD(struct key, ip, IP4),
	SL_FIELDS_END,
};

static const struct sl_field known[] = {
	SL_FIELD(struct arp_querier_known, updated, U64),
	SL_FIELD(struct arp_querier_known, asked, U64),
	SL_FIELD(struct arp_querier_known, eth, ETHER),
	SL_FIELD(struct arp_querier_known, zero, U8),
	SL_FIELD(struct arp_querier_known, asks, U8),
	SL_FIELDS_END,
};

static const struct sl_field waiting[] = {
	SL_FIELD(struct arp_querier_wait, asked, U64),
	SL_FIELD(struct arp_querier_wait, asks, U32),
	SL_FIELD(struct arp_querier_wait, zero, U32),
	SL_FIELDS_END,
};

static const struct sl_field slot[] = {
	SL_FIELD(struct arp_querier_slot, front, U64),
	SL_FIELD(struct arp_querier_slot, back, U64),
	SL_FIELD(struct arp_querier_slot, tick, U64),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	[KNOWN] = {.name = "arp",
		   .type = SL_TABLE_LRU,
		   .key_size = sizeof(struct key),
		   .value_size = sizeof(struct arp_querier_known),
		   .entries_offset = offsetof(struct arp_querier_conf, entries),
		   .key = key,
		   .value = known},
	[WAIT] = {.name = "arpwait",
		  .type = SL_TABLE_LRU,
		  .key_size = sizeof(struct key),
		  .value_size = sizeof(struct arp_querier_wait),
		  .entries_offset = offsetof(struct arp_querier_conf, waiting),
		  .key = key,
		  .value = waiting},
	[SLOTS] = {.name = "arpslot",
		   .type = SL_TABLE_ARRAY,
		   .key_size = sizeof(uint32_t),
		   .value_size = sizeof(struct arp_querier_slot),
		   .entries_offset = offsetof(struct arp_querier_conf, slots),
		   .value = slot},
	{.name = NULL},
};

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

static int configure(struct sl_conf *cf)
{
	struct arp_querier_conf *c = cf->inst->conf;
	const struct sl_arg *table = sl_conf_arg(cf, "TABLE");
	const struct sl_device *dev;
	int ret;

	if (table) {
		sl_diag_hint(
			sl_conf_error(cf, table, "no-shared-table",
				      "TABLE: a table of its own is all an ARPQuerier can have"),
			"leave TABLE out; each ARPQuerier learns what it needs");
		return -EINVAL;
	}
	ret = read_addresses(cf);
	if (ret)
		return ret;
	/* Ages are compared as signed numbers; 292 years are for ever. */
	if (c->timeout_ns > INT64_MAX)
		c->timeout_ns = 0;
	if (c->poll_ns > INT64_MAX)
		c->poll_ns = 0;
	c->query_port = cf->inst->elem->n_out > 1;
	if (c->entries > MAX_ENTRIES) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "ENTRY_CAPACITY"), "bad-argument",
					   "ENTRY_CAPACITY: %" PRIu32 ": must be at most %u",
					   c->entries, MAX_ENTRIES),
			     "0 is right for most networks");
		return -EINVAL;
	}
	if (!c->entries)
		c->entries = DEFAULT_ENTRIES;
	else if (c->entries < MIN_ENTRIES)
		c->entries = MIN_ENTRIES;
	c->waiting = WAITING;
	c->slots = ARP_QUERIER_SLOTS;
	ret = sl_ip_link_behind(cf->program, cf->inst, 0, &dev);
	if (ret || !dev)
		return ret;
	c->constant = 1;
	memcpy(c->peer, dev->peer, sizeof(c->peer));
	c->entries = 1;
	c->waiting = 1;
	c->slots = 1;
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

/* A walk over a table. One whose key goes away under it begins again, since packets change tables
 * meanwhile; so it has an end of its own. */
struct walk {
	struct sl_live *l;
	const struct sl_inst *in;
	unsigned int table;
	struct key ip;
	uint32_t n;
};

static bool step(struct walk *w)
{
	const struct arp_querier_conf *c = w->in->conf;
	struct key prev = w->ip;

	if (w->n >= 2 * (w->table == KNOWN ? c->entries : c->waiting))
		return false;
	return !w->l->ops->table_next(w->l, w->in->index, w->table, w->n++ ? &prev : NULL, &w->ip);
}

/* How long ago, in seconds; a clock that reads coarsely may be behind. */
static void print_age(uint64_t now, uint64_t then, FILE *out)
{
	uint64_t age = now > then ? now - then : 0;

	fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n", age / 1000000000, age % 1000000000 / 1000);
}

static bool is_valid(const struct arp_querier_conf *c, uint64_t now, uint64_t updated)
{
	return !c->timeout_ns || (int64_t)(now - updated) <= (int64_t)c->timeout_ns;
}

static int read_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	static const uint8_t none[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint64_t now = l->ops->now_ns(l);
	struct walk at = {.l = l, .in = in, .table = KNOWN};
	struct arp_querier_known k;
	struct arp_querier_wait w;

	(void)h, (void)args, (void)d;
	while (step(&at)) {
		if (l->ops->table_get(l, in->index, KNOWN, &at.ip, &k))
			continue;
		sl_value_print(SL_T_IP4, &at.ip.ip, NULL, out);
		fprintf(out, " %d ", is_valid(in->conf, now, k.updated));
		sl_value_print(SL_T_ETHER, k.eth, NULL, out);
		print_age(now, k.updated, out);
	}
	at = (struct walk){.l = l, .in = in, .table = WAIT};
	while (step(&at)) {
		if (l->ops->table_get(l, in->index, WAIT, &at.ip, &w) ||
		    !l->ops->table_get(l, in->index, KNOWN, &at.ip, &k))
			continue;
		sl_value_print(SL_T_IP4, &at.ip.ip, NULL, out);
		fputs(" 0 ", out);
		sl_value_print(SL_T_ETHER, none, NULL, out);
		print_age(now, w.asked, out);
	}
	return 0;
}

static int read_count(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct walk at = {.l = l, .in = in, .table = KNOWN};
	struct arp_querier_known k;
	uint64_t n = 0;

	(void)h, (void)args, (void)d;
	while (step(&at))
		n++;
	at = (struct walk){.l = l, .in = in, .table = WAIT};
	while (step(&at))
		n += !!l->ops->table_get(l, in->index, KNOWN, &at.ip, &k);
	fprintf(out, "%" PRIu64, n);
	return 0;
}

static int read_length(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)in, (void)h, (void)args, (void)d;
	fputc('0', out);
	return 0;
}

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

static int refuse(const struct sl_inst *in, const struct sl_handler *h, const char *text,
		  const char *why, const char *hint, struct sl_diags *d)
{
	sl_diag_hint(sl_diag_element(
			     sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name, text, why),
			     in->elem->name),
		     "%s", hint);
	return -EINVAL;
}

/* What is in the slots counts no longer. */
static int new_epoch(struct sl_live *l, const struct sl_inst *in)
{
	size_t at = offsetof(struct arp_querier_rw, epoch);
	uint32_t epoch;
	int ret = l->ops->rw_get(l, in->index, &epoch, at, sizeof(epoch));

	epoch++;
	return ret ? ret : l->ops->rw_set(l, in->index, &epoch, at, sizeof(epoch));
}

static int forget(struct sl_live *l, const struct sl_inst *in, const struct key *ip)
{
	int ret = l->ops->table_del(l, in->index, KNOWN, ip);

	if (!ret || ret == -ENOENT)
		ret = l->ops->table_del(l, in->index, WAIT, ip);
	return ret && ret != -ENOENT ? ret : new_epoch(l, in);
}

static int write_insert(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const char *s = value, *why = "", *hint = "write 10.0.0.2 02:00:00:00:00:02";
	_free_ char *ip_text = sl_next_word(&s), *eth_text = sl_next_word(&s);
	_free_ char *more = sl_next_word(&s);
	struct arp_querier_known k = {0};
	struct key ip;
	int ret;

	if (!ip_text || !eth_text || more)
		return refuse(in, h, value, "expected IP ETH", hint, d);
	if (sl_parse_value(SL_T_IP4, ip_text, l->program, in->elem, &ip.ip, &why))
		return refuse(in, h, ip_text, why, hint, d);
	if (sl_parse_value(SL_T_ETHER, eth_text, l->program, in->elem, k.eth, &why))
		return refuse(in, h, eth_text, why, hint, d);
	if (k.eth[0] & 1)
		return refuse(in, h, eth_text, "a group address is no neighbour's", hint, d);
	k.updated = l->ops->now_ns(l);
	k.asked = k.updated - ARP_QUERIER_SLOW_GAP_NS;
	ret = l->ops->table_set(l, in->index, KNOWN, &ip, &k);
	if (ret)
		return ret;
	ret = l->ops->table_del(l, in->index, WAIT, &ip);
	return ret && ret != -ENOENT ? ret : new_epoch(l, in);
}

static int write_delete(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const char *why = "";
	struct key ip;

	if (sl_parse_value(SL_T_IP4, value, l->program, in->elem, &ip.ip, &why))
		return refuse(in, h, value, why, "give an IP address", d);
	return forget(l, in, &ip);
}

/* Deletes all entries. They are listed first: whether a deletion is seen at once, and packets add
 * entries meanwhile, must not matter. */
static int clear_table(struct sl_live *l, const struct sl_inst *in, unsigned int table)
{
	struct walk at = {.l = l, .in = in, .table = table};
	_free_ struct key *keys = NULL;
	size_t n = 0, cap = 0;

	while (step(&at)) {
		if (SL_GROW(keys, n, cap))
			return -ENOMEM;
		keys[n++] = at.ip;
	}
	for (size_t i = 0; i < n; i++) {
		int ret = l->ops->table_del(l, in->index, table, &keys[i]);

		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

static int write_clear(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *value, struct sl_diags *d)
{
	int ret;

	(void)h, (void)value, (void)d;
	ret = clear_table(l, in, KNOWN);
	if (!ret)
		ret = clear_table(l, in, WAIT);
	if (!ret)
		ret = new_epoch(l, in);
	return ret ? ret : l->ops->state_clear(l, in->index);
}

static const struct sl_handler handlers[] = {
	{.name = "table",
	 .flags = SL_H_READ,
	 .help = "neighbours: IP address, 1 if valid, Ethernet address, seconds since the answer",
	 .read = read_table},
	SL_HANDLER_STATE("drops", struct arp_querier_state, drops,
			 "IP packets lost, those that became a query too"),
	SL_HANDLER_STATE("queries", struct arp_querier_state, queries, "queries sent"),
	SL_HANDLER_STATE("responses", struct arp_querier_state, responses,
			 "packets on input 1 that are long enough for ARP"),
	{.name = "stats",
	 .flags = SL_H_READ,
	 .help = "drops and queries in words",
	 .read = read_stats},
	{.name = "count",
	 .flags = SL_H_READ,
	 .help = "entries, those without an answer too",
	 .read = read_count},
	{.name = "length",
	 .flags = SL_H_READ,
	 .help = "always 0: no packets are saved",
	 .read = read_length},
	SL_HANDLER_RW("ipaddr", struct arp_querier_rw, ip, IP4, NULL, "one's own IP address"),
	SL_HANDLER_RW("broadcast", struct arp_querier_rw, broadcast, IP4, NULL,
		      "the subnet's broadcast address"),
	{.name = "insert",
	 .flags = SL_H_WRITE,
	 .help = "adds a neighbour: IP ETH",
	 .write = write_insert},
	{.name = "delete",
	 .flags = SL_H_WRITE,
	 .help = "forgets a neighbour: IP",
	 .write = write_delete},
	{.name = "clear",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "forgets all neighbours and counts",
	 .write = write_clear},
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
		"multicasts to their group's address (RFC 1112), 0.0.0.0 is dropped.\n\n"
		"At level xdp no packet can wait for an answer: one whose next hop is not known "
		"becomes the query itself (output 1, or 0 when there is only one), and those "
		"that come while no query is due are dropped (reason no-neighbour). There are at "
		"most 10 queries a second for an address, and one in two seconds after ten in "
		"vain. In the same way one packet a POLL_TIMEOUT becomes a query to a neighbour "
		"still known, so that it never times out: insert neighbours by the handler and "
		"set POLL_TIMEOUT 0 where even that must not be.\n\n"
		"What was looked up is used for 8 ticks of the kernel's clock (8 to 80 ms) "
		"without looking again, so an answer may be good for that much longer.\n\n"
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
	.tables = tables,
	.configure = configure,
	.init_rw = init_rw,
	.facts = facts,
	.weight = 600,
};
