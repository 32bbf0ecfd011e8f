// SPDX-License-Identifier: GPL-2.0-only
/* Arguments and handlers of classes that prepend an IPv4 header. */
#include <errno.h>
#include <string.h>

#include "loader/config/encap.h"

static int parse_dst(const char *text, const struct sl_program *p, const struct sl_elem *where,
		     uint32_t *addr, uint8_t *anno)
{
	const char *why;

	*anno = !strcmp(text, "DST_ANNO");
	if (*anno) {
		*addr = 0;
		return 0;
	}
	return sl_parse_value(SL_T_IP4, text, p, where, addr, &why);
}

static const char how[] = "give an address, or DST_ANNO for the destination address annotation";

int sl_encap_dst(struct sl_conf *cf, struct encap4 *c)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "DST");

	if (!parse_dst(arg->text, cf->program, cf->inst->elem, &c->dst, &c->dst_anno))
		return 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
				   "DST: '%s': neither an IP address nor DST_ANNO", arg->text),
		     "%s", how);
	return -EINVAL;
}

int sl_encap_parse_port(const char *text, const struct sl_program *p, const struct sl_elem *where,
			uint16_t *out)
{
	/* The well-known list gives a name for one protocol; it is good for the other, too. */
	return sl_names_port(p, where, text, SL_IPPROTO_UDP, out)
		       ? sl_names_port(p, where, text, 0, out)
		       : 0;
}

int sl_encap_port(struct sl_conf *cf, const char *param, uint16_t *out)
{
	const struct sl_arg *arg = sl_conf_arg(cf, param);

	if (!sl_encap_parse_port(arg->text, cf->program, cf->inst->elem, out))
		return 0;
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "%s: '%s': no UDP port", param, arg->text),
		"give a number from 0 to 65535, or a name from PortInfo");
	return -EINVAL;
}

int sl_h_encap_dst_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	const struct encap4 *c = in->conf;

	(void)h, (void)args, (void)d;
	if (c->dst_anno)
		fputs("DST_ANNO", out);
	else
		sl_value_print(SL_T_IP4, &c->dst, l->program, out);
	return 0;
}

int sl_h_encap_dst_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *value, struct sl_diags *d)
{
	uint32_t addr;
	uint8_t anno;

	if (!parse_dst(value, l->program, in->elem, &addr, &anno))
		return sl_h_param_set(l, in, h, value, d);
	sl_diag_hint(
		sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
					 "dst: '%s': neither an IP address nor DST_ANNO", value),
				in->elem->name),
		"%s", how);
	return -EINVAL;
}
