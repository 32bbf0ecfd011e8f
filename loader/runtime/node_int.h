/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the node share.
 *
 *   node_state.c    the wanted state: in memory, as JSON
 *   node_disk.c     the wanted state on disk
 *   node.c          opening, the one way a change is made (node_commit), reconciling
 *   node_sweep.c    what a change cut short has left
 *   node_links.c    links between wanted and kernel
 *   node_graph.c    compiling, preparing, entering graphs
 *   ahead.c         compiling before a change, in another process
 *   node_apply.c    the node file against the state
 *   node_ops.c      operations on ports and tenants
 *   node_budget.c   budgets changed at run time; quarantine
 *   node_class.c    classes changed at run time
 *   node_place.c    which CPUs threads run on
 *   node_cost.c     what the platform's part of a packet costs, as calibrated
 *   node_memory.c   memory: limits, who makes maps, control groups
 *   node_use.c      what tenants use, and have left
 *   node_show.c     what there is, as JSON
 *   node_handler.c  reading and writing handlers
 *   node_calls.c    handlers that elements want called
 *   node_strays.c   entries of tables that lead nowhere
 *   node_script.c   scripts of graphs
 *   node_peek.c     looking at packets
 *   node_snapshot.c a graph with its state, for following packets elsewhere
 *   node_optimize.c compiling a graph again for what its packets do
 *   node_click.c    what Click's clients want to know of a graph
 */
#ifndef SL_NODE_INT_H
#define SL_NODE_INT_H

#include "loader/cost/cost.h"
#include "loader/runtime/admission.h"
#include "loader/runtime/class_choice.h"
#include "loader/runtime/delay.h"
#include "loader/runtime/memory.h"
#include "loader/runtime/node.h"
#include "loader/runtime/shares.h"
#include "loader/runtime/spare.h"

/* A tenant as wanted, beside what its part of the node file says. */
struct tenant_state {
	char name[SL_NAME_MAX + 1];
	uint32_t slot;	     /* chain slot */
	uint32_t head;	     /* H that graphs are compiled for */
	uint32_t gen;	     /* generation that is to run; 0: no graph */
	uint32_t prev;	     /* the one before, for rollback; 0: none */
	uint32_t last;	     /* highest number given */
	uint32_t budget_set; /* limits set at run time (budget.h), not by the node file */
	bool active;
	bool thread;	  /* class of generation `gen` */
	bool prev_thread; /* and of `prev` */
};

struct node_state {
	struct sl_node_config *config; /* never NULL */
	struct tenant_state *tenants;
	size_t n_tenants, cap_tenants;
};

/* Where it is kept. */
struct node_store {
	const char *dir;    /* the node's */
	uint64_t number;    /* of the state file, for changes to it; 0: there can be none */
	size_t len;	    /* of the state file, */
	size_t changes_len; /* and of the changes that hold */
};

struct ring_buffer;

/* What a tenant was counted, at two moments. */
struct node_use {
	uint64_t then_ns, now_ns; /* CLOCK_MONOTONIC; 0: never */
	struct sl_tenant_stats then, now;
	uint64_t queue; /* what its thread's queue had no room for, when that was last known */
	struct sl_delay_late delay;
};

/* What a tenant's thread takes of a CPU, and what says so. */
struct node_placed {
	bool known;		/* it was measured */
	uint32_t cost_milli;	/* its graph's part, with what it was refused for want of time */
	uint64_t moved_ns;	/* CLOCK_MONOTONIC; 0: never */
	uint64_t *cpu_ns;	/* at the last look, by CPU; NULL: there was none */
	uint64_t taken, missed; /* and packets that its thread took up, and that it could not */
};

/* For what a tenant's control group was limited last; all 0: for nothing yet. */
struct node_limited {
	uint64_t limit;
	uint32_t run, kept; /* generations */
};

