// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6NDAdvertiser: the table of addresses becomes a function. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "bpf/element/ip6_nd_advertiser.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ENTRY", ARG, SL_P_REST, NULL,
		   "IP6[/LEN] [IP6[/LEN]...] ETH: solicitations for these addresses are answered "
		   "with ETH"),
	SL_PARAMS_END,
};

struct entry {
	struct sl_prefix6 net; /* host bits cleared */
	uint8_t eth[6];
};

struct table {
	struct entry *list; /* longer prefixes first; of equal ones, the last given */
	size_t n, cap;
};

/* Puts an entry in its place. 0 or -ENOMEM. */
static int table_add(struct table *t, const struct entry *e)
{
	size_t at = 0;

	if (SL_GROW(t->list, t->n, t->cap))
		return -ENOMEM;
	while (at < t->n && t->list[at].net.len > e->net.len)
		at++;
	memmove(&t->list[at + 1], &t->list[at], (t->n - at) * sizeof(*t->list));
	t->list[at] = *e;
	t->n++;
	return 0;
}

static void table_free(struct table *t)
{
	free(t->list);
	*t = (struct table){0};
}

/* A name with both is the network, as in Click. */
static int parse_net(struct sl_conf *cf, const char *word, struct sl_prefix6 *out)
{
	const char *why;

	if (sl_parse_value(SL_T_IP6PREFIX, word, cf->program, cf->inst->elem, out, &why)) {
		out->len = 128;
		if (sl_parse_value(SL_T_IP6, word, cf->program, cf->inst->elem, out->addr, &why))
			return -EINVAL;
	}
	sl_prefix6_cut(out);
	return 0;
}

/* Adds what one argument says. 0, -ENOMEM, or -EINVAL with *why. */
static int read_entry(struct sl_conf *cf, const char *text, struct table *t, const char **why)
{
	SL_CLEANUP(table_free) struct table added = {0};
	uint8_t eth[6];
	bool have_eth = false;

	for (const char *s = text;;) {
		_free_ char *word = sl_next_word(&s);
		struct entry e = {0};
		const char *ignored;

		if (!word && *s)
			return -ENOMEM;
		if (!word)
			break;
		if (!parse_net(cf, word, &e.net)) {
			if (table_add(&added, &e))
				return -ENOMEM;
			continue;
		}
		if (have_eth) {
			*why = "more than one Ethernet address";
			return -EINVAL;
		}
		if (sl_parse_value(SL_T_ETHER, word, cf->program, cf->inst->elem, eth, &ignored)) {
			*why = "expected IP6/LEN [IP6/LEN...] ETH";
			return -EINVAL;
		}
		have_eth = true;
	}
	if (!added.n || !have_eth) {
		*why = added.n ? "an Ethernet address is missing" : "an IPv6 address is missing";
		return -EINVAL;
	}
	for (size_t i = 0; i < added.n; i++) {
		memcpy(added.list[i].eth, eth, sizeof(eth));
		if (table_add(t, &added.list[i]))
			return -ENOMEM;
	}
	return 0;
}

static int configure(struct sl_conf *cf)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	cf->inst->priv = t;
	for (size_t i = 0; i < cf->n_rest; i++) {
		const char *why = "";
		int ret = read_entry(cf, cf->rest[i]->text, t, &why);

		if (ret == -ENOMEM)
			return ret;
		if (ret)
			sl_diag_hint(sl_conf_error(cf, cf->rest[i], "bad-argument", "'%s': %s",
						   cf->rest[i]->text, why),
				     "write fe80::1 2001:db8::/64 02:00:00:00:00:01");
	}
	return 0;
}

static void release(struct sl_inst *in)
{
	if (in->priv)
		table_free(in->priv);
	free(in->priv);
}

/* Whether `a` is in the network: words of which no bit counts are left out. */
static void emit_match(const struct sl_prefix6 *net, FILE *out)
{
	fputs("\tif (1", out);
	for (uint32_t i = 0; i < 4 && i * 32 < net->len; i++) {
		uint32_t bits = net->len - i * 32, addr;

		memcpy(&addr, net->addr + 4 * i, 4);
		fprintf(out, " && (a[%u] & 0x%" PRIx32 "u) == 0x%" PRIx32 "u", i,
			sl_htonl(bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits)), addr);
	}
	fputs(") {\n", out);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct table *t = in->priv;
	uint32_t i = in->index;

	fprintf(out, "sl_inline int e%" PRIu32 "_mac(const __be32 *a, __u8 *mac, int *own)\n{\n",
		i);
	for (size_t k = 0; k < t->n; k++) {
		const struct entry *e = &t->list[k];

		emit_match(&e->net, out);
		for (int b = 0; b < 6; b++)
			fprintf(out, "\t\tmac[%d] = %u;\n", b, e->eth[b]);
		fprintf(out, "\t\t*own = %d;\n\t\treturn 1;\n\t}\n", e->net.len == 128);
	}
	fprintf(out,
		"\t(void)a;\n\t(void)mac;\n\t(void)own;\n\treturn 0;\n}\n"
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p)\n"
		"{\n"
		"\t__u8 mac[8];\n"
		"\t__be32 want[4];\n"
		"\tint own = 0;\n\n"
		"\tif (!ip6_nd_advertiser_wanted(p, want) || !e%" PRIu32 "_mac(want, mac, &own))\n"
		"\t\treturn SL_KILL(NOMATCH);\n"
		"\treturn ip6_nd_advertiser_reply(p, want, mac, own);\n"
		"}\n",
		i, i);
	return 0;
}

const struct sl_class sl_class_ip6_nd_advertiser = {
	.spec = {.name = "IP6NDAdvertiser", .ports = "1/1", .processing = "a"},
	.base = "ip6_nd_advertiser",
	.summary = "answers neighbour solicitations",
	.help = "Takes Ethernet frames. A neighbour solicitation for one of the addresses becomes "
		"the advertisement; the longest prefix that holds it says with which Ethernet "
		"address. Everything else is dropped (reason no-match): what is no solicitation, "
		"a malformed one (RFC 4861 7.1.1: hop limit 255, code, checksum, target, "
		"options), one for an address not listed, one with more than 8 options.\n\n"
		"The answer comes from the address asked for, with the flags Router and "
		"Solicited. It has Override, too, if that address is listed as itself (/128), "
		"and not if it lies in a prefix whose hosts are answered for (RFC 4861 7.2.4; "
		"Click never sets it). Who looks whether an address is free (source `::`, RFC "
		"4862) is answered by a multicast to all nodes, which nobody solicited; others are "
		"answered where their frame came from, whatever their option says, and not at all "
		"if that is a multicast address.",
	.flags = SL_C_COLD,
	.params = params,
	.configure = configure,
	.emit = emit,
	.release = release,
	.weight = 2500,
};
