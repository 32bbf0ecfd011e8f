/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps made for a tenant, and charged to it: the kernel charges a map to the control group of the
 * process that makes it. So a process of its own is started in the tenant's group, makes what it is
 * asked for, and passes descriptors. If there is no room, the kernel says so; should it end a
 * process instead, it is that one.
 *
 * Whether there is room is known before the kernel is asked: what is made is counted here, too.
 */
#ifndef SL_CHARGE_H
#define SL_CHARGE_H

#include "loader/runtime/map_bytes.h"
#include "loader/runtime/memcg.h"

struct sl_charge;

/* `m` NULL: there is no group, and this process makes the maps. 0 or -ENOMEM. */
int sl_charge_new(const struct sl_memcg *m, const char *tenant, struct sl_charge **out);
/* How many bytes may be taken from now on; UINT64_MAX: any number. */
void sl_charge_allow(struct sl_charge *c, uint64_t bytes);
/* What of it is left, and how much more the last map would have needed that was refused. */
uint64_t sl_charge_left(const struct sl_charge *c);
uint64_t sl_charge_lacking(const struct sl_charge *c);
/* Makes a map (`c` NULL: for nobody). A descriptor; -ENOMEM: there is no room; -errno. */
int sl_charge_map(struct sl_charge *c, const struct sl_map_spec *s);
/* Nothing more is to be made for now: ends the process. */
void sl_charge_rest(struct sl_charge *c);
void sl_charge_free(struct sl_charge *c);
static inline void sl_charge_freep(struct sl_charge **c)
{
	sl_charge_free(*c);
}

#endif
