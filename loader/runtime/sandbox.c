// SPDX-License-Identifier: GPL-2.0-only
/* A call into the sandbox: picks the strongest way this host offers and prepares it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

/* Address space limits and AddressSanitizer's shadow memory exclude each other. */
#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifndef HAVE_ASAN
#define HAVE_ASAN 0
#endif

/* Ids in a range that neither packages, users nor containers are given; a random one for each call,
 * so that the limit on processes counts this call's alone. */
#define UID_FIRST 0x7f000000u
#define UID_MASK 0xffffu
#define UID_NOBODY 65534u

struct sl_sandbox_opts sl_jail_defaults(const struct sl_sandbox_opts *o)
{
	struct sl_sandbox_opts r = *o;

	r.cpu_s = r.cpu_s ? r.cpu_s : 20;
	r.wall_ms = r.wall_ms ? r.wall_ms : 30000;
	r.processes = r.processes ? r.processes : 8;
	r.memory = r.memory ? r.memory : 1ul << 30;
	r.output = r.output ? r.output : 64ul << 20;
	r.tmp = r.tmp ? r.tmp : 64ul << 20;
	return r;
}

static void limit(struct sl_jail *j, int which, rlim_t value)
{
	struct rlimit old;

	/* A limit that already is lower cannot be raised without privilege, and need not be. */
	if (!getrlimit((__rlimit_resource_t)which, &old) && old.rlim_max < value)
		value = old.rlim_max;
	j->limits[which] = (struct rlimit){value, value};
	j->limited[which] = true;
}

/* Threads the calling user has: what the limit on processes counts when the id is not ours alone.
 */
static unsigned long count_tasks(uid_t uid)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	unsigned long n = 0;

	while (proc && (e = readdir(proc))) {
		_free_ char *path = NULL;
		struct stat st;

		if (!isdigit((unsigned char)e->d_name[0]) ||
		    asprintf(&path, "/proc/%s/task", e->d_name) < 0)
			continue;
		/* A link for each entry, besides "." and "..". */
		if (!stat(path, &st) && st.st_uid == uid && st.st_nlink > 2)
			n += st.st_nlink - 2;
	}
	if (proc)
		closedir(proc);
	return n;
}

static void set_limits(struct sl_jail *j, const struct sl_sandbox_opts *o, bool own_exe,
		       unsigned int *features)
{
	rlim_t others =
		j->mode == SL_JAIL_LANDLOCK ? count_tasks(j->set_ids ? j->uid : geteuid()) : 0;

	limit(j, RLIMIT_CPU, o->cpu_s);
	limit(j, RLIMIT_NPROC, others + o->processes + 1); /* and the keeper */
	limit(j, RLIMIT_NOFILE, 128);
	limit(j, RLIMIT_FSIZE, o->tmp);
	limit(j, RLIMIT_CORE, 0);
	limit(j, RLIMIT_MEMLOCK, 0);
	limit(j, RLIMIT_MSGQUEUE, 0);
	limit(j, RLIMIT_NICE, 0);
	limit(j, RLIMIT_RTPRIO, 0);
	limit(j, RLIMIT_STACK, 16u << 20);
	*features |= SL_SANDBOX_LIMITS;
	if (!(HAVE_ASAN && own_exe)) {
		limit(j, RLIMIT_AS, o->memory);
		*features |= SL_SANDBOX_MEMORY;
	}
}

static int add_env(struct sl_jail *j, const char *name, const char *value)
{
	size_t i = 0;

	while (j->env[i])
		i++;
	return asprintf(&j->env[i], "%s=%s", name, value) < 0 ? -ENOMEM : 0;
}

static int set_env(struct sl_jail *j, const char *tmp)
{
	bool inside = j->mode != SL_JAIL_LANDLOCK;
	const struct sl_jail_files *f = j->files;
	const char *bpf = "/bpf";
	int ret;

	for (size_t i = 0; !inside && i < f->n; i++)
		if (!strcmp(f->list[i].inside, bpf))
			bpf = f->list[i].host;
	ret = add_env(j, "PATH", inside ? "/bin" : "/usr/local/bin:/usr/bin:/bin");
	ret = ret ? ret : add_env(j, "LC_ALL", "C");
	ret = ret ? ret : add_env(j, "TMPDIR", inside ? "/tmp" : tmp);
	ret = ret ? ret : add_env(j, "SLUICE_BPF_DIR", bpf);
	if (f->clang)
		ret = ret ? ret : add_env(j, "SLUICE_CLANG", inside ? "/bin/clang" : f->clang);
	if (f->lib_path)
		ret = ret ? ret : add_env(j, "LD_LIBRARY_PATH", f->lib_path);
	return ret;
}

static void set_ids(struct sl_jail *j, unsigned int *features)
{
	uint32_t r = 0;

	j->uid = j->gid = UID_NOBODY;
	if (j->mode == SL_JAIL_ROOT && getrandom(&r, sizeof(r), GRND_NONBLOCK) == sizeof(r)) {
		j->uid = j->gid = UID_FIRST | (r & UID_MASK);
		*features |= SL_SANDBOX_UID;
	}
	j->set_ids = j->mode != SL_JAIL_USERNS && geteuid() == 0;
	snprintf(j->uid_map, sizeof(j->uid_map), "%u %u 1", UID_NOBODY, (unsigned int)geteuid());
	snprintf(j->gid_map, sizeof(j->gid_map), "%u %u 1", UID_NOBODY, (unsigned int)getegid());
}

