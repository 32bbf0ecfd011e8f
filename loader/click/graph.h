/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Click language: from text to a flattened, checked graph. Knows no BPF and no element
 * semantics: what classes exist, and their ports, come from the caller through `sl_classes`.
 *
 * Stages (each a function below): parse -> expand compounds (flatten) -> check. docs/click.md
 * describes the language as accepted here.
 */
#ifndef SL_CLICK_GRAPH_H
#define SL_CLICK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "loader/diag.h"

/* Where an element or connection came from: its own place, then the place of the compound use
 * that brought it in ("expanded from"), and so on outwards. Owned by the graph. */
struct sl_origin {
	struct sl_pos pos;
	const struct sl_origin *outer; /* NULL at the file's top level */
};

/* One argument of a configuration string, after variable substitution and splitting at commas:
 * white space trimmed, comments gone, quotes still there. */
struct sl_arg {
	char *text;
	struct sl_pos pos;
};

enum sl_processing { SL_AGNOSTIC, SL_PUSH, SL_PULL };

struct sl_class_spec {
	const char *name;
	const char *ports;	/* Click port code, "1/1-2" */
	const char *processing; /* Click processing code, "a/ah" */
	const char *flow;	/* Click flow code, "x/x" when NULL */
	bool info;		/* an information element: no packets, configured first */
	/* Not NULL: a compound made of other classes, defined as between the braces of
	 * `elementclass NAME { ... }`. Its parameters may be given by keyword, too. */
	const char *body;
};

/* The classes a graph may use. `find` returns NULL for an unknown name; `nth` enumerates
 * (NULL past the end) for "did you mean". */
struct sl_classes {
	const struct sl_class_spec *(*find)(const char *name, void *arg);
	const struct sl_class_spec *(*nth)(size_t i, void *arg);
	/* What is known of a class that is not there, as a sentence with its name in front, and
	 * what to do about it: static, or NULL. May be NULL itself. */
	const char *(*elsewhere)(const char *name, const char **hint, void *arg);
	/* Whether what `require(package NAME)` asks for is there. NULL: everything is. */
	bool (*provides)(const char *name, void *arg);
	/* What to do about a package that is not: a static sentence. */
	const char *provides_hint;
	void *arg;
};

/* All texts and arrays in here belong to the graph's arena. */
struct sl_elem {
	char *name; /* full name after flattening: "ip/rt", "Counter@3" */
	char *class_name;
	char *config; /* verbatim text after substitution; "" when there was none */
	struct sl_arg *args;
	size_t n_args;
	const struct sl_class_spec *spec; /* set by sl_graph_check() */
	const struct sl_origin *origin;
	unsigned int n_in, n_out;		/* set by sl_graph_check() */
	enum sl_processing *in_proc, *out_proc; /* resolved, n_in and n_out of them */
};

struct sl_conn {
	uint32_t from, from_port; /* element index, output port */
	uint32_t to, to_port;	  /* element index, input port */
	const struct sl_origin *origin;
};

struct sl_graph {
	struct sl_elem *elems;
	size_t n_elems, cap_elems;
	struct sl_conn *conns;
	size_t n_conns, cap_conns;
	char **requirements; /* "package NAME" items, all of which the classes provide */
	size_t n_requirements, cap_requirements;
	void *arena; /* owns origins, file names and what else lives as long as the graph */
};

/* NAME=value given beside a graph; overrides `define` at file scope. */
struct sl_var {
	const char *name;
	const char *value;
};

struct sl_click_opts {
	const struct sl_classes *classes;
	const struct sl_var *vars;
	size_t n_vars;
	/* Limits against hostile input; 0 takes the default. */
	size_t max_elems; /* 65536 elements after expansion */
	size_t max_conns; /* 262144 connections after expansion */
	size_t max_bytes; /* 16 MiB of text, substituted text included */
	/*
	 * `require(library FILE)`: returns the text of FILE (malloc'ed) and its length, 0 or
	 * -errno. NULL: every library is refused. The resolver decides what may be reached; the
	 * parser opens nothing itself. `from_file` is the name of the text that asks, not what a
	 * line directive in it says.
	 */
	int (*library)(const char *name, const char *from_file, char **text, size_t *len,
		       void *arg);
	void *library_arg;
};

/*
 * Parses and flattens `text` (`len` bytes, need not be NUL-terminated; an `ar` archive with a
 * member `config` is accepted). Returns 0 and a graph in *out when there was no error; -EINVAL
 * with the messages in `d` otherwise; -ENOMEM, -E2BIG (limit reached, said in `d`). *out is left
 * alone on failure.
 */
int sl_click_parse(const char *file, const char *text, size_t len, const struct sl_click_opts *opts,
		   struct sl_diags *d, struct sl_graph **out);

/*
 * Checks in Click's order (CLICK language, "Checks"): classes known, port numbers in range,
 * push/pull resolved, every port connected and none twice. Fills n_in, n_out, in_proc, out_proc.
 * 0 or -EINVAL with all messages in `d`.
 */
int sl_graph_check(struct sl_graph *g, const struct sl_click_opts *opts, struct sl_diags *d);

/* Parse without flattening and write it back, indented; compounds stay. What is written parses to
 * the same graph. 0, -EINVAL (messages in `d`), -EIO. */
int sl_click_pretty(const char *file, const char *text, size_t len,
		    const struct sl_click_opts *opts, struct sl_diags *d, FILE *out);

/* The flattened graph as Click text that parses back to an equal graph. 0 or -EIO. */
int sl_graph_write(const struct sl_graph *g, FILE *out);
/* Graphviz, one node an element with its ports. 0 or -EIO. */
int sl_graph_dot(const struct sl_graph *g, FILE *out);

/* Index of the element called `name`, or -1. */
long sl_graph_find(const struct sl_graph *g, const char *name);

/* "FILE:LINE:COL" position of an element, and notes "expanded from ..." for the compounds around
 * it added to a message. */
struct sl_pos sl_elem_pos(const struct sl_elem *e);
void sl_diag_origin(struct sl_diag *diag, const struct sl_origin *origin);

/* An empty graph; NULL when out of memory. */
struct sl_graph *sl_graph_new(void);
/* Memory that lives as long as the graph; all texts in a graph are of this kind. NULL when out of
 * memory. */
void *sl_graph_alloc(struct sl_graph *g, size_t size);
char *sl_graph_strdup(struct sl_graph *g, const char *text);

/* Gives an element another configuration string, and its arguments. 0 or -ENOMEM. */
int sl_graph_configure(struct sl_graph *g, struct sl_elem *e, const char *config);

void sl_graph_free(struct sl_graph *g);
static inline void sl_graph_freep(struct sl_graph **g)
{
	sl_graph_free(*g);
}

/* Splits a configuration string (after substitution) into arguments as Click does; `pos` is where
 * the string starts. 0 or -ENOMEM. */
int sl_split_args(const char *config, struct sl_pos pos, struct sl_arg **args, size_t *n_args);
void sl_args_free(struct sl_arg *args, size_t n_args);

/* Removes quotes and evaluates escapes of one argument or word (Click's cp_unquote); *len gets the
 * length, as the result may hold NUL bytes. malloc'ed, NULL when out of memory. */
char *sl_unquote(const char *text, size_t *len);
/* Next space-separated word of `*s` as malloc'ed text still quoted, advancing *s; NULL at the
 * end (*s == "") or out of memory. */
char *sl_next_word(const char **s);

#endif
