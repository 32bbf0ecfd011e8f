/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory control group for each tenant that has a limit, of version 1 or 2, whichever the host
 * has: what the kernel keeps for the tenant's maps is charged there (charge.h).
 *
 *   MOUNT/sluice-N/tenant-NAME
 *
 * N is the number of the bpffs that holds the pins: so two daemons with file systems of their own
 * do not meet, and who takes up the pins finds the groups.
 */
#ifndef SL_MEMCG_H
#define SL_MEMCG_H

#include <stdbool.h>
#include <stdint.h>

struct sl_memcg {
	char *dir; /* MOUNT/sluice-N */
	bool v2;
};

/* The place for groups of the tenants pinned below `pin_root`; nothing is made yet. 0; -ENOENT:
 * this host has no memory controller; -EACCES, -EROFS, -EBUSY: it is not to be had; -ENOMEM. */
int sl_memcg_find(const char *pin_root, struct sl_memcg **out);
/* The place `dir`. */
int sl_memcg_at(const char *dir, bool v2, struct sl_memcg **out);
void sl_memcg_free(struct sl_memcg *m);
static inline void sl_memcg_freep(struct sl_memcg **m)
{
	sl_memcg_free(*m);
}

/* A tenant's group; malloc'ed, NULL: no memory. */
char *sl_memcg_dir(const struct sl_memcg *m, const char *tenant);
/*
 * Makes a tenant's group where it is not there, and limits it to `limit` bytes (0: no limit). 0;
 * -EBUSY: more is charged than that, and the limit is as it was; -errno.
 */
int sl_memcg_limit(const struct sl_memcg *m, const char *tenant, uint64_t limit);

struct sl_memcg_use {
	uint64_t charged; /* bytes of the kernel's */
	uint64_t limit;	  /* UINT64_MAX: none */
	uint64_t refused; /* how often there was no room */
	uint64_t killed;  /* processes, for want of memory */
};
/* 0; -ENOENT: there is no such group. */
int sl_memcg_read(const struct sl_memcg *m, const char *tenant, struct sl_memcg_use *out);

/* Removes a tenant's group, and the place with the last one. What is still charged is from then on
 * nobody's. 0 or -errno. */
int sl_memcg_remove(const struct sl_memcg *m, const char *tenant);
/* Removes groups of those whom `keep` does not want. */
void sl_memcg_sweep(const struct sl_memcg *m, bool (*keep)(void *arg, const char *tenant),
		    void *arg);

#endif
