// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StrideSwitch. */
#include <errno.h>
#include <inttypes.h>

#include "loader/element/element.h"
#include "bpf/element/stride_switch.h"

#define MAX_TICKETS 32768

static const struct sl_param params[] = {
	SL_PARAM_X("TICKETS", ARG, SL_P_POS | SL_P_REST, NULL,
		   "a number of tickets an output, 0 to 32768"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct stride_switch_conf, n_out, U8),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD_N(struct stride_switch_rw, stride, U32),
	SL_FIELD_N(struct stride_switch_rw, pass, U32),
	SL_FIELD_N(struct stride_switch_rw, turn, U32),
	SL_FIELD_N(struct stride_switch_rw, tickets, U32),
	SL_FIELD(struct stride_switch_rw, turns, U32),
	SL_FIELD(struct stride_switch_rw, last, U32),
	SL_FIELD_N(struct stride_switch_rw, zero, U32),
	SL_FIELDS_END,
};

static uint32_t stride_of(uint32_t tickets)
{
	return tickets ? STRIDE_SWITCH_ONE / tickets : 0;
}

static int read_tickets(struct sl_conf *cf, size_t i, uint32_t *tickets)
{
	const struct sl_arg *arg = cf->rest[i];
	const char *why = "";

	if (sl_parse_value(SL_T_U32, arg->text, cf->program, cf->inst->elem, tickets, &why)) {
		sl_diag_hint(
			sl_conf_error(cf, arg, "bad-argument", "TICKETS: '%s': %s", arg->text, why),
			"give a number from 0 to %d", MAX_TICKETS);
		return -EINVAL;
	}
	if (*tickets > MAX_TICKETS) {
		sl_conf_note(cf, arg, "too-many-tickets", "%" PRIu32 " tickets reduced to %d",
			     *tickets, MAX_TICKETS);
		*tickets = MAX_TICKETS;
	}
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct stride_switch_conf *c = cf->inst->conf;
	unsigned int n = cf->inst->elem->n_out;
	int ret = 0;

	if (n > STRIDE_SWITCH_PORTS) {
		sl_diag_hint(sl_conf_error(cf, NULL, "too-many-outputs", "more than %d outputs",
					   STRIDE_SWITCH_PORTS),
			     "put StrideSwitches behind a StrideSwitch");
		return -EINVAL;
	}
	if (cf->n_rest != n) {
		sl_diag_hint(sl_conf_error(cf, NULL, "bad-argument",
					   "TICKETS: need %u arguments, one an output", n),
			     "give each output its tickets");
		return -EINVAL;
	}
	c->n_out = (uint8_t)n;
	for (unsigned int i = 0; i < n && !ret; i++)
		ret = read_tickets(cf, i, &c->tickets[i]);
	return ret;
}

/* The first comes first where passes are equal. */
static void init_rw(const struct sl_inst *in, void *bytes)
{
	const struct stride_switch_conf *c = in->conf;
	struct stride_switch_rw *r = bytes;

	for (uint32_t i = 0; i < c->n_out; i++) {
		r->tickets[i] = c->tickets[i];
		r->stride[i] = stride_of(c->tickets[i]);
		r->pass[i] = r->stride[i];
	}
}

static int read_handler(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	struct stride_switch_rw r;
	int ret = l->ops->rw_get(l, in->index, &r, 0, sizeof(r));

	(void)args, (void)d;
	if (!ret)
		fprintf(out, "%" PRIu32, r.tickets[h->offset]);
	return ret;
}

/* A new one begins behind the one whose turn it is. */
static uint32_t first_pass(const struct stride_switch_rw *r, uint32_t n, uint32_t port)
{
	uint32_t least = 0;
	bool any = false;

	for (uint32_t i = 0; i < n; i++) {
		if (i == port || !r->stride[i] || (any && (int32_t)(r->pass[i] - least) >= 0))
			continue;
		least = r->pass[i];
		any = true;
	}
	return any ? least + r->stride[port] : r->last;
}

/* Word by word: packets go on changing the others. */
static int set_word(struct sl_live *l, const struct sl_inst *in, const struct stride_switch_rw *r,
		    const uint32_t *word)
{
	return l->ops->rw_set(l, in->index, word, (size_t)((const char *)word - (const char *)r),
			      sizeof(*word));
}

static int write_handler(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *value, struct sl_diags *d)
{
	const struct stride_switch_conf *c = in->conf;
	uint32_t tickets = 0, port = h->offset, before;
	struct stride_switch_rw r;
	const char *why = "";
	int ret;

	if (sl_parse_value(SL_T_U32, value, l->program, in->elem, &tickets, &why)) {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s",
						      h->name, value, why),
					     in->elem->name),
			     "give a number from 0 to %d", MAX_TICKETS);
		return -EINVAL;
	}
	if (tickets > MAX_TICKETS)
		tickets = MAX_TICKETS;
	ret = l->ops->rw_get(l, in->index, &r, 0, sizeof(r));
	if (ret)
		return ret;
	before = r.stride[port];
	r.stride[port] = stride_of(tickets);
	r.tickets[port] = tickets;
	if (!before && tickets) {
		r.pass[port] = first_pass(&r, c->n_out, port);
		r.turn[port] = ++r.turns;
		ret = set_word(l, in, &r, &r.pass[port]);
		ret = ret ? ret : set_word(l, in, &r, &r.turn[port]);
		ret = ret ? ret : set_word(l, in, &r, &r.turns);
	}
	ret = ret ? ret : set_word(l, in, &r, &r.tickets[port]);
	return ret ? ret : set_word(l, in, &r, &r.stride[port]);
}

#define TICKETS(k)                                                                                 \
	{                                                                                          \
		.name = "tickets" #k, .flags = SL_H_READ | SL_H_WRITE | SL_H_PORT,                 \
		.help = "the output's tickets; writing acts at once", .read = read_handler,        \
		.write = write_handler, .offset = k                                                \
	}
#define TICKETS8(a, b, c, d, e, f, g, h)                                                           \
	TICKETS(a), TICKETS(b), TICKETS(c), TICKETS(d), TICKETS(e), TICKETS(f), TICKETS(g),        \
		TICKETS(h)

static const struct sl_handler handlers[] = {
	TICKETS8(0, 1, 2, 3, 4, 5, 6, 7),
	TICKETS8(8, 9, 10, 11, 12, 13, 14, 15),
	TICKETS8(16, 17, 18, 19, 20, 21, 22, 23),
	TICKETS8(24, 25, 26, 27, 28, 29, 30, 31),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_stride_switch = {
	.spec = {.name = "StrideSwitch", .ports = "1/1-", .processing = "h"},
	.base = "stride_switch",
	.summary = "packets leave by the outputs in proportion to their tickets",
	.help = "Each packet leaves by the next output of a stride schedule; one without tickets "
		"gets none, and if none has any all packets are dropped. There is one schedule "
		"for all CPUs. It has at most 32 outputs.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct stride_switch_conf),
	.conf = conf,
	.rw_size = sizeof(struct stride_switch_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
	.weight = 120,
};
