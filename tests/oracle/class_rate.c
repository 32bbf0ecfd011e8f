// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle's token buckets and averages, and classes it has no opinion about: from the first
 * packet that enters one of those on, only the builds are compared.
 */
#include <stdlib.h>

#include "tests/oracle/oracle_int.h"

#define SECOND 1000000000.0

/* ---- RatedSplitter, BandwidthRatedSplitter ---------------------------------------------------*/

struct splitter {
	double rate, size, tokens; /* a second, at most, now */
	uint64_t at;
	bool bytes, begun;
};

static double bandwidth(const char *text)
{
	char *unit;
	double v = strtod(text, &unit);

	while (*unit == ' ')
		unit++;
	return !strncmp(unit, "k", 1) ? v * 1e3 : !strncmp(unit, "M", 1) ? v * 1e6 : v;
}

static void splitter_conf(struct oconf *c)
{
	struct splitter *s = c->e->priv;
	const char *rate = conf_take(c, "RATE", true);
	uint64_t duration = 20000000;
	uint32_t size = 0;

	s->bytes = !strcmp(c->e->elem->class_name, "BandwidthRatedSplitter");
	if (!rate) {
		conf_fail(c, "RATE");
		return;
	}
	s->rate = s->bytes ? bandwidth(rate) : atof(rate);
	conf_time(c, "BURST_DURATION", false, &duration);
	conf_num(c, s->bytes ? "BURST_BYTES" : "BURST_SIZE", false, &size);
	s->size = size ? size : s->rate * (double)duration / SECOND;
	/* Otherwise tokens come with the kernel's ticks, and nobody says when those are. */
	if (s->size / s->rate >= 0.02)
		conf_fail(c, "only buckets that are full in less than 20 ms");
	s->tokens = s->size;
}

static int splitter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct splitter *s = e->priv;
	double more = s->begun ? (double)(o->now_ns - s->at) / SECOND * s->rate : 0;

	(void)port;
	s->begun = true;
	s->at = o->now_ns;
	s->tokens = s->tokens + more < s->size ? s->tokens + more : s->size;
	if (s->bytes ? s->tokens < 0 : s->tokens < 1)
		return out_or_drop(o, e, 1, "sampled");
	s->tokens -= s->bytes ? (double)length(p) : 1;
	return 0;
}

/* ---- AverageCounter --------------------------------------------------------------------------*/

static int pass(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)e;
	(void)port;
	(void)p;
	return 0;
}

static const char *average_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"count", "byte_count"};
	const uint64_t values[] = {e->entered - e->old_entered, e->bytes - e->old_bytes};

	(void)o;
	if (i >= COUNT(names))
		return NULL;
	fprintf(out, "%llu", (unsigned long long)values[i]);
	return names[i];
}

static enum oracle_handled average_write(struct oracle *o, struct oel *e, const char *handler,
					 const char *value)
{
	(void)o;
	(void)value;
	if (strcmp(handler, "reset"))
		return ORACLE_SILENT;
	e->old_entered = e->entered;
	e->old_bytes = e->bytes;
	return ORACLE_DONE;
}

/* ---- Ways
 * --------------------------------------------------------------------------------------*/

static void bypass_conf(struct oconf *c)
{
	conf_bool(c, "ACTIVE", true, c->e->priv);
}

static int bypass(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)p;
	return port == 0 && *(bool *)e->priv && e->n_out > 1;
}

static enum oracle_handled bypass_write(struct oracle *o, struct oel *e, const char *handler,
					const char *value)
{
	(void)o;
	if (strcmp(handler, "active"))
		return ORACLE_SILENT;
	*(bool *)e->priv = !strcmp(value, "true");
	return ORACLE_DONE;
}

/* ---- No opinion ------------------------------------------------------------------------------*/

static void any_conf(struct oconf *c)
{
	while (conf_next(c))
		;
}

static int no_opinion(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)e;
	(void)port;
	(void)p;
	o->unsure = true;
	return GONE;
}

static enum oracle_handled no_write(struct oracle *o, struct oel *e, const char *handler,
				    const char *value)
{
	(void)e;
	(void)handler;
	(void)value;
	o->unsure = true;
	return ORACLE_DONE;
}

#define NO_OPINION .configure = any_conf, .push = no_opinion, .write = no_write, .remembers = true

const struct oclass rate_classes[] = {
	{.names = "RatedSplitter BandwidthRatedSplitter",
	 .ports = "1/1-2",
	 .processing = "h",
	 .priv_size = sizeof(struct splitter),
	 .configure = splitter_conf,
	 .push = splitter,
	 .remembers = true},
	{.names = "AverageCounter",
	 .ports = "1/1",
	 .processing = "a",
	 .push = pass,
	 .read = average_read,
	 .write = average_write,
	 .remembers = true},
	{.names = "Bypass",
	 .ports = "1-2/1-2",
	 .processing = "a",
	 .flow = "xy/[xy]x",
	 .priv_size = sizeof(bool),
	 .configure = bypass_conf,
	 .push = bypass,
	 .write = bypass_write},
	{.names = "Meter BandwidthMeter", .ports = "1/2-", .processing = "h", NO_OPINION},
	{.names = "StrideSwitch", .ports = "1/1-", .processing = "h", NO_OPINION},
	{.names = "AggregateIP AggregateIPFlows AggregateIPAddrPair AggregateFirst GREDecap",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 NO_OPINION},
	{.names =
		 "AggregateLength AggregatePaint EnsureEther SetTimestamp SetRandIPAddress IPPrint "
		 "IP6Print DynamicUDPIPEncap ICMPIPEncap",
	 .ports = "1/1",
	 .processing = "a",
	 NO_OPINION},
	{.names = "AggregateCounter IPRateMonitor",
	 .ports = "1-2/1-2",
	 .processing = "a",
	 NO_OPINION},
	{.names = "AggregateFilter", .ports = "1/1-254", .processing = "h", NO_OPINION},
	{0},
};
