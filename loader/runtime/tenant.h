/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's graphs in the kernel. Each graph is a generation; its maps and programs are pinned in
 * ROOT/NAME/gen-N, and ROOT/NAME/counters is what is shown of the running one
 * (loader/runtime/counts.h). A change goes
 *
 *   sl_tenant_prepare   everything of the new generation is loaded and pinned beside the old;
 *   (the caller writes down that the change is decided)
 *   sl_tenant_enter     one store makes packets enter it
 *   sl_tenant_finish    when nobody runs the old: counters are added up, the old goes.
 *
 * A daemon that dies in between finds, by the generation it wrote down, which of the two to keep,
 * and sl_tenant_adopt() takes that up again without touching what runs.
 */
#ifndef SL_TENANT_H
#define SL_TENANT_H

#include "loader/codegen/compile.h"
#include "loader/runtime/hand.h"
#include "loader/runtime/load.h"
#include "loader/runtime/live.h"
#include "loader/runtime/platform.h"

/* One generation of a tenant's graph, loaded and pinned. */
struct sl_generation {
	uint32_t number;
	uint32_t slot;
	struct sl_compiled *compiled; /* owned */
	struct sl_loaded *loaded;
	struct sl_live_maps maps;
	struct sl_live live;
	struct sl_table_copies **copies; /* an element: while state is carried over (carry.h) */
};

/*
 * Loads generation `number` of tenant `name` for chain slot `slot` and pins it. State of elements
 * that `before` (NULL: none) has under the same name, class and layout is shared; what cannot be
 * carried over is noted in `d`. `memory` (NULL: no limit) is what the tenant may have. If `hand`
 * (may be NULL) has it loaded already, that is taken. Takes over `c` on success only. `thread`: of
 * that class (bpf/abi.h). Nothing that runs is touched. 0 or -errno with messages in `d`.
 */
int sl_tenant_prepare(struct sl_platform *pf, const char *name, uint32_t slot, uint32_t number,
		      struct sl_compiled *c, bool thread, const struct sl_generation *before,
		      const struct sl_memory *memory, struct sl_hand *hand, struct sl_diags *d,
		      struct sl_generation **out);

/*
 * Makes `g` what packets of its slot enter: one store. What entered before still runs out. The
 * tables of `before` (NULL: there was none) are copied first, and what was changed there until the
 * store right after it. 0 or -errno.
 */
int sl_tenant_enter(struct sl_platform *pf, const char *name, const struct sl_generation *before,
		    struct sl_generation *g, struct sl_diags *d);
/*
 * After sl_tenant_enter(), and after links were moved where the slot is another: pins the counters,
 * waits until no CPU runs `before` (NULL: there was none), adds its counts to `g`'s and unpins it,
 * unless copies may still come back to it (*keep_before: the caller drops it with the next change).
 * 0 or -errno.
 */
int sl_tenant_finish(struct sl_platform *pf, const char *name, struct sl_generation *g,
		     const struct sl_generation *before, bool *keep_before, struct sl_diags *d);

/* Takes up a pinned generation after a restart. `c` as in prepare. -ENOENT when not all of it is
 * there. */
int sl_tenant_adopt(struct sl_platform *pf, const char *name, uint32_t slot, uint32_t number,
		    struct sl_compiled *c, bool thread, struct sl_diags *d,
		    struct sl_generation **out);

/* Whether packets enter this generation now. */
bool sl_tenant_runs(struct sl_platform *pf, const struct sl_generation *g);

/* Starts or stops what is installed: one store. */
void sl_tenant_set_active(struct sl_platform *pf, uint32_t slot, bool active);

/* Empties the entries of a slot that are not this generation's: nothing may run there any more. */
int sl_tenant_clear_other(struct sl_platform *pf, const struct sl_generation *g);

/* Empties a slot: no packet enters; waits until none is inside, and ends its thread. */
int sl_tenant_clear(struct sl_platform *pf, uint32_t slot);

/* Removes the pins of one generation, or of all but `keep` (0: none kept, and the tenant's
 * directory with them). 0 or the first -errno. */
int sl_tenant_unpin(struct sl_platform *pf, const char *name, uint32_t number);
int sl_tenant_unpin_others(struct sl_platform *pf, const char *name, uint32_t keep);

void sl_generation_free(struct sl_generation *g); /* closes; pins stay */
static inline void sl_generation_freep(struct sl_generation **g)
{
	sl_generation_free(*g);
}

#endif
