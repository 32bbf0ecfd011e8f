/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front of compiling: find the answer in the cache, or have it made in the sandbox (or here),
 * then read it as coming from a stranger.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "bpf/abi.h"
#include "revision.h"
#include "loader/codegen/build.h"
#include "loader/file.h"
#include "loader/mem.h"
#include "loader/runtime/sandbox.h"

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- Our headers -----------------------------------------------------------------------------*/

static char *try_dir(const char *base, const char *rest)
{
	_free_ char *probe = NULL;
	char *dir = NULL;

	if (asprintf(&dir, "%s%s", base, rest) < 0)
		return NULL;
	if (asprintf(&probe, "%s/graph.h", dir) >= 0 && !access(probe, R_OK))
		return dir;
	free(dir);
	return NULL;
}

char *sl_find_bpf_dir(void)
{
	const char *env = getenv("SLUICE_BPF_DIR");
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (env && *env)
		return try_dir(env, "");
	if (n > 0) {
		self[n] = 0;
		/* Built in the tree: some parent of the binary holds bpf/. */
		for (char *slash = strrchr(self, '/'); slash; slash = strrchr(self, '/')) {
			char *dir;

			*slash = 0;
			dir = try_dir(self, "/bpf");
			if (dir)
				return dir;
		}
	}
	return try_dir(SL_DATADIR, "/bpf");
}

/* ---- Cache -----------------------------------------------------------------------------------*/

/* Mixes in every header by name, size and time of change: an upgrade is a miss. */
static void hash_headers(SHA2_CTX *ctx, const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		_free_ char *path = NULL;
		struct stat st;

		if (list[i]->d_name[0] != '.' &&
		    asprintf(&path, "%s/%s", dir, list[i]->d_name) >= 0 && !stat(path, &st)) {
			SHA256Update(ctx, (const uint8_t *)path, strlen(path));
			SHA256Update(ctx, (const uint8_t *)&st.st_mtim, sizeof(st.st_mtim));
			SHA256Update(ctx, (const uint8_t *)&st.st_size, sizeof(st.st_size));
			if (S_ISDIR(st.st_mode))
				hash_headers(ctx, path);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static char *cache_path(const char *cache_dir, const char *bpf_dir, const char *req, size_t len)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	const char *clang = getenv("SLUICE_CLANG");
	struct stat st;
	SHA2_CTX ctx;
	char *path;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)SL_REVISION, sizeof(SL_REVISION));
	clang = clang && *clang ? clang : "/usr/bin/clang";
	SHA256Update(&ctx, (const uint8_t *)clang, strlen(clang));
	if (!stat(clang, &st))
		SHA256Update(&ctx, (const uint8_t *)&st.st_mtim, sizeof(st.st_mtim));
	hash_headers(&ctx, bpf_dir);
	SHA256Update(&ctx, (const uint8_t *)req, len);
	SHA256End(&ctx, hex);
	return asprintf(&path, "%s/%s", cache_dir, hex) < 0 ? NULL : path;
}

/* Written beside and renamed, so that a reader sees all or nothing; a failure costs only time. */
static void cache_write(const char *path, const void *ans, size_t len)
{
	_free_ char *tmp = NULL;
	int fd;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, ans, len) != (ssize_t)len || rename(tmp, path))
		unlink(tmp);
	close(fd);
}

/* ---- Reading the answer ----------------------------------------------------------------------*/

static uint64_t stage(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? (uint64_t)json_object_get_int64(v) : 0;
}

static int bad_answer(struct sl_diags *d)
{
	sl_diag_hint(
		sl_error(d, SL_NOPOS, "answer", "the compiler process sent an unusable answer"),
		"if this repeats, the graph triggers a mistake in Sluice: report it");
	return -EINVAL;
}

