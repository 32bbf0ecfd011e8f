/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node as the daemon keeps it: ports, links, tenants and their graphs; what is on disk, what is
 * in the kernel, and the way from one to the other. Every change is decided at one point, the
 * renaming of the state file; what was prepared before it and is not in it is taken away at the
 * next start, what is in it and not yet done is done then. So a daemon that dies at any point
 * leaves the node as before or as after the change, and packets keep flowing.
 *
 * Single thread. Every call that can be refused takes a list of messages.
 */
#ifndef SL_NODE_H
#define SL_NODE_H

#include <json-c/json.h>

#include "loader/codegen/compile.h"
#include "loader/runtime/config.h"
#include "loader/runtime/netlink.h"
#include "loader/runtime/platform.h"
#include "loader/runtime/port.h"
#include "loader/runtime/tenant.h"

#define SL_STATE_DIR "/var/lib/sluice"
#define SL_RUN_DIR "/run/sluice"
#define SL_CACHE_DIR "/var/cache/sluice"

struct sl_node_opts {
	const char *pin_root;	 /* NULL: SL_PIN_ROOT */
	const char *state_dir;	 /* NULL: SL_STATE_DIR */
	const char *cache_dir;	 /* NULL: SL_CACHE_DIR; "": no cache */
	const char *bpf_dir;	 /* NULL: found */
	unsigned int max_weight; /* of a segment; 0: default (loader/plan/plan.h) */
	bool no_sandbox;	 /* tests only: compile in this process */
	unsigned int cpus;	 /* tests only: as many to promise of; 0: this machine's */
};

struct sl_node;

/*
 * Opens the platform, takes up what runs, finishes or undoes a change that was cut short. 0 or
 * -errno with messages in `d`. Warnings say what could not be taken up.
 */
int sl_node_open(const struct sl_node_opts *opts, struct sl_diags *d, struct sl_node **out);
/* Closes; everything goes on running. */
void sl_node_close(struct sl_node *n);

/* For the event loop: call sl_node_process() when this is readable. */
int sl_node_fd(const struct sl_node *n);
int sl_node_process(struct sl_node *n);
/* Brings what `bpftool map dump` shows of each tenant's counters up to date. To be called every
 * SL_NODE_REFRESH_MS. Calls the handlers that elements want called. */
#define SL_NODE_REFRESH_MS 500
void sl_node_refresh(struct sl_node *n);

/* Runs scripts of graphs, for about a millisecond. Returns when it wants to be called again, in
 * milliseconds; -1: when there was a request. To be called after each. */
int sl_node_scripts(struct sl_node *n);

/* ---- The node file ---------------------------------------------------------------------------*/

/*
 * Makes the node equal to `c` (taken over in every case). What was changed, or with `dry_run` would
 * be, goes to `changes` as [{action, object, name, detail}], in order; empty when nothing was to
 * do. Graphs named by the file are read and compiled first: nothing changes if one is refused.
 */
int sl_node_apply(struct sl_node *n, struct sl_node_config *c, bool dry_run, struct sl_diags *d,
		  struct json_object *changes);
/* The same; what was loaded ahead (loader/runtime/ahead.h) is used as far as it fits. */
int sl_node_apply_loaded(struct sl_node *n, struct sl_node_config *c, bool dry_run,
			 struct sl_hand *hand, struct sl_diags *d, struct json_object *changes);
const struct sl_node_config *sl_node_config(const struct sl_node *n);
/* Everything the node has: ports, links, tenants, and the kernel objects of each by id. */
struct json_object *sl_node_show(struct sl_node *n);

/* ---- Ports -----------------------------------------------------------------------------------*/

int sl_node_port_attach(struct sl_node *n, const char *name, const char *interface,
			enum sl_port_mode mode, struct sl_diags *d);
int sl_node_port_detach(struct sl_node *n, const char *name, struct sl_diags *d);
struct json_object *sl_node_ports(struct sl_node *n);

/* ---- Links -----------------------------------------------------------------------------------*/