/* A tenant as it runs. */
struct tenant_rt {
	char name[SL_NAME_MAX + 1];
	uint32_t slot;
	struct sl_generation *run;     /* NULL: none */
	struct sl_generation *kept;    /* copies may still come back to it */
	struct sl_generation *pending; /* prepared, to be entered by the commit under way */
	struct ring_buffer *ring;      /* reader of the event ring of generation `ring_of` */
	uint32_t ring_of;
	struct json_object *records; /* read from it and not yet told */
	struct sl_window window;     /* what was counted a while ago */
	struct sl_patience patience;
	uint64_t calls_after_ns; /* CLOCK_MONOTONIC: until then no handler is called for it */
	struct node_scripts *scripts;
	struct node_use use;
	struct sl_charge *charge; /* who makes its maps; NULL: it has no limit */
	struct node_limited limited;
	struct node_placed placed;
	bool convicted;	    /* in quarantine, and that was told */
	bool scripts_stale; /* the graph may be another than scripts belong to */
};

/* A link bound in the kernel. */
struct link_rt {
	uint32_t index;
	uint32_t slot;
	uint8_t dev;
};

/* How far tables have been gone through. */
struct node_strays {
	size_t first; /* the tenant whose turn it is */
	char tenant[SL_NAME_MAX + 1];
	uint32_t gen, inst, table;
	bool begun;	/* in the middle of a table */
	uint64_t token; /* where, to the kernel */
};

struct sl_node {
	char *pin_root, *state_dir, *cache_dir, *bpf_dir;
	bool sandbox;
	unsigned int max_weight;
	struct sl_capacity capacity;  /* what there is to promise */
	struct sl_platform_cost cost; /* of the platform's part of a packet */
	int64_t cost_s; /* when that was measured, seconds since 1970; 0: it was not */
	struct sl_calibration *costs; /* of elements; NULL: they were not measured */
	struct sl_memcg *memcg;	      /* where tenants' groups are; NULL: not asked for, */
	int memcg_err;		      /* or not to be had */
	struct sl_platform *pf;
	struct sl_netlink *nl;
	struct node_state st;
	struct node_store store;
	struct tenant_rt *rts;
	size_t n_rts, cap_rts;
	struct link_rt *links;
	size_t n_links, cap_links;
	struct sl_node_peek *peeks;    /* who looks at packets (node_peek.c) */
	struct ring_buffer *peek_ring; /* NULL: nobody */
	void *peek_reader;	       /* while it is read */
	uint32_t peeked[SL_MAX_PEEKS]; /* by place in the kernel's array: link + 1, 0 for none */
	struct node_strays strays;
	size_t calls_first;	/* whose calls are made first the next time */
	uint64_t entered_ns;	/* when packets last began to enter another graph */
	bool scripts_stale;	/* those of some tenant may be */
	size_t n_scripted;	/* tenants with scripts */
	size_t scripts_first;	/* whose are run first the next time */
	int64_t scripts_credit; /* time that all together may use, and since when */
	uint64_t scripts_since;
	struct sl_spare spare;
	struct node_cpus {
		uint64_t looked_ns;    /* CLOCK_MONOTONIC; 0: never */
		uint32_t *other_milli; /* by CPU: what paths that cannot move and processes take */
	} cpus;
	bool ports_changed; /* an interface came or went: reconcile when convenient */
};

/* ---- node_cost.c -----------------------------------------------------------------------------*/
/* From the calibration in the state directory, or the usual figures; `d` is told what is wrong. */
void node_cost_read(struct sl_node *n, struct sl_diags *d);
struct json_object *node_cost_json(const struct sl_node *n);

/* ---- node_script.c ---------------------------------------------------------------------------*/
struct node_scripts;
void node_scripts_free(struct node_scripts *s);
/* The scripts of the running graph; NULL: it has none, or is stopped. */
struct sl_scripts *node_scripts_of(struct sl_node *n, struct tenant_rt *rt);
/* Hands over what scripts have printed. */
void node_scripts_events(struct tenant_rt *rt, void (*fn)(void *arg, struct json_object *event),
			 void *arg);

