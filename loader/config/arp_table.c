// SPDX-License-Identifier: GPL-2.0-only
/* The table of neighbours of an ARPQuerier or an ARPTable: sizes, layouts, handlers. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/arp_table.h"
#include "loader/config/config.h"
#include "loader/config/neigh.h"
#include "loader/mem.h"

/* Neighbours kept when ENTRY_CAPACITY does not say, and at least: the kernel's tables that forget
 * the longest unused work with batches of 128 entries a CPU. */
#define DEFAULT_ENTRIES 4096
#define MIN_ENTRIES 1024
#define MAX_ENTRIES (1u << 20)
#define WAITING 1024

enum { KNOWN, WAIT, SLOTS };

struct key {
	uint32_t ip;
};

static const struct sl_field key[] = {
	SL_FIELD(struct key, ip, IP4),
	SL_FIELDS_END,
};

static const struct sl_field slot[] = {
	SL_FIELD(struct arp_table_slot, front, U64),
	SL_FIELD(struct arp_table_slot, back, U64),
	SL_FIELD(struct arp_table_slot, tick, U64),
	SL_FIELDS_END,
};

const struct sl_table sl_arp_tables[] = {
	[KNOWN] = {.name = "arp",
		   .type = SL_TABLE_LRU,
		   .key_size = sizeof(struct key),
		   .value_size = sizeof(struct sl_neigh_known),
		   .entries_offset = offsetof(struct arp_table_conf, entries),
		   .key = key,
		   .value = sl_neigh_known_fields},
	[WAIT] = {.name = "arpwait",
		  .type = SL_TABLE_LRU,
		  .key_size = sizeof(struct key),
		  .value_size = sizeof(struct sl_neigh_wait),
		  .entries_offset = offsetof(struct arp_table_conf, waiting),
		  .key = key,
		  .value = sl_neigh_wait_fields},
	[SLOTS] = {.name = "arpslot",
		   .type = SL_TABLE_ARRAY,
		   .key_size = sizeof(uint32_t),
		   .value_size = sizeof(struct arp_table_slot),
		   .entries_offset = offsetof(struct arp_table_conf, slots),
		   .value = slot},
	{.name = NULL},
};

/* ---- Arguments -------------------------------------------------------------------------------*/

void sl_arp_table_unused(struct arp_table_conf *c)
{
	c->entries = 1;
	c->waiting = 1;
	c->slots = 1;
}

int sl_conf_arp_table(struct sl_conf *cf)
{
	struct arp_table_conf *c = cf->inst->conf;

	/* Ages are compared as signed numbers; 292 years are for ever. */
	if (c->timeout_ns > INT64_MAX)
		c->timeout_ns = 0;
	if (c->entries > MAX_ENTRIES) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "ENTRY_CAPACITY"), "bad-argument",
					   "ENTRY_CAPACITY: %" PRIu32 ": must be at most %u",
					   (uint32_t)c->entries, MAX_ENTRIES),
			     "0 is right for most networks");
		return -EINVAL;
	}
	if (!c->entries)
		c->entries = DEFAULT_ENTRIES;
	else if (c->entries < MIN_ENTRIES)
		c->entries = MIN_ENTRIES;
	c->waiting = WAITING;
	c->slots = ARP_TABLE_SLOTS;
	return 0;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

/* Whose table it works with. */
static const struct sl_inst *owner(const struct sl_inst *in)
{
	return in->n_uses ? in->uses[0] : in;
}

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
	const struct arp_table_conf *c = w->in->conf;
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

int sl_h_arp_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *args, FILE *out, struct sl_diags *d)
{
	static const uint8_t none[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint64_t now = l->ops->now_ns(l);
	struct walk at = {.l = l, .in = owner(in), .table = KNOWN};
	struct sl_neigh_known k;
	struct sl_neigh_wait w;

	(void)h, (void)args, (void)d;
	in = at.in;
	while (step(&at)) {
		if (l->ops->table_get(l, in->index, KNOWN, &at.ip, &k))
			continue;
		sl_value_print(SL_T_IP4, &at.ip.ip, NULL, out);
		fprintf(out, " %d ", arp_table_valid(in->conf, k.updated, now));
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

int sl_h_arp_count(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *args, FILE *out, struct sl_diags *d)
{
	struct walk at = {.l = l, .in = owner(in), .table = KNOWN};
	struct sl_neigh_known k;
	uint64_t n = 0;

	(void)h, (void)args, (void)d;
	in = at.in;
	while (step(&at))
		n++;
	at = (struct walk){.l = l, .in = in, .table = WAIT};
	while (step(&at))
		n += !!l->ops->table_get(l, in->index, KNOWN, &at.ip, &k);
	fprintf(out, "%" PRIu64, n);
	return 0;
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
	size_t at = offsetof(struct arp_table_rw, epoch);
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

int sl_h_arp_insert(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *value, struct sl_diags *d)
{
	const char *s = value, *why = "", *hint = "write 10.0.0.2 02:00:00:00:00:02";
	_free_ char *ip_text = sl_next_word(&s), *eth_text = sl_next_word(&s);
	_free_ char *more = sl_next_word(&s);
	struct sl_neigh_known k = {0};
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
	in = owner(in);
	k.updated = l->ops->now_ns(l);
	k.asked = k.updated - SL_NEIGH_SLOW_GAP_NS;
	ret = l->ops->table_set(l, in->index, KNOWN, &ip, &k);
	if (ret)
		return ret;
	ret = l->ops->table_del(l, in->index, WAIT, &ip);
	return ret && ret != -ENOENT ? ret : new_epoch(l, in);
}

int sl_h_arp_delete(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *value, struct sl_diags *d)
{
	const char *why = "";
	struct key ip;

	if (sl_parse_value(SL_T_IP4, value, l->program, in->elem, &ip.ip, &why))
		return refuse(in, h, value, why, "give an IP address", d);
	return forget(l, owner(in), &ip);
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

int sl_h_arp_clear(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *value, struct sl_diags *d)
{
	const struct sl_inst *table = owner(in);
	int ret;

	(void)h, (void)value, (void)d;
	ret = clear_table(l, table, KNOWN);
	if (!ret)
		ret = clear_table(l, table, WAIT);
	if (!ret)
		ret = new_epoch(l, table);
	return ret || !in->class->state_size ? ret : l->ops->state_clear(l, in->index);
}

/* No packets are saved, so none are lost here. */
int sl_h_arp_none(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		  const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)in, (void)h, (void)args, (void)d;
	fputc('0', out);
	return 0;
}
