// SPDX-License-Identifier: GPL-2.0-only
/* Whether the machine can keep what budgets promise. */
#include "loader/runtime/admission.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>

#include "loader/mem.h"
#include "loader/runtime/config.h"

/* Terms of a sum that are written out. */
#define TERMS 16
#define POLL 64 /* packets of a NAPI poll */

void sl_capacity_here(struct sl_capacity *c)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);

	c->cpus = cpus > 0 ? (uint32_t)cpus : 1;
	c->memory_bytes = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

/* ---- The arithmetic --------------------------------------------------------------------------*/

typedef uint64_t term_fn(const struct sl_node_tenant *t);
typedef void put_fn(FILE *f, uint64_t v);

static uint64_t promised_of(const struct sl_node_tenant *t)
{
	return t->budget.cpu_min_milli;
}

static uint64_t memory_of(const struct sl_node_tenant *t)
{
	return t->budget.memory_bytes;
}

static void put_cpu(FILE *f, uint64_t milli)
{
	fprintf(f, "%g%%", (double)milli / 10);
}

static void put_size(FILE *f, uint64_t bytes)
{
	fprintf(f, "%.0f MiB", (double)bytes / (1 << 20));
}

static uint64_t sum(const struct sl_node_config *c, term_fn *term)
{
	uint64_t total = 0;

	for (size_t i = 0; i < c->n_tenants; i++)
		total += term(&c->tenants[i]);
	return total;
}

/* "red 40% + blue 50% + green 120% = 210%": the first ones by name, the others together. */
static char *sum_text(const struct sl_node_config *c, term_fn *term, put_fn *put)
{
	uint64_t rest = 0;
	size_t n = 0, others = 0, len;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < c->n_tenants; i++) {
		uint64_t v = term(&c->tenants[i]);

		if (!v)
			continue;
		if (n == TERMS) {
			rest += v;
			others++;
			continue;
		}
		fprintf(f, "%s%s ", n++ ? " + " : "", c->tenants[i].name);
		put(f, v);
	}
	if (others) {
		fprintf(f, " + %zu other%s ", others, others > 1 ? "s" : "");
		put(f, rest);
	}
	fputs(" = ", f);
	put(f, sum(c, term));
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static uint64_t cpu_room(const struct sl_node_config *c, const struct sl_capacity *cap)
{
	return c->reserve_milli < 1000 ? (uint64_t)cap->cpus * (1000 - c->reserve_milli) : 0;
}

/* ---- Judging ---------------------------------------------------------------------------------*/

/* Where the sum first is more than there is: there, or at the tenant that is changed. */
static struct sl_pos overflow_at(const struct sl_node_config *c, uint64_t room,
				 const struct sl_node_tenant *whose)
{
	uint64_t total = 0;

	for (size_t i = 0; !whose && i < c->n_tenants; i++) {
		total += promised_of(&c->tenants[i]);
		if (total > room)
			return c->tenants[i].cpu_min_pos;
	}
	return whose ? whose->cpu_min_pos : SL_NOPOS;
}

static int judge_promises(const struct sl_node_config *next, const struct sl_node_config *now,
			  const struct sl_capacity *cap, const struct sl_node_tenant *whose,
			  struct sl_diags *d)
{
	uint64_t room = cpu_room(next, cap), total = sum(next, promised_of);
	bool refused = !now || !whose || total > sum(now, promised_of);
	_free_ char *terms = NULL;
	struct sl_diag *diag;

	if (total <= room)
		return 0;
	terms = sum_text(next, promised_of, put_cpu);
	if (!terms)
		return -ENOMEM;
	diag = sl_diag_add(d, refused ? SL_DIAG_ERROR : SL_DIAG_WARNING,
			   overflow_at(next, room, whose), "admission",
			   "more CPU is promised than there is: promised: %s of %u CPU%s less %g%% "
			   "reserve%s = %g%%",
			   terms, cap->cpus, cap->cpus == 1 ? "" : "s",
			   (double)next->reserve_milli / 10, cap->cpus == 1 ? "" : " each",
			   (double)room / 10);
	sl_diag_hint(diag,
		     "lower 'cpu_min' by %g%% in all ('cpu' limits, and promises nothing), or "
		     "the node's 'reserve'",
		     (double)(total - room) / 10);
	return refused ? -EINVAL : 0;
}