/* ---- node_calls.c ----------------------------------------------------------------------------*/
void node_calls(struct sl_node *n);

/* ---- node_memory.c ---------------------------------------------------------------------------*/
/* What a tenant may have when a graph is loaded for it, perhaps by another process. */
struct node_memory {
	struct sl_memory memory;
	const struct sl_memcg *groups; /* NULL: none */
	uint64_t before;	       /* limit that is in force; 0: none */
};
/* For a graph under `conf`, which may be of a state to come. */
void node_memory_for(struct sl_node *n, const struct sl_node_tenant *conf, struct node_memory *out);
/* Readies the tenant's group, and who makes its maps; 0 or -ENOMEM. Then, if it was not loaded, the
 * group is as before. */
int node_memory_begin(struct node_memory *m);
void node_memory_end(struct node_memory *m, bool loaded);
/* Makes the group of a tenant what its budget says. */
void node_memory_reconcile(struct sl_node *n, struct tenant_rt *rt,
			   const struct sl_node_tenant *conf);
/* Tries again where that was not to be had. */
void node_memory_refresh(struct sl_node *n);
/* What the group is limited to is not known any more. */
void node_memory_forget(struct sl_node *n, const char *tenant);
void node_memory_remove(struct sl_node *n, const char *tenant);
/* Removes groups that are nobody's. */
void node_memory_sweep(struct sl_node *n);
/* Before tables of a running graph grow: lets it have what is left of the limit. *tables: what all
 * tables may come to; 0: no limit. */
void node_memory_grow(struct sl_node *n, struct tenant_rt *rt, uint64_t *tables);
/* Whether what runs is within a limit. 0, or -EDQUOT with a message about `pos`. */
int node_memory_fits(struct sl_node *n, const char *tenant, uint64_t limit, struct sl_pos pos,
		     struct sl_diags *d);
uint64_t node_memory_used(struct sl_node *n, const char *tenant);
/* {used, limit, parts, charged, refused, killed, group}. */
struct json_object *node_memory_json(struct sl_node *n, const struct sl_node_tenant *conf);

/* ---- node_use.c ------------------------------------------------------------------------------*/
/* Takes note of what tenants were counted. */
void node_use_note(struct sl_node *n);
/* What a tenant's thread had no room for in its queue: as was seen when nothing was on its way, or
 * as much as cannot be. */
uint64_t node_use_queue(const struct sl_node *n, const struct tenant_rt *rt,
			const struct sl_tenant_stats *s);
/* Adds to a tenant's counters what it uses and has left: cpu_percent and delay_* of late, debt_ms,
 * weight, quarantined. */
void node_use_json(struct sl_node *n, const struct tenant_rt *rt, struct json_object *o);

/* ---- node_place.c ----------------------------------------------------------------------------*/
/* Goes on with a move, or looks whether one would pay. */
void node_place(struct sl_node *n);
/* Says where a thread that is about to start runs, and moves one that runs where it must not. */
void node_place_tenant(struct sl_node *n, const struct tenant_rt *rt,
		       const struct sl_node_tenant *conf);
/* Adds where a tenant's thread runs, and would better run: {cpu, moving_from, on_cpu, cost}. */
void node_place_json(struct sl_node *n, const struct tenant_rt *rt,
		     const struct sl_node_tenant *conf, struct json_object *o);
/* What CPUs have room for, and what is used of it: an array. */
struct json_object *node_place_cpus_json(struct sl_node *n);

/* ---- node_strays.c ---------------------------------------------------------------------------*/
/* Looks at some more entries of tables, and removes those that lead nowhere. */
void node_strays(struct sl_node *n);

/* ---- node_optimize.c -------------------------------------------------------------------------*/
/* Reads counters of graphs whose window has passed. */
void node_windows(struct sl_node *n);

