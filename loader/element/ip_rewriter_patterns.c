// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPRewriterPatterns. */
#include <errno.h>
#include <string.h>

#include "loader/config/rewrite.h"
#include "bpf/element/ip_rewriter_patterns.h"

static const struct sl_param params[] = {
	SL_PARAM_X("PATTERN", ARG, SL_P_POS | SL_P_REST, NULL,
		   "NAME and what it stands for: SADDR SPORT DADDR DPORT, or SADDR DADDR"),
	SL_PARAMS_END,
};

static int wrong(struct sl_conf *cf, const struct sl_arg *arg, const char *why)
{
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "'%s': %s", arg->text, why),
		     "write NAME SADDR SPORT DADDR DPORT, with - for what stays as it is");
	return -EINVAL;
}

static int read_one(struct sl_conf *cf, const struct sl_arg *arg)
{
	struct sl_rw_pattern pattern;
	const char *why = "syntax error";
	char **words;
	size_t n;
	int ret;

	words = sl_rw_words(arg->text, &n);
	if (!words)
		return -ENOMEM;
	ret = n < 3 ? -EINVAL
		    : sl_rw_pattern_parse(cf->program, cf->inst->elem, words + 1, n - 1, &pattern,
					  &why);
	sl_rw_words_free(words);
	return ret == -EINVAL ? wrong(cf, arg, why) : ret;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, " \t\r\n");

	return n == strcspn(b, " \t\r\n") && !strncmp(a, b, n);
}

static int configure(struct sl_conf *cf)
{
	int ret = 0;

	if (cf->n_rest > REWRITE_PATTERNS)
		ret = wrong(cf, cf->rest[REWRITE_PATTERNS], "more than 64 patterns");
	for (size_t i = 0; i < cf->n_rest && !ret; i++) {
		for (size_t k = 0; k < i && !ret; k++)
			if (same_name(cf->rest[i]->text, cf->rest[k]->text))
				ret = wrong(cf, cf->rest[i], "pattern already defined");
		ret = ret ? ret : read_one(cf, cf->rest[i]);
	}
	return ret;
}

const struct sl_class sl_class_ip_rewriter_patterns = {
	.spec = {.name = "IPRewriterPatterns", .ports = "0/0", .processing = "a"},
	.base = "ip_rewriter_patterns",
	.summary = "names for rewriters' patterns",
	.help = "Elements of the same compound, and of those inside it, may then write `pattern "
		"NAME FOUTPUT ROUTPUT`. A sequence of ports (`#`) goes on through all that use "
		"the name.",
	.params = params,
	.rw_size = sizeof(struct ip_rewriter_patterns_rw),
	.rw = sl_rw_list_rw,
	.configure = configure,
};