static const char *find_scratch(void)
{
	static const char *const dirs[] = {"/tmp", "/mnt", "/run", "/var", "/usr"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (!access(dirs[i], X_OK))
			return dirs[i];
	return "/";
}

static int prepare(struct sl_jail *j, const struct sl_sandbox_opts *o, struct sl_jail_cgroup *cg,
		   char **tmp, unsigned int *features)
{
	int ret = sl_jail_filter(j->mode, &j->filter);

	if (ret)
		return ret;
	*features |= SL_SANDBOX_SECCOMP;
	set_ids(j, features);
	set_limits(j, o, !o->exe, features);
	snprintf(j->tmp_options, sizeof(j->tmp_options),
		 "size=%zu,nr_inodes=4096,mode=0700,uid=%u,gid=%u", o->tmp, j->uid, j->gid);
	j->scratch = find_scratch();
	j->exe = j->files->list[0].inside;
	if (j->mode == SL_JAIL_LANDLOCK) {
		j->exe = j->files->list[0].host;
		ret = sl_jail_tmp_new(j, tmp);
		if (ret)
			return ret;
		j->ruleset = sl_jail_landlock(j->files, *tmp);
		if (j->ruleset < 0)
			return j->ruleset;
		*features |= SL_SANDBOX_LANDLOCK;
	} else {
		*features |= SL_SANDBOX_NAMESPACES;
		*features |= j->mode == SL_JAIL_USERNS ? SL_SANDBOX_USERNS : 0;
	}
	if (geteuid() == 0) {
		/* Pages of /tmp count, too. */
		sl_jail_cgroup_new(o->memory + o->tmp, cg);
		j->cgroup = cg->procs;
		*features |= cg->memory ? SL_SANDBOX_MEMORY_SUM : 0;
	}
	return set_env(j, *tmp);
}

int sl_jail_attempt(enum sl_jail_mode mode, const struct sl_sandbox_opts *o,
		    const struct sl_jail_files *files, bool try_only, const void *req, size_t len,
		    struct sl_jail_run *run, unsigned int *features)
{
	struct sl_jail j = {
		.mode = mode, .try_only = try_only, .files = files, .cgroup = -1, .ruleset = -1};
	struct sl_jail_cgroup cg = {.procs = -1};
	_free_ char *tmp = NULL;
	int ret;

	*features = 0;
	if (mode == SL_JAIL_ROOT && geteuid() != 0)
		return -EPERM;
	ret = prepare(&j, o, &cg, &tmp, features);
	ret = ret ? ret : sl_jail_run(&j, o, req, len, run);
	run->oom = !ret && sl_jail_cgroup_oom(&cg);
	sl_jail_cgroup_free(&cg);
	if (j.ruleset >= 0)
		close(j.ruleset);
	sl_jail_tmp_free(tmp);
	for (size_t i = 0; j.env[i]; i++)
		free(j.env[i]);
	return ret;
}

bool sl_jail_unavailable(const struct sl_jail_run *run, int ret)
{
	int err = ret ? -ret : run->report.err;

	if (!ret && (run->end != SL_END_REPORT || run->report.step == SL_STEP_DONE ||
		     run->report.step > SL_STEP_SECCOMP))
		return false;
	return err == EPERM || err == EACCES || err == ENOSYS || err == EINVAL || err == ENOSPC ||
	       err == EUSERS || err == ENODEV || err == EOPNOTSUPP;
}

int sl_sandbox_call(const struct sl_sandbox_opts *opts, const void *req, size_t req_len,
		    void **resp, size_t *resp_len, struct sl_diags *d)
{
	SL_CLEANUP(sl_jail_files_free) struct sl_jail_files files = {0};
	struct sl_sandbox_opts o = sl_jail_defaults(opts);
	SL_CLEANUP(sl_jail_run_free) struct sl_jail_run run = {0};
	unsigned int features = 0;
	int mode = SL_JAIL_ROOT, ret;

	ret = sl_jail_files_find(&o, &files, d);
	if (ret)
		return ret;
	for (;; mode++) {
		ret = sl_jail_attempt((enum sl_jail_mode)mode, &o, &files, false, req, req_len,
				      &run, &features);
		if (mode == SL_JAIL_LANDLOCK || !sl_jail_unavailable(&run, ret))
			break;
		sl_jail_run_free(&run);
	}
	if (ret || (run.end == SL_END_REPORT && run.report.step != SL_STEP_DONE)) {
		bool unavailable = sl_jail_unavailable(&run, ret);

		ret = ret ? ret : -run.report.err;
		sl_jail_setup_error(&run, ret, &files, d);
		return unavailable ? -ENOSYS : ret;
	}
	if (o.features)
		*o.features = features;
	ret = sl_jail_judge(&run, &o, d);
	if (ret)
		return ret;
	*resp_len = run.answer_len;
	*resp = TAKE_PTR(run.answer);
	return 0;
}
