// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPFilter. */
#include <errno.h>

#include "loader/config/config.h"
#include "loader/config/decide.h"
#include "loader/config/filter.h"
#include "loader/mem.h"

static const struct sl_param params[] = {
	SL_PARAM_X(
		"RULE", ARG, SL_P_POS | SL_P_REST, NULL,
		"ACTION PATTERN: an output, allow (output 0) or deny, and what packets it is for; "
		"patterns are described at IPClassifier"),
	SL_PARAMS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PROGRAM,
	SL_HANDLERS_END,
};

/* One rule: where its packets go, and the expression (NULL: all packets). */
struct rule {
	sl_dec_ref action;
	struct sl_filter_expr *expr;
};

/* Reads the action at the beginning. 0 or -EINVAL (reported). */
static int read_action(struct sl_conf *cf, struct sl_filter_text *t, sl_dec_ref *out)
{
	uint32_t n = cf->inst->elem->n_out;
	bool negative;
	uint64_t port = 0;

	if (sl_filter_is(t, 0, "deny") || sl_filter_is(t, 0, "drop")) {
		*out = SL_DEC_DENY(cf);
		return 0;
	}
	if (!sl_filter_is(t, 0, "allow") && !sl_filter_is(t, 0, "accept")) {
		if (!t->n || !sl_text_int(t->words[0].text, &negative, &port)) {
			sl_diag_hint(sl_filter_error(t, 0, "'%s' is no action",
						     t->n ? t->words[0].text : ""),
				     "begin a rule with allow, deny, or the number of an output");
			return -EINVAL;
		}
		if (negative && port)
			port = UINT32_MAX;
	}
	if (port >= n) {
		sl_diag_hint(sl_filter_error(t, 0, "there is no output %s",
					     port ? t->words[0].text : "0"),
			     n ? "this element has outputs 0 to %u"
			       : "connect an output for the packets that are allowed",
			     n - 1);
		return -EINVAL;
	}
	*out = SL_DEC_END | (uint32_t)port;
	return 0;
}

static int read_rule(struct sl_conf *cf, const struct sl_arg *arg, struct rule *out)
{
	SL_CLEANUP(sl_filter_text_free) struct sl_filter_text t = {0};
	int ret = sl_filter_split(cf, arg, &t), action;

	if (ret)
		return ret;
	/* Both are read, so that the mistakes of both are said. */
	action = read_action(cf, &t, &out->action);
	if (t.n > 1 && !(t.n == 2 && sl_filter_is(&t, 1, "-")))
		ret = sl_filter_parse(&t, 1, &out->expr);
	return ret ? ret : action;
}

/* The graph of all rules. With `numbered`, a rule's packets end in its number. */
static sl_dec_ref compile(struct sl_conf *cf, struct sl_dec *d, const struct rule *rules,
			  bool numbered)
{
	sl_dec_ref at = numbered ? SL_DEC_END | (uint32_t)cf->n_rest : SL_DEC_NOMATCH(cf);

	for (size_t i = cf->n_rest; i-- > 0;) {
		sl_dec_ref yes = numbered ? SL_DEC_END | (uint32_t)i : rules[i].action;

		at = rules[i].expr ? sl_filter_compile(d, rules[i].expr, yes, at) : yes;
	}
	return at;
}

/* A rule no packet comes to is no error, but seldom meant. */
static int warn_unused(struct sl_conf *cf, const struct rule *rules)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	int ret = sl_dec_reduce(&d, compile(cf, &d, rules, true));

	if (ret)
		return ret == -E2BIG ? 0 : ret;
	for (size_t i = 0; i < cf->n_rest; i++) {
		if (sl_dec_reaches(&d, (uint32_t)i))
			continue;
		sl_diag_hint(sl_diag_element(sl_warn(cf->diags, cf->rest[i]->pos, "unused-rule",
						     "this rule matches no packets"),
					     cf->inst->elem->name),
			     "the rules before it take them all, or it contradicts itself");
	}
	return 0;
}

static int configure(struct sl_conf *cf)
{
	_free_ struct rule *rules = calloc(cf->n_rest + 1, sizeof(*rules));
	struct sl_dec d = {0};
	int ret = 0;

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < cf->n_rest && ret != -ENOMEM; i++) {
		int one = read_rule(cf, cf->rest[i], &rules[i]);

		ret = one ? one : ret;
	}
	if (!ret) {
		sl_dec_ref root = compile(cf, &d, rules, false);

		ret = sl_decider_set_outputs(cf, &d, root);
	}
	if (!ret)
		ret = warn_unused(cf, rules);
	for (size_t i = 0; i < cf->n_rest; i++)
		sl_filter_free(rules[i].expr);
	return ret;
}

const struct sl_class sl_class_ip_filter = {
	.spec = {.name = "IPFilter", .ports = "1/-", .processing = "h/h"},
	.base = "ip_filter",
	.summary = "the first rule that matches an IP packet says where it goes",
	.help = "Rules are ACTION PATTERN, tried in order. An action is the number of an output, "
		"allow or "
		"accept (output 0), deny or drop. Patterns are those of IPClassifier. A packet "
		"that "
		"matches no rule is dropped. Needs a network header (CheckIPHeader, MarkIPHeader).",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.emit = sl_decider_emit,
	.release = sl_decider_release,
	.weight = 200,
};