/*
 * [{tenant, device, link: {as in the node file}, index, path: {state, reason, next_hop, ...},
 * last_packet_s, rx_packets, rx_bytes, tx_packets, tx_bytes, drops: {reason: n}}]; what comes after
 * `link` is there once the link is in the kernel, `path` (sl_link_state_json()) when it is
 * followed, `last_packet_s` when there was one. Of one tenant when `tenant` is not NULL, one device
 * when `device` is.
 */
struct json_object *sl_node_links(struct sl_node *n, const char *tenant, const char *device);

/* ---- Tenants ---------------------------------------------------------------------------------*/

/* The uid that owns a tenant. -ENOENT. */
int sl_node_owner(const struct sl_node *n, const char *tenant, uid_t *uid);
/* Adds a tenant as the node file would have it. -EEXIST. */
int sl_node_tenant_add(struct sl_node *n, const struct sl_node_tenant *t, struct sl_diags *d);
int sl_node_tenant_remove(struct sl_node *n, const char *tenant, struct sl_diags *d);
/*
 * Compiles and installs a graph, replacing the running one without losing a packet. `stages` (may
 * be NULL) gets {parse_ns, ..., clang_ns, load_ns, prepare_ns, switch_ns, settle_ns, total_ns,
 * cached, segments}: switch ends when packets enter the graph, settle when the one before is gone.
 */
int sl_node_install(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		    struct sl_diags *d, struct json_object *stages);
/* The same; what was loaded ahead (loader/runtime/ahead.h) is used as far as it fits. */
int sl_node_install_loaded(struct sl_node *n, const char *tenant, const struct sl_submission *s,
			   struct sl_hand *hand, struct sl_diags *d, struct json_object *stages);
/* The devices a tenant's graphs are compiled for (sl_devices_json()); NULL: no such tenant, or out
 * of memory. */
struct json_object *sl_node_devices(struct sl_node *n, const char *tenant);
/* The graph before the running one becomes the running one. -ENOENT when there is none. */
int sl_node_rollback(struct sl_node *n, const char *tenant, struct sl_diags *d);
/* Makes a tenant of class `inline` or `thread`, without losing a packet. -EINVAL, -ENOENT. */
int sl_node_class(struct sl_node *n, const char *tenant, const char *class, struct sl_diags *d);
/* Keeps a tenant's thread on a CPU, "any": where it is best, and moves it there, without reordering
 * a flow. -EINVAL, -ENOENT; -ETIMEDOUT: it goes on moving. */
int sl_node_on_cpu(struct sl_node *n, const char *tenant, const char *cpu, struct sl_diags *d);
/*
 * What would change if the running graph were compiled for what its packets do of late: a graph
 * with shares into *s, {packets, changes (sl_shares_changes())} into `result` (an object). *wanted:
 * it is laid out otherwise, or was not laid out by counts so far. 0; -EAGAIN: too few packets;
 * -ENOENT; -errno with messages in `d`.
 */
int sl_node_shares(struct sl_node *n, const char *tenant, struct sl_submission *s, bool *wanted,
		   struct json_object *result, struct sl_diags *d);
/* Installs what that gave. A rollback goes to where it would have gone before. */
int sl_node_optimize(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		     struct sl_hand *hand, struct sl_diags *d, struct json_object *stages);
/* By itself, where the node file says so (`optimize_s`): a tenant whose graph is to be compiled
 * again now, and the graph. 0; -ENOENT: none. To be asked now and then. */
int sl_node_optimize_next(struct sl_node *n, char tenant[SL_NAME_MAX + 1], struct sl_submission *s);
int sl_node_set_active(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d);
/* [{name, owner, state, generation, previous, slot, head, elements, running: {generation, segments,
 * maps, programs}, ending: the same of the graph before while it may be needed, config: {as in the
 * node file}}]; of one tenant when `tenant` is not NULL. */
