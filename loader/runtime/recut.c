// SPDX-License-Identifier: GPL-2.0-only
/* Smaller segments until the kernel takes them. */
#include <errno.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"
#include "loader/runtime/recut.h"

unsigned int sl_recut_weight(unsigned int first, int cut)
{
	return (first ? first : SL_SEGMENT_WEIGHT) >> cut;
}

int sl_recut(const struct sl_recut *r, struct sl_diags *d, struct sl_compiled **out)
{
	uint32_t refused = UINT32_MAX; /* segments the kernel found too complex */

	for (int cut = r->first;; cut++) {
		SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
		struct sl_diags mine = {0};
		int ret = r->compile(r->arg, cut, &mine, &c);

		/* What is cut as before need not be asked again. */
		if (!ret && cut < SL_RECUTS && c->bundle->n_segments == refused)
			ret = -E2BIG;
		ret = ret ? ret : r->load(r->arg, c, &mine);
		if (ret == -E2BIG && cut < SL_RECUTS) {
			refused = c ? c->bundle->n_segments : refused;
			sl_diags_free(&mine);
			continue;
		}
		sl_diags_move(d, &mine);
		*out = TAKE_PTR(c);
		return ret;
	}
}
