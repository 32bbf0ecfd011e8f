// SPDX-License-Identifier: GPL-2.0-only
/* What the classes share that check IPv4 headers: lists of addresses become functions. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/check_ip.h"
#include "loader/mem.h"

/* The addresses that stand for "everybody" or "nobody" and are no source. */
static int add_limited(struct sl_addrs *bad)
{
	return sl_addrs_add(bad, 0) || sl_addrs_add(bad, UINT32_MAX) ? -ENOMEM : 0;
}

static int read_interfaces(struct sl_check_ip *c, struct sl_conf *cf)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "INTERFACES");
	const char *s = arg ? arg->text : "";

	for (;;) {
		_free_ char *word = sl_next_word(&s);
		struct sl_prefix4 net;
		const char *why = "";

		if (!word)
			break;
		if (sl_parse_addr_or_prefix(word, cf->program, cf->inst->elem, &net, &why)) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "INTERFACES: '%s': %s",
						   word, why),
				     "give addresses with prefix lengths: 10.0.0.1/24 10.0.1.1/24");
			return -EINVAL;
		}
		if (sl_addrs_add(&c->bad, net.addr | ~net.mask) || sl_addrs_add(&c->good, net.addr))
			return -ENOMEM;
	}
	if (*s)
		return -ENOMEM;
	return arg ? add_limited(&c->bad) : 0;
}

int sl_check_ip_read(struct sl_check_ip *c, struct sl_conf *cf)
{
	int ret = read_interfaces(c, cf);

	if (!ret)
		ret = sl_addrs_read(&c->bad, cf, "BADSRC", sl_conf_arg(cf, "BADSRC"));
	if (!ret)
		ret = sl_addrs_read(&c->good, cf, "GOODDST", sl_conf_arg(cf, "GOODDST"));
	return ret;
}

int sl_check_ip_read_old(struct sl_check_ip *c, struct sl_conf *cf, const struct sl_arg *arg)
{
	int ret = sl_addrs_read(&c->bad, cf, "BADSRC", arg);

	return ret ? ret : add_limited(&c->bad);
}

int sl_check_ip_emit(const struct sl_inst *in, FILE *out)
{
	const struct sl_check_ip *c = in->priv;
	const char *base = in->class->base;
	uint32_t i = in->index;

	sl_addrs_emit(&c->bad, i, "bad_src", out);
	sl_addrs_emit(&c->good, i, "good_dst", out);
	fprintf(out,
		"sl_inline __u32 e%" PRIu32 "_run(struct sl_pkt *p,\n"
		"\t\tconst struct %s_conf *c, struct %s_state *st)\n"
		"{\n\treturn %s(p, c, st, e%" PRIu32 "_bad_src, e%" PRIu32 "_good_dst);\n}\n",
		i, base, base, base, i, i);
	return 0;
}

/* It may lose all that is behind its IP packet, whatever was known to be there. */
void sl_check_ip_facts(uint32_t offset, struct sl_facts *f)
{
	f->nh = sl_facts_fixed(f->off) ? f->off + offset : SL_ANY;
	f->th = SL_ANY;
	if (f->usual && sl_facts_fixed(f->nh))
		f->th = f->nh + sizeof(struct sl_ip4);
	f->plain = f->usual;
	f->known = 0;
	sl_facts_read(f, f->nh, sizeof(struct sl_ip4));
}

void sl_check_ip_release(struct sl_inst *in)
{
	struct sl_check_ip *c = in->priv;

	if (!c)
		return;
	sl_addrs_free(&c->bad);
	sl_addrs_free(&c->good);
	free(c);
}