static int read_head(const char *text, size_t len, struct sl_stages *st, struct sl_diags *d,
		     int *ret)
{
	json_tokener *tok = json_tokener_new();
	json_object *o = tok ? json_tokener_parse_ex(tok, text, (int)len) : NULL, *v;
	int bad = -EBADMSG;

	if (tok)
		json_tokener_free(tok);
	if (!o)
		return -EBADMSG;
	if (json_object_object_get_ex(o, "ret", &v)) {
		*ret = json_object_get_int(v);
		bad = 0;
	}
	if (json_object_object_get_ex(o, "diags", &v) && sl_diags_from_json(d, v))
		bad = -EBADMSG;
	if (json_object_object_get_ex(o, "stages", &v)) {
		st->parse = stage(v, "parse");
		st->check = stage(v, "check");
		st->configure = stage(v, "configure");
		st->plan = stage(v, "plan");
		st->codegen = stage(v, "codegen");
		st->clang = stage(v, "clang");
		st->link = stage(v, "link");
	}
	json_object_put(o);
	return bad;
}

static int read_answer(const uint8_t *p, size_t len, struct sl_compiled *c, struct sl_diags *d)
{
	uint32_t lens[3];
	SHA2_CTX ctx;
	int ret = 0;

	if (len < 12)
		return bad_answer(d);
	memcpy(lens, p, 12);
	if ((uint64_t)lens[0] + lens[1] + lens[2] + 12 != len ||
	    read_head((const char *)p + 12, lens[0], &c->stages, d, &ret))
		return bad_answer(d);
	if (ret) {
		if (!d->errors)
			return bad_answer(d);
		return ret == -ENOMEM || ret == -E2BIG ? ret : -EINVAL;
	}
	ret = sl_bundle_parse(p + 12 + lens[0], lens[1], &c->bundle);
	if (ret)
		return ret == -ENOMEM ? ret : bad_answer(d);
	SHA256Init(&ctx);
	SHA256Update(&ctx, p + 12 + lens[0], lens[1]);
	SHA256Final(c->digest, &ctx);
	if (lens[2]) {
		c->native_so = malloc(lens[2]);
		if (!c->native_so)
			return -ENOMEM;
		memcpy(c->native_so, p + 12 + lens[0] + lens[1], lens[2]);
		c->native_len = lens[2];
	}
	return 0;
}

/* ---- The program as far as the bundle tells --------------------------------------------------*/

