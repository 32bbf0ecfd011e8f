// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared libraries of a program, asked of the one authority on the matter: its own dynamic
 * linker, started with --list. Only for programs of this host that are trusted anyway. The answers
 * are kept for as long as the file is the same one.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

/* More than the programs of one process: its own, clang, ld. */
#define KEPT 8
#define MAX_LIST 65536

static struct kept {
	dev_t dev;
	ino_t ino;
	struct timespec mtime;
	off_t size;
	char *list; /* "" for a static program */
} kept[KEPT];
static unsigned int next_kept;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static void elf_endp(Elf **e)
{
	if (*e)
		elf_end(*e);
}

/* The dynamic linker a program asks for; *interp is NULL for a static one. */
static int find_interp(const char *path, char **interp)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	SL_CLEANUP(elf_endp) Elf *e = NULL;
	char name[PATH_MAX];
	size_t n = 0;

	*interp = NULL;
	if (fd < 0)
		return -errno;
	elf_version(EV_CURRENT);
	e = elf_begin(fd, ELF_C_READ, NULL);
	if (!e || elf_getphdrnum(e, &n))
		return -ENOEXEC;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr ph;
		ssize_t got;

		if (!gelf_getphdr(e, (int)i, &ph) || ph.p_type != PT_INTERP)
			continue;
		if (ph.p_filesz >= sizeof(name))
			return -ENOEXEC;
		got = pread(fd, name, ph.p_filesz, (off_t)ph.p_offset);
		if (got != (ssize_t)ph.p_filesz)
			return -EIO;
		name[got] = 0;
		*interp = strdup(name);
		return *interp ? 0 : -ENOMEM;
	}
	return 0;
}

static int read_all(int fd, char **text)
{
	_free_ char *buf = malloc(MAX_LIST + 1);
	size_t len = 0;
	ssize_t n = 0;

	if (!buf)
		return -ENOMEM;
	while (len < MAX_LIST && ((n = read(fd, buf + len, MAX_LIST - len)) > 0 || errno == EINTR))
		len += n > 0 ? (size_t)n : 0;
	if (n)
		return n < 0 ? -errno : -E2BIG;
	buf[len] = 0;
	*text = TAKE_PTR(buf);
	return 0;
}

static int run_list(const char *interp, const char *path, char **list)
{
	char *argv[] = {(char *)interp, (char *)"--list", (char *)path, NULL};
	char *env[] = {(char *)"LC_ALL=C", NULL};
	_free_ char *text = NULL;
	posix_spawn_file_actions_t fa;
	int fds[2], ret, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = -posix_spawn_file_actions_init(&fa);
	if (!ret) {
		ret = -posix_spawn_file_actions_adddup2(&fa, fds[1], 1);
		ret = ret ? ret : -posix_spawn(&pid, interp, &fa, NULL, argv, env);
		posix_spawn_file_actions_destroy(&fa);
	}
	close(fds[1]);
	if (!ret) {
		ret = read_all(fds[0], &text);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!ret && (!WIFEXITED(status) || WEXITSTATUS(status)))
			ret = -ENOEXEC;
	}
	close(fds[0]);
	if (!ret)
		*list = TAKE_PTR(text);
	return ret;
}

static int list_libraries(const char *path, char **list)
{
	_free_ char *interp = NULL;
	int ret = find_interp(path, &interp);

	if (ret)
		return ret;
	if (interp)
		return run_list(interp, path, list);
	*list = strdup("");
	return *list ? 0 : -ENOMEM;
}

static bool same_file(const struct kept *k, const struct stat *st)
{
	return k->list && k->dev == st->st_dev && k->ino == st->st_ino && k->size == st->st_size &&
	       k->mtime.tv_sec == st->st_mtim.tv_sec && k->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

/* malloc'ed text of --list, from what is kept when the file is the same. */
static int libraries_of(const char *path, char **list)
{
	_free_ char *found = NULL;
	struct stat st;
	int ret;

	if (stat(path, &st))
		return -errno;
	pthread_mutex_lock(&kept_lock);
	for (unsigned int i = 0; i < KEPT && !found; i++)
		if (same_file(&kept[i], &st))
			found = strdup(kept[i].list);
	pthread_mutex_unlock(&kept_lock);
	if (found) {
		*list = TAKE_PTR(found);
		return 0;
	}
	ret = list_libraries(path, &found);
	if (ret)
		return ret;
	pthread_mutex_lock(&kept_lock);
	free(kept[next_kept].list);
	kept[next_kept] = (struct kept){.dev = st.st_dev,
					.ino = st.st_ino,
					.mtime = st.st_mtim,
					.size = st.st_size,
					.list = strdup(found)};
	next_kept = (next_kept + 1) % KEPT;
	pthread_mutex_unlock(&kept_lock);
	*list = TAKE_PTR(found);
	return 0;
}

/* Adds the directory of `path` to the library path, once. */
static int add_lib_dir(struct sl_jail_files *f, const char *path)
{
	size_t n = (size_t)(strrchr(path, '/') - path);
	const char *at = f->lib_path;
	char *longer;

	while (at && *at) {
		size_t len = strcspn(at, ":");

		if (len == n && !strncmp(at, path, n))
			return 0;
		at += len + (at[len] == ':');
	}
	if (asprintf(&longer, "%s%s%.*s", f->lib_path ? f->lib_path : "", f->lib_path ? ":" : "",
		     (int)n, path) < 0)
		return -ENOMEM;
	free(f->lib_path);
	f->lib_path = longer;
	return 0;
}

/* One line: "\tNAME => PATH (0x...)", "\tPATH (0x...)", or without a path. */
static int add_line(struct sl_jail_files *f, char *line)
{
	char *path = strstr(line, " => "), *end;
	int ret;

	path = path ? path + 4 : line + strspn(line, " \t");
	if (!strncmp(path, "not found", 9))
		return -ELIBACC;
	end = strstr(path, " (0x");
	if (*path != '/' || !end)
		return 0;
	*end = 0;
	ret = sl_jail_file_add(f, path, path);
	return ret ? ret : add_lib_dir(f, path);
}

int sl_jail_libraries(struct sl_jail_files *f, const char *path)
{
	_free_ char *list = NULL;
	char *save, *line;
	int ret = libraries_of(path, &list);

	if (ret)
		return ret;
	for (line = strtok_r(list, "\n", &save); line && !ret; line = strtok_r(NULL, "\n", &save))
		ret = add_line(f, line);
	return ret;
}
