/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a submission to something that can be loaded: parse, check, configure, plan, generate C,
 * clang, and take the object apart into a bundle: programs, maps and BTF in a plain format that the
 * privileged side reads without an ELF parser.
 */
#ifndef SL_COMPILE_H
#define SL_COMPILE_H

#include "loader/codegen/bundle.h"
#include "loader/codegen/layout.h"
#include "loader/element/element.h"

/* A tenant's text: the graph, and the files it may include, by name. */
struct sl_file {
	char *name;
	char *text;
	size_t len;
};
/* A configuration string that a write handler put in place of an element's own. */
struct sl_override {
	char *element;
	char *config;
};
/* What packets did where the graph ran: of a million that entered it, those that took each output
 * of an element. What most packets take is compiled so that it costs them least. */
struct sl_share {
	char *element;
	uint32_t *outs;
	uint32_t n_outs;
};
struct sl_submission {
	struct sl_file graph;
	struct sl_file *libs;
	size_t n_libs;
	struct sl_var *vars; /* strings owned by the submission */
	size_t n_vars;
	struct sl_override *overrides;
	size_t n_overrides;
	struct sl_share *shares; /* none: not known */
	size_t n_shares;
};
/* Reads a graph file ("-": standard input) and, when it asks for them, the library files below its
 * own directory (never through a symlink or ".."). 0 or -errno with messages in `d`. */
int sl_submission_read(const char *path, const char *const *vars, size_t n_vars, struct sl_diags *d,
		       struct sl_submission *s);
void sl_submission_free(struct sl_submission *s);
/* {graph: {name, text}, libs: [...], vars: [name, value, ...], overrides: [...], shares: [name,
 * [share, ...], ...]}. NULL when out of memory. And back: 0, -EBADMSG, -ENOMEM. */
struct json_object *sl_submission_json(const struct sl_submission *s);
int sl_submission_from_json(struct json_object *o, struct sl_submission *s);
/* Library resolver over a submission (sl_click_opts.library): nothing outside it is reached. */
int sl_submission_library(const char *name, const char *from, char **text, size_t *len,
			  void *submission);

enum sl_target {
	SL_TARGET_CHECK,
	SL_TARGET_BPF,
	SL_TARGET_NATIVE,
	SL_TARGET_NATIVE_SAN,
	SL_TARGET_NATIVE_QUICK, /* compiled in a third of the time, without optimization */
};

struct sl_calibration;

struct sl_compile_opts {
	enum sl_target target;
	struct sl_devices devices; /* n == 0: take them from the graph, Ethernet links */
	unsigned int max_weight;   /* of a segment; 0: default */
	unsigned int compilers;	   /* at once, at most; 0: as many as there are CPUs */
	bool sandbox;		   /* parse and compile in an unprivileged child */
	const char *cache_dir;	   /* compiled bundles by content hash; NULL: no cache */
	const char *bpf_dir;	   /* our headers; NULL: found beside the binary */
	/* What elements cost on this host; NULL: the usual figures. */
	const struct sl_calibration *costs;
};

/* Times of one compilation, in ns. */
struct sl_stages {
	uint64_t parse, check, configure, plan, codegen, clang, link, total;
	bool cached;
};

struct sl_compiled {
	/*
	 * What was compiled. Without the sandbox, the configured program itself; with it, and from
	 * the cache, one made from the bundle: names, classes, connections, devices, but no
	 * arguments (inst.conf and inst.priv are NULL), as nothing of the tenant's text is read on
	 * this side.
	 */
	struct sl_program *program;
	bool configured;	  /* inst.conf is there */
	struct sl_bundle *bundle; /* SL_TARGET_BPF: with programs */
	struct sl_layout *layout;
	char *native_so; /* SL_TARGET_NATIVE*: the shared object's bytes */
	size_t native_len;
	uint8_t digest[32]; /* SHA-256 of the bundle as it came */
	struct sl_stages stages;
};

/* 0 or -errno with messages in `d` (-EINVAL: because of the submission). */
int sl_compile(const struct sl_submission *s, const struct sl_compile_opts *opts,
	       struct sl_diags *d, struct sl_compiled **out);
/* The graph as compiled, from a bundle kept on disk (sl_bundle_write()); not configured.
 * 0, -EBADMSG, -ENOMEM. */
int sl_compiled_from_bundle(const void *bytes, size_t len, struct sl_compiled **out);
void sl_compiled_free(struct sl_compiled *c);
static inline void sl_compiled_freep(struct sl_compiled **c)
{
	sl_compiled_free(*c);
}

#endif
