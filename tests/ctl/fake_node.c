// SPDX-License-Identifier: GPL-2.0-only
/* A node without a kernel. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/ctl/fake_node.h"

static void pause_ms(const struct sl_node *n, unsigned int ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	if (n->clock)
		*n->clock += ms;
	else
		nanosleep(&ts, NULL);
}

static int __attribute__((format(printf, 3, 4)))
called(struct sl_node *n, struct sl_diags *d, const char *fmt, ...)
{
	size_t len = strlen(n->calls);
	int ret = n->fail;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n->calls + len, sizeof(n->calls) - len, fmt, ap);
	va_end(ap);
	pause_ms(n, n->slow_ms);
	n->fail = 0;
	if (ret)
		sl_error(d, (struct sl_pos){"given.click", 3, 9}, "fake", "as the test wants");
	return ret;
}

const char *fake_calls(struct sl_node *n, char *buf, size_t size)
{
	snprintf(buf, size, "%s", n->calls);
	n->calls[0] = 0;
	return buf;
}

/* ---- Node and ports --------------------------------------------------------------------------*/

static int fake_apply(struct sl_node *n, struct sl_node_config *c, bool dry_run,
		      struct sl_hand *hand, struct sl_diags *d, struct json_object *changes)
{
	struct json_object *o = json_object_new_object();

	(void)hand;
	json_object_object_add(o, "action", json_object_new_string("add"));
	json_object_array_add(changes, o);
	sl_node_config_free(c);
	return called(n, d, "apply%s; ", dry_run ? " dry" : "");
}

static struct json_object *fake_show(struct sl_node *n)
{
	struct json_object *o = json_object_new_object();

	(void)n;
	json_object_object_add(o, "platform", json_object_new_string("fake"));
	return o;
}

static const struct sl_node_config *fake_config(const struct sl_node *n)
{
	return &n->config;
}

static int fake_port_attach(struct sl_node *n, const char *name, const char *interface,
			    enum sl_port_mode mode, struct sl_diags *d)
{
	int ret = called(n, d, "attach %s %s %s; ", name, interface, sl_port_mode_name(mode));

	n->attached |= !ret;
	return ret;
}

static int fake_port_detach(struct sl_node *n, const char *name, struct sl_diags *d)
{
	n->attached = false;
	return called(n, d, "detach %s; ", name);
}

static struct json_object *fake_ports(struct sl_node *n)
{
	struct json_object *a = json_object_new_array(), *o;

	if (!n->attached)
		return a;
	o = json_object_new_object();
	json_object_object_add(o, "name", json_object_new_string("up"));
	json_object_array_add(a, o);
	return a;
}

static struct json_object *fake_links(struct sl_node *n, const char *tenant, const char *device)
{
	static const char *const names[] = {"red", "blue"};
	struct json_object *a = json_object_new_array();

	(void)n;
	for (size_t i = 0; i < 2; i++) {
		struct json_object *o;

		if ((tenant && strcmp(tenant, names[i])) || (device && strcmp(device, "eth0")))
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "tenant", json_object_new_string(names[i]));
		json_object_object_add(o, "device", json_object_new_string("eth0"));
		json_object_array_add(a, o);
	}
	return a;
}

/* ---- Tenants ---------------------------------------------------------------------------------*/

static int fake_owner(const struct sl_node *n, const char *tenant, uid_t *uid)
{
	for (size_t i = 0; i < n->config.n_tenants; i++) {
		if (strcmp(n->tenants[i].name, tenant))
			continue;
		*uid = n->tenants[i].uid;
		return 0;
	}
	return -ENOENT;
}

static int fake_tenant_add(struct sl_node *n, const struct sl_node_tenant *t, struct sl_diags *d)
{
	return called(n, d, "add %s; ", t->name);
}

static int fake_tenant_remove(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	return called(n, d, "remove %s; ", tenant);
}

static int fake_install(struct sl_node *n, const char *tenant, const struct sl_submission *s,
			struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	(void)hand;
	json_object_object_add(stages, "clang_ns", json_object_new_int(0));
	json_object_object_add(stages, "load_ns", json_object_new_int(7));
	return called(n, d, "install %s %s; ", tenant, s->graph.name);
}

/* Shares that are others each time. */
static int count_shares(struct sl_node *n, struct sl_submission *s)
{
	memset(s, 0, sizeof(*s));
	s->graph.name = strdup("running.click");
	s->graph.text = strdup("Idle;");
	s->graph.len = 5;
	s->shares = calloc(1, sizeof(*s->shares));
	s->n_shares = 1;
	s->shares->element = strdup("Idle@1");
	s->shares->outs = calloc(1, sizeof(*s->shares->outs));
	s->shares->n_outs = 1;
	s->shares->outs[0] = ++n->counted;
	return 0;
}

