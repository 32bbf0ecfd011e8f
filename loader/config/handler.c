// SPDX-License-Identifier: GPL-2.0-only
/* Ready-made handlers for descriptors. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"

int sl_h_state(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
	       const char *args, FILE *out, struct sl_diags *d)
{
	size_t size = in->class->state_size;
	_free_ char *state = calloc(1, size + 1);
	uint64_t v;
	int ret;

	(void)args;
	(void)d;
	if (!state)
		return -ENOMEM;
	ret = l->ops->state(l, in->index, state, size);
	if (ret)
		return ret;
	memcpy(&v, state + h->offset, sizeof(v));
	fprintf(out, "%" PRIu64, v);
	return 0;
}

int sl_h_packets(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *args, FILE *out, struct sl_diags *d)
{
	uint64_t n;
	int ret = l->ops->packets(l, in->index, &n);

	(void)h;
	(void)args;
	(void)d;
	if (ret)
		return ret;
	fprintf(out, "%" PRIu64, n);
	return 0;
}

int sl_h_reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
	       const char *value, struct sl_diags *d)
{
	(void)h;
	(void)value;
	(void)d;
	return l->ops->state_clear(l, in->index);
}

/* ---- Words of rw -----------------------------------------------------------------------------*/

/* Copies a value between widths, keeping a number's low bits and its sign. Both ends are in the
 * machine's order, and Linux on x86-64 and arm64 is little-endian. */
static void convert(enum sl_ptype type, const void *from, size_t from_size, void *to,
		    size_t to_size)
{
	uint64_t v = 0;

	if (from_size == to_size) {
		memcpy(to, from, from_size);
		return;
	}
	memcpy(&v, from, from_size);
	if (type == SL_T_S32 && from_size == 4)
		v = (uint64_t)(int64_t)(int32_t)v;
	memcpy(to, &v, to_size);
}

static enum sl_ptype rw_type(const struct sl_inst *in, const struct sl_handler *h)
{
	int i = h->param ? sl_param_index(in->class, h->param) : -1;

	if (i >= 0)
		return in->class->params[i].type;
	switch (h->kind) {
	case SL_K_U8:
		return SL_T_U8;
	case SL_K_BOOL:
		return SL_T_BOOL;
	case SL_K_U16:
		return SL_T_U16;
	case SL_K_S32:
		return SL_T_S32;
	case SL_K_IP4:
		return SL_T_IP4;
	case SL_K_IP6:
		return SL_T_IP6;
	case SL_K_ETHER:
		return SL_T_ETHER;
	default:
		return SL_T_U32;
	}
}

int sl_h_rw_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		const char *args, FILE *out, struct sl_diags *d)
{
	enum sl_ptype type = rw_type(in, h);
	size_t size = sl_kind_size(h->kind);
	char stored[SL_VALUE_MAX], value[SL_VALUE_MAX];
	int ret;

	(void)args;
	(void)d;
	ret = l->ops->rw_get(l, in->index, stored, h->offset, size);
	if (ret)
		return ret;
	convert(type, stored, size, value, sl_type_size(type));
	sl_value_print(type, value, l->program, out);
	return 0;
}

/* Parses what was written to a handler; the message names the handler. */
static int parse_written(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 enum sl_ptype type, const char *text, void *out, struct sl_diags *d)
{
	const char *why = "";
	struct sl_diag *diag;

	if (!sl_parse_value(type, text, l->program, in->elem, out, &why))
		return 0;
	diag = sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': %s", h->name, text, why);
	sl_diag_element(diag, in->elem->name);
	sl_diag_hint(diag, "give %s", sl_type_text(type));
	return -EINVAL;
}

int sl_h_rw_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		const char *value, struct sl_diags *d)
{
	enum sl_ptype type = rw_type(in, h);
	char parsed[SL_VALUE_MAX], stored[SL_VALUE_MAX];
	int ret = parse_written(l, in, h, type, value, parsed, d);

	if (ret)
		return ret;
	convert(type, parsed, sl_type_size(type), stored, sl_kind_size(h->kind));
	return l->ops->rw_set(l, in->index, stored, h->offset, sl_kind_size(h->kind));
}

/* ---- Arguments -------------------------------------------------------------------------------*/

int sl_h_param_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *args, FILE *out, struct sl_diags *d)
{
	int i = sl_param_index(in->class, h->param);
	_free_ char *text = NULL;
	enum sl_ptype type;
	size_t len = 0;

	(void)args;
	(void)d;
	if (i < 0)
		return -ENOENT;
	type = in->class->params[i].type;
	if (sl_type_size(type)) {
		sl_value_print(type, sl_inst_value(in, i), l->program, out);
	} else if (type == SL_T_TEXT) {
		text = sl_unquote(sl_inst_text(in, i), &len);
		if (!text)
			return -ENOMEM;
		fwrite(text, 1, len, out);
	} else {
		fputs(sl_inst_text(in, i), out);
	}
	return 0;
}

/* An argument that is free text goes into the configuration as one argument, whatever it holds. */
static int check_one_argument(const struct sl_inst *in, const struct sl_handler *h,
			      const char *value, struct sl_diags *d)
{
	struct sl_arg *args = NULL;
	size_t n = 0;
	int ret = sl_split_args(value, SL_NOPOS, &args, &n);

	sl_args_free(args, n);
	if (ret)
		return ret;
	if (n == 1)
		return 0;
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
					      "%s: '%s' is not one argument", h->name, value),
				     in->elem->name),
		     "put it in double quotes");
	return -EINVAL;
}

/* The configuration string with parameter `i` replaced. */
static int replace_argument(const struct sl_inst *in, int i, const char *value, char **out)
{
	const struct sl_elem *e = in->elem;
	const struct sl_param *p = &in->class->params[i];
	struct sl_match m = {0};
	_free_ char *text = NULL;
	size_t len = 0;
	const char *sep = "";
	FILE *f;
	int at;

	if (sl_match_args(in->class, e->args, e->n_args, &m))
		return -ENOMEM;
	at = m.arg[i];
	f = open_memstream(&text, &len);
	if (!f) {
		sl_match_free(&m);
		return -ENOMEM;
	}
	for (size_t j = 0; j < e->n_args; j++) {
		/* The rest of the arguments gives way to the new one, which may be a list. */
		if ((p->flags & SL_P_REST) && !m.used[j])
			continue;
		if ((int)j != at)
			fprintf(f, "%s%s", sep, e->args[j].text);
		else if (m.keyword[i])
			fprintf(f, "%s%s %s", sep, p->name, value);
		else
			fprintf(f, "%s%s", sep, value);
		sep = ", ";
	}
	if (p->flags & SL_P_REST)
		fprintf(f, "%s%s", sep, value);
	else if (at < 0)
		fprintf(f, "%s%s %s", sep, p->name, value);
	sl_match_free(&m);
	if (fclose(f))
		return -ENOMEM;
	*out = TAKE_PTR(text);
	return 0;
}

int sl_h_param_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		   const char *value, struct sl_diags *d)
{
	int i = sl_param_index(in->class, h->param);
	_free_ char *config = NULL;
	char parsed[SL_VALUE_MAX];
	int ret;

	if (i < 0)
		return -ENOENT;
	ret = parse_written(l, in, h, in->class->params[i].type, value, parsed, d);
	if (!ret && !(in->class->params[i].flags & SL_P_REST))
		ret = check_one_argument(in, h, value, d);
	if (!ret)
		ret = replace_argument(in, i, value, &config);
	if (ret)
		return ret;
	free(l->new_config);
	l->new_config = TAKE_PTR(config);
	return 0;
}
