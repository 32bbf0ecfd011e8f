// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPRateMonitor: its rows as a tree, read, tidied and reset. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/config/rate.h"
#include "loader/mem.h"
#include "bpf/element/ip_rate_monitor.h"

/* What a row takes, about, with what the kernel needs to find it; and how many there may be. */
#define ROW_BYTES 128
#define MOST_ROWS 16384
#define ROWS_PER_KB (1024 / ROW_BYTES)
#define LEAST_KB 100
#define LEVELS IP_RATE_MONITOR_LEVELS

static const struct sl_param params[] = {
	SL_PARAM_X("TYPE", ARG, SL_P_REQ | SL_P_POS, NULL, "PACKETS or BYTES: what is counted"),
	SL_PARAM("RATIO", PROB, SL_P_REQ | SL_P_POS, NULL, struct ip_rate_monitor_conf, ratio,
		 "the probability that a packet counts"),
	SL_PARAM(
		"THRESH", U32, SL_P_REQ | SL_P_POS, NULL, struct ip_rate_monitor_conf, thresh,
		"packets or bytes a second from which on a network is divided, as if RATIO were 1"),
	SL_PARAM_X("MEMORY", U32, SL_P_POS, "0",
		   "kilobytes for networks, 100 at least; 0 or more than 2048: 2048"),
	SL_PARAM("ANNO", BOOL, SL_P_POS, "true", struct ip_rate_monitor_conf, anno,
		 "whether packets are annotated with the rates"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ip_rate_monitor_conf, bytes, BOOL),
	SL_FIELD(struct ip_rate_monitor_conf, anno, BOOL),
	SL_FIELD(struct ip_rate_monitor_conf, ratio, U32),
	SL_FIELD(struct ip_rate_monitor_conf, thresh, U32),
	SL_FIELD(struct ip_rate_monitor_conf, capacity, U32),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct ip_rate_monitor_rw, since, U64),
	SL_FIELD(struct ip_rate_monitor_rw, tidied, U64),
	SL_FIELD(struct ip_rate_monitor_rw, thresh, U64),
	SL_FIELDS_END,
};

static const struct sl_field key[] = {
	SL_FIELD(struct ip_rate_monitor_key, prefix, U32),
	SL_FIELD(struct ip_rate_monitor_key, level, U32),
	SL_FIELDS_END,
};

static const struct sl_field value[] = {
	SL_FIELD(struct ip_rate_monitor_row, epoch, U64),
	SL_FIELD_N(struct ip_rate_monitor_row, count, U64),
	SL_FIELD_N(struct ip_rate_monitor_row, avg, U64),
	SL_FIELD(struct ip_rate_monitor_row, open, U64),
	SL_FIELD(struct ip_rate_monitor_row, until, U64),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	{.name = "rates",
	 .type = SL_TABLE_HASH,
	 .key_size = sizeof(struct ip_rate_monitor_key),
	 .value_size = sizeof(struct ip_rate_monitor_row),
	 .entries_offset = offsetof(struct ip_rate_monitor_conf, capacity),
	 .key = key,
	 .value = value},
	{.name = NULL},
};

static int configure(struct sl_conf *cf)
{
	struct ip_rate_monitor_conf *c = cf->inst->conf;
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE");
	const struct sl_elem *e = cf->inst->elem;
	uint32_t kb = 0;

	if (type && strcasecmp(type->text, "PACKETS") && strcasecmp(type->text, "BYTES")) {
		sl_diag_hint(sl_conf_error(cf, type, "bad-argument",
					   "TYPE: '%s': neither PACKETS nor BYTES", type->text),
			     "say what is to be counted");
		return -EINVAL;
	}
	if (e->n_in > e->n_out) {
		sl_diag_hint(sl_conf_error(cf, NULL, "too-few-outputs",
					   "input 1 is connected, output 1 is not"),
			     "what comes by input 1 leaves by output 1");
		return -EINVAL;
	}
	c->bytes = type && !strcasecmp(type->text, "BYTES");
	c->thresh = (uint32_t)((uint64_t)c->thresh * c->ratio / IP_RATE_MONITOR_ALWAYS);
	sl_inst_param(cf->inst, "MEMORY", &kb);
	if (kb && kb < LEAST_KB)
		kb = LEAST_KB;
	if (!kb || kb > MOST_ROWS / ROWS_PER_KB)
		kb = MOST_ROWS / ROWS_PER_KB;
	c->capacity = kb * ROWS_PER_KB;
	return 0;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	const struct ip_rate_monitor_conf *c = in->conf;
	struct ip_rate_monitor_rw *w = bytes;

	w->thresh = c->thresh;
}

