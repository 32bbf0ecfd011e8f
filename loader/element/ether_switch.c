// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EtherSwitch. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/config.h"
#include "loader/element/facts.h"
#include "bpf/element/ether_switch.h"

#define ENTRIES 8192

static const struct sl_param params[] = {
	SL_PARAM_X("TIMEOUT", NS, 0, "300",
		   "how long a station is known after its last frame; 0: nothing is learned"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ether_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct ether_switch_rw, timeout_ns, U64),
	SL_FIELDS_END,
};

static const struct sl_field key[] = {
	SL_FIELD(struct ether_switch_key, addr, ETHER),
	{"zero", SL_K_BYTES, offsetof(struct ether_switch_key, zero), 2, false},
	SL_FIELDS_END,
};

static const struct sl_field entry[] = {
	SL_FIELD(struct ether_switch_entry, seen, U64),
	SL_FIELD(struct ether_switch_entry, port, U32),
	SL_FIELD(struct ether_switch_entry, zero, U32),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	{.name = "stations",
	 .type = SL_TABLE_LRU,
	 .key_size = sizeof(struct ether_switch_key),
	 .value_size = sizeof(struct ether_switch_entry),
	 .entries = ENTRIES,
	 .key = key,
	 .value = entry},
	{.name = NULL},
};

/* Ages are compared as signed numbers; 292 years are the longest. */
static uint64_t bounded(uint64_t ns)
{
	return ns > INT64_MAX ? INT64_MAX : ns;
}

static int configure(struct sl_conf *cf)
{
	((struct ether_switch_conf *)cf->inst->conf)->n_out = (uint8_t)cf->inst->elem->n_out;
	return 0;
}

static bool copies(const struct sl_program *p, const struct sl_inst *in)
{
	(void)p;
	return in->elem->n_out > 2;
}

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct ether_switch_rw *r = bytes;
	uint64_t ns = 0;

	sl_inst_param(in, "TIMEOUT", &ns);
	r->timeout_ns = bounded(ns);
}

/* A walk over a table that packets change has an end of its own. */
static int read_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct ether_switch_key at = {{0}, {0}}, prev;
	struct ether_switch_entry e;

	(void)h, (void)args, (void)d;
	for (uint32_t n = 0; n < 2 * ENTRIES; n++) {
		prev = at;
		if (l->ops->table_next(l, in->index, 0, n ? &prev : NULL, &at))
			break;
		if (l->ops->table_get(l, in->index, 0, &at, &e))
			continue;
		sl_value_print(SL_T_ETHER, at.addr, l->program, out);
		fprintf(out, " %" PRIu32 "\n", (uint32_t)e.port);
	}
	return 0;
}

static int read_timeout(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t ns = 0;
	int ret = l->ops->rw_get(l, in->index, &ns, 0, sizeof(ns));

	(void)h, (void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu64, ns / 1000000000);
	return ret;
}

static int write_timeout(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *value, struct sl_diags *d)
{
	const char *why = "";
	uint64_t ns = 0;

	if (sl_parse_value(SL_T_NS, value, l->program, in->elem, &ns, &why)) {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s",
						      h->name, value, why),
					     in->elem->name),
			     "give a time such as 300 or 5m");
		return -EINVAL;
	}
	ns = bounded(ns);
	return l->ops->rw_set(l, in->index, &ns, 0, sizeof(ns));
}

static const struct sl_handler handlers[] = {
	{.name = "table",
	 .flags = SL_H_READ,
	 .help = "stations known: Ethernet address, port",
	 .read = read_table},
	{.name = "timeout",
	 .flags = SL_H_READ | SL_H_WRITE,
	 .help = "how long a station is known, seconds; writing acts at once",
	 .read = read_timeout,
	 .write = write_timeout},
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in;
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	return port != out;
}

const struct sl_class sl_class_ether_switch = {
	.spec = {.name = "EtherSwitch", .ports = "2-/=", .processing = "h", .flow = "#/[^#]"},
	.base = "ether_switch",
	.summary = "a learning Ethernet bridge",
	.help = "Learns from source addresses which station is behind which port. A frame "
		"for a station leaves by its port; if that is the one it came in by, it is "
		"dropped. Of frames for many and for stations that are not known a copy "
		"leaves by every port but that, by the highest first. A station not heard "
		"of for TIMEOUT is forgotten; with a TIMEOUT of 0 nothing is learned. At "
		"most 8192 stations are known, those heard of last.\n\nWith two ports "
		"nothing is copied. Otherwise the platform makes the copies: for N outputs "
		"it copies the frame in two N - 1 times. Each copy is charged to the "
		"tenant and may be lost like any frame (counted as copy). One frame may "
		"become 64 at the most, with what is copied behind the ports: a graph that "
		"could make more of it is refused.\n\nA station that is heard all the time "
		"is noted once a second, or four times in a TIMEOUT.",
	.flags = SL_C_PORT | SL_C_COPY | SL_C_ANY | SL_C_LAST_FIRST | SL_C_PLAIN | SL_C_READS,
	.handlers = handlers,
	.params = params,
	.conf_size = sizeof(struct ether_switch_conf),
	.conf = conf,
	.rw_size = sizeof(struct ether_switch_rw),
	.rw = rw,
	.tables = tables,
	.configure = configure,
	.copies = copies,
	.init_rw = init_rw,
	.facts = facts,
	.weight = 80,
};
