// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ARPResponder: the table of addresses becomes a function. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/addrs.h"
#include "loader/element/facts.h"
#include "loader/mem.h"
#include "bpf/element/arp_responder.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ENTRY", ARG, SL_P_REST, NULL,
		   "IP/MASK [IP/MASK...] ETH: requests for these addresses are answered with ETH"),
	SL_PARAMS_END,
};

struct entry {
	struct sl_prefix4 net; /* host bits cleared */
	uint8_t eth[6];
};

struct table {
	struct entry *list; /* a longer mask before a shorter one it may overlap with */
	size_t n, cap;
};

/* Puts an entry in its place; one for the same addresses gives way. 0 or -ENOMEM. */
static int table_add(struct table *t, const struct entry *e)
{
	size_t at = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->list[i].net.addr == e->net.addr && t->list[i].net.mask == e->net.mask) {
			t->list[i] = *e;
			return 0;
		}
	}
	if (SL_GROW(t->list, t->n, t->cap))
		return -ENOMEM;
	while (at < t->n && (t->list[at].net.mask & e->net.mask) == e->net.mask)
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

/*
 * Adds what one argument says. Words that are IP addresses or prefixes come first; the one that is
 * an Ethernet address, or a name that is both, is for all of them. 0, -ENOMEM, or -EINVAL with
 * *why.
 */
static int table_parse(struct table *t, const char *text, const struct sl_program *p,
		       const struct sl_elem *where, const char **why)
{
	struct table added = {0};
	uint8_t eth[6], name_eth[6];
	bool have_eth = false, have_name_eth = false;
	int ret = 0;

	for (const char *s = text; !ret;) {
		_free_ char *word = sl_next_word(&s);
		struct entry e = {0};
		const char *ignored;

		if (!word) {
			ret = *s ? -ENOMEM : 0;
			break;
		}
		if (!sl_parse_addr_or_prefix(word, p, where, &e.net, &ignored)) {
			e.net.addr &= e.net.mask;
			ret = SL_GROW(added.list, added.n, added.cap) ? -ENOMEM : 0;
			if (!ret)
				added.list[added.n++] = e;
			if (!have_name_eth)
				have_name_eth = !sl_parse_value(SL_T_ETHER, word, p, where,
								name_eth, &ignored);
		} else if (sl_parse_value(SL_T_ETHER, word, p, where, have_eth ? name_eth : eth,
					  &ignored)) {
			*why = "expected IP/MASK [IP/MASK...] ETH";
			ret = -EINVAL;
		} else if (have_eth) {
			*why = "more than one Ethernet address";
			ret = -EINVAL;
		} else {
			have_eth = true;
		}
	}
	if (!ret && !added.n) {
		*why = "an IP address is missing";
		ret = -EINVAL;
	} else if (!ret && !have_eth && !have_name_eth) {
		*why = "an Ethernet address is missing";
		ret = -EINVAL;
	}
	for (size_t i = 0; !ret && i < added.n; i++) {
		memcpy(added.list[i].eth, have_eth ? eth : name_eth, sizeof(eth));
		ret = table_add(t, &added.list[i]);
	}
	table_free(&added);
	return ret;
}

static int configure(struct sl_conf *cf)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	cf->inst->priv = t;
	for (size_t i = 0; i < cf->n_rest; i++) {
		const char *why = "";
		int ret = table_parse(t, cf->rest[i]->text, cf->program, cf->inst->elem, &why);

		if (ret == -ENOMEM)
			return ret;
		if (ret)
			sl_diag_hint(sl_conf_error(cf, cf->rest[i], "bad-argument", "'%s': %s",
						   cf->rest[i]->text, why),
				     "write 10.0.0.1 10.0.1.0/24 02:00:00:00:00:01, or the name of "
				     "an AddressInfo that has both");
	}
	return 0;
}

static void release(struct sl_inst *in)
{
	if (in->priv)
		table_free(in->priv);
	free(in->priv);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct table *t = in->priv;
	uint32_t i = in->index;

	fprintf(out, "sl_inline int e%" PRIu32 "_mac(__be32 a, __u8 *mac)\n{\n", i);
	for (size_t k = 0; k < t->n; k++) {
		const struct entry *e = &t->list[k];

		fprintf(out, "\tif ((a & 0x%" PRIx32 "u) == 0x%" PRIx32 "u) {\n", e->net.mask,
			e->net.addr);
		for (int b = 0; b < 6; b++)
			fprintf(out, "\t\tmac[%d] = %u;\n", b, e->eth[b]);
		fputs("\t\treturn 1;\n\t}\n", out);
	}
	fprintf(out,
		"\t(void)a;\n\t(void)mac;\n\treturn 0;\n}\n"
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p)\n"
		"{\n"
		"\t__u8 mac[SL_ETH_ALEN];\n"
		"\t__be32 want;\n\n"
		"\tif (!arp_responder_wanted(p, &want) || !e%" PRIu32 "_mac(want, mac))\n"
		"\t\treturn SL_OUT_OR(1, NOMATCH);\n"
		"\treturn arp_responder_reply(p, mac);\n"
		"}\n",
		i, i);
	return 0;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static void print_entry(const struct entry *e, const char *end, FILE *out)
{
	sl_value_print(SL_T_IP4PREFIX, &e->net, NULL, out);
	fputc(' ', out);
	sl_value_print(SL_T_ETHER, e->eth, NULL, out);
	fputs(end, out);
}