/* ---- The tree --------------------------------------------------------------------------------*/

struct entry {
	struct ip_rate_monitor_key key;
	struct ip_rate_monitor_row row;
};

struct entries {
	struct entry *e;
	size_t n, cap;
	uint64_t now;
};

static void entries_free(struct entries *s)
{
	free(s->e);
}

/* Networks before what is inside of them, and by their addresses. */
static int by_place(const void *a, const void *b)
{
	const struct ip_rate_monitor_key *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return (x->level > y->level) - (x->level < y->level);
}

/* All rows that can be reached, with their rates as they are now; the others are taken away with
 * `tidy`. A walk whose key goes away under it begins again, so it has an end of its own. */
static int entries_read(struct sl_live *l, const struct sl_inst *in, bool tidy, struct entries *s)
{
	const struct ip_rate_monitor_row *above[LEVELS] = {NULL};
	struct ip_rate_monitor_key at, next, path[LEVELS];
	size_t n = 0;

	s->now = l->ops->now_ns(l) / IP_RATE_MONITOR_EPOCH_NS;
	for (uint32_t i = 0; i < 2 * MOST_ROWS; i++) {
		struct entry e = {0};

		if (l->ops->table_next(l, in->index, 0, i ? &at : NULL, &next))
			break;
		at = e.key = next;
		if (l->ops->table_get(l, in->index, 0, &at, &e.row) || at.level >= LEVELS)
			continue;
		if (SL_GROW(s->e, s->n, s->cap) < 0)
			return -ENOMEM;
		s->e[s->n++] = e;
	}
	if (s->n)
		qsort(s->e, s->n, sizeof(s->e[0]), by_place);
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->e[i];
		uint32_t up = e->key.level - 1;

		if (n && !by_place(&s->e[n - 1].key, &e->key))
			continue;
		if (e->key.level &&
		    (!above[up] || !above[up]->open ||
		     path[up].prefix != ip_rate_monitor_prefix(e->key.prefix, up))) {
			if (tidy)
				l->ops->table_del(l, in->index, 0, &e->key);
			continue;
		}
		ip_rate_monitor_count(&e->row, s->now, 0, 0);
		s->e[n] = *e;
		path[e->key.level] = e->key;
		above[e->key.level] = &s->e[n++].row;
		for (uint32_t k = e->key.level + 1; k < LEVELS; k++)
			above[k] = NULL;
	}
	s->n = n;
	return 0;
}

/* Closes a row, and keeps it closed until then. What packets count meanwhile may be lost. */
static int close_row(struct sl_live *l, const struct sl_inst *in,
		     const struct ip_rate_monitor_key *k, uint64_t until)
{
	struct ip_rate_monitor_row row;
	int ret = l->ops->table_get(l, in->index, 0, k, &row);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	row.open = 0;
	row.until = until > row.until ? until : row.until;
	return l->ops->table_set(l, in->index, 0, k, &row);
}