struct json_object *sl_node_tenants(struct sl_node *n, const char *tenant);
/*
 * Changes limits of a tenant's budget, given as "cpu=15%" (budget.h), under traffic. They hold
 * until they are changed again, here or by a node file. What was changed goes to `result` as
 * {changed}. 0; -ENOENT; -EINVAL: a value is wrong, or more is promised than there is.
 */
int sl_node_budget_set(struct sl_node *n, const char *tenant, const char *const *values,
		       size_t n_values, struct sl_diags *d, struct json_object *result);
/* [{tenant, quarantined, cpu_percent, samples, overruns, debt_s, limits: [{limit, value, source:
 * file | set | default, used, left}]}]; of one tenant when `tenant` is not NULL. */
struct json_object *sl_node_budgets(struct sl_node *n, const char *tenant);
/* Ends a tenant's quarantine. -ENOENT: there is no such tenant, or it is in none. */
int sl_node_release(struct sl_node *n, const char *tenant, struct sl_diags *d);
/* Tells the trusted program what CPUs do besides packets, as shares are given out where several
 * tenants want all of one. To be called several times a second. */
void sl_node_spare(struct sl_node *n);
/* Calls `fn` for each tenant that was put into quarantine since the last call (at first: that is in
 * it), with a sentence that says why. To be called now and then. */
void sl_node_convicted(struct sl_node *n,
		       void (*fn)(void *arg, const char *tenant, const char *why), void *arg);
/* The running graph's source as generated C, or NULL. */
const char *sl_node_emitted(struct sl_node *n, const char *tenant);
/* The tenant's graph text of the running generation, malloc'ed: for showing beside the above. */
int sl_node_graph_text(struct sl_node *n, const char *tenant, char **name, char **text);

/* ---- Handlers --------------------------------------------------------------------------------*/

/* `path` is ELEMENT.HANDLER, where ELEMENT may be its number, from 1. Read: the value in *value
 * (malloc'ed). 0; -ENOENT no such element or handler; -EACCES wrong direction; -EINVAL refused by
 * the handler. Messages in `d`. */
int sl_node_read(struct sl_node *n, const char *tenant, const char *path, const char *args,
		 char **value, struct sl_diags *d);
int sl_node_write(struct sl_node *n, const char *tenant, const char *path, const char *value,
		  struct sl_diags *d);
/* What a handler can do: SL_H_* in *flags. 0, or -errno as above. */
int sl_node_handler(struct sl_node *n, const char *tenant, const char *path, unsigned int *flags,
		    struct sl_diags *d);
/* Whether the running graph says that Click's clients may only read (ControlSocket, READONLY). */
bool sl_node_read_only(struct sl_node *n, const char *tenant);
/*
 * The running graph: {name, text: as it was handed in, elements: [names in order]}, and with `flat`
 * also {flat: its text flattened, requirements: []}, for which it is parsed again in the sandbox.
 * 0, -ENOENT, -errno with messages in `d`.
 */
int sl_node_graph(struct sl_node *n, const char *tenant, bool flat, struct json_object **out,
		  struct sl_diags *d);

/*
 * All that is needed to follow a packet through the running graph elsewhere: {generation,
 * submission, devices (sl_devices_json()), state (sl_snapshot_json())}. 0, -ENOENT, -errno with
 * messages in `d`.
 */
int sl_node_snapshot(struct sl_node *n, const char *tenant, struct json_object **out,
		     struct sl_diags *d);

/* ---- Watching --------------------------------------------------------------------------------*/

/*
 * Counters: {time_ns, node: {...}, tenants: [{name, packets, bytes, out, host, copies,
 * drops: {reason: n}, elements: [{name, class, packets, ...}]}], links: [...]}; of one tenant when
 * `tenant` is not NULL.
 */
struct json_object *sl_node_stats(struct sl_node *n, const char *tenant, bool elements);
/* Calls `fn` for each record the tenant's graph sent since the last call, ready for people:
 * {tenant, element, class, text}. */
int sl_node_events(struct sl_node *n, const char *tenant,
		   void (*fn)(void *arg, struct json_object *event), void *arg);

#endif