static int fake_shares(struct sl_node *n, const char *tenant, struct sl_submission *s, bool *wanted,
		       struct json_object *result, struct sl_diags *d)
{
	(void)tenant, (void)d;
	*wanted = true;
	json_object_object_add(result, "changes", json_object_new_array());
	return count_shares(n, s);
}

static int fake_optimize(struct sl_node *n, const char *tenant, const struct sl_submission *s,
			 struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	(void)hand, (void)stages;
	return called(n, d, "optimize %s %u; ", tenant, s->n_shares ? s->shares[0].outs[0] : 0);
}

static int fake_optimize_next(struct sl_node *n, char tenant[SL_NAME_MAX + 1],
			      struct sl_submission *s)
{
	if (!n->changes)
		return -ENOENT;
	n->changes = false;
	strcpy(tenant, "red");
	return count_shares(n, s);
}

/* What is to be known of the node is the node. */
static int fake_ahead_tenant(struct sl_node *n, const char *tenant, struct sl_ahead **out)
{
	(void)tenant;
	*out = (struct sl_ahead *)n;
	return 0;
}

static int fake_ahead_config(struct sl_node *n, const struct sl_node_config *c,
			     struct sl_ahead **out)
{
	(void)c;
	*out = (struct sl_ahead *)n;
	return 0;
}

static int fake_ahead_compile(const struct sl_ahead *a, const struct sl_submission *s, int hand,
			      struct sl_diags *d, struct json_object *stages)
{
	const struct sl_node *n = (const struct sl_node *)a;

	(void)s;
	(void)hand;
	pause_ms(n, n->compile_ms);
	if (n->compile_dies)
		raise(SIGKILL);
	if (n->compile_fail)
		sl_error(d, (struct sl_pos){"given.click", 3, 9}, "unknown-class", "no such class");
	/* What may wait has the lowest priority. */
	json_object_object_add(stages, "clang_ns",
			       json_object_new_int(1234 + getpriority(PRIO_PROCESS, 0)));
	return n->compile_fail;
}

static size_t fake_ahead_graphs(const struct sl_ahead *a)
{
	(void)a;
	return 1;
}

static void fake_ahead_free(struct sl_ahead *a)
{
	(void)a;
}

static int fake_rollback(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	return called(n, d, "rollback %s; ", tenant);
}

static int fake_on_cpu(struct sl_node *n, const char *tenant, const char *cpu, struct sl_diags *d)
{
	return called(n, d, "cpu %s %s; ", tenant, cpu);
}

static int fake_class(struct sl_node *n, const char *tenant, const char *class, struct sl_diags *d)
{
	return called(n, d, "class %s %s; ", tenant, class);
}

static int fake_set_active(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d)
{
	return called(n, d, "%s %s; ", active ? "start" : "stop", tenant);
}

static int fake_budget_set(struct sl_node *n, const char *tenant, const char *const *values,
			   size_t n_values, struct sl_diags *d, struct json_object *result)
{
	json_object_object_add(result, "changed", json_object_new_string(values[0]));
	return called(n, d, "budget %s %s %zu; ", tenant, values[n_values - 1], n_values);
}

/* Each tenant has a pps of the node file, and no cpu. */
static struct json_object *fake_budgets(struct sl_node *n, const char *tenant)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < n->config.n_tenants; i++) {
		struct json_object *o;

		if (tenant && strcmp(tenant, n->tenants[i].name))
			continue;
		o = json_tokener_parse(
			"{\"limits\": [{\"limit\": \"cpu\", \"source\": \"default\"}, "
			"{\"limit\": \"pps\", \"value\": \"1000\", \"source\": \"file\"}]}");
		json_object_object_add(o, "tenant", json_object_new_string(n->tenants[i].name));
		json_object_array_add(a, o);
	}
	return a;
}

static int fake_release(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	return called(n, d, "release %s; ", tenant);
}

static void fake_convicted(struct sl_node *n,
			   void (*fn)(void *arg, const char *tenant, const char *why), void *arg)
{
	if (n->convicted)
		fn(arg, "red", "40 of 64");
	n->convicted = false;
}

static struct json_object *fake_tenants(struct sl_node *n, const char *tenant)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < n->config.n_tenants; i++) {
		struct json_object *o;