/* Once a second: networks that are no longer busy are not divided any more. */
static int due(struct sl_live *l, const struct sl_inst *in, uint32_t *calls)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	struct ip_rate_monitor_rw w;
	int ret = l->ops->rw_get(l, in->index, &w, 0, sizeof(w));

	(void)calls;
	s.now = l->ops->now_ns(l) / IP_RATE_MONITOR_EPOCH_NS;
	if (ret || sl_since(s.now, (uint64_t)w.tidied) < IP_RATE_MONITOR_EPOCHS)
		return ret;
	w.tidied = s.now;
	ret = l->ops->rw_set(l, in->index, &w.tidied, offsetof(struct ip_rate_monitor_rw, tidied),
			     sizeof(w.tidied));
	if (!ret)
		ret = entries_read(l, in, true, &s);
	for (size_t i = 0; i < s.n && !ret; i++) {
		const struct ip_rate_monitor_row *row = &s.e[i].row;

		if (row->open && ip_rate_monitor_rate(row->avg[0]) < w.thresh &&
		    ip_rate_monitor_rate(row->avg[1]) < w.thresh)
			ret = close_row(l, in, &s.e[i].key, 0);
	}
	return ret;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static void print_rate(uint64_t avg, FILE *out)
{
	fputc('\t', out);
	sl_thousandths_print(avg * IP_RATE_MONITOR_EPOCHS * 1000 >> IP_RATE_MONITOR_SCALE, out);
}

static int read_look(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	struct ip_rate_monitor_rw w;
	int ret = entries_read(l, in, false, &s);

	(void)h, (void)args, (void)d;
	if (!ret)
		ret = l->ops->rw_get(l, in->index, &w, 0, sizeof(w));
	if (ret)
		return ret;
	fprintf(out, "%" PRIu64 "\n",
		w.since ? sl_since(s.now, (uint64_t)w.since) * 100 / IP_RATE_MONITOR_EPOCHS : 0);
	for (size_t i = 0; i < s.n; i++) {
		const struct entry *e = &s.e[i];

		if (!e->row.avg[0] && !e->row.avg[1])
			continue;
		for (uint32_t k = 0; k < e->key.level; k++)
			fputc('\t', out);
		for (uint32_t k = 0; k <= e->key.level; k++)
			fprintf(out, "%s%u", k ? "." : "", e->key.prefix >> (24 - 8 * k) & 255);
		print_rate(e->row.avg[0], out);
		print_rate(e->row.avg[1], out);
		fputc('\n', out);
	}
	return 0;
}

static int read_mem(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *args, FILE *out, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	int ret = entries_read(l, in, false, &s);

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out, "%zu", s.n * ROW_BYTES);
	return ret;
}

static int read_conf(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	const struct ip_rate_monitor_conf *c = in->conf;

	(void)l, (void)args, (void)d;
	fprintf(out, "%" PRIu32, h->name[0] == 't' ? c->thresh : c->capacity * ROW_BYTES);
	return 0;
}

static int reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *text, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	int ret = entries_read(l, in, true, &s);
	uint64_t since = s.now;

	(void)h, (void)text, (void)d;
	for (size_t i = 0; i < s.n && !ret; i++) {
		ret = l->ops->table_del(l, in->index, 0, &s.e[i].key);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret ? ret
		   : l->ops->rw_set(l, in->index, &since,
				    offsetof(struct ip_rate_monitor_rw, since), sizeof(since));
}

static int bad_rule(const struct sl_inst *in, struct sl_diags *d, const char *text)
{
	struct sl_diag *diag =
		sl_error(d, SL_NOPOS, "bad-value", "anno_level: '%s': no such rule", text);

	sl_diag_element(diag, in->elem->name);
	sl_diag_hint(diag, "write ADDRESS LEVEL SECONDS, with a level of 0 to 3: 10.1.0.0 1 60");
	return -EINVAL;
}

/* "ADDRESS LEVEL SECONDS", or with commas between them. */
static int read_rule(const struct sl_inst *in, const struct sl_live *l, const char *text,
		     uint32_t v[3])
{
	_free_ char *copy = strdup(text);
	const char *s = copy, *why;

	if (!copy)
		return -ENOMEM;
	for (char *c = copy; *c; c++)
		*c = *c == ',' ? ' ' : *c;
	for (int i = 0; i < 3; i++) {
		_free_ char *word = sl_next_word(&s);

		if (!word || sl_parse_value(i ? SL_T_U32 : SL_T_IP4, word, l->program, in->elem,
					    &v[i], &why))
			return -EINVAL;
	}
	return *s || v[1] >= LEVELS || !v[2] ? -EINVAL : 0;
}

