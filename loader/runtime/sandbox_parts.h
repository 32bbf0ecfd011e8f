/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the sandbox's own files. The order of things:
 *
 *   caller  finds the files needed (sandbox_files.c), builds the filter (sandbox_seccomp.c), makes
 *           pipes and a control group, and clones the keeper; then only polls.
 *   keeper  process 1 of the new namespaces: builds the root (sandbox_fs.c), gives up every
 *           privilege, installs the filter, forks the worker, waits for it, reports its status.
 *   worker  sets the resource limits and becomes the compiler program.
 *
 * Everything the keeper and the worker use is prepared by the caller: between clone and exec only
 * system calls are made, since another thread may have held any lock at the clone.
 */
#ifndef SL_SANDBOX_PARTS_H
#define SL_SANDBOX_PARTS_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/resource.h>

#include "loader/runtime/sandbox.h"

enum sl_jail_mode {
	SL_JAIL_ROOT,	  /* namespaces, made with privilege */
	SL_JAIL_USERNS,	  /* the same inside a user namespace */
	SL_JAIL_LANDLOCK, /* no namespaces: rules on files, and the caller's own user */
	SL_JAIL_MODES
};

/* One thing that is bound into the new root (or may be read, under Landlock). */
struct sl_jail_file {
	char *host;
	char *inside;
	bool dir;
	bool device;
	bool self; /* the running program, whatever lies at `host` by now */
};

#define SL_JAIL_MAX_FILES 160

struct sl_jail_files {
	struct sl_jail_file *list;
	size_t n, cap;
	char **dirs; /* to be made in the new root, parents first */
	size_t n_dirs, cap_dirs;
	char *lib_path;	  /* directories of the libraries, for the dynamic linker */
	char *clang, *ld; /* real paths; NULL when not there */
};

/* Finds what `o` needs. 0 or -errno with a message. */
int sl_jail_files_find(const struct sl_sandbox_opts *o, struct sl_jail_files *f,
		       struct sl_diags *d);
void sl_jail_files_free(struct sl_jail_files *f);
/* Adds the dynamic linker and the libraries of `path` as the dynamic linker itself lists them. */
int sl_jail_libraries(struct sl_jail_files *f, const char *path);
int sl_jail_file_add(struct sl_jail_files *f, const char *host, const char *inside);

/* The filter, built once a process and mode. 0, -ENOMEM or libseccomp's -errno. */
int sl_jail_filter(enum sl_jail_mode mode, struct sock_fprog *prog);

/* The sandbox's memory control group; nothing in it where the host has none that can be used. */
struct sl_jail_cgroup {
	char *dir;
	int procs;   /* to write "0" to */
	bool memory; /* the limit is in force */
};
void sl_jail_cgroup_new(size_t memory, struct sl_jail_cgroup *cg);
/* Whether the kernel killed something in it for want of memory. */
bool sl_jail_cgroup_oom(const struct sl_jail_cgroup *cg);
void sl_jail_cgroup_free(struct sl_jail_cgroup *cg);

/* A Landlock ruleset for `f` and the private directory. fd or -errno. */
int sl_jail_landlock(const struct sl_jail_files *f, const char *tmp);

/* Steps of building, named in messages. */
enum sl_jail_step {
	SL_STEP_DONE,
	SL_STEP_CGROUP,
	SL_STEP_IDS,
	SL_STEP_FILE,
	SL_STEP_MOUNT_NS,
	SL_STEP_ROOT,
	SL_STEP_TMP,
	SL_STEP_PIVOT,
	SL_STEP_STDIO,
	SL_STEP_PRIVILEGE,
	SL_STEP_LANDLOCK,
	SL_STEP_SECCOMP,
	SL_STEP_FORK,
	SL_STEP_LIMITS,
	SL_STEP_EXEC,
};

/* What the keeper writes to the status pipe, once: a failed step, or the worker's end. */
struct sl_jail_report {
	uint32_t step; /* enum sl_jail_step */
	uint32_t file; /* SL_STEP_FILE: index in files */
	int32_t err;
	int32_t status; /* SL_STEP_DONE: as of wait4() */
	uint64_t cpu_us;
	uint64_t max_rss; /* bytes, of the largest process */
};

struct sl_jail {
	enum sl_jail_mode mode;
	bool try_only; /* build everything, execute nothing */
	const struct sl_jail_files *files;
	const char *exe;      /* as the worker sees it */
	const char *scratch;  /* a directory to mount the new root on */
	char tmp_options[96]; /* of the tmpfs on /tmp */
	char *env[8];
	struct rlimit limits[16]; /* by RLIMIT_ number */
	bool limited[16];
	struct sock_fprog filter;
	unsigned int uid, gid; /* to become, when set_ids */
	bool set_ids;
	char uid_map[48], gid_map[48];
	int cgroup;		  /* to join; -1: none */
	int ruleset;		  /* Landlock's; -1: none */
	int in, out, err, report; /* all above 3 */
};

/* The keeper: never returns. */
void sl_jail_keeper(const struct sl_jail *j) __attribute__((noreturn));

/* Takes detached copies of all files' mounts into `fds`. 0 or -errno, *which the index. */
int sl_jail_take(const struct sl_jail *j, int *fds, uint32_t *which);
/* Builds the root from them and makes it this process's. 0 or -errno and the step. */
int sl_jail_root(const struct sl_jail *j, const int *fds, enum sl_jail_step *step);

/* A directory for a worker without a file system of its own; clears `set_ids` where there is no
 * other id to become. 0 or -errno. */
int sl_jail_tmp_new(struct sl_jail *j, char **tmp);
void sl_jail_tmp_free(const char *tmp);

/* What came of one run, as the caller saw it. */
enum sl_jail_end { SL_END_REPORT, SL_END_SILENT, SL_END_WALL, SL_END_OUTPUT, SL_END_ANSWER_MEMORY };

struct sl_jail_run {
	enum sl_jail_end end;
	struct sl_jail_report report; /* SL_END_REPORT */
	void *answer;
	size_t answer_len;
	char *err; /* what the worker wrote to its standard error, the beginning of it */
	size_t err_len;
	bool oom;
};

/* Options with the defaults filled in. */
struct sl_sandbox_opts sl_jail_defaults(const struct sl_sandbox_opts *o);
/* Clones the keeper for `j`, feeds it `req` and collects what comes. 0 with *run filled; -errno
 * when it could not be started. */
int sl_jail_run(struct sl_jail *j, const struct sl_sandbox_opts *o, const void *req, size_t len,
		struct sl_jail_run *run);
void sl_jail_run_free(struct sl_jail_run *run);
/* Everything for one attempt in `mode`: -errno with *step when the mode cannot be had. */
int sl_jail_attempt(enum sl_jail_mode mode, const struct sl_sandbox_opts *o,
		    const struct sl_jail_files *files, bool try_only, const void *req, size_t len,
		    struct sl_jail_run *run, unsigned int *features);
/* Whether such a failure of one mode is a reason to try the next. */
bool sl_jail_unavailable(const struct sl_jail_run *run, int ret);

/* Turns what came of it into 0, or -EINVAL and a message. */
int sl_jail_judge(const struct sl_jail_run *run, const struct sl_sandbox_opts *o,
		  struct sl_diags *d);
/* The message for a sandbox that could not be built. */
struct sl_diag *sl_jail_setup_error(const struct sl_jail_run *run, int ret,
				    const struct sl_jail_files *files, struct sl_diags *d);
const char *sl_jail_step_name(uint32_t step);
const char *sl_jail_mode_name(enum sl_jail_mode mode);

#endif