		if (tenant && strcmp(tenant, n->tenants[i].name))
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "name", json_object_new_string(n->tenants[i].name));
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *fake_devices(struct sl_node *n, const char *tenant)
{
	(void)n, (void)tenant;
	return json_object_new_object();
}

static const char *fake_emitted(struct sl_node *n, const char *tenant)
{
	(void)n;
	return strcmp(tenant, "red") ? NULL : "int x;\n";
}

static int fake_graph_text(struct sl_node *n, const char *tenant, char **name, char **text)
{
	(void)n, (void)tenant;
	*name = strdup("a.click");
	*text = strdup("Idle -> Discard;\n");
	return 0;
}

/* ---- Handlers and watching -------------------------------------------------------------------*/

static int fake_read(struct sl_node *n, const char *tenant, const char *path, const char *args,
		     char **value, struct sl_diags *d)
{
	int ret = called(n, d, "read %s %s '%s'; ", tenant, path, args);

	pause_ms(n, strcmp(path, "c.slow") ? 0 : n->read_ms);
	*value = ret ? NULL : strdup(n->value ? n->value : "42");
	return ret;
}

static int fake_write(struct sl_node *n, const char *tenant, const char *path, const char *value,
		      struct sl_diags *d)
{
	if (n->warn)
		sl_warn(d, SL_NOPOS, "fake", "careful");
	return called(n, d, "write %s %s '%s'; ", tenant, path, value);
}

/* Elements c, with a count and a reset, and s, with a switch; red has a graph, blue none. */
static int fake_handler(struct sl_node *n, const char *tenant, const char *path,
			unsigned int *flags, struct sl_diags *d)
{
	const char *dot = strrchr(path, '.');
	bool c = !strncmp(path, "c.", 2) || !strncmp(path, "1.", 2);

	(void)n;
	if (strcmp(tenant, "red")) {
		sl_error(d, SL_NOPOS, "no-graph", "no graph");
		return -ENOENT;
	}
	if (!c && strncmp(path, "s.", 2) && strncmp(path, "2.", 2)) {
		sl_error(d, SL_NOPOS, "no-element", "no element");
		return -ENOENT;
	}
	if (!strcmp(dot, ".name") || (c && !strcmp(dot, ".count")))
		*flags = SL_H_READ;
	else if (c && !strcmp(dot, ".reset"))
		*flags = SL_H_WRITE;
	else if (!c && !strcmp(dot, ".switch"))
		*flags = SL_H_READ | SL_H_WRITE;
	else
		sl_error(d, SL_NOPOS, "no-handler", "no handler");
	return d->errors ? -ENOENT : 0;
}

static bool fake_read_only(struct sl_node *n, const char *tenant)
{
	(void)tenant;
	return n->read_only;
}

static int fake_graph(struct sl_node *n, const char *tenant, bool flat, struct json_object **out,
		      struct sl_diags *d)
{
	if (strcmp(tenant, "red")) {
		sl_error(d, SL_NOPOS, "no-graph", "no graph");
		return -ENOENT;
	}
	*out = json_tokener_parse(
		flat ? "{\"flat\": \"flat text\", \"requirements\": [\"package x\"]}"
		     : "{\"text\": \"text\\n\", \"elements\": [\"c\", \"s\"]}");
	return called(n, d, "graph%s; ", flat ? " flat" : "");
}

static int fake_snapshot(struct sl_node *n, const char *tenant, struct json_object **out,
			 struct sl_diags *d)
{
	*out = json_object_new_object();
	return called(n, d, "snapshot %s; ", tenant);
}

/* Packets of red/eth3, of a hundred bytes. */
static int fake_peek(struct sl_node *n, const char *tenant, const char *device, unsigned int dirs,
		     uint32_t snap, struct sl_diags *d, struct sl_node_peek **out)
{
	struct sl_node_peek *p = calloc(1, sizeof(*p));
	int ret = called(n, d, "peek %s %s %u %u; ", tenant, device ? device : "all", dirs, snap);

	if (ret) {
		free(p);
		return ret;
	}
	snprintf(p->tenant, sizeof(p->tenant), "%s", tenant);
	p->dev = device ? atoi(device + 3) : -1;
	p->dirs = dirs;
	p->snap = snap ? snap : SL_PEEK_MAX;
	p->next = n->peeks;
	n->peeks = p;
	*out = p;
	return 0;
}