static int write_level(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *text, struct sl_diags *d)
{
	SL_CLEANUP(entries_free) struct entries s = {0};
	struct ip_rate_monitor_key k;
	uint32_t v[3];
	int ret = read_rule(in, l, text, v);

	(void)h;
	if (ret)
		return ret == -EINVAL ? bad_rule(in, d, text) : ret;
	ret = entries_read(l, in, true, &s);
	if (ret)
		return ret;
	k = (struct ip_rate_monitor_key){ip_rate_monitor_prefix(sl_ntohl(v[0]), v[1]), v[1]};
	ret = close_row(l, in, &k, s.now + (uint64_t)v[2] * IP_RATE_MONITOR_EPOCHS);
	/* What was inside must not be there when it is divided again. */
	for (size_t i = 0; i < s.n && !ret; i++) {
		const struct ip_rate_monitor_key *e = &s.e[i].key;

		if (e->level > k.level && ip_rate_monitor_prefix(e->prefix, k.level) == k.prefix)
			l->ops->table_del(l, in->index, 0, e);
	}
	return ret;
}

static const struct sl_handler handlers[] = {
	{.name = "look",
	 .flags = SL_H_READ,
	 .help = "hundredths of a second since the first packet or the last reset; then a line for "
		 "each network, those inside of others behind them and indented: address, rate of "
		 "packets from it by input 0, of packets to it by input 1",
	 .read = read_look},
	{.name = "thresh", .flags = SL_H_READ, .help = "THRESH times RATIO", .read = read_conf},
	{.name = "mem", .flags = SL_H_READ, .help = "bytes that networks take", .read = read_mem},
	{.name = "memmax",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "bytes they may take; written as MEMORY",
	 .read = read_conf,
	 .write = sl_h_param_set,
	 .param = "MEMORY"},
	{.name = "anno_level",
	 .flags = SL_H_WRITE,
	 .help = "ADDRESS LEVEL SECONDS: the network of that address with 8 (level 0) to 32 (level "
		 "3) bits is not divided for so long; what it was divided into is forgotten",
	 .write = write_level},
	{.name = "reset",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "forgets all rates",
	 .write = reset},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_rate_monitor = {
	.spec = {.name = "IPRateMonitor", .ports = "1-2/1-2", .processing = "a"},
	.base = "ip_rate_monitor",
	.summary = "measures rates of IP traffic from and to networks, closer where there is more",
	.help = "Packets on input 0 count for their source, those on input 1 for their "
		"destination, and leave by the output of the same number. Rates are kept for "
		"networks of 8 bits; one that has THRESH packets or bytes a second or more, in "
		"either direction, is divided into those of 8 bits more that packets are of, down "
		"to single addresses. Bytes are those of the IP packets. A rate is a moving "
		"average in which 8 ms weigh a thirty-second.\n\n"
		"With ANNO the rates of the smallest network that is kept of the address are put "
		"into the annotations at 20 (forward) and 24 (reverse), which are the aggregate's "
		"and the extra packets'.\n\n"
		"Different from Click: once a second, what has become slower than THRESH in both "
		"directions is no longer divided (the daemon does that), whatever memory there is. "
		"There is no unlimited memory, and where it is used up, a network that has no "
		"place is not counted and not annotated. A rate of nothing goes down to 0.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_PORT,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_rate_monitor_conf),
	.conf = conf,
	.rw_size = sizeof(struct ip_rate_monitor_rw),
	.rw = rw,
	.tables = tables,
	.configure = configure,
	.init_rw = init_rw,
	.due = due,
	.weight = 2500,
};
