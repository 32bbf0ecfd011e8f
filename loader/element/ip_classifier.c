// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPClassifier. */
#include <errno.h>
#include <string.h>

#include "loader/config/decide.h"
#include "loader/config/filter.h"
#include "loader/mem.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PATTERN", ARG, SL_P_POS | SL_P_REST, NULL,
		   "one an output: what packets leave by it; '-': all that are left"),
	SL_PARAMS_END,
};

/* Reads a pattern; *out stays NULL for all packets. 0, -EINVAL (reported), -ENOMEM. */
static int read_pattern(struct sl_conf *cf, const struct sl_arg *arg, struct sl_filter_expr **out)
{
	SL_CLEANUP(sl_filter_text_free) struct sl_filter_text t = {0};
	int ret = sl_filter_split(cf, arg, &t);

	if (ret)
		return ret;
	if (t.n == 1 && sl_filter_is(&t, 0, "-"))
		return 0;
	if (!t.n) {
		sl_diag_hint(sl_filter_error(&t, 0, "empty pattern"), "write '-' for all packets");
		return -EINVAL;
	}
	return sl_filter_parse(&t, 0, out);
}

/* ---- Handlers pattern0, pattern1, ... --------------------------------------------------------*/

static int no_such_pattern(const struct sl_inst *in, const struct sl_handler *h, struct sl_diags *d)
{
	sl_diag_hint(
		sl_diag_element(sl_error(d, SL_NOPOS, "no-handler", "no handler '%s'", h->name),
				in->elem->name),
		"there is one an output: pattern0 to pattern%u", in->elem->n_out - 1);
	return -ENOENT;
}

static int read_handler(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)args;
	if (h->offset >= in->elem->n_args)
		return no_such_pattern(in, h, d);
	fputs(in->elem->args[h->offset].text, out);
	return 0;
}

/* Whether `value` is one pattern without mistakes; says what is wrong with it. */
static int check_pattern(struct sl_live *l, const struct sl_inst *in, const char *value,
			 struct sl_diags *d)
{
	struct sl_conf cf = {.inst = (struct sl_inst *)in, .program = l->program, .diags = d};
	SL_CLEANUP(sl_filter_freep) struct sl_filter_expr *e = NULL;
	struct sl_arg *args = NULL;
	size_t n = 0;
	int ret = sl_split_args(value, SL_NOPOS, &args, &n);

	if (!ret && n != 1) {
		sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value",
						      "'%s' is not one pattern", value),
					     in->elem->name),
			     "give one pattern, without a comma; '-' matches all packets");
		ret = -EINVAL;
	}
	if (!ret)
		ret = read_pattern(&cf, &args[0], &e);
	sl_args_free(args, n);
	return ret;
}

static int write_handler(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *value, struct sl_diags *d)
{
	const struct sl_elem *e = in->elem;
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f;
	int ret;

	if (h->offset >= e->n_args)
		return no_such_pattern(in, h, d);
	ret = check_pattern(l, in, value, d);
	if (ret)
		return ret;
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < e->n_args; i++)
		fprintf(f, "%s%s", i ? ", " : "", i == h->offset ? value : e->args[i].text);
	if (fclose(f))
		return -ENOMEM;
	free(l->new_config);
	l->new_config = TAKE_PTR(text);
	return 0;
}

#define PATTERN(i)                                                                                 \
	{                                                                                          \
		.name = "pattern" #i,                                                              \
		.flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE | SL_H_PORT,                      \
		.help = "the pattern of output " #i, .read = read_handler, .write = write_handler, \
		.offset = i                                                                        \
	}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PROGRAM, PATTERN(0),	 PATTERN(1),  PATTERN(2),      PATTERN(3),  PATTERN(4),
	PATTERN(5),	    PATTERN(6),	 PATTERN(7),  PATTERN(8),      PATTERN(9),  PATTERN(10),
	PATTERN(11),	    PATTERN(12), PATTERN(13), PATTERN(14),     PATTERN(15), PATTERN(16),
	PATTERN(17),	    PATTERN(18), PATTERN(19), PATTERN(20),     PATTERN(21), PATTERN(22),
	PATTERN(23),	    PATTERN(24), PATTERN(25), PATTERN(26),     PATTERN(27), PATTERN(28),
	PATTERN(29),	    PATTERN(30), PATTERN(31), SL_HANDLERS_END,
};

/* ---- Configuration ---------------------------------------------------------------------------*/

static int configure(struct sl_conf *cf)
{
	_free_ struct sl_filter_expr **patterns =
		calloc(cf->n_rest + 1, sizeof(struct sl_filter_expr *));
	sl_dec_ref at = SL_DEC_NOMATCH(cf);
	struct sl_dec d = {0};
	int ret = 0;

	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < cf->n_rest && ret != -ENOMEM; i++) {
		int one = read_pattern(cf, cf->rest[i], &patterns[i]);

		ret = one ? one : ret;
	}
	if (!ret)
		ret = sl_decider_check_count(cf);
	for (size_t i = cf->n_rest; i-- > 0;) {
		sl_dec_ref yes = SL_DEC_END | (uint32_t)i;

		if (!ret)
			at = patterns[i] ? sl_filter_compile(&d, patterns[i], yes, at) : yes;
		sl_filter_free(patterns[i]);
	}
	if (!ret)
		ret = sl_decider_set_outputs(cf, &d, at);
	if (!ret)
		sl_decider_warn_unused(cf);
	return ret;
}

const struct sl_class sl_class_ip_classifier = {
	.spec = {.name = "IPClassifier", .ports = "1/-", .processing = "h/h"},
	.base = "ip_classifier",
	.summary = "the output is the first pattern an IP packet matches",
	.help = "There is one pattern an output, in the language of tcpdump as Click has it; a "
		"packet that "
		"matches none is dropped. Needs a network header (CheckIPHeader, MarkIPHeader).\n\n"
		"Tests: `ip proto P` (or just `tcp`), `[src|dst|src or dst|src and dst] host A`, "
		"`net A/LEN` "
		"or `net A mask M`, `[tcp|udp] port P`, `icmp type T`, `tcp opt syn` (or just "
		"`syn`), `tcp "
		"win N`, `ip vers|hl|tos|dscp|len|id|ttl N`, `ip frag|unfrag|ect|ce`, `ether host "
		"E`, and "
		"bytes of a header as numbers: `ip[POS:LEN]`, `transp[...]`, `tcp[...]`, "
		"`udp[...]`, "
		"`icmp[...]`, `ether[...]`. In front of a value stand `= != < <= > >=` and, before "
		"that, `& "
		"MASK`. Tests are joined by `and`, `or`, `not` (`&& || !`), `A ? B : C` (spaces "
		"around the "
		"colon) and parentheses; `true`, `false`, `all`, `any`, `none` and `-` (alone) are "
		"constants. "
		"What is left out comes from the value or from the test before: `src port 5 or "
		"7`.\n\n"
		"Without `src` or `dst`, a test is true if it is for either; with `!=`, `<` or "
		"`<=`, only if "
		"it is for both. With `src and dst` it is the other way round, as in Click: these "
		"three say "
		"that the opposite does not hold, so `src and dst port < 1024` is true if one of "
		"the ports "
		"is. Tests of ports, flags, ICMP types and bytes behind the IP header "
		"are true for "
		"first fragments of the right protocol only. A test is false, whatever its "
		"relation, for a "
		"packet that ends before the bytes it looks at; `not` in front makes that true.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.emit = sl_decider_emit,
	.release = sl_decider_release,
	.weight = 200,
};
