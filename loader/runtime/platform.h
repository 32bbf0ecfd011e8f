/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The platform: the trusted programs (bpf/port.bpf.c), their maps and their pins.
 *
 *   ROOT/platform/        maps under their own names, programs sl_port, sl_copy0, sl_copy1, and
 *                         the map `version` (struct sl_platform_version)
 *   ROOT/platform-new/    the same while an upgrade is prepared
 *   ROOT/ports/NAME       bpf_link of each attached port
 *   ROOT/copies/copyN     bpf_link of each copy device
 *
 * ROOT is /sys/fs/bpf/sluice, or as the options say. Pins are the state: packets flow by them
 * whether or not a daemon runs, and a new daemon takes up what it finds. Opening comes out as one
 * of three (enum sl_platform_how); where programs are to be replaced, nothing that runs is touched
 * until sl_platform_commit(), which moves ports over by bpf_link_update: no packet is lost.
 *
 * One process at a time may hold a platform open for writing; the caller sees to that (a lock on
 * the daemon's run directory).
 */
#ifndef SL_PLATFORM_H
#define SL_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "bpf/delay.h"
#include "loader/diag.h"

#define SL_PIN_ROOT "/sys/fs/bpf/sluice"

struct sl_platform;

struct sl_platform_opts {
	const char *root; /* NULL: SL_PIN_ROOT */
	bool frags;	  /* programs take multi-buffer packets; all programs of a node or none */
	/* Adopt only: -ENOENT when nothing is there, -ESTALE when it is of another build. For
	 * readers (stats, tests); the descriptors still allow writing. */
	bool read_only;
};

enum sl_platform_how {
	/* Nothing was pinned: all is new and empty. Links and tenants are to be filled in. */
	SL_PLATFORM_FRESH,
	/* The same build was pinned: taken up as it is. */
	SL_PLATFORM_ADOPTED,
	/* Another build with the same ABI version, frags flag and map layouts: new programs over
	 * the same maps. Nothing to fill in; sl_platform_commit() replaces the programs. */
	SL_PLATFORM_REPLACED,
	/* Another ABI version, frags flag or map layout: new programs over new, empty maps beside
	 * the old, which run on. Fill in links and tenants as for FRESH, then sl_platform_commit().
	 */
	SL_PLATFORM_REBUILT,
};

/* The object file of the trusted programs, as it is built in. */
const void *sl_platform_object(size_t *len);

/*
 * Opens or adopts the platform. A bpffs must be mounted at or above the root; directories are made
 * (mode 0700). 0, or -errno with messages in `d`: -EPERM without the privilege, -ENOTSUP no bpffs,
 * -EBUSY a pin of another kind is in the way.
 */
int sl_platform_open(const struct sl_platform_opts *opts, struct sl_diags *d,
		     struct sl_platform **out);
enum sl_platform_how sl_platform_how(const struct sl_platform *p);
/*
 * Makes the opened programs and maps the running ones: updates each port's and copy device's
 * link, then swaps the pin directories in one step and drops the old. Does nothing for FRESH and
 * ADOPTED. Interrupted at any point, the next sl_platform_open() finishes or undoes it. 0 or
 * -errno with messages in `d`.
 */
int sl_platform_commit(struct sl_platform *p, struct sl_diags *d);
/* Closes descriptors and mappings; pins stay and packets flow on. */
void sl_platform_close(struct sl_platform *p);
static inline void sl_platform_closep(struct sl_platform **p)
{
	if (*p)
		sl_platform_close(*p);
}
/*
 * Takes everything of the platform away: ports detached, copy devices deleted, pins removed,
 * whichever build they are of. Tenants' own pins are left to who made them. 0 or the first -errno.
 */
int sl_platform_remove(const char *root, struct sl_diags *d);

/* What the pinned map `version` holds, at index 0. */
struct sl_platform_version {
	__u32 abi;
	__u32 frags;
	__u32 ready; /* in platform-new: complete; an interrupted commit is finished, not undone */
	__u32 zero;
	__u8 build[32]; /* SHA-256 of the programs' object */
};
void sl_platform_version(const struct sl_platform *p, struct sl_platform_version *out);
const char *sl_platform_root(const struct sl_platform *p);
bool sl_platform_frags(const struct sl_platform *p);

/* ---- Descriptors and mappings, valid as long as the platform is open ------------------------- */
/* X(symbol, name of the map) */
#define SL_PLATFORM_MAPS(X)                                                                        \
	X(LINK4, "link4")                                                                          \
	X(LINK6, "link6")                                                                          \
	X(PAIR4, "pair4")                                                                          \
	X(PAIR6, "pair6")                                                                          \
	X(DIRECT, "direct")                                                                        \
	X(DIRECT_ON, "direct_on")                                                                  \
	X(LINKS, "links")                                                                          \
	X(TENANT_DEV, "tenant_dev")                                                                \
	X(TENANT_REC, "tenant_rec")                                                                \
	X(TENANTS, "tenants")                                                                      \
	X(RESUME, "resume")                                                                        \
	X(ON_THREAD, "on_thread")                                                                  \
	X(BACK_ON_THREAD, "back_on_thread")                                                        \
	X(QUEUES, "queues")                                                                        \
	X(MOVES, "moves")                                                                          \
	X(PORTS, "ports")                                                                          \
	X(COPIES, "copies")                                                                        \
	X(PEEKS, "peeks")                                                                          \
	X(PEEKED, "peeked")                                                                        \
	X(PEEK_COPY, "peek_copy")                                                                  \
	X(ACCOUNTS, "accounts")                                                                    \
	X(CPU_SHARE, "cpu_share")                                                                  \
	X(NODE_CONF, "node_conf")                                                                  \
	X(LINK_STATS, "link_stats")                                                                \
	X(TENANT_STATS, "tenant_stats")                                                            \
	X(TENANT_DELAY, "tenant_delay")                                                            \
	X(NODE_STATS, "node_stats")

enum sl_platform_map {
#define X(sym, name) SL_MAP_##sym,
	SL_PLATFORM_MAPS(X)
#undef X
		SL_MAP_N
};
enum sl_platform_prog {
	SL_PROG_PORT,
	SL_PROG_COPY0,
	SL_PROG_COPY1,
	SL_PROG_THREAD,
	SL_PROG_MOVE,
	SL_PROG_N
};

int sl_platform_map(const struct sl_platform *p, enum sl_platform_map m);
int sl_platform_prog(const struct sl_platform *p, enum sl_platform_prog m);
/* Arrays of SL_MAX_LINKS and SL_MAX_TENANTS, shared with the programs. */
struct sl_link_rec *sl_platform_links(const struct sl_platform *p);
struct sl_tenant_rec *sl_platform_tenants(const struct sl_platform *p);
/* Array of SL_MAX_TENANTS; one. */
struct sl_account *sl_platform_accounts(const struct sl_platform *p);
struct sl_node_conf *sl_platform_node_conf(const struct sl_platform *p);
/* Array of SL_MAX_PEEKS. */
struct sl_peek *sl_platform_peeks(const struct sl_platform *p);

/*
 * Returns when every program run that had begun before the call is over, on every CPU: after it,
 * nobody holds a pointer into, or a copy half made of, what was replaced before the call.
 * 0 or -errno. Costs milliseconds: many changes, then one call.
 */
int sl_platform_grace(struct sl_platform *p);

/* ---- Links ----------------------------------------------------------------------------------- */

/* What a packet must bear to be this link's, and whose it is then. */
struct sl_link_bind {
	uint32_t tenant; /* chain slot */
	uint8_t dev;	 /* the tenant's device index */
	uint8_t kind;	 /* enum sl_link_kind */
	uint8_t payload; /* enum sl_payload */
	uint8_t gre;	 /* SL_GRE_* */
	uint8_t in_len;	 /* sl_template_len() */
	uint8_t mac[6];
	uint8_t peer_mac[6];
	/* GRE: addresses as on received packets, network order; v4 in the first four bytes. */
	uint8_t saddr[16];
	uint8_t daddr[16];
	uint32_t key; /* host order; with SL_GRE_KEY */
	/* DIRECT */
	uint32_t ifindex;
	uint16_t vlan;
};
struct sl_node_link;
/* Fills `b` from a link of the node file; `n_tags` as sl_template_len() takes it, `ifindex` of the
 * port of a direct link. */
void sl_link_bind_from(const struct sl_node_link *l, uint32_t tenant, unsigned int n_tags,
		       uint32_t ifindex, struct sl_link_bind *b);

/* A free link index (no record, held from now on by this process). -ENOSPC. */
int sl_platform_link_alloc(struct sl_platform *p, uint32_t *index);
/* Gives an allocated index back that was not bound. */
void sl_platform_link_release(struct sl_platform *p, uint32_t index);
/*
 * Binds link `index` to a tenant's device: writes the record (down, until a template is set), then
 * the tenant's device, last what demux looks up, so that no packet meets half a link. -EEXIST: the
 * outer addresses and key, or the port and VLAN, are another link's (nothing was changed).
 */
int sl_platform_link_bind(struct sl_platform *p, uint32_t index, const struct sl_link_bind *b);
/*
 * Moves a bound link to other properties (tenant slot after a change of H, MAC, key...) under
 * traffic. Sequence numbers are kept unless kind or flags change. When only the slot changes each
 * packet meets one or the other whole; when more changes at once, a few packets may meet the old in
 * one property and the new in another. -EEXIST as above.
 */
int sl_platform_link_rebind(struct sl_platform *p, uint32_t index, const struct sl_link_bind *b);
/* Takes a link away. Packets that found it before still leave by it; its record and counters are
 * cleared before the index is bound again. */
int sl_platform_link_unbind(struct sl_platform *p, uint32_t index);
/* What a bound link was bound with, read back from the maps; -ENOENT when it is not bound. */
int sl_platform_link_get(const struct sl_platform *p, uint32_t index, struct sl_link_bind *b);
/* Calls `fn` with each bound link until it returns other than 0, and returns that. */
int sl_platform_links_each(const struct sl_platform *p,
			   int (*fn)(void *arg, uint32_t index, const struct sl_link_bind *b),
			   void *arg);
/*
 * Gives a link new outer headers: fills the template not in use and flips. Waits for a grace period
 * only when the link was flipped since the last one. Nothing happens when the template is equal.
 * Returns 1 when flipped, 0 when equal, or -errno.
 */
int sl_platform_link_template(struct sl_platform *p, uint32_t index, const struct sl_template *t);
/* No next hop: the template stays but for `up` = 0. As above. */
int sl_platform_link_down(struct sl_platform *p, uint32_t index);

/* ---- Chains ---------------------------------------------------------------------------------- */

/*
 * Programs of generation `generation` of a chain slot, at sl_chain_index(): segment 0 (map tenants)
 * and where copies come back (map resume). Takes effect at once; `prog_fd` -1 empties the entry.
 * Whoever needs the old program to have ended calls sl_platform_grace().
 */
int sl_platform_chain_set(struct sl_platform *p, uint32_t slot, uint32_t generation, int prog_fd);
int sl_platform_resume_set(struct sl_platform *p, uint32_t slot, uint32_t generation, int prog_fd);

/* ---- Threads --------------------------------------------------------------------------------- */

/* The CPU a slot's thread runs its graph on; -ENOENT: it has none. */
int sl_platform_thread_cpu(const struct sl_platform *p, uint32_t slot, uint32_t *cpu);
/* Where the next one of a slot that has none is to be. */
void sl_platform_thread_prefer(struct sl_platform *p, uint32_t slot, uint32_t cpu);
/* Makes a slot's queue, with a thread on `cpu`. 0 or -errno. */
int sl_platform_thread_start(struct sl_platform *p, uint32_t slot, uint32_t cpu);
/* Takes the queue away; its thread ends when it has taken up what is in it. 0, also where there is
 * none, or -errno. */
int sl_platform_thread_stop(struct sl_platform *p, uint32_t slot);
/* Takes away the queues of slots whose generation is not of class thread. */
int sl_platform_threads_sweep(struct sl_platform *p);
/* Orders a slot's thread among others on its CPU, where the kernel's threads can be seen. */
void sl_platform_thread_nice(const struct sl_platform *p, uint32_t slot, uint32_t weight);
/*
 * Waits until a slot's thread has taken up what was put into its queue for `generation`; nobody
 * does any more. 0; -ETIMEDOUT: there is more than it takes up in a second; -errno.
 */
int sl_platform_thread_drain(const struct sl_platform *p, uint32_t slot, uint32_t generation);
/* Packets that may be on their way to a thread, at most. */
uint64_t sl_platform_thread_waiting(const struct sl_platform *p, uint32_t slot);
/*
 * Begins to move a slot's thread to `cpu`, under traffic: no flow is reordered (bpf/move.h), and
 * nothing lost but what queues have no room for. One moves at a time. 0, also where it is there
 * already; -EBUSY: another is on its way; -ENOENT: there is no thread; -errno.
 */
int sl_platform_move(struct sl_platform *p, uint32_t slot, uint32_t cpu);
/* Goes on with what was begun, also by somebody else who opened the platform before. To be called
 * until it returns 0: nothing moves. 1: it is under way; -errno: as before, and to be tried again.
 */
int sl_platform_move_step(struct sl_platform *p);

/* ---- Statistics, summed over all CPUs -------------------------------------------------------- */
int sl_platform_link_stats(const struct sl_platform *p, uint32_t index, struct sl_link_stats *out);
int sl_platform_tenant_stats(const struct sl_platform *p, uint32_t slot,
			     struct sl_tenant_stats *out);
/* How long packets of a tenant were in the node. */
int sl_platform_tenant_delay(const struct sl_platform *p, uint32_t slot, struct sl_delay *out);
/* What a slot was charged on each CPU; `ns` has room for all. */
int sl_platform_tenant_cpus(const struct sl_platform *p, uint32_t slot, uint64_t *ns);
uint32_t sl_platform_cpus(const struct sl_platform *p); /* there may be */
int sl_platform_node_stats(const struct sl_platform *p, struct sl_node_stats *out);
/* Back to zero, for a slot or link that is given to somebody else. */
int sl_platform_link_stats_reset(struct sl_platform *p, uint32_t index);
int sl_platform_tenant_stats_reset(struct sl_platform *p, uint32_t slot);

/* ---- Copies ---------------------------------------------------------------------------------- */

/*
 * Sees to the two veth pairs a copied packet goes through (slcopy0/slcopy0p, slcopy1/slcopy1p) and
 * the programs on their far ends; makes what is missing, adopts what is there. Needed once a graph
 * with a copy runs. 0 or -errno with messages in `d` (-EEXIST: a device of that name is not ours).
 */
int sl_platform_copies(struct sl_platform *p, struct sl_diags *d);

#endif
