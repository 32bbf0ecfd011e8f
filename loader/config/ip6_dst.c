// SPDX-License-Identifier: GPL-2.0-only
/* Destinations of IPv6 encapsulations. */
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/ip6_dst.h"

static int parse(const char *text, const struct sl_program *p, const struct sl_elem *where,
		 uint32_t dst[4], uint8_t *anno, const char **why)
{
	*anno = !strcmp(text, "DST_ANNO");
	memset(dst, 0, 16);
	return *anno ? 0 : sl_parse_value(SL_T_IP6, text, p, where, dst, why);
}

int sl_ip6_dst(struct sl_conf *cf, uint32_t dst[4], uint8_t *anno)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "DST");
	const char *why = "";

	if (!parse(arg->text, cf->program, cf->inst->elem, dst, anno, &why))
		return 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "DST: '%s': %s", arg->text, why),
		     "give an IPv6 address, or DST_ANNO for the packet's annotation");
	return -EINVAL;
}

int sl_h_ip6_dst_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	const char *text = sl_inst_text(in, sl_param_index(in->class, h->param)), *why;
	uint32_t dst[4];
	uint8_t anno;

	(void)args, (void)d;
	if (parse(text, l->program, in->elem, dst, &anno, &why))
		return -EINVAL;
	if (anno)
		fputs(text, out);
	else
		sl_value_print(SL_T_IP6, dst, l->program, out);
	return 0;
}

int sl_h_ip6_dst_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *value, struct sl_diags *d)
{
	const char *why = "";
	uint32_t dst[4];
	uint8_t anno;

	if (!parse(value, l->program, in->elem, dst, &anno, &why))
		return sl_h_param_set(l, in, h, value, d);
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name,
					      value, why),
				     in->elem->name),
		     "give an IPv6 address, or DST_ANNO");
	return -EINVAL;
}
