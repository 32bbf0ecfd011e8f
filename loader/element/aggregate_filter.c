// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor of AggregateFilter: its arguments become disjoint ranges of aggregates in ascending
 * order, and these a search tree of comparisons.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "bpf/element/aggregate_filter.h"

/* More would be a large program, and no graph has so many. */
#define MAX_RANGES 4096
#define DROP UINT32_MAX

/* Aggregates from `first` up to where the next range begins. */
struct range {
	uint32_t first;
	uint32_t out;
	bool set; /* by an argument: later ones do not change it */
};

struct filter {
	struct range *r;
	size_t n, cap;
};

static const struct sl_param params[] = {
	SL_PARAM_X(
		"FILTERS", ARG, SL_P_POS | SL_P_REST, NULL,
		"ACTION AGGREGATES...: ACTION is an output, allow (0), deny or drop; an aggregate "
		"is a number, a range such as 3-98, or all"),
	SL_PARAMS_END,
};

/* Index of the range `v` is in. */
static size_t find(const struct filter *f, uint32_t v)
{
	size_t low = 0, high = f->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (f->r[mid].first <= v)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Makes a range begin at `v`. */
static int cut(struct filter *f, uint32_t v)
{
	size_t at = find(f, v);

	if (f->r[at].first == v)
		return 0;
	if (f->n >= MAX_RANGES)
		return -E2BIG;
	if (SL_GROW(f->r, f->n, f->cap) < 0)
		return -ENOMEM;
	memmove(&f->r[at + 2], &f->r[at + 1], (f->n - at - 1) * sizeof(f->r[0]));
	f->r[at + 1] = f->r[at];
	f->r[at + 1].first = v;
	f->n++;
	return 0;
}

/* Aggregates a to b go to `out` unless an earlier argument has them; *taken if one has. */
static int add(struct filter *f, uint32_t a, uint32_t b, uint32_t out, bool *taken)
{
	int ret = cut(f, a);

	if (!ret && b != UINT32_MAX)
		ret = cut(f, b + 1);
	if (ret)
		return ret;
	for (size_t i = find(f, a); i < f->n && f->r[i].first <= b; i++) {
		if (f->r[i].set) {
			*taken |= f->r[i].out != out;
			continue;
		}
		f->r[i].out = out;
		f->r[i].set = true;
	}
	return 0;
}

static int bad(struct sl_conf *cf, const struct sl_arg *arg, const char *word, const char *why)
{
	sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "'%s': %s", word, why),
		     "for example: allow 3 8 10-20, 1 100, drop all");
	return -EINVAL;
}

