/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the platform share among themselves; platform.h is for everybody else. */
#ifndef SL_PLATFORM_PRIV_H
#define SL_PLATFORM_PRIV_H

#include <limits.h>

#include "loader/runtime/platform.h"

#define SL_DIR_PLATFORM "platform"
#define SL_DIR_STAGED "platform-new"
#define SL_DIR_PORTS "ports"
#define SL_DIR_COPIES "copies"

/* The kernel lays values of arrays out at multiples of eight bytes. */
struct sl_direct_count {
	__u32 n;
	__u32 pad;
};
_Static_assert(sizeof(struct sl_link_rec) % 8 == 0, "read as an array through memory");
_Static_assert(sizeof(struct sl_tenant_rec) % 8 == 0, "read as an array through memory");
_Static_assert(sizeof(struct sl_account) % 8 == 0, "read as an array through memory");

struct sl_platform {
	char *root;
	bool read_only;
	enum sl_platform_how how;
	bool staged; /* pins are in SL_DIR_STAGED until sl_platform_commit() */
	struct sl_platform_version version;
	int version_fd;
	int maps[SL_MAP_N];
	int progs[SL_PROG_N];
	struct sl_link_rec *links;
	struct sl_tenant_rec *tenants;
	struct sl_peek *peeks;
	struct sl_account *accounts;
	struct sl_node_conf *node_conf;
	struct sl_direct_count *direct_on;
	int n_cpus;

	/* What each link is bound with, as in the maps; kind SL_LINK_NONE where it is not. */
	struct sl_link_bind *binds;
	bool *held;	   /* allocated, not bound yet */
	uint64_t *unbound; /* by link: 1 + epoch when it was unbound and not cleared yet, or 0 */

	/* Grace periods: an update of `outer` makes the kernel wait for one. */
	int outer;
	int inner;
	uint64_t epoch;	   /* grace periods so far */
	uint64_t *flipped; /* by link: 1 + epoch of its last flip, 0 for none */

	struct sl_moving {
		bool going;
		uint32_t slot;
		uint32_t tries;
		uint64_t since_ns; /* of this try */
		uint64_t taken;	   /* when each packet had a ticket */
		int pid;	   /* of the old thread */
	} move;
};

extern const char *const sl_platform_map_names[SL_MAP_N];
extern const char *const sl_platform_prog_names[SL_PROG_N];

/* ---- Pins (platform_pin.c) ---- */
/* ROOT/DIR[/NAME]. 0 or -ENAMETOOLONG. */
int sl_pin_path(char out[PATH_MAX], const char *root, const char *dir, const char *name);
/* Descriptor of a pin, or -errno. */
int sl_pin_get(const char *root, const char *dir, const char *name);
int sl_pin_put(int fd, const char *root, const char *dir, const char *name);
int sl_pin_remove(const char *root, const char *dir, const char *name);
/* The pin of a link, and its program off the device when this returns. */
int sl_pin_remove_link(const char *root, const char *dir, const char *name);
/* Checks for a bpffs and makes the directories. 0 or -errno with a message. */
int sl_pin_prepare(const char *root, struct sl_diags *d);
/* Removes a directory of pins with all in it. 0, also when there is none, or -errno. */
int sl_pin_remove_dir(const char *root, const char *dir);
/* Calls `fn` with each name in a directory, sorted; stops at the first negative result. */
int sl_pin_each(const char *root, const char *dir, int (*fn)(void *arg, const char *name),
		void *arg);

/* ---- Loading and replacing (platform.c, platform_load.c, platform_swap.c) ---- */
/* Version of the programs built in. */
void sl_platform_own_version(bool frags, struct sl_platform_version *v);
/* Version of pinned programs; *fd, if given, becomes the map. -ENOENT. */
int sl_platform_read_version(const char *root, const char *dir, struct sl_platform_version *v,
			     int *fd);
/*
 * Loads the built-in programs into `p` and pins all in SL_DIR_STAGED. With `carry`, over the maps
 * pinned in SL_DIR_PLATFORM if every one of them has the layout wanted; *carried says so.
 */
int sl_platform_load(struct sl_platform *p, bool carry, bool *carried, struct sl_diags *d);
/* Puts SL_DIR_STAGED in the place of SL_DIR_PLATFORM, after every link was moved to `progs`; links
 * that could not be moved are in `d` and *links_error, and do not stop it. */
int sl_platform_swap(const char *root, int version_fd, const int progs[SL_PROG_N],
		     struct sl_diags *d, int *links_error);
/* Finishes or undoes what an interrupted sl_platform_commit() left. */
int sl_platform_recover(const char *root, struct sl_diags *d);
/* Moves all pinned links in SL_DIR_PORTS and SL_DIR_COPIES to `progs`. */
int sl_platform_move_links(const char *root, const int progs[SL_PROG_N], struct sl_diags *d);

/* ---- Threads (platform_thread.c, platform_move.c) ---- */
/* Packets a thread's queue has room for, and those a CPU collects in front of it. */
#define SL_QUEUE 2048
#define SL_QUEUE_BULK 8
/* The cpumap of a slot: a descriptor, or -errno, -ENOENT if there is none. */
int sl_queue_open(int queues, uint32_t slot, uint32_t *id);
/* Sees to a thread on `cpu` behind it. 0 or -errno. */
int sl_queue_add(const struct sl_platform *p, int queue, uint32_t cpu);
/* The kernel's thread of a slot on a CPU; -ENOENT where none is, or can be seen. */
int sl_thread_pid(const struct sl_platform *p, uint32_t slot, uint32_t cpu);
/* Whether it is there and waits for packets: then its queue was empty since it did anything. */
bool sl_thread_asleep(int pid);
/* Gives the queues of the running platform, unless it is replaced as a whole, threads with another
 * program; the old threads end when they have taken up what is in their queues. 0 or -errno. */
int sl_platform_threads_renew(const char *root, int prog_fd);

/* ---- Links (platform_repair.c) ---- */
/* Fills p->binds from the maps; with `repair`, takes away what an interrupted change left. */
int sl_platform_read_links(struct sl_platform *p, bool repair);

/* ---- Copies (platform_copy.c) ---- */
/* Deletes the copy devices. 0 or -errno. */
int sl_platform_copies_remove(const char *root);
/* Devices into the devmap of a newly made platform, as far as they are there. */
int sl_platform_copies_enter(struct sl_platform *p);
/* The same for ports: each at the index it has in the old devmap (-1: none). */
int sl_platform_ports_enter(struct sl_platform *p, int old_ports_fd);
/* Takes out of the devmap what no pinned port has: an attach or detach was interrupted. */
int sl_platform_ports_sweep(struct sl_platform *p);

#endif
