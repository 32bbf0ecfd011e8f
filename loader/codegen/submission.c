// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what a tenant hands in: the graph, and the library files it asks for, from the graph's own
 * directory and nowhere else. Afterwards nothing is opened any more: the compiler takes libraries
 * from the submission.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "loader/codegen/compile.h"
#include "loader/mem.h"

#define MAX_FILE (1u << 20)
#define MAX_FILES 64u

/* A library that could not be had, until it is known where it was asked for. */
struct refusal {
	char *name;
	char *why;
};

struct reader {
	struct sl_submission *sub;
	int dir; /* the graph's */
	size_t cap_libs;
	struct refusal *refusals;
	size_t n_refusals, cap_refusals;
};

void sl_submission_free(struct sl_submission *s)
{
	free(s->graph.name);
	free(s->graph.text);
	for (size_t i = 0; i < s->n_libs; i++) {
		free(s->libs[i].name);
		free(s->libs[i].text);
	}
	for (size_t i = 0; i < s->n_vars; i++) {
		free((char *)s->vars[i].name);
		free((char *)s->vars[i].value);
	}
	for (size_t i = 0; i < s->n_overrides; i++) {
		free(s->overrides[i].element);
		free(s->overrides[i].config);
	}
	for (size_t i = 0; i < s->n_shares; i++) {
		free(s->shares[i].element);
		free(s->shares[i].outs);
	}
	free(s->libs);
	free(s->vars);
	free(s->overrides);
	free(s->shares);
	*s = (struct sl_submission){0};
}

static const struct sl_file *find_library(const struct sl_submission *s, const char *name)
{
	for (size_t i = 0; i < s->n_libs; i++)
		if (!strcmp(s->libs[i].name, name))
			return &s->libs[i];
	return NULL;
}

static int copy_library(const struct sl_file *lib, char **text, size_t *len)
{
	char *copy = malloc(lib->len + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, lib->text, lib->len);
	copy[lib->len] = 0;
	*text = copy;
	*len = lib->len;
	return 0;
}

int sl_submission_library(const char *name, const char *from, char **text, size_t *len,
			  void *submission)
{
	const struct sl_file *lib = find_library(submission, name);

	(void)from;
	return lib ? copy_library(lib, text, len) : -ENOENT;
}

/* The whole file, its size known only by reading. 0, -EFBIG, -ENOMEM, -errno. */
static int read_all(int fd, char **text, size_t *len)
{
	_free_ char *buf = malloc(MAX_FILE + 2);
	size_t got = 0;
	ssize_t n = 1;

	if (!buf)
		return -ENOMEM;
	while (n && got <= MAX_FILE) {
		n = read(fd, buf + got, MAX_FILE + 1 - got);
		if (n < 0 && errno != EINTR)
			return -errno;
		got += n > 0 ? (size_t)n : 0;
	}
	if (got > MAX_FILE)
		return -EFBIG;
	buf[got] = 0;
	*len = got;
	*text = realloc(buf, got + 1);
	if (!*text)
		return -ENOMEM;
	buf = NULL;
	return 0;
}

/* Only a regular file: reading has no effect, ends, and does not wait for anybody. */
static int read_regular(int fd, char **text, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_size > (off_t)MAX_FILE)
		return -EFBIG;
	return read_all(fd, text, len);
}

static const char *reason(int err)
{
	switch (err) {
	case ENOENT:
		return "there is no such file in the graph's directory";
	case EXDEV:
		return "it is outside of the graph's directory";
	case ELOOP:
		return "it is, or lies behind, a symbolic link";
	case ENXIO:
	case EISDIR:
		return "it is not a regular file";
	case EFBIG:
		return "it is larger than 1 MiB";
	case EMFILE:
		return "the graph asks for more than 64 files";
	default:
		return strerror(err);
	}
}

/* ".." may lead back into the directory, but a name that needs it is not one we explain. */
static bool climbs(const char *name)
{
	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && !strncmp(name, "..", 2))
			return true;
		name += n + (name[n] == '/');
	}
	return false;
}

static int open_library(int dir, const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					  RESOLVE_NO_MAGICLINKS};
	long fd;

	if (climbs(name))
		return -EXDEV;
	do
		fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int add_library(struct reader *r, const char *name)
{
	struct sl_submission *s = r->sub;
	_free_ char *copy = strdup(name), *text = NULL;
	_close_ int fd = -1;
	size_t len = 0;
	int ret;

	if (!copy || SL_GROW(s->libs, s->n_libs, r->cap_libs))
		return -ENOMEM;
	if (s->n_libs >= MAX_FILES)
		return -EMFILE;
	fd = open_library(r->dir, name);
	if (fd < 0)
		return fd;
	ret = read_regular(fd, &text, &len);
	if (ret)
		return ret;
	s->libs[s->n_libs++] = (struct sl_file){TAKE_PTR(copy), TAKE_PTR(text), len};
	return 0;
}

static int refuse(struct reader *r, const char *name, int err)
{
	struct refusal new = {0};

	if (SL_GROW(r->refusals, r->n_refusals, r->cap_refusals))
		return -ENOMEM;
	new.name = strdup(name);
	new.why = strdup(reason(err));
	r->refusals[r->n_refusals++] = new;
	return new.name &&new.why ? -err : -ENOMEM;
}

