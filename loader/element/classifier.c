// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Classifier. */
#include <errno.h>

#include "loader/config/decide.h"
#include "loader/config/pattern.h"
#include "loader/mem.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PATTERN", ARG, SL_P_POS | SL_P_REST, NULL,
		   "one an output: clauses OFFSET/VALUE[%MASK] with space between, '!' in front "
		   "negates "
		   "one; '-': all packets"),
	SL_PARAMS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PROGRAM,
	SL_HANDLERS_END,
};

static int configure(struct sl_conf *cf)
{
	_free_ struct sl_pattern *patterns = calloc(cf->n_rest + 1, sizeof(*patterns));
	sl_dec_ref at = SL_DEC_NOMATCH(cf);
	struct sl_dec d = {0};
	int ret = 0;

	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < cf->n_rest && ret != -ENOMEM; i++) {
		int one = sl_pattern_parse(cf, cf->rest[i], &patterns[i]);

		ret = one ? one : ret;
	}
	if (!ret)
		ret = sl_decider_check_count(cf);
	for (size_t i = cf->n_rest; i-- > 0;) {
		if (!ret)
			at = sl_pattern_compile(&d, &patterns[i], SL_DEC_END | (uint32_t)i, at);
		sl_pattern_free(&patterns[i]);
	}
	if (!ret)
		ret = sl_decider_set_outputs(cf, &d, at);
	if (!ret)
		sl_decider_warn_unused(cf);
	return ret;
}

const struct sl_class sl_class_classifier = {
	.spec = {.name = "Classifier", .ports = "1/-", .processing = "h/h"},
	.base = "classifier",
	.summary = "the output is the first pattern the packet's bytes match",
	.help = "There is one pattern an output. A clause OFFSET/VALUE holds if the packet has "
		"these "
		"bytes, "
		"written as hexadecimal digits, at this decimal offset; '?' stands for any digit, "
		"and only "
		"bits set in a mask count. A clause that reaches past the packet's end does not "
		"hold; one "
		"with '!' in front then does. A packet that matches no pattern is dropped.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.emit = sl_decider_emit,
	.release = sl_decider_release,
	.weight = 60,
};
