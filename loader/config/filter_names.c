// SPDX-License-Identifier: GPL-2.0-only
/* Filter expressions: the names of header fields, protocols, ports, flags and ICMP types. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/filter.h"
#include "loader/config/icmp_names.h"
#include "loader/config/proto_names.h"

#define IN_IP(b, w)                                                                                \
	{                                                                                          \
		.proto = SL_FP_NONE, .bit = b, .width = w                                          \
	}

/* Words that say what is looked at. */
static const struct {
	const char *name;
	enum sl_ftype type;
	struct sl_filter_field field;
} qualifiers[] = {
	{"host", SL_FT_HOST, {0}},
	{"net", SL_FT_NET, {0}},
	{"proto", SL_FT_PROTO, {0}},
	{"port", SL_FT_PORT, {0}},
	{"opt", SL_FT_FLAGS, {0}},
	{"frag", SL_FT_FRAG, {0}},
	{"unfrag", SL_FT_UNFRAG, {0}},
	{"ect", SL_FT_ECT, {0}},
	{"ce", SL_FT_CE, {0}},
	{"vers", SL_FT_FIELD, IN_IP(0, 4)},
	{"hl", SL_FT_FIELD, IN_IP(4, 4)},
	{"tos", SL_FT_FIELD, IN_IP(8, 8)},
	{"dscp", SL_FT_FIELD, IN_IP(8, 6)},
	{"len", SL_FT_FIELD, IN_IP(16, 16)},
	{"id", SL_FT_FIELD, IN_IP(32, 16)},
	{"ttl", SL_FT_FIELD, IN_IP(64, 8)},
	{"type", SL_FT_FIELD, {.proto = 1, .bit = 0, .width = 8}},
	{"win", SL_FT_FIELD, {.proto = 6, .bit = 112, .width = 16}},
};