/* ---- node_state.c ----------------------------------------------------------------------------*/
int node_state_init(struct node_state *st); /* empty */
void node_state_free(struct node_state *st);
/* A copy to be changed, but for its `config`, which may be put in another's place; and one whose
 * `config` may be changed, too, which takes time by all tenants. */
int node_state_clone(const struct node_state *st, struct node_state *out);
int node_state_clone_config(const struct node_state *st, struct node_state *out);
struct tenant_state *node_state_tenant(const struct node_state *st, const char *name);
int node_state_add(struct node_state *st, const char *name, struct tenant_state **out);
void node_state_del(struct node_state *st, const char *name);
struct json_object *node_state_json(const struct node_state *st);
struct json_object *node_state_tenant_json(const struct tenant_state *t);
int node_state_from_json(struct json_object *o, struct sl_diags *d, struct node_state *st);

/* ---- node_disk.c -----------------------------------------------------------------------------*/
/* Keeps a state. `whose` (NULL: all may differ): it is that kept before, but for this tenant. */
int node_store_save(struct node_store *s, const struct node_state *st, const char *whose);
/* -ENOENT: no state file. */
int node_store_load(struct node_store *s, struct sl_diags *d, struct node_state *st);
/* A whole file, written beside and renamed, flushed to disk. 0 or -errno. */
int node_file_write(const char *path, const void *bytes, size_t len);
/* STATE/tenants/NAME/gen-N.KIND, malloc'ed. */
char *node_graph_path(const struct sl_node *n, const char *tenant, uint32_t gen, const char *kind);
/* Keeps the files of generations `a` and `b` only (0, 0: none, and the directory goes). */
void node_graph_prune(const struct sl_node *n, const char *tenant, uint32_t a, uint32_t b);

/* ---- node.c ----------------------------------------------------------------------------------*/
/*
 * The one way a change is made: `next` (taken over) is saved, which decides, then the kernel is
 * made equal to it. If that fails, the state before is saved again and the kernel made equal to
 * that. `whose` (NULL: all may differ): the change is of this tenant alone, and the others, of whom
 * there may be a thousand, are not looked at.
 */
int node_commit(struct sl_node *n, struct node_state *next, const char *whose, struct sl_diags *d);
/* Makes the kernel equal to the state. `strict`: a port that cannot be attached is an error. */
int node_reconcile(struct sl_node *n, bool strict, struct sl_diags *d);
struct tenant_rt *node_rt(struct sl_node *n, const char *name);
const struct sl_node_tenant *node_conf(const struct sl_node *n, const char *name);
/* A chain slot nobody has, or -ENOSPC. */
int node_free_slot(const struct sl_node *n, const struct node_state *st, uint32_t *slot);

/* ---- node_class.c ----------------------------------------------------------------------------*/
/* The class of a compiled graph under `conf`, of a state whose node file is `config`. */
void node_class_choose(const struct sl_node *n, const struct sl_node_config *config,
		       const struct sl_node_tenant *conf, const struct sl_compiled *c,
		       struct sl_class_choice *out);
/* The same of the graph that runs. False: there is none. */
bool node_class_running(const struct sl_node *n, const struct sl_node_config *config,
			const struct sl_node_tenant *conf, struct sl_class_choice *out);
/* The sums by which a node file is taken (admission.h), with the graphs that run. */
struct json_object *node_class_admission(const struct sl_node *n, const struct sl_node_config *c);
/* Whether what runs is of the class that a state to come wants. */
bool node_class_same(const struct sl_node *n, const struct node_state *next, const char *tenant);
/* Commits `next`, which changes this tenant alone; if its graph is of another class then, with a
 * new generation of it. 0 or -errno with messages. */
int node_class_commit(struct sl_node *n, struct node_state *next, const char *tenant,
		      struct sl_diags *d);

/* ---- node_sweep.c ----------------------------------------------------------------------------*/
/* After the first reconciling: removes what is in nobody's state. */
void node_sweep(struct sl_node *n, struct sl_diags *d);