static char *graph_text(struct sl_graph *g, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = sl_graph_alloc(g, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

/*
 * Names, classes, connections and devices: enough for every handler that needs no arguments. Owned
 * like a configured program.
 */
static int program_from_bundle(const struct sl_bundle *b, struct sl_program **out)
{
	SL_CLEANUP(sl_program_freep) struct sl_program *p = calloc(1, sizeof(*p));
	struct sl_graph *g;

	if (!p)
		return -ENOMEM;
	p->graph = g = sl_graph_new();
	p->insts = calloc(b->n_elems + 1, sizeof(*p->insts));
	p->devs = calloc(b->n_devs + 1, sizeof(*p->devs));
	if (!g || !p->insts || !p->devs)
		return -ENOMEM;
	g->elems = calloc(b->n_elems + 1, sizeof(*g->elems));
	g->conns = calloc(b->n_conns + 1, sizeof(*g->conns));
	if (!g->elems || !g->conns)
		return -ENOMEM;
	for (; g->n_elems < b->n_elems; g->n_elems++) {
		const struct sl_bundle_elem *be = &b->elems[g->n_elems];
		struct sl_elem *e = &g->elems[g->n_elems];
		struct sl_inst *in = &p->insts[g->n_elems];

		e->name = graph_text(g, be->name);
		e->class_name = graph_text(g, be->class_name);
		e->config = graph_text(g, be->config);
		e->n_in = be->n_in;
		e->n_out = be->n_out;
		in->class = sl_class_find(be->class_name);
		in->elem = e;
		in->index = (uint32_t)g->n_elems;
		for (; in->n_uses < be->n_uses; in->n_uses++)
			in->uses[in->n_uses] = &p->insts[be->uses[in->n_uses]];
		if (!e->name || !e->class_name || !e->config) {
			g->n_elems++;
			return -ENOMEM;
		}
		e->spec = &in->class->spec;
	}
	for (; g->n_conns < b->n_conns; g->n_conns++) {
		const struct sl_bundle_conn *c = &b->conns[g->n_conns];

		g->conns[g->n_conns] =
			(struct sl_conn){c->from, c->from_port, c->to, c->to_port, NULL};
	}
	if (b->n_devs)
		memcpy(p->devs, b->devs, b->n_devs * sizeof(*p->devs));
	p->devices = (struct sl_devices){p->devs, b->n_devs, (uint16_t)b->head};
	*out = TAKE_PTR(p);
	return 0;
}

static int layout_of(struct sl_compiled *c)
{
	size_t n = c->program->graph->n_elems;
	_free_ const struct sl_class **classes = calloc(n + 1, sizeof(*classes));

	if (!classes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		classes[i] = c->program->insts[i].class;
	return sl_layout_new(classes, n, c->bundle->n_cells, &c->layout);
}

int sl_compiled_from_bundle(const void *bytes, size_t len, struct sl_compiled **out)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	ret = sl_bundle_parse(bytes, len, &c->bundle);
	ret = ret ? ret : program_from_bundle(c->bundle, &c->program);
	ret = ret ? ret : layout_of(c);
	if (ret)
		return ret;
	*out = TAKE_PTR(c);
	return 0;
}

/* ---- Entry -----------------------------------------------------------------------------------*/

static int build_here(const char *req, size_t len, const char *bpf_dir, void **ans, size_t *ans_len,
		      struct sl_program **prog)
{
	const char *base = getenv("TMPDIR");
	_free_ char *dir = NULL, *file = NULL;
	static const char *const left[] = {"graph.c", "graph.o", "messages"};
	int ret;

	if (asprintf(&dir, "%s/sluice.XXXXXX", base && *base ? base : "/tmp") < 0)
		return -ENOMEM;
	if (!mkdtemp(dir))
		return -errno;
	ret = sl_build(req, len, bpf_dir, dir, ans, ans_len, prog);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		free(TAKE_PTR(file));
		if (asprintf(&file, "%s/%s", dir, left[i]) >= 0)
			unlink(file);
	}
	rmdir(dir);
	return ret;
}

int sl_compile(const struct sl_submission *s, const struct sl_compile_opts *opts,
	       struct sl_diags *d, struct sl_compiled **out)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = calloc(1, sizeof(*c));
	_free_ char *req = NULL, *found = NULL, *cached = NULL;
	_free_ void *ans = NULL;
	size_t len = 0, ans_len = 0;
	const char *bpf_dir = opts->bpf_dir;
	uint64_t start = now();
	int ret;

	if (!c)
		return -ENOMEM;
	if (!bpf_dir)
		bpf_dir = found = sl_find_bpf_dir();
	if (!bpf_dir) {
		sl_diag_hint(
			sl_error(d, SL_NOPOS, "no-headers", "the element library is not found"),
			"install Sluice, or name its directory bpf in SLUICE_BPF_DIR");
		return -ENOENT;
	}
	ret = sl_build_request(s, opts, NULL, &req, &len);
	if (ret)
		return ret;
	if (opts->cache_dir) {
		cached = cache_path(opts->cache_dir, bpf_dir, req, len);
		c->stages.cached = cached && !sl_file_read(cached, SL_BUNDLE_MAX, &ans, &ans_len);
	}
	if (!ans && opts->sandbox) {
		struct sl_sandbox_opts box = {.bpf_dir = bpf_dir};

		ret = sl_sandbox_call(&box, req, len, &ans, &ans_len, d);
	} else if (!ans) {
		ret = build_here(req, len, bpf_dir, &ans, &ans_len, &c->program);
	}
	if (ret)
		return ret;
	ret = read_answer(ans, ans_len, c, d);
	if (ret)
		return ret;
	c->configured = c->program != NULL;
	if (!c->program)
		ret = program_from_bundle(c->bundle, &c->program);
	ret = ret ? ret : layout_of(c);
	if (!ret && opts->target == SL_TARGET_BPF)
		ret = sl_bundle_check(c->bundle, d);
	if (ret)
		return ret;
	if (cached && !c->stages.cached)
		cache_write(cached, ans, ans_len);
	if (c->stages.cached)
		c->stages = (struct sl_stages){.cached = true};
	c->stages.total = now() - start;
	*out = TAKE_PTR(c);
	return 0;
}

void sl_compiled_free(struct sl_compiled *c)
{
	if (!c)
		return;
	sl_program_free(c->program);
	sl_layout_free(c->layout);
	sl_bundle_free(c->bundle);
	free(c->native_so);
	free(c);
}