/* RFC 9293: bits of the flags byte. */
static const struct {
	const char *name;
	uint8_t bit;
} tcp_flags[] = {
	{"fin", 0x01}, {"syn", 0x02}, {"rst", 0x04}, {"psh", 0x08},
	{"ack", 0x10}, {"urg", 0x20}, {"ece", 0x40}, {"cwr", 0x80},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *sl_filter_proto_text(int proto, char buf[32])
{
	const char *name = proto >= 0 && proto <= UINT8_MAX ? sl_proto_name((uint8_t)proto) : NULL;

	if (proto == SL_FP_TCPUDP)
		return "tcpudp";
	if (proto == SL_FP_TRANSP)
		return "transp";
	if (name)
		return name;
	snprintf(buf, 32, "ip proto %d", proto);
	return buf;
}

/* What a word may be a name of. */
enum { N_PROTO, N_TCP, N_UDP, N_FLAG, N_ICMP, N_KINDS };

static const enum sl_ftype kind_type[N_KINDS] = {
	SL_FT_PROTO, SL_FT_PORT, SL_FT_PORT, SL_FT_FLAGS, SL_FT_FIELD,
};
static const char *const kind_text[N_KINDS] = {
	"ip proto", "tcp port", "udp port", "tcp opt", "icmp type",
};
static const struct sl_filter_field icmp_type = {.proto = 1, .bit = 0, .width = 8};

static bool proto_named(const char *word, uint32_t *out)
{
	uint8_t proto;

	if (!strcmp(word, "tcpudp"))
		*out = SL_FP_TCPUDP;
	else if (!strcmp(word, "transp"))
		*out = SL_FP_TRANSP;
	else if (sl_proto_named(word, &proto))
		*out = proto;
	else
		return false;
	return true;
}

static bool port_named(const struct sl_filter_text *t, const char *word, unsigned int proto,
		       uint32_t *out)
{
	const struct sl_program *p = t->cf->program;
	const struct sl_elem *e = t->cf->inst->elem;
	uint16_t port;

	/* The well-known list gives a name for one protocol; it is good for the other, too. */
	if (sl_names_port(p, e, word, proto, &port) && sl_names_port(p, e, word, 0, &port))
		return false;
	*out = port;
	return true;
}

/* Fills found[] and values[] by kind. */
static void find_names(const struct sl_filter_text *t, const char *word, bool found[N_KINDS],
		       uint32_t values[N_KINDS])
{
	uint8_t type = 0;

	found[N_PROTO] = proto_named(word, &values[N_PROTO]);
	found[N_TCP] = port_named(t, word, 6, &values[N_TCP]);
	found[N_UDP] = port_named(t, word, 17, &values[N_UDP]);
	for (size_t i = 0; i < COUNT(tcp_flags); i++) {
		if (!strcmp(tcp_flags[i].name, word)) {
			found[N_FLAG] = true;
			values[N_FLAG] = tcp_flags[i].bit;
		}
	}
	found[N_ICMP] = sl_icmp_type(word, &type);
	values[N_ICMP] = type;
}

static bool same_field(const struct sl_filter_field *a, const struct sl_filter_field *b)
{
	return a->proto == b->proto && a->ether == b->ether && a->bit == b->bit &&
	       a->width == b->width;
}

/* Whether a name of this kind fits a test of `type` on `proto`. */
static bool fits(int kind, enum sl_ftype type, int proto, const struct sl_filter_field *field)
{
	bool tcp = proto == SL_FP_NONE || proto == 6 || proto == SL_FP_TCPUDP;
	bool udp = proto == SL_FP_NONE || proto == 17 || proto == SL_FP_TCPUDP;

	switch (kind) {
	case N_PROTO:
		return type == SL_FT_NONE || type == SL_FT_PROTO;
	case N_TCP:
		return (type == SL_FT_NONE || type == SL_FT_PORT) && tcp;
	case N_UDP:
		return (type == SL_FT_NONE || type == SL_FT_PORT) && udp;
	case N_FLAG:
		return (type == SL_FT_NONE || type == SL_FT_FLAGS) && tcp;
	default:
		return (type == SL_FT_NONE ||
			(type == SL_FT_FIELD && same_field(field, &icmp_type))) &&
		       (proto == SL_FP_NONE || proto == 1);
	}
}

int sl_filter_name(struct sl_filter_text *t, size_t i, enum sl_ftype type, int proto,
		   const struct sl_filter_field *field, bool report, struct sl_filter_name *out)
{
	const char *word = t->words[i].text;
	bool found[N_KINDS] = {false}, negative;
	uint32_t values[N_KINDS] = {0};
	int fit = -1, n_fit = 0, n_found = 0;
	char list[120] = "";
	uint64_t number;

	if (sl_text_int(word, &negative, &number))
		return -ENOENT;
	for (size_t k = 0; type == SL_FT_NONE && k < COUNT(qualifiers); k++) {
		if (strcmp(qualifiers[k].name, word))
			continue;
		*out = (struct sl_filter_name){.type = qualifiers[k].type,
					       .qualifier = true,
					       .field = qualifiers[k].field};
		return 0;
	}
	find_names(t, word, found, values);
	for (int k = 0; k < N_KINDS; k++) {
		size_t len = strlen(list);

		if (!found[k])
			continue;
		n_found++;
		snprintf(list + len, sizeof(list) - len, "%s'%s %s'", len ? " or " : "",
			 kind_text[k], word);
		if (!fits(k, type, proto, field))
			continue;
		if (k == N_UDP && fit == N_TCP && values[N_TCP] == values[N_UDP])
			continue;
		fit = k;
		n_fit++;
	}
	if (!n_found)
		return -ENOENT;
	if (n_fit == 1) {
		*out = (struct sl_filter_name){
			.type = kind_type[fit],
			.value = values[fit],
			.field = fit == N_ICMP ? icmp_type : (struct sl_filter_field){0}};
		return 0;
	}
	if (report)
		sl_diag_hint(sl_filter_error(t, i,
					     n_fit ? "'%s' has more than one meaning"
						   : "'%s' has no meaning here",
					     word),
			     "say %s", list);
	return -EINVAL;
}
