// SPDX-License-Identifier: GPL-2.0-only
/* Which files a sandboxed compiler needs, and where in the sandbox's root they go. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

/* Inside the root the program itself is found under its own name. */
#define EXE_INSIDE "/bin/" SL_SANDBOX_ARGV0

/* What building shared objects for this machine takes besides clang and ld. Public package
 * contents; a BPF build uses none of it. */
static const char *const native_dirs[] = {"/usr/include"};

static int add_dir(struct sl_jail_files *f, const char *path)
{
	for (size_t i = 0; i < f->n_dirs; i++)
		if (!strcmp(f->dirs[i], path))
			return 0;
	if (SL_GROW(f->dirs, f->n_dirs, f->cap_dirs))
		return -ENOMEM;
	f->dirs[f->n_dirs] = strdup(path);
	return f->dirs[f->n_dirs++] ? 0 : -ENOMEM;
}

static int add_parents(struct sl_jail_files *f, const char *path)
{
	_free_ char *copy = strdup(path);
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	for (char *s = strchr(copy + 1, '/'); s && !ret; s = strchr(s + 1, '/')) {
		*s = 0;
		ret = add_dir(f, copy);
		*s = '/';
	}
	return ret;
}

/* A place once taken is not taken twice, nor is anything put below a directory that is bound. */
static bool covered(const struct sl_jail_files *f, const char *inside)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *p = f->list[i].inside;
		size_t n = strlen(p);

		if (!strncmp(inside, p, n) && (!inside[n] || (f->list[i].dir && inside[n] == '/')))
			return true;
	}
	return false;
}

int sl_jail_file_add(struct sl_jail_files *f, const char *host, const char *inside)
{
	struct sl_jail_file file = {0};
	struct stat st;
	int ret;

	if (covered(f, inside))
		return 0;
	if (stat(host, &st))
		return -errno;
	if (f->n == SL_JAIL_MAX_FILES)
		return -E2BIG;
	file.dir = S_ISDIR(st.st_mode);
	file.device = S_ISCHR(st.st_mode);
	if (!file.dir && !file.device && !S_ISREG(st.st_mode))
		return -EINVAL;
	ret = add_parents(f, inside);
	ret = ret || !file.dir ? ret : add_dir(f, inside);
	if (ret)
		return ret;
	if (SL_GROW(f->list, f->n, f->cap))
		return -ENOMEM;
	file.host = strdup(host);
	file.inside = strdup(inside);
	f->list[f->n++] = file;
	return file.host && file.inside ? 0 : -ENOMEM;
}

void sl_jail_files_free(struct sl_jail_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->list[i].host);
		free(f->list[i].inside);
	}
	for (size_t i = 0; i < f->n_dirs; i++)
		free(f->dirs[i]);
	free(f->list);
	free(f->dirs);
	free(f->lib_path);
	free(f->clang);
	free(f->ld);
	*f = (struct sl_jail_files){0};
}

/* Where the shell would find `name`, symlinks resolved: malloc'ed, or NULL. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *real = NULL;

	if (strchr(name, '/'))
		return realpath(name, NULL);
	if (!path || !*path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path && !real) {
		size_t n = strcspn(path, ":");
		_free_ char *try = NULL;

		if (n && asprintf(&try, "%.*s/%s", (int)n, path, name) >= 0 && !access(try, X_OK))
			real = realpath(try, NULL);
		path += n + (path[n] == ':');
	}
	return real;
}

/* Adds a program under its real path with the libraries it needs. */
static int add_program(struct sl_jail_files *f, const char *path)
{
	int ret = sl_jail_file_add(f, path, path);

	return ret ? ret : sl_jail_libraries(f, path);
}

