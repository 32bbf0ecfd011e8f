// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6NDSolicitor: tables, and which links need no neighbour discovery. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/behind.h"
#include "loader/config/config.h"
#include "loader/config/neigh.h"
#include "loader/element/facts.h"
#include "bpf/element/ip6_nd_solicitor.h"

/* Neighbours kept, and asked for: the kernel's tables that forget the longest unused work with
 * batches of 128 entries a CPU. */
#define ENTRIES 4096
#define WAITING 1024

enum { KNOWN, WAIT };

static const struct sl_param params[] = {
	SL_PARAM("IP", IP6, SL_P_REQ | SL_P_POS, NULL, struct ip6_nd_solicitor_conf, ip,
		 "one's own IPv6 address, the source of solicitations"),
	SL_PARAM("ETH", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ip6_nd_solicitor_conf, eth,
		 "one's own Ethernet address"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ip6_nd_solicitor_conf, ip, IP6),
	SL_VALUE(struct ip6_nd_solicitor_conf, eth, ETHER),
	SL_FIELD(struct ip6_nd_solicitor_conf, constant, BOOL),
	SL_FIELD(struct ip6_nd_solicitor_conf, query_port, U8),
	SL_VALUE(struct ip6_nd_solicitor_conf, peer, ETHER),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct ip6_nd_solicitor_state, queries, U64),
	SL_FIELD(struct ip6_nd_solicitor_state, responses, U64),
	SL_FIELD(struct ip6_nd_solicitor_state, drops, U64),
	SL_FIELDS_END,
};

struct key {
	uint32_t ip[4];
};

static const struct sl_field key[] = {
	SL_FIELD(struct key, ip, IP6),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	[KNOWN] = {.name = "nd",
		   .type = SL_TABLE_LRU,
		   .key_size = sizeof(struct key),
		   .value_size = sizeof(struct sl_neigh_known),
		   .entries_offset = offsetof(struct ip6_nd_solicitor_conf, entries),
		   .key = key,
		   .value = sl_neigh_known_fields},
	[WAIT] = {.name = "ndwait",
		  .type = SL_TABLE_LRU,
		  .key_size = sizeof(struct key),
		  .value_size = sizeof(struct sl_neigh_wait),
		  .entries_offset = offsetof(struct ip6_nd_solicitor_conf, waiting),
		  .key = key,
		  .value = sl_neigh_wait_fields},
	{.name = NULL},
};

static int configure(struct sl_conf *cf)
{
	struct ip6_nd_solicitor_conf *c = cf->inst->conf;
	const struct sl_device *dev;
	int ret;

	if (sl_ip6_unset(c->ip) || sl_ip6_multicast(c->ip)) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "IP"), "bad-argument",
					   "IP: '%s' is no address of one's own",
					   sl_conf_arg(cf, "IP")->text),
			     "give the device's address, best the one that begins with fe80:");
		return -EINVAL;
	}
	c->query_port = cf->inst->elem->n_out > 1;
	c->entries = ENTRIES;
	c->waiting = WAITING;
	ret = sl_ip_link_behind(cf->program, cf->inst, 0, &dev);
	if (ret)
		return ret;
	if (!dev) {
		sl_diag_hint(sl_conf_note(cf, NULL, "no-waiting",
					  "packets whose next hop is not known yet are lost: one "
					  "becomes the solicitation"),
			     "keeping packets needs level afxdp");
		return 0;
	}
	c->constant = 1;
	memcpy(c->peer, dev->peer, sizeof(c->peer));
	c->entries = 1;
	c->waiting = 1;
	return 0;
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
	const struct ip6_nd_solicitor_conf *c = w->in->conf;
	struct key prev = w->ip;

	if (w->n >= 2 * (w->table == KNOWN ? c->entries : c->waiting))
		return false;
	return !w->l->ops->table_next(w->l, w->in->index, w->table, w->n++ ? &prev : NULL, &w->ip);
}

static void print_neighbour(const struct key *ip, bool valid, const uint8_t eth[6], FILE *out)
{
	sl_value_print(SL_T_IP6, ip->ip, NULL, out);
	fprintf(out, " %d ", valid);
	sl_value_print(SL_T_ETHER, eth, NULL, out);
	fputc('\n', out);
}