static void fake_peek_end(struct sl_node *n, struct sl_node_peek *p)
{
	for (struct sl_node_peek **q = &n->peeks; *q; q = &(*q)->next) {
		if (*q != p)
			continue;
		*q = p->next;
		break;
	}
	free(p);
}

static void fake_peek_refresh(struct sl_node *n)
{
	(void)n;
}

static int fake_peek_read(struct sl_node *n,
			  void (*fn)(void *arg, const struct sl_node_packet *pkt), void *arg)
{
	static const uint8_t bytes[100] = {1, 2, 3};
	const struct sl_node_packet pkt = {.tenant = "red",
					   .dev = 3,
					   .dir = SL_PEEK_IN,
					   .ts_ns = 5,
					   .len = 100,
					   .cap = 100,
					   .bytes = bytes};

	for (; n->packets_in; n->packets_in--)
		fn(arg, &pkt);
	return 0;
}

static int fake_peek_fd(const struct sl_node *n)
{
	(void)n;
	return -1;
}

static struct json_object *row(const char *tenant, unsigned long long packets)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(tenant));
	json_object_object_add(o, "packets", json_object_new_uint64(packets));
	return o;
}

static struct json_object *fake_stats(struct sl_node *n, const char *tenant, bool elements)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	n->packets += 100;
	json_object_object_add(o, "time_ns",
			       json_object_new_int64(ts.tv_sec * 1000000000ll + ts.tv_nsec));
	json_object_object_add(o, "node", json_object_new_object());
	for (size_t i = 0; i < n->config.n_tenants; i++) {
		struct json_object *t;

		if (tenant && strcmp(tenant, n->tenants[i].name))
			continue;
		t = row(n->tenants[i].name, n->packets);
		if (elements)
			json_object_object_add(t, "elements", json_object_new_array());
		json_object_array_add(a, t);
	}
	json_object_object_add(o, "tenants", a);
	json_object_object_add(o, "links", fake_links(n, tenant, NULL));
	return o;
}

static int fake_events(struct sl_node *n, const char *tenant,
		       void (*fn)(void *arg, struct json_object *event), void *arg)
{
	char text[2000];

	for (; n->records && !strcmp(tenant, "red"); n->records--) {
		struct json_object *o = json_object_new_object();

		snprintf(text, sizeof(text), "record %u %01500d", n->records, 0);
		json_object_object_add(o, "text", json_object_new_string(text));
		fn(arg, o);
		json_object_put(o);
	}
	return 0;
}

#define OPS                                                                                        \
	.apply = fake_apply, .show = fake_show, .config = fake_config,                             \
	.port_attach = fake_port_attach, .port_detach = fake_port_detach, .ports = fake_ports,     \
	.links = fake_links, .owner = fake_owner, .tenant_add = fake_tenant_add,                   \
	.tenant_remove = fake_tenant_remove, .install = fake_install, .shares = fake_shares,       \
	.optimize = fake_optimize, .optimize_next = fake_optimize_next, .rollback = fake_rollback, \
	.class = fake_class, .on_cpu = fake_on_cpu, .set_active = fake_set_active,                 \
	.tenants = fake_tenants, .devices = fake_devices, .emitted = fake_emitted,                 \
	.graph_text = fake_graph_text, .read = fake_read, .write = fake_write,                     \
	.handler = fake_handler, .read_only = fake_read_only, .budget_set = fake_budget_set,       \
	.budgets = fake_budgets, .release = fake_release, .convicted = fake_convicted,             \
	.graph = fake_graph, .snapshot = fake_snapshot, .peek = fake_peek,                         \
	.peek_end = fake_peek_end, .peek_refresh = fake_peek_refresh, .peek_read = fake_peek_read, \
	.peek_fd = fake_peek_fd, .stats = fake_stats, .events = fake_events

const struct ctl_node_ops fake_ops = {OPS,
				      .ahead_tenant = fake_ahead_tenant,
				      .ahead_config = fake_ahead_config,
				      .ahead_compile = fake_ahead_compile,
				      .ahead_graphs = fake_ahead_graphs,
				      .ahead_free = fake_ahead_free};
const struct ctl_node_ops fake_ops_not_ahead = {OPS};

void fake_node_init(struct sl_node *n)
{
	static char red[] = "red", blue[] = "blue";

	memset(n, 0, sizeof(*n));
	n->tenants[0] = (struct sl_node_tenant){.name = red, .uid = RED_UID};
	n->tenants[1] = (struct sl_node_tenant){.name = blue, .uid = BLUE_UID};
	n->config.tenants = n->tenants;
	n->config.n_tenants = 2;
}
