// SPDX-License-Identifier: GPL-2.0-only
/* What a trial found, as a case for tests/conformance. */
#include "tests/oracle/trial_int.h"

#include <string.h>

void say_graph(const struct session *s)
{
	const struct rgraph *g = s->t->graph;
	FILE *f = s->t->say;

	for (int d = 0; d < RG_DEVS; d++)
		fprintf(f, "device eth%d mac=02:00:00:00:00:%02x peer=02:00:00:00:02:%02x%s\n", d,
			d, d, g->ip_link[d] ? " iplink" : "");
	if (g->head != 32)
		fprintf(f, "head %u\n", g->head);
	if (g->max_weight)
		fprintf(f, "weight %u\n", g->max_weight);
	fprintf(f, "graph\n");
	for (const char *at = s->text; *at;) {
		size_t n = strcspn(at, "\n");

		fprintf(f, "\t%.*s\n", (int)n, at);
		at += n + (at[n] != 0);
	}
	fprintf(f, "\ncase found by random packets\n");
}

static void say_bytes(FILE *f, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%02x", b[i]);
}

static void say_outcome(FILE *f, const struct outcome *o)
{
	if (o->verdict == ORACLE_DROP) {
		fprintf(f, "drop %s %s\n", o->elem ? o->elem : "-",
			o->reason ? o->reason : "(any)");
		return;
	}
	if (o->verdict == ORACLE_OUT)
		fprintf(f, "out eth%u raw hex ", o->dev);
	else
		fprintf(f, "host raw hex ");
	say_bytes(f, o->bytes, o->len);
	fputc('\n', f);
}

void say_step(const struct session *s, size_t i)
{
	const struct rpacket *p = &s->t->packets[i];
	uint64_t before = i ? s->t->packets[i - 1].now_ns : START_NS;

	if (p->now_ns != before)
		fprintf(s->t->say, "clock +%llums\n",
			(unsigned long long)(p->now_ns - before) / 1000000);
	if (*p->op) {
		fprintf(s->t->say, "%s\n", p->op);
		return;
	}
	fprintf(s->t->say, "in eth%u raw hex ", p->dev);
	say_bytes(s->t->say, p->bytes, p->len);
	fputc('\n', s->t->say);
}

void say_difference(struct session *s, const char *a_name, const struct outcome *a, int n_a,
		    const char *b_name, const struct outcome *b, int n_b)
{
	FILE *f = s->t->say;

	if (!f)
		return;
	say_graph(s);
	for (size_t i = 0; i <= s->at; i++)
		say_step(s, i);
	fprintf(f, "# %s:\n", a_name);
	for (int i = 0; i < n_a; i++)
		say_outcome(f, &a[i]);
	fprintf(f, "# but %s:\n", b_name);
	for (int i = 0; i < n_b; i++) {
		fprintf(f, "# ");
		say_outcome(f, &b[i]);
	}
}