/* The parser's resolver while collecting: reads what is asked for, once. */
static int collect(const char *name, const char *from, char **text, size_t *len, void *arg)
{
	struct reader *r = arg;
	int ret = find_library(r->sub, name) ? 0 : add_library(r, name);

	(void)from;
	if (ret == -ENOMEM)
		return ret;
	if (ret)
		return refuse(r, name, -ret);
	return copy_library(find_library(r->sub, name), text, len);
}

/* The parser tells where: by its message about the same name. */
static struct sl_pos place(struct refusal *f, struct sl_diags *parsed)
{
	_free_ char *quoted = NULL;

	if (asprintf(&quoted, "'%s'", f->name) < 0)
		return SL_NOPOS;
	for (size_t i = 0; i < parsed->n; i++) {
		struct sl_diag *m = &parsed->list[i];

		if (m->message && !strcmp(m->code, "library") && strstr(m->message, quoted)) {
			m->code[0] = 0; /* each once */
			return (struct sl_pos){m->file, m->line, m->col};
		}
	}
	return SL_NOPOS;
}

static void report(struct reader *r, struct sl_diags *parsed, struct sl_diags *d)
{
	for (size_t i = 0; i < r->n_refusals; i++) {
		struct refusal *f = &r->refusals[i];

		sl_diag_hint(sl_error(d, place(f, parsed), "library",
				      "library '%s' cannot be used: %s", f->name, f->why),
			     "put a regular file of that name beside the graph, or below there");
	}
}

static int read_libraries(struct reader *r, struct sl_diags *d)
{
	struct sl_click_opts opts = {.vars = r->sub->vars,
				     .n_vars = r->sub->n_vars,
				     .library = collect,
				     .library_arg = r};
	struct sl_file *g = &r->sub->graph;
	struct sl_graph *graph = NULL;
	struct sl_diags parsed = {0};
	int ret;

	/* Other mistakes are the compiler's to report. */
	ret = sl_click_parse(g->name, g->text, g->len, &opts, &parsed, &graph);
	if (!ret)
		sl_graph_free(graph);
	if (ret != -ENOMEM)
		report(r, &parsed, d);
	sl_diags_free(&parsed);
	if (ret == -ENOMEM)
		return ret;
	return r->n_refusals ? -EINVAL : 0;
}

static int cannot_read(struct sl_diags *d, const char *path, int err)
{
	struct sl_diag *m;
	const char *why = err == -ENOENT ? "there is no such file" : reason(-err);

	m = sl_error(d, SL_NOPOS, "graph-file", "the graph '%s' cannot be read: %s", path, why);
	if (err == -ENXIO)
		sl_diag_hint(m, "to read from a pipe, give '-' as the file and use standard input");
	else if (err == -EFBIG)
		sl_diag_hint(m, "split it with require(library FILE), or use compound elements");
	else
		sl_diag_hint(m, "check its name and who may read it");
	return err;
}

static int read_graph(const char *path, struct reader *r, struct sl_diags *d)
{
	struct sl_file *g = &r->sub->graph;
	bool in = !strcmp(path, "-");
	const char *slash = in ? NULL : strrchr(path, '/');
	_free_ char *dir = NULL;
	_close_ int fd = -1;
	int ret;

	g->name = strdup(in ? "stdin" : path);
	dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!g->name || !dir)
		return -ENOMEM;
	if (!in) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			return cannot_read(d, path, -errno);
	}
	ret = in ? read_all(STDIN_FILENO, &g->text, &g->len) : read_regular(fd, &g->text, &g->len);
	if (ret)
		return ret == -ENOMEM ? ret : cannot_read(d, path, ret);
	r->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r->dir < 0 ? cannot_read(d, path, -errno) : 0;
}

static bool is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	return n > 0;
}

static int add_vars(const char *const *vars, size_t n, struct sl_submission *s, struct sl_diags *d)
{
	int ret = 0;

	s->vars = calloc(n + 1, sizeof(*s->vars));
	if (!s->vars)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(vars[i], '=');
		struct sl_var *v = &s->vars[s->n_vars];

		if (!eq || !is_name(vars[i], (size_t)(eq - vars[i]))) {
			sl_diag_hint(
				sl_error(d, SL_NOPOS, "variable", "bad variable '%s'", vars[i]),
				"write NAME=VALUE, the name of letters, digits and '_'");
			ret = -EINVAL;
			continue;
		}
		v->name = strndup(vars[i], (size_t)(eq - vars[i]));
		v->value = strdup(eq + 1);
		s->n_vars++;
		if (!v->name || !v->value)
			return -ENOMEM;
	}
	return ret;
}

int sl_submission_read(const char *path, const char *const *vars, size_t n_vars, struct sl_diags *d,
		       struct sl_submission *s)
{
	SL_CLEANUP(sl_submission_free) struct sl_submission sub = {0};
	struct reader r = {.sub = &sub, .dir = -1};
	int ret;

	ret = add_vars(vars, n_vars, &sub, d);
	ret = ret ? ret : read_graph(path, &r, d);
	ret = ret ? ret : read_libraries(&r, d);
	for (size_t i = 0; i < r.n_refusals; i++) {
		free(r.refusals[i].name);
		free(r.refusals[i].why);
	}
	free(r.refusals);
	sl_closep(&r.dir);
	if (ret)
		return ret;
	*s = sub;
	sub = (struct sl_submission){0};
	return 0;
}