static int read_table(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	const struct table *t = in->priv;

	(void)l, (void)h, (void)args, (void)d;
	for (size_t i = 0; i < t->n; i++)
		print_entry(&t->list[i], "\n", out);
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

static int read_lookup(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	const struct table *t = in->priv;
	const char *why = "";
	uint32_t addr;

	if (sl_parse_value(SL_T_IP4, args, l->program, in->elem, &addr, &why))
		return refuse(in, h, args, why, "give an IP address", d);
	for (size_t i = 0; i < t->n; i++) {
		if ((addr & t->list[i].net.mask) == t->list[i].net.addr) {
			sl_value_print(SL_T_ETHER, t->list[i].eth, NULL, out);
			break;
		}
	}
	return 0;
}

/* The configuration string of a table. 0 or -ENOMEM. */
static int new_config(struct sl_live *l, const struct table *t)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++)
		print_entry(&t->list[i], i + 1 < t->n ? ", " : "", f);
	if (fclose(f))
		return -ENOMEM;
	free(l->new_config);
	l->new_config = TAKE_PTR(text);
	return 0;
}

static int write_add(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *value, struct sl_diags *d)
{
	const struct table *old = in->priv;
	struct table t = {0};
	const char *why = "";
	int ret = 0;

	for (size_t i = 0; !ret && i < old->n; i++)
		ret = table_add(&t, &old->list[i]);
	if (!ret)
		ret = table_parse(&t, value, l->program, in->elem, &why);
	if (ret == -EINVAL)
		refuse(in, h, value, why, "write 10.0.0.1 10.0.1.0/24 02:00:00:00:00:01", d);
	if (!ret)
		ret = new_config(l, &t);
	table_free(&t);
	return ret;
}

static int write_remove(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	const struct table *old = in->priv;
	struct table t = {0};
	struct sl_prefix4 net;
	const char *why = "";
	int ret = 0;

	if (sl_parse_addr_or_prefix(value, l->program, in->elem, &net, &why))
		return refuse(in, h, value, why, "give the IP/MASK of an entry", d);
	net.addr &= net.mask;
	for (size_t i = 0; !ret && i < old->n; i++) {
		if (old->list[i].net.addr != net.addr || old->list[i].net.mask != net.mask)
			ret = table_add(&t, &old->list[i]);
	}
	if (!ret && t.n == old->n)
		ret = refuse(in, h, value, "not in the table", "the handler table lists entries",
			     d);
	if (!ret)
		ret = new_config(l, &t);
	table_free(&t);
	return ret;
}

static const struct sl_handler handlers[] = {
	{.name = "table",
	 .flags = SL_H_READ,
	 .help = "IP/MASK and Ethernet address, a line an entry",
	 .read = read_table},
	{.name = "lookup",
	 .flags = SL_H_READ | SL_H_ARGS,
	 .help = "the Ethernet address a request for this IP address is answered with",
	 .read = read_lookup},
	{.name = "add",
	 .flags = SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "adds IP/MASK [IP/MASK...] ETH",
	 .write = write_add},
	{.name = "remove",
	 .flags = SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "removes the entry of this IP/MASK",
	 .write = write_remove},
	SL_HANDLERS_END,
};

/* A reply is as long as it is, in the place of the request; all else leaves as it came. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port;
	if (out)
		return true;
	f->mac = f->off;
	f->nh = f->th = SL_UNSET;
	f->known = 0;
	sl_facts_read(f, f->off, sizeof(struct sl_arp_frame));
	return true;
}

const struct sl_class sl_class_arp_responder = {
	.spec = {.name = "ARPResponder", .ports = "1/1-2", .processing = "a/ah"},
	.base = "arp_responder",
	.summary = "answers ARP requests",
	.help = "Packets are Ethernet frames. A request for an address of the table becomes the "
		"reply; the longest mask decides, and of two entries for the same addresses the "
		"later one. The VLAN annotation stays, the others are those of a new packet. All "
		"else leaves by output 1 or is dropped.",
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.emit = emit,
	.release = release,
	.facts = facts,
	.flags = SL_C_COLD,
	.weight = 120,
};