static int read_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	static const uint8_t none[6];
	uint64_t now = l->ops->now_ns(l);
	struct walk at = {.l = l, .in = in, .table = KNOWN};
	struct sl_neigh_known k;

	(void)h, (void)args, (void)d;
	while (step(&at)) {
		if (!l->ops->table_get(l, in->index, KNOWN, &at.ip, &k))
			print_neighbour(&at.ip, ip6_nd_solicitor_valid(&k, now), k.eth, out);
	}
	at = (struct walk){.l = l, .in = in, .table = WAIT};
	while (step(&at)) {
		if (l->ops->table_get(l, in->index, KNOWN, &at.ip, &k))
			print_neighbour(&at.ip, false, none, out);
	}
	return 0;
}

static int read_stats(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct ip6_nd_solicitor_state st = {0};
	int ret = l->ops->state(l, in->index, &st, sizeof(st));

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out,
			"%" PRIu64 " packets killed\n%" PRIu64 " ND Solicitation Message sent\n",
			(uint64_t)st.drops, (uint64_t)st.queries);
	return ret;
}

static const struct sl_handler handlers[] = {
	{.name = "table",
	 .flags = SL_H_READ,
	 .help = "neighbours: IPv6 address, 1 if valid, Ethernet address",
	 .read = read_table},
	{.name = "stats",
	 .flags = SL_H_READ,
	 .help = "packets lost and solicitations sent, in words",
	 .read = read_stats},
	SL_HANDLER_STATE("drops", struct ip6_nd_solicitor_state, drops,
			 "IPv6 packets lost, those that became a solicitation too"),
	SL_HANDLER_STATE("queries", struct ip6_nd_solicitor_state, queries, "solicitations sent"),
	SL_HANDLER_STATE("responses", struct ip6_nd_solicitor_state, responses,
			 "packets on input 1"),
	SL_HANDLERS_END,
};

/* An IPv6 packet gets a header in front; a solicitation is a new packet, in the place of the old
 * one. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct ip6_nd_solicitor_conf *c = in->conf;

	if (port == 1 || (c->constant && out))
		return false;
	if (!c->constant) {
		*f = sl_facts_none();
		return true;
	}
	sl_facts_push(f, sizeof(struct sl_eth));
	f->mac = f->off;
	f->nh = f->off == SL_ANY ? SL_ANY : f->off + sizeof(struct sl_eth);
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	return true;
}

const struct sl_class sl_class_ip6_nd_solicitor = {
	.spec = {.name = "IP6NDSolicitor", .ports = "2/1-2", .processing = "h", .flow = "xy/x"},
	.base = "ip6_nd_solicitor",
	.summary = "puts IPv6 packets into Ethernet frames, asking for neighbours",
	.help = "Input 0 takes IPv6 packets with the next hop in the destination address "
		"annotation, input 1 neighbour advertisements as Ethernet frames. A packet whose "
		"next hop is known leaves by output 0 in a frame to it; multicasts go to their "
		"group's address (RFC 2464 7), `::` is dropped.\n\n"
		"At level xdp no packet can wait for an answer: one whose next hop is not known "
		"becomes the solicitation itself (output 1, or 0 when there is only one), and "
		"those that come while none is due are dropped (reason no-neighbour). There are "
		"at most 10 solicitations a second for an address, and one in two seconds after "
		"ten in vain. In the same way one packet a minute becomes a solicitation to a "
		"neighbour still known, whose address is good for two minutes.\n\n"
		"Advertisements are checked as RFC 4861 7.1.2 says (hop limit 255, code, "
		"checksum, target, options), and one is believed only about an address that was "
		"asked for or is known; of the latter, only with the flag Override is another "
		"Ethernet address taken. One that nobody solicited makes the next packet ask.\n\n"
		"In front of a device that carries only IP there is nobody to ask: every packet "
		"goes to the far end's synthetic address, and the tables stay empty.",
	.flags = SL_C_PORT,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip6_nd_solicitor_conf),
	.conf = conf,
	.state_size = sizeof(struct ip6_nd_solicitor_state),
	.state = state,
	.tables = tables,
	.configure = configure,
	.facts = facts,
	.weight = 2500,
};
