// SPDX-License-Identifier: GPL-2.0-only
/* Requests about tenants, their graphs and handlers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/log.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "ctl/stats.h"
#include "loader/mem.h"

/* A write that takes longer counts as a change of the graph. */
#define CHEAP_MS 20

static void name_result(struct ctl_serve *s)
{
	json_object_object_add(s->result, "tenant", json_object_new_string(s->tenant));
}

/* ---- Adding and removing ---------------------------------------------------------------------*/

int ctl_serve_tenant_add(struct ctl_serve *s)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	const char *text = ctl_arg_text(s->args, "text"), *dir = ctl_arg_text(s->args, "dir");
	const char *file = ctl_arg_text(s->args, "file");
	const struct sl_node_tenant *t;
	int ret;

	if (!text) {
		sl_error(&s->diags, SL_NOPOS, "bad-argument", "the node file's text is missing");
		return -EINVAL;
	}
	ret = sl_node_config_parse(text, strlen(text), file ? file : "node file", dir ? dir : "",
				   &s->diags, &c);
	if (ret)
		return ret;
	t = sl_node_config_tenant(c, s->tenant);
	if (!t) {
		sl_diag_hint(sl_error(&s->diags, (struct sl_pos){.file = c->file}, "no-tenant",
				      "the file describes no tenant '%s'", s->tenant),
			     "add it under `tenants:`");
		return -ENOENT;
	}
	name_result(s);
	return s->ops->tenant_add(s->node, t, &s->diags);
}

int ctl_serve_tenant_remove(struct ctl_serve *s)
{
	name_result(s);
	return s->ops->tenant_remove(s->node, s->tenant, &s->diags);
}

/* ---- Graphs ----------------------------------------------------------------------------------*/

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Times of compiling come from the worker: what this process measured was a look into the cache. */
static void merge_stages(struct json_object *stages, struct json_object *worker, uint64_t start_ns)
{
	static const char *const keys[] = {"parse_ns",	 "check_ns", "configure_ns",
					   "plan_ns",	 "clang_ns", "codegen_ns",
					   "compile_ns", "link_ns",  "cached"};
	uint64_t total = now_ns() - start_ns;
	struct json_object *v;

	for (size_t i = 0; worker && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_object_get_ex(worker, keys[i], &v))
			json_object_object_add(stages, keys[i], json_object_get(v));
	if (json_object_object_get_ex(stages, "settle_ns", &v))
		json_object_object_add(stages, "forwarding_ns",
				       json_object_new_uint64(total - json_object_get_uint64(v)));
	json_object_object_add(stages, "total_ns", json_object_new_uint64(total));
}

/* Where the graph runs now, and why. */
static void class_result(struct ctl_serve *s)
{
	static const char *const keys[] = {"class", "class_why"};
	struct json_object *list = s->ops->tenants(s->node, s->tenant), *v;
	struct json_object *o = list ? json_object_array_get_idx(list, 0) : NULL;

	for (size_t i = 0; o && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_object_object_get_ex(o, keys[i], &v))
			json_object_object_add(s->result, keys[i], json_object_get(v));
	json_object_put(list);
}

typedef int install_fn(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		       struct sl_hand *hand, struct sl_diags *d, struct json_object *stages);

static int install(struct ctl_serve *s, const struct sl_submission *sub, install_fn *fn)
{
	struct json_object *stages;
	int ret = 0;

	if (!s->conn->started_ns)
		s->conn->started_ns = now_ns();
	if (!s->conn->compiled)
		ret = ctl_queue_charge(s->server, s->tenant, s->uid, &s->diags);
	ret = ret ? ret : ctl_serve_ahead(s, NULL, sub);
	if (ret || s->waiting)
		return ret;
	stages = json_object_new_object();
	if (!stages)
		return -ENOMEM;
	name_result(s);
	json_object_object_add(s->result, "graph", json_object_new_string(sub->graph.name));
	json_object_object_add(s->result, "stages", stages);
	ret = fn(s->node, s->tenant, sub, s->conn->hand, &s->diags, stages);
	merge_stages(stages, s->conn->stages, s->conn->started_ns);
	if (!ret)
		class_result(s);
	return ret;
}