static void warn_cpu(const struct sl_node_tenant *t, const struct sl_capacity *cap,
		     struct sl_diags *d)
{
	if (t->budget.cpu_max_milli <= cap->cpus * 1000ull)
		return;
	sl_diag_hint(sl_warn(d, t->cpu_pos, "budget",
			     "tenant %s may use %g%% of a CPU, and there are %u CPU%s = %u%%",
			     t->name, t->budget.cpu_max_milli / 10.0, cap->cpus,
			     cap->cpus == 1 ? "" : "s", cap->cpus * 100),
		     "the limit has no effect");
}

static void warn_memory(const struct sl_node_config *next, const struct sl_node_tenant *at,
			const struct sl_capacity *cap, struct sl_diags *d)
{
	_free_ char *terms = NULL;

	if (!cap->memory_bytes || sum(next, memory_of) <= cap->memory_bytes)
		return;
	terms = sum_text(next, memory_of, put_size);
	if (terms)
		sl_diag_hint(sl_warn(d, at->memory_pos, "budget",
				     "tenants may use more memory together than there is: %s of "
				     "%.0f MiB",
				     terms, (double)cap->memory_bytes / (1 << 20)),
			     "who comes last may be refused memory within its limit");
}

static void warn_limits(const struct sl_node_config *next, const struct sl_capacity *cap,
			const struct sl_node_tenant *whose, struct sl_diags *d)
{
	uint64_t total = 0;

	if (whose) {
		warn_cpu(whose, cap, d);
		if (whose->budget.memory_bytes)
			warn_memory(next, whose, cap, d);
		return;
	}
	for (size_t i = 0; i < next->n_tenants; i++) {
		const struct sl_node_tenant *t = &next->tenants[i];
		bool was = total <= cap->memory_bytes;

		warn_cpu(t, cap, d);
		total += memory_of(t);
		if (was && total > cap->memory_bytes)
			warn_memory(next, t, cap, d);
	}
}

int sl_admission(const struct sl_node_config *next, const struct sl_node_config *now,
		 const struct sl_capacity *c, const struct sl_node_tenant *whose,
		 struct sl_diags *d)
{
	int ret = judge_promises(next, now, c, whose, d);

	if (!ret)
		warn_limits(next, c, whose, d);
	return ret;
}

/* ---- What is taken ---------------------------------------------------------------------------*/

static void add_line(struct json_object *o, const char *key, char *line)
{
	if (line)
		json_object_object_add(o, key, json_object_new_string(line));
	free(line);
}

static char *cpu_line(const struct sl_node_config *c, const struct sl_capacity *cap)
{
	_free_ char *terms = sum_text(c, promised_of, put_cpu);
	char *line = NULL;

	if (!terms || asprintf(&line, "promised: %s of %u CPU%s less %g%% reserve%s = %g%%", terms,
			       cap->cpus, cap->cpus == 1 ? "" : "s", (double)c->reserve_milli / 10,
			       cap->cpus == 1 ? "" : " each", (double)cpu_room(c, cap) / 10) < 0)
		return NULL;
	return line;
}

static char *memory_line(const struct sl_node_config *c, const struct sl_capacity *cap)
{
	_free_ char *terms = sum_text(c, memory_of, put_size);
	char *line = NULL;

	if (!terms || asprintf(&line, "limits: %s of %.0f MiB", terms,
			       (double)cap->memory_bytes / (1 << 20)) < 0)
		return NULL;
	return line;
}

/* A poll has no more packets than that, whosever they are: so the dearest tenant's decide. */
static char *poll_line(const struct sl_node_config *c, const uint32_t *inline_ns,
		       uint32_t platform_ns)
{
	size_t most = 0, n = 0;
	char *line = NULL;

	for (size_t i = 0; i < c->n_tenants; i++) {
		n += inline_ns[i] != 0;
		most = inline_ns[i] > inline_ns[most] ? i : most;
	}
	if (!n || asprintf(&line,
			   "%u packets x (%u ns for one of %s, the most of %zu inline + %u ns "
			   "platform) = %.1f us of max_delay_us %u",
			   POLL, inline_ns[most], c->tenants[most].name, n, platform_ns,
			   (double)POLL * ((double)inline_ns[most] + platform_ns) / 1000,
			   c->max_delay_us) < 0)
		return NULL;
	return line;
}

struct json_object *sl_admission_json(const struct sl_node_config *c, const struct sl_capacity *cap,
				      const uint32_t *inline_ns, uint32_t platform_ns)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	if (sum(c, promised_of))
		add_line(o, "cpu", cpu_line(c, cap));
	if (sum(c, memory_of))
		add_line(o, "memory", memory_line(c, cap));
	add_line(o, "poll", poll_line(c, inline_ns, platform_ns));
	return o;
}
