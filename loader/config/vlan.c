// SPDX-License-Identifier: GPL-2.0-only
/* Arguments and handlers of the classes that write VLAN tags. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/config/vlan.h"
#include "loader/mem.h"

#define PCP_SHIFT 13

static int refuse(struct sl_conf *cf, const char *param, const char *range)
{
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, param), "bad-argument",
				   "%s: out of range: must be %s", param, range),
		     "a TCI is a priority (3 bits), a drop bit and a VLAN (12 bits)");
	return -EINVAL;
}

/* VLAN_TCI: a number, or where `c` allows it the word ANNO. */
static int read_tci(struct sl_conf *cf, bool may_be_anno, struct vlan_conf *c, uint16_t *tci)
{
	const struct sl_arg *arg = sl_conf_arg(cf, "VLAN_TCI");
	const char *why = "";

	if (may_be_anno && !strcmp(arg->text, "ANNO")) {
		c->anno = 1;
		return 0;
	}
	if (!sl_parse_value(SL_T_U16, arg->text, cf->program, cf->inst->elem, tci, &why))
		return 0;
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "VLAN_TCI: '%s': %s", arg->text, why),
		     "give a number from 0 to 65535%s", may_be_anno ? ", or ANNO" : "");
	return -EINVAL;
}

int sl_conf_vlan(struct sl_conf *cf)
{
	struct vlan_conf *c = cf->inst->conf;
	bool tagger = sl_param_index(cf->inst->class, "NATIVE_VLAN") >= 0;
	uint16_t tci = 0;
	uint8_t pcp = 0;
	int32_t native = 0;

	sl_inst_param(cf->inst, "VLAN_ID", &tci);
	if (tci > VLAN_ID_MASK)
		return refuse(cf, "VLAN_ID", "0 to 4095");
	if (sl_conf_arg(cf, "VLAN_TCI") && read_tci(cf, tagger, c, &tci))
		return -EINVAL;
	sl_inst_param(cf->inst, "VLAN_PCP", &pcp);
	if (pcp > 7)
		return refuse(cf, "VLAN_PCP", "0 to 7");
	c->tci = sl_htons((uint16_t)(tci | pcp << PCP_SHIFT));
	if (!tagger)
		return 0;
	sl_inst_param(cf->inst, "NATIVE_VLAN", &native);
	if (native < -1 || native > VLAN_ID_MASK)
		return refuse(cf, "NATIVE_VLAN", "-1 to 4095");
	c->has_native = native >= 0;
	c->native = sl_htons(c->has_native ? (uint16_t)native : 0);
	return 0;
}

/* ---- Handlers: vlan_tci, vlan_id, vlan_pcp ---------------------------------------------------*/

int sl_h_vlan_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		  const char *args, FILE *out, struct sl_diags *d)
{
	const struct vlan_conf *c = in->conf;
	unsigned int tci = sl_ntohs(c->tci);

	(void)l, (void)args, (void)d;
	if (c->anno)
		fputs(strcmp(h->name, "vlan_tci") ? "" : "ANNO", out);
	else if (!strcmp(h->name, "vlan_tci"))
		fprintf(out, "%u", tci);
	else
		fprintf(out, "%u",
			!strcmp(h->name, "vlan_id") ? tci & VLAN_ID_MASK : tci >> PCP_SHIFT);
	return 0;
}

/* The configuration string with `tci` in place of all that says what the TCI is. */
static int replace(const struct sl_inst *in, const char *tci, char **out)
{
	static const char *const params[] = {"VLAN_TCI", "VLAN_ID", "VLAN_PCP"};
	const struct sl_elem *e = in->elem;
	struct sl_match m = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (sl_match_args(in->class, e->args, e->n_args, &m))
		return -ENOMEM;
	f = open_memstream(&text, &len);
	for (size_t j = 0; f && j < e->n_args; j++) {
		bool mine = false;

		for (size_t k = 0; k < sizeof(params) / sizeof(*params); k++)
			mine |= m.arg[sl_param_index(in->class, params[k])] == (int)j;
		if (!mine)
			fprintf(f, "%s, ", e->args[j].text);
	}
	sl_match_free(&m);
	if (!f)
		return -ENOMEM;
	fprintf(f, "VLAN_TCI %s", tci);
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}

static int bad_value(const struct sl_inst *in, const struct sl_handler *h, const char *value,
		     const char *why, const char *hint, struct sl_diags *d)
{
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name,
					      value, why),
				     in->elem->name),
		     "%s", hint);
	return -EINVAL;
}

int sl_h_vlan_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		  const char *value, struct sl_diags *d)
{
	const struct vlan_conf *c = in->conf;
	bool whole = !strcmp(h->name, "vlan_tci"), id = !strcmp(h->name, "vlan_id");
	uint16_t tci = sl_ntohs(c->tci), n = 0;
	const char *why = "";
	char text[8] = "ANNO", *config = NULL;
	int ret;

	if (!whole && c->anno)
		return bad_value(in, h, value, "the TCI is the packet's annotation",
				 "write vlan_tci, or set the annotation", d);
	if (!(whole && !strcmp(value, "ANNO") && sl_param_index(in->class, "NATIVE_VLAN") >= 0)) {
		if (sl_parse_value(SL_T_U16, value, l->program, in->elem, &n, &why))
			return bad_value(in, h, value, why, "give a number", d);
		if (!whole && n > (id ? VLAN_ID_MASK : 7))
			return bad_value(in, h, value, "out of range",
					 id ? "a VLAN is 0 to 4095" : "a priority is 0 to 7", d);
		if (!whole)
			n = id ? (tci & ~VLAN_ID_MASK) | n
			       : (tci & ~(7 << PCP_SHIFT)) | n << PCP_SHIFT;
		snprintf(text, sizeof(text), "%u", n);
	}
	ret = replace(in, text, &config);
	if (ret)
		return ret;
	free(l->new_config);
	l->new_config = config;
	return 0;
}

/* ---- Facts -----------------------------------------------------------------------------------*/

void sl_facts_vlan(const struct vlan_conf *c, uint32_t tagged, uint32_t plain, struct sl_facts *f)
{
	bool untagged = vlan_untagged(c->tci, c);

	if (c->anno && c->has_native) {
		*f = sl_facts_none();
		return;
	}
	if (c->anno)
		untagged = false;
	sl_facts_push(f, untagged ? plain : tagged);
	f->mac = f->off;
	f->nh = f->off == SL_ANY ? SL_ANY : f->off + (untagged ? 14 : 18);
	if (!untagged || plain)
		sl_facts_read(f, f->off, untagged ? 14 : 18);
}
