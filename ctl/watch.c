// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that go on: `events` gets changes as they are logged and what graphs print; `stats
 * --watch` gets the counters again and again. A client that reads too slowly misses events, and is
 * told how many; nothing waits for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "ctl/stats.h"

/* How often tenants' event rings are emptied while somebody watches. */
#define DRAIN_MS 100

/* ---- Events ----------------------------------------------------------------------------------*/

static void tell_lost(struct ctl_conn *c)
{
	struct json_object *o;
	char text[64];

	if (!c->watch.lost)
		return;
	o = json_object_new_object();
	if (!o)
		return;
	snprintf(text, sizeof(text), "%llu events lost: read faster", c->watch.lost);
	json_object_object_add(o, "event", json_object_new_string("lost"));
	json_object_object_add(o, "lost", json_object_new_uint64(c->watch.lost));
	json_object_object_add(o, "text", json_object_new_string(text));
	if (!ctl_conn_part(c, o))
		c->watch.lost = 0;
	json_object_put(o);
}

static void send_event(struct ctl_conn *c, struct json_object *event)
{
	tell_lost(c);
	if (c->watch.lost || ctl_conn_part(c, event))
		c->watch.lost++;
}

static bool wants(struct ctl_conn *c, const char *tenant)
{
	if (c->state != CTL_CONN_WATCHING || !c->watch.events)
		return false;
	if (c->watch.tenant && (!tenant || strcmp(c->watch.tenant, tenant)))
		return false;
	return ctl_serve_sees(c->server, c->uid, tenant);
}

/* Sends what was put into buffers; connections may go. */
static void flush(struct ctl_server *s)
{
	struct ctl_conn *next;

	for (struct ctl_conn *c = s->conns; c; c = next) {
		next = c->next;
		if (c->state == CTL_CONN_WATCHING && ctl_buf_len(&c->out))
			ctl_conn_update(c);
	}
}

static void tell(struct ctl_server *s, const char *tenant, struct json_object *event)
{
	for (struct ctl_conn *c = s->conns; c; c = c->next)
		if (wants(c, tenant))
			send_event(c, event);
}

/* Sent with the next drain: the caller may be in the middle of a connection's request. */
void ctl_watch_change(struct ctl_server *s, const char *tenant, struct json_object *event)
{
	tell(s, tenant, event);
}

struct drain {
	struct ctl_server *server;
	const char *tenant;
};

static void on_record(void *arg, struct json_object *event)
{
	const struct drain *dr = arg;
	char time[32];

	json_object_object_add(event, "event", json_object_new_string("record"));
	json_object_object_add(event, "time",
			       json_object_new_string(ctl_log_time(time, sizeof(time))));
	json_object_object_add(event, "tenant", json_object_new_string(dr->tenant));
	tell(dr->server, dr->tenant, event);
}

static bool anybody_wants(struct ctl_server *s, const char *tenant)
{
	for (struct ctl_conn *c = s->conns; c; c = c->next)
		if (wants(c, tenant))
			return true;
	return false;
}

static bool anybody_watches(const struct ctl_server *s)
{
	for (const struct ctl_conn *c = s->conns; c; c = c->next)
		if (c->state == CTL_CONN_WATCHING && c->watch.events)
			return true;
	return false;
}

static void on_drain(struct ctl_timer *t)
{
	struct ctl_server *s = t->arg;
	const struct sl_node_config *conf = s->ops->config(s->node);
	uint64_t start = ctl_now_ms(), took;

	for (size_t i = 0; conf && i < conf->n_tenants; i++) {
		struct drain dr = {s, conf->tenants[i].name};

		if (anybody_wants(s, dr.tenant))
			s->ops->events(s->node, dr.tenant, on_record, &dr);
	}
	flush(s);
	s->draining = anybody_watches(s);
	/* Records become text in the compiler's sandbox: a graph that prints much is heard less
	 * often, so that most of the time stays for others. */
	took = ctl_now_ms() - start;
	if (s->draining)
		ctl_timer_set(s->loop, &s->drain, took > DRAIN_MS / 4 ? 4 * took : DRAIN_MS);
}

/* ---- Counters --------------------------------------------------------------------------------*/

static void on_tick(struct ctl_timer *t)
{
	struct ctl_conn *c = t->arg;
	struct json_object *o = NULL;

	ctl_timer_set(c->server->loop, t, c->watch.interval_ms);
	/* One that has not taken the last ones yet gets no more. */
	if (!ctl_buf_len(&c->out))
		o = ctl_stats_get(c->server, c->uid, c->watch.tenant, c->watch.before);
	if (!o)
		return;
	if (c->watch.brief)
		json_object_object_del(o, "links");
	ctl_conn_part(c, o);
	json_object_put(c->watch.before);
	c->watch.before = o;
	ctl_conn_update(c);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

void ctl_watch_start(struct ctl_conn *c)
{
	struct ctl_server *s = c->server;

	c->state = CTL_CONN_WATCHING;
	if (c->watch.stats) {
		c->watch.timer = (struct ctl_timer){.fn = on_tick, .arg = c};
		ctl_timer_set(s->loop, &c->watch.timer, 0);
	}
	if (c->watch.peek)
		ctl_capture_start(c);
	if (c->watch.events && !s->draining) {
		s->draining = true;
		s->drain.fn = on_drain;
		s->drain.arg = s;
		ctl_timer_set(s->loop, &s->drain, 0);
	}
}

void ctl_watch_stop(struct ctl_conn *c)
{
	ctl_capture_stop(c);
	ctl_timer_cancel(c->server->loop, &c->watch.timer);
	json_object_put(c->watch.before);
	free(c->watch.tenant);
	memset(&c->watch, 0, sizeof(c->watch));
}