/* ---- node_links.c ----------------------------------------------------------------------------*/
int node_links_adopt(struct sl_node *n);
/* Binds, moves and takes away so that tenant `t`'s links are those wanted. */
int node_links_reconcile(struct sl_node *n, const struct tenant_state *t,
			 const struct sl_node_tenant *conf, struct sl_diags *d);
/* Takes away links of slots that are nobody's. */
void node_links_sweep(struct sl_node *n, struct sl_diags *d);
/* H for a tenant: its commonest way in. */
uint32_t node_links_head(struct sl_node *n, const struct sl_node_tenant *conf);
/* The device table its graphs are compiled against; `list` holds SL_MAX_DEVS. */
void node_links_devices(struct sl_node *n, const struct node_state *st,
			const struct sl_node_tenant *conf, uint32_t head, struct sl_device *list,
			struct sl_devices *out);
const struct link_rt *node_link_find(const struct sl_node *n, uint32_t slot, uint8_t dev);

/* ---- node_handler.c --------------------------------------------------------------------------*/
/* The tenant as it runs; NULL with a message when no graph does. */
struct tenant_rt *node_running(struct sl_node *n, const char *tenant, struct sl_diags *d);
/* Calls a handler of element `inst` that can be read, or one that can be written and does not
 * compile the graph anew. `run` is the running graph. 0 or -errno with messages. */
int node_read_at(struct sl_node *n, const char *tenant, struct sl_generation *run, uint32_t inst,
		 const struct sl_handler *h, const char *args, char **value, struct sl_diags *d);
int node_write_at(struct sl_node *n, const char *tenant, struct sl_generation *run, uint32_t inst,
		  const struct sl_handler *h, const char *value, struct sl_diags *d);

/* ---- node_graph.c ----------------------------------------------------------------------------*/
/* How a tenant's graph is compiled, at the `cut`-th try (recut.h); `list` holds SL_MAX_DEVS. */
void node_graph_options(struct sl_node *n, const struct node_state *st,
			const struct tenant_state *t, const struct sl_node_tenant *conf, int cut,
			struct sl_device *list, struct sl_compile_opts *co);
/*
 * Compiles `s` for the tenant as `st` has it and prepares it as generation t->last + 1, which is
 * entered into `st` (gen, prev, last); files are on disk. Nothing that runs is touched. `hand`: as
 * sl_tenant_prepare() has it.
 */
int node_graph_prepare(struct sl_node *n, struct node_state *st, const char *tenant,
		       const struct sl_submission *s, struct sl_hand *hand, struct sl_diags *d,
		       struct json_object *stages);
/* What compiling took, by stage, into `o` (NULL: nobody asks). */
void node_graph_stages(struct json_object *o, const struct sl_stages *s);
/* Reads the graph that the node file names for a tenant. 0 or -errno with messages. */
int node_graph_read(const struct sl_node_tenant *conf, struct sl_diags *d, struct sl_submission *s);
/* The generation before is the same graph as the running one, which nobody wants back: the
 * submission beside it becomes `back`, that of the graph before it (NULL: there is none). */
void node_graph_keep_way_back(struct sl_node *n, const char *tenant,
			      const struct sl_submission *back);
/* The submission of a generation. 0, -ENOENT, -errno. */
int node_graph_submission(const struct sl_node *n, const char *tenant, uint32_t gen,
			  struct sl_submission *s);
/* Makes the wanted generation run (enter), and after links have moved ends the one before. */
int node_graph_enter(struct sl_node *n, const struct tenant_state *t, struct sl_diags *d,
		     struct sl_generation **before);
int node_graph_finish(struct sl_node *n, const struct tenant_state *t, struct sl_generation *before,
		      struct sl_diags *d);
/* Drops what a refused or failed change prepared. */
void node_graph_discard(struct sl_node *n);

#endif
