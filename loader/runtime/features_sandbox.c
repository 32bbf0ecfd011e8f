// SPDX-License-Identifier: GPL-2.0-only
/* Probe of the compiler's sandbox: it is really built. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/features_priv.h"
#include "loader/runtime/sandbox.h"

static char *name_features(unsigned int features)
{
	char *list = NULL;

	for (unsigned int bit = 1; bit <= SL_SANDBOX_MEMORY_SUM; bit <<= 1) {
		char *longer;

		if (!(features & bit))
			continue;
		if (asprintf(&longer, "%s%s%s", list ? list : "", list ? ", " : "",
			     sl_sandbox_feature_name((enum sl_sandbox_feature)bit)) < 0)
			break;
		free(list);
		list = longer;
	}
	return list;
}

void sl_probe_sandbox(const struct sl_features_opts *o, struct sl_probed *p)
{
	_free_ char *list = NULL;
	struct sl_diags d = {0};
	unsigned int features = 0;
	int ret = sl_sandbox_features(&features, &d);

	(void)o;
	sl_diags_free(&d);
	if (ret) {
		sl_probed(p, SL_FEATURE_NO, "%s",
			  ret == -ENOSYS ? "neither namespaces nor Landlock" : strerror(-ret));
		return;
	}
	list = name_features(features);
	sl_probed(p, features & SL_SANDBOX_NAMESPACES ? SL_FEATURE_YES : SL_FEATURE_PARTIAL, "%s",
		  list ? list : "");
}