/* Clang's own headers and run-time libraries: ../lib*\/clang beside its binary. */
static int add_resources(struct sl_jail_files *f, const char *clang)
{
	static const char *const below[] = {"lib/clang", "lib64/clang"};
	_free_ char *prefix = strdup(clang);
	int ret = 0;

	if (!prefix)
		return -ENOMEM;
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(prefix, '/');

		if (!slash)
			return 0;
		*slash = 0;
	}
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]) && !ret; i++) {
		_free_ char *dir = NULL;

		if (asprintf(&dir, "%s/%s", prefix, below[i]) < 0)
			return -ENOMEM;
		ret = sl_jail_file_add(f, dir, dir);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

static int add_compiler(struct sl_jail_files *f, const char *clang)
{
	int ret;

	if (!clang)
		clang = getenv("SLUICE_CLANG");
	f->clang = find_program(clang && *clang ? clang : "clang");
	if (!f->clang)
		return 0; /* checking a graph needs none; compiling says so itself */
	ret = add_program(f, f->clang);
	ret = ret ? ret : add_resources(f, f->clang);
	if (ret)
		return ret;
	f->ld = find_program("ld");
	if (f->ld) {
		ret = add_program(f, f->ld);
		for (size_t i = 0; i < sizeof(native_dirs) / sizeof(native_dirs[0]) && !ret; i++) {
			ret = sl_jail_file_add(f, native_dirs[i], native_dirs[i]);
			ret = ret == -ENOENT ? 0 : ret;
		}
	}
	return ret;
}

static int add_exe(struct sl_jail_files *f, const char *exe)
{
	static const char deleted[] = " (deleted)";
	_free_ char *self = NULL;
	char host[PATH_MAX];
	ssize_t n;
	int ret;

	if (exe) {
		ret = sl_jail_file_add(f, exe, EXE_INSIDE);
		return ret ? ret : sl_jail_libraries(f, exe);
	}
	n = readlink("/proc/self/exe", host, sizeof(host) - 1);
	if (n < 0)
		return -errno;
	host[n] = 0;
	if ((size_t)n > sizeof(deleted) && !strcmp(host + n - (sizeof(deleted) - 1), deleted))
		host[n - (ssize_t)(sizeof(deleted) - 1)] = 0;
	ret = sl_jail_file_add(f, host, EXE_INSIDE);
	if (ret)
		return ret;
	f->list[f->n - 1].self = true;
	/* By number: it is another process that will look. */
	if (asprintf(&self, "/proc/%d/exe", (int)getpid()) < 0)
		return -ENOMEM;
	return sl_jail_libraries(f, self);
}

static int not_found(struct sl_diags *d, int err, const char *what, const char *path)
{
	struct sl_diag *m = sl_error(d, SL_NOPOS, "sandbox-setup", "the sandbox needs %s (%s): %s",
				     what, path, strerror(-err));

	if (err == -E2BIG)
		sl_diag_hint(m,
			     "clang or ld here needs more than %d libraries; name another clang "
			     "in SLUICE_CLANG",
			     SL_JAIL_MAX_FILES);
	else
		sl_diag_hint(m, "check that it is installed and can be read");
	return err;
}

int sl_jail_files_find(const struct sl_sandbox_opts *o, struct sl_jail_files *f, struct sl_diags *d)
{
	_free_ char *bpf = NULL;
	int ret = add_dir(f, "/bin");

	ret = ret ? ret : add_exe(f, o->exe);
	if (ret)
		return not_found(d, ret, "the compiling program", o->exe ? o->exe : "this program");
	ret = add_compiler(f, o->clang);
	if (ret)
		return not_found(d, ret, "the C compiler", f->clang ? f->clang : "clang");
	ret = sl_jail_file_add(f, "/dev/null", "/dev/null");
	if (ret)
		return not_found(d, ret, "a null device", "/dev/null");
	if (!o->bpf_dir)
		return 0;
	bpf = realpath(o->bpf_dir, NULL);
	ret = bpf ? sl_jail_file_add(f, bpf, "/bpf") : -errno;
	return ret ? not_found(d, ret, "the element library", o->bpf_dir) : 0;
}