static bool number(const char *text, uint32_t *out)
{
	bool negative;
	uint64_t n;

	if (!sl_text_int(text, &negative, &n) || negative || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* "N", "N-M". */
static bool aggregates(char *word, uint32_t *a, uint32_t *b)
{
	char *dash = strchr(word, '-');
	bool ok;

	if (!dash || dash == word) {
		ok = number(word, a);
		*b = *a;
		return ok;
	}
	*dash = 0;
	ok = number(word, a) && number(dash + 1, b) && *a <= *b;
	*dash = '-';
	return ok;
}

static int action(struct sl_conf *cf, const struct sl_arg *arg, const char *word, uint32_t *out)
{
	if (!strcmp(word, "allow")) {
		*out = 0;
	} else if (!strcmp(word, "drop") || !strcmp(word, "deny")) {
		*out = DROP;
	} else if (!number(word, out)) {
		return bad(cf, arg, word, "neither an output nor allow, deny or drop");
	} else if (*out >= cf->inst->elem->n_out) {
		/* As Click: what leaves by an output that is not there is dropped. */
		sl_diag_hint(sl_conf_note(cf, arg, "no-output",
					  "there is no output %" PRIu32
					  ": these packets are dropped",
					  *out),
			     "say drop if this is what you want");
		*out = DROP;
	}
	return 0;
}

static int add_words(struct sl_conf *cf, const struct sl_arg *arg, struct filter *f, char *words)
{
	static const char space[] = " \t\r\n\f\v";
	char *save = NULL, *word = strtok_r(words, space, &save);
	bool taken = false, any = false;
	uint32_t out = 0, a = 0, b = 0;
	int ret;

	if (!word)
		return bad(cf, arg, arg->text, "an empty filter");
	ret = action(cf, arg, word, &out);
	while (!ret && (word = strtok_r(NULL, space, &save))) {
		any = true;
		if (!strcmp(word, "all") || !strcmp(word, "-"))
			a = 0, b = UINT32_MAX;
		else if (!aggregates(word, &a, &b))
			return bad(cf, arg, word, "neither an aggregate nor a range of them");
		ret = add(f, a, b, out, &taken);
	}
	if (ret == -E2BIG)
		return bad(cf, arg, arg->text, "more than 4096 ranges of aggregates");
	if (ret)
		return ret;
	if (!any)
		return bad(cf, arg, arg->text, "no aggregates");
	if (taken && b - a != UINT32_MAX)
		sl_diag_hint(sl_conf_note(cf, arg, "no-effect",
					  "an argument before has some of these aggregates"),
			     "the first one counts");
	return 0;
}

static void release(struct sl_inst *in)
{
	struct filter *f = in->priv;

	if (f)
		free(f->r);
	free(f);
}

static int configure(struct sl_conf *cf)
{
	struct filter *f = calloc(1, sizeof(*f));
	int status = 0;

	if (!f)
		return -ENOMEM;
	cf->inst->priv = f;
	if (SL_GROW(f->r, f->n, f->cap) < 0)
		return -ENOMEM;
	f->r[f->n++] = (struct range){.out = DROP};
	for (size_t i = 0; i < cf->n_rest; i++) {
		_free_ char *words = strdup(cf->rest[i]->text);
		int ret = words ? add_words(cf, cf->rest[i], f, words) : -ENOMEM;

		status = ret ? ret : status;
	}
	cf->inst->weight = (uint32_t)(8 + 3 * f->n);
	return status;
}

static void emit_out(uint32_t out, const char *tabs, FILE *f)
{
	if (out == DROP)
		fprintf(f, "%sreturn SL_KILL(POLICY);\n", tabs);
	else
		fprintf(f, "%sreturn SL_OUT(%" PRIu32 ");\n", tabs, out);
}

/* The ranges from `low` up to `high`: one comparison halves them. */
static void emit_ranges(const struct filter *f, size_t low, size_t high, unsigned int depth,
			FILE *out)
{
	static const char all[] = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
	const char *tabs = all + sizeof(all) - 2 - depth;
	size_t mid = low + (high - low) / 2;

	if (high - low == 1) {
		emit_out(f->r[low].out, tabs, out);
		return;
	}
	fprintf(out, "%sif (agg < %" PRIu32 "u) {\n", tabs, f->r[mid].first);
	emit_ranges(f, low, mid, depth + 1, out);
	fprintf(out, "%s}\n", tabs);
	emit_ranges(f, mid, high, depth, out);
}

static int emit(const struct sl_inst *in, FILE *out)
{
	const struct filter *f = in->priv;

	fprintf(out,
		"sl_inline __u32 e%" PRIu32
		"_run(struct sl_pkt *p)\n{\n\t__u32 agg = p->anno.aggregate;\n\n",
		in->index);
	emit_ranges(f, 0, f->n, 0, out);
	fputs("}\n", out);
	return 0;
}

const struct sl_class sl_class_aggregate_filter = {
	.spec = {.name = "AggregateFilter", .ports = "1/1-254", .processing = "h"},
	.base = "aggregate_filter",
	.summary = "sorts packets by their aggregate annotation",
	.help = "Each argument is an action and aggregates: `allow 3 8 10-20` sends packets with "
		"these out by output 0, `2 100-199` by output 2, `drop all` drops what is left. "
		"The first argument that has a packet's aggregate decides; what none has is "
		"dropped "
		"(policy). The arguments become a search tree in the program, of at most 4096 "
		"ranges.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.configure = configure,
	.emit = emit,
	.release = release,
	.weight = 20,
};