int ctl_serve_tenant_install(struct ctl_serve *s)
{
	struct sl_submission sub = {0};
	struct json_object *o = NULL;
	int ret = -EINVAL;

	if (s->args && json_object_object_get_ex(s->args, "submission", &o))
		ret = sl_submission_from_json(o, &sub);
	if (ret) {
		sl_error(&s->diags, SL_NOPOS, "bad-argument", "the submission is not usable");
		return ret == -ENOMEM ? ret : -EINVAL;
	}
	ret = install(s, &sub, s->ops->install);
	sl_submission_free(&sub);
	return ret;
}

/* What was found at the first turn is installed at the second: by then packets may do otherwise,
 * and that is not what was compiled. */
static int keep(struct ctl_serve *s, const struct sl_submission *sub)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return -ENOMEM;
	json_object_object_add(o, "submission", sl_submission_json(sub));
	json_object_object_add(o, "result", json_object_get(s->result));
	s->conn->kept = o;
	return 0;
}

static int take_kept(struct ctl_serve *s, struct sl_submission *sub)
{
	struct json_object *o = NULL, *result = NULL;

	json_object_object_get_ex(s->conn->kept, "submission", &o);
	json_object_object_get_ex(s->conn->kept, "result", &result);
	if (!result)
		return -ENOMEM;
	ctl_serve_result(s, json_object_get(result));
	return sl_submission_from_json(o, sub);
}

int ctl_serve_tenant_optimize(struct ctl_serve *s)
{
	bool wanted = true, only_show = ctl_arg_flag(s->args, "dry_run");
	struct sl_submission sub = {0};
	int ret;

	if (s->conn->kept) {
		ret = take_kept(s, &sub);
	} else {
		name_result(s);
		ret = s->ops->shares(s->node, s->tenant, &sub, &wanted, s->result, &s->diags);
		json_object_object_add(s->result, "compiled",
				       json_object_new_boolean(wanted && !only_show));
		if (!ret && wanted && !only_show)
			ret = keep(s, &sub);
	}
	if (!ret && wanted && !only_show)
		ret = install(s, &sub, s->ops->optimize);
	sl_submission_free(&sub);
	return ret;
}

int ctl_serve_tenant_rollback(struct ctl_serve *s)
{
	int ret = ctl_queue_charge(s->server, s->tenant, s->uid, &s->diags);

	name_result(s);
	ret = ret ? ret : s->ops->rollback(s->node, s->tenant, &s->diags);
	if (ret == -ENOENT && !s->diags.errors)
		sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "no-graph",
				      "tenant %s has no graph before the running one", s->tenant),
			     "install a graph; the one it replaces is kept");
	return ret;
}

int ctl_serve_tenant_class(struct ctl_serve *s)
{
	int ret;

	name_result(s);
	ret = s->ops->class(s->node, s->tenant, ctl_arg_text(s->args, "class"), &s->diags);
	if (!ret)
		class_result(s);
	return ret;
}

int ctl_serve_tenant_cpu(struct ctl_serve *s)
{
	name_result(s);
	return s->ops->on_cpu(s->node, s->tenant, ctl_arg_text(s->args, "cpu"), &s->diags);
}

static int set_active(struct ctl_serve *s, bool active)
{
	int ret = ctl_queue_charge(s->server, s->tenant, s->uid, &s->diags);

	name_result(s);
	return ret ? ret : s->ops->set_active(s->node, s->tenant, active, &s->diags);
}

int ctl_serve_tenant_start(struct ctl_serve *s)
{
	return set_active(s, true);
}

int ctl_serve_tenant_stop(struct ctl_serve *s)
{
	return set_active(s, false);
}

/* ---- Looking ---------------------------------------------------------------------------------*/

int ctl_serve_tenant_list(struct ctl_serve *s)
{
	return ctl_serve_rows(s, "tenants", "name", s->ops->tenants(s->node, NULL));
}

/* The generated C beside the graph it came from. */
static int show_emitted(struct ctl_serve *s)
{
	_free_ char *name = NULL, *text = NULL;
	const char *c = s->ops->emitted(s->node, s->tenant);

	if (!c) {
		sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "no-graph", "tenant %s runs no graph",
				      s->tenant),
			     "install one: sluicectl tenant install %s GRAPH", s->tenant);
		return -ENOENT;
	}
	json_object_object_add(s->result, "emitted", json_object_new_string(c));
	if (!s->ops->graph_text(s->node, s->tenant, &name, &text) && name && text) {
		json_object_object_add(s->result, "graph", json_object_new_string(name));
		json_object_object_add(s->result, "text", json_object_new_string(text));
	}
	return 0;
}

