// SPDX-License-Identifier: GPL-2.0-only
/* Which ways of building a sandbox work here: each is really built, and nothing executed in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

const char *sl_sandbox_feature_name(enum sl_sandbox_feature bit)
{
	switch (bit) {
	case SL_SANDBOX_NAMESPACES:
		return "namespaces";
	case SL_SANDBOX_USERNS:
		return "user namespace";
	case SL_SANDBOX_UID:
		return "private user id";
	case SL_SANDBOX_SECCOMP:
		return "system call filter";
	case SL_SANDBOX_LANDLOCK:
		return "Landlock";
	case SL_SANDBOX_LIMITS:
		return "resource limits";
	case SL_SANDBOX_MEMORY:
		return "address space limit";
	case SL_SANDBOX_MEMORY_SUM:
		return "memory control group";
	}
	return "unknown";
}

static void list_features(struct sl_diag *m, unsigned int features)
{
	for (unsigned int bit = 1; bit <= SL_SANDBOX_MEMORY_SUM; bit <<= 1)
		if (features & bit)
			sl_diag_detail(m, "%s",
				       sl_sandbox_feature_name((enum sl_sandbox_feature)bit));
}

static bool works(enum sl_jail_mode mode, const struct sl_sandbox_opts *o,
		  const struct sl_jail_files *files, struct sl_jail_run *run, int *ret,
		  unsigned int *features)
{
	*ret = sl_jail_attempt(mode, o, files, true, NULL, 0, run, features);
	return !*ret && run->end == SL_END_REPORT && run->report.step == SL_STEP_DONE;
}

static bool try(enum sl_jail_mode mode, const struct sl_sandbox_opts *o,
		const struct sl_jail_files *files, struct sl_diags *d)
{
	SL_CLEANUP(sl_jail_run_free) struct sl_jail_run run = {0};
	const char *name = sl_jail_mode_name(mode);
	unsigned int features = 0;
	int ret;

	if (works(mode, o, files, &run, &ret, &features)) {
		list_features(
			sl_note(d, SL_NOPOS, "sandbox", "compiling in a sandbox by %s works", name),
			features);
		return true;
	}
	if (!ret && run.end == SL_END_REPORT)
		sl_note(d, SL_NOPOS, "sandbox", "no sandbox by %s: %s: %s", name,
			sl_jail_step_name(run.report.step), strerror(run.report.err));
	else
		sl_note(d, SL_NOPOS, "sandbox", "no sandbox by %s: %s", name,
			ret ? strerror(-ret) : "its first process was killed");
	return false;
}

int sl_sandbox_features(unsigned int *features, struct sl_diags *d)
{
	SL_CLEANUP(sl_jail_files_free) struct sl_jail_files files = {0};
	const struct sl_sandbox_opts none = {0};
	struct sl_sandbox_opts o = sl_jail_defaults(&none);
	int ret = sl_jail_files_find(&o, &files, d), err;
	bool good = false;

	if (ret)
		return ret;
	for (int mode = 0; mode < SL_JAIL_MODES && !good; mode++) {
		SL_CLEANUP(sl_jail_run_free) struct sl_jail_run run = {0};

		good = works((enum sl_jail_mode)mode, &o, &files, &run, &err, features);
	}
	return good ? 0 : -ENOSYS;
}

int sl_sandbox_probe(struct sl_diags *d)
{
	SL_CLEANUP(sl_jail_files_free) struct sl_jail_files files = {0};
	const struct sl_sandbox_opts none = {0};
	struct sl_sandbox_opts o = sl_jail_defaults(&none);
	bool any = false;
	int ret = sl_jail_files_find(&o, &files, d);

	if (ret)
		return ret;
	for (int mode = 0; mode < SL_JAIL_MODES; mode++)
		any |= try((enum sl_jail_mode)mode, &o, &files, d);
	return any ? 0 : -ENOSYS;
}
