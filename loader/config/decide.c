// SPDX-License-Identifier: GPL-2.0-only
/* What element classes that compile to a decision graph share. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/decide.h"
#include "loader/mem.h"

/* Instructions a case costs, about: comparison and jump, and its share of loads and checks. */
#define CASE_WEIGHT 3

int sl_decider_set(struct sl_conf *cf, struct sl_dec *d, sl_dec_ref root,
		   const struct sl_dec_action *actions, size_t n_actions)
{
	struct sl_decider *dr = calloc(1, sizeof(*dr));
	int ret;

	if (!dr) {
		sl_dec_free(d);
		return -ENOMEM;
	}
	dr->graph = *d;
	*d = (struct sl_dec){0};
	cf->inst->priv = dr;
	dr->actions = calloc(n_actions + 1, sizeof(*actions));
	if (!dr->actions)
		return -ENOMEM;
	memcpy(dr->actions, actions, n_actions * sizeof(*actions));
	dr->n_actions = n_actions;
	ret = sl_dec_reduce(&dr->graph, root);
	if (ret == -E2BIG) {
		sl_diag_hint(
			sl_conf_error(cf, NULL, "too-large",
				      "the patterns come to more than %d comparisons, or look at "
				      "more than %d different fields",
				      SL_DEC_MAX_CASES, SL_DEC_MAX_FIELDS),
			"use fewer patterns, or split them over several elements");
		return -EINVAL;
	}
	cf->inst->weight = (uint32_t)(16 + CASE_WEIGHT * dr->graph.n_cases);
	return ret;
}

int sl_decider_set_outputs(struct sl_conf *cf, struct sl_dec *d, sl_dec_ref root)
{
	uint32_t n = cf->inst->elem->n_out;
	_free_ struct sl_dec_action *actions = calloc(n + 2, sizeof(*actions));

	if (!actions) {
		sl_dec_free(d);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++)
		actions[i].port = i;
	actions[n] = (struct sl_dec_action){.kill = true, .reason = "NOMATCH"};
	actions[n + 1] = (struct sl_dec_action){.kill = true, .reason = "POLICY"};
	return sl_decider_set(cf, d, root, actions, n + 2);
}

int sl_decider_check_count(struct sl_conf *cf)
{
	unsigned int n = cf->inst->elem->n_out;

	if (cf->n_rest == n)
		return 0;
	sl_diag_hint(
		sl_conf_error(cf, cf->n_rest > n ? cf->rest[n] : NULL, "bad-argument",
			      "%zu pattern%s for %u output%s", cf->n_rest,
			      cf->n_rest == 1 ? "" : "s", n, n == 1 ? "" : "s"),
		cf->n_rest > n
			? "connect the further outputs (to Discard, if their packets are to go)"
			: "give one pattern an output, in order; '-' matches all that is left");
	return -EINVAL;
}

void sl_decider_warn_unused(struct sl_conf *cf)
{
	const struct sl_decider *dr = cf->inst->priv;

	for (uint32_t i = 0; i < cf->inst->elem->n_out && i < cf->n_rest; i++) {
		struct sl_diag *diag;

		if (sl_dec_reaches(&dr->graph, i))
			continue;
		diag = sl_warn(cf->diags, cf->rest[i]->pos, "unused-output",
			       "output %" PRIu32 " matches no packets", i);
		sl_diag_element(diag, cf->inst->elem->name);
		sl_diag_hint(diag,
			     "the patterns before it take them all, or it contradicts itself");
	}
}

bool sl_decider_reaches(const struct sl_inst *in, uint32_t out)
{
	const struct sl_decider *dr = in->priv;

	for (uint32_t i = 0; dr && i < dr->n_actions; i++)
		if (!dr->actions[i].kill && dr->actions[i].port == out &&
		    sl_dec_reaches(&dr->graph, i))
			return true;
	return !dr;
}

int sl_decider_write(const struct sl_inst *in, const struct sl_dec *graph, const uint32_t *there,
		     const char *prefix, FILE *out)
{
	const struct sl_decider *dr = in->priv;

	for (size_t i = 0; i < dr->n_actions; i++)
		if (!dr->actions[i].kill)
			dr->actions[i].share = in->shares ? in->shares[dr->actions[i].port] : 0;
	return sl_dec_emit(graph, dr->actions, there, prefix, out);
}

int sl_decider_emit(const struct sl_inst *in, FILE *out)
{
	const struct sl_decider *dr = in->priv;
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "e%" PRIu32, in->index);
	return sl_decider_write(in, &dr->graph, NULL, prefix, out);
}

void sl_decider_release(struct sl_inst *in)
{
	struct sl_decider *dr = in->priv;

	if (!dr)
		return;
	sl_dec_free(&dr->graph);
	free(dr->actions);
	free(dr);
	in->priv = NULL;
}

static void print_action(FILE *out, uint32_t action, void *arg)
{
	const struct sl_decider *dr = arg;

	if (dr->actions[action].kill && !strcmp(dr->actions[action].reason, "POLICY"))
		fputs("[deny]", out);
	else if (dr->actions[action].kill)
		fputs("[X]", out);
	else
		fprintf(out, "[%" PRIu32 "]", dr->actions[action].port);
}

int sl_h_program(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *args, FILE *out, struct sl_diags *d)
{
	struct sl_decider *dr = in->priv;

	(void)l, (void)h, (void)args, (void)d;
	return sl_dec_print(&dr->graph, print_action, dr, out);
}