int ctl_serve_tenant_show(struct ctl_serve *s)
{
	struct json_object *list, *o;

	if (ctl_arg_flag(s->args, "emit"))
		return show_emitted(s);
	list = s->ops->tenants(s->node, s->tenant);
	o = list ? json_object_array_get_idx(list, 0) : NULL;
	if (!o) {
		json_object_put(list);
		return -ENOMEM;
	}
	ctl_serve_result(s, json_object_get(o));
	json_object_put(list);
	json_object_object_add(s->result, "compiled_for", s->ops->devices(s->node, s->tenant));
	return 0;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

/* Arguments given as several words are one text with spaces. */
static char *joined(struct json_object *args, const char *key)
{
	struct json_object *list = NULL;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	if (args && json_object_object_get_ex(args, key, &list))
		for (size_t i = 0; i < json_object_array_length(list); i++)
			fprintf(f, "%s%s", i ? " " : "",
				json_object_get_string(json_object_array_get_idx(list, i)));
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static const char *path_of(struct ctl_serve *s)
{
	return strchr(ctl_arg_text(s->args, "handler"), '/') + 1;
}

int ctl_serve_read(struct ctl_serve *s)
{
	_free_ char *args = joined(s->args, "args"), *value = NULL;
	int ret;

	if (!args)
		return -ENOMEM;
	ret = s->ops->read(s->node, s->tenant, path_of(s), args, &value, &s->diags);
	if (ret)
		return ret;
	name_result(s);
	json_object_object_add(s->result, "handler", json_object_new_string(path_of(s)));
	json_object_object_add(s->result, "value", json_object_new_string(value));
	return 0;
}

int ctl_serve_write(struct ctl_serve *s)
{
	_free_ char *value = joined(s->args, "value");
	uint64_t start = ctl_now_ms();
	int ret;

	if (!value)
		return -ENOMEM;
	ret = ctl_queue_check(s->server, s->tenant, s->uid, &s->diags);
	ret = ret ? ret : s->ops->write(s->node, s->tenant, path_of(s), value, &s->diags);
	/* Some handlers compile and swap; which, the time tells. */
	if (ctl_now_ms() - start > CHEAP_MS)
		ctl_queue_take(s->server, s->tenant, s->uid);
	if (ret)
		return ret;
	name_result(s);
	json_object_object_add(s->result, "handler", json_object_new_string(path_of(s)));
	return 0;
}

/* ---- Watching --------------------------------------------------------------------------------*/

static bool is_visible(void *arg, struct json_object *entry)
{
	const struct ctl_serve *s = arg;
	const char *tenant = ctl_arg_text(entry, "tenant");

	if (s->tenant && (!tenant || strcmp(tenant, s->tenant)))
		return false;
	return ctl_serve_sees(s->server, s->uid, tenant);
}

static void send_last(void *arg, struct json_object *entry)
{
	const struct ctl_serve *s = arg;

	/* All that are kept fit into a buffer. */
	ctl_conn_part(s->conn, entry);
}

static int watch(struct ctl_serve *s)
{
	if (s->tenant) {
		s->conn->watch.tenant = strdup(s->tenant);
		if (!s->conn->watch.tenant)
			return -ENOMEM;
	}
	s->watching = true;
	return 0;
}

int ctl_serve_events(struct ctl_serve *s)
{
	const char *last = ctl_arg_text(s->args, "last");

	/* Those of the past, and no more. */
	if (last) {
		ctl_log_last(s->server->log, (unsigned int)atoi(last), is_visible, send_last, s);
		return 0;
	}
	s->conn->watch.events = true;
	return watch(s);
}

static int watch_stats(struct ctl_serve *s)
{
	const char *interval = ctl_arg_text(s->args, "interval");
	unsigned long long ms = 1000;

	if (interval)
		ctl_time_ms(interval, &ms);
	if (ms < 200 || ms > 3600000) {
		sl_error(&s->diags, SL_NOPOS, "bad-argument",
			 "the interval is from 200 ms to an hour");
		return -EINVAL;
	}
	s->conn->watch.stats = true;
	s->conn->watch.interval_ms = (unsigned int)ms;
	return watch(s);
}

int ctl_serve_stats(struct ctl_serve *s)
{
	if (!ctl_arg_flag(s->args, "watch"))
		return ctl_serve_result(s, ctl_stats_get(s->server, s->uid, s->tenant, NULL));
	return watch_stats(s);
}

int ctl_serve_top(struct ctl_serve *s)
{
	s->conn->watch.brief = true;
	return watch_stats(s);
}
