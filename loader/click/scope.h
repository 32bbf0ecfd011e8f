/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names looked up: what the statements of a file or compound declare and connect. A compound's
 * body becomes one template; each use of it is an instance made from the template in expand.c.
 */
#ifndef SL_CLICK_SCOPE_H
#define SL_CLICK_SCOPE_H

#include "loader/click/ast.h"
#include "loader/click/graph.h"
#include "loader/click/map.h"

#define CLICK_NONE UINT32_MAX

/* More overloads than this in one class, or parameters in one compound, are refused. */
#define CLICK_MAX_OVERLOADS 256
#define CLICK_MAX_PARAMS 128
/* Instances of compounds in each other after expansion, and libraries in each other. */
#define CLICK_MAX_INSTANCE_DEPTH 100
#define CLICK_MAX_LIBRARY_DEPTH 50

struct tmpl;

enum type_kind {
	TYPE_PRIMITIVE,
	TYPE_COMPOUND,
	TYPE_ERROR, /* reported already: uses of it are not reported again */
};

/* An element class: a primitive one, or one overload of a compound and those behind it. */
struct type {
	enum type_kind kind;
	const char *name;
	struct tmpl *body;   /* TYPE_COMPOUND */
	struct type *next;   /* next overload, or what "..." stands for; NULL: none */
	unsigned int n_next; /* length of the chain from here on */
};

enum telem_kind {
	TELEM_ELEMENT,
	TELEM_INPUT,  /* tunnel: packets come into the compound or group */
	TELEM_OUTPUT, /* tunnel: they leave it */
};

struct telem {
	enum telem_kind kind;
	const char *name; /* groups: NULL */
	const char *anon; /* an anonymous element's base until it gets its name: "Queue", "" */
	uint32_t anon_number;
	struct type *type;
	struct click_text config;
	struct sl_pos pos;
	uint32_t n_in, n_out; /* highest used port and one */
	size_t undeclared;    /* used but not declared: number of the message about it */
};

struct tconn {
	uint32_t from, from_port, to, to_port; /* indexes into elems */
	struct sl_pos pos;
};

struct tvar {
	struct ast_name name;
	struct ast_name key;	/* parameters by keyword; "__REST__" */
	struct click_text text; /* defines: the value */
	uint32_t index;
};

/* Values of click_map `names`. */
struct tname {
	uint32_t elem;
	uint32_t jump; /* anonymous numbering: the next number worth trying behind this name */
};

struct tmpl {
	struct tmpl *outer; /* lexically */
	const char *name;   /* of the class; "" when it has none */
	struct sl_pos pos;
	unsigned int depth; /* 0: the file */

	struct telem *elems; /* compounds: 0 is the input, 1 the output */
	uint32_t n_elems, cap_elems;
	uint32_t n_slots; /* for the numbers of anonymous elements */
	struct click_map names;
	struct click_map classes;

	struct tconn *conns;
	uint32_t n_conns, cap_conns;

	struct tvar *vars; /* the parameters first */
	uint32_t n_vars, cap_vars, n_params;
	struct click_map var_map; /* to &vars index + 1 */

	uint32_t n_in, n_out;
	bool builtin;	/* a class's own body: uses stand for it in messages */
	bool bad_ports; /* its ports are wrong inside: said, so uses are not judged by them */
	struct tmpl *all_next; /* of all templates, to free the arrays */
};

/* One run of sl_click_parse(). */
struct click_run {
	const struct sl_click_opts *opts;
	struct sl_diags *d;
	struct click_arena mem;	   /* freed at the end of the parse */
	struct click_arena *graph; /* freed with the graph */
	struct click_map primitives;
	struct tmpl *file;
	struct tmpl *builtin;	/* where the bodies of classes are defined; NULL: none used yet */
	struct tmpl *templates; /* all */

	const char *source; /* name of the text being built, whatever its line directives say */
	struct library *libraries;
	unsigned int library_depth;

	char **requirements;
	size_t n_requirements, cap_requirements;

	size_t max_elems, max_conns, max_bytes;
	size_t bytes; /* text read or made so far */
	size_t work;  /* text looked at while substituting */
	size_t conns; /* connections made in templates */
	int err;      /* -ENOMEM or -E2BIG: stop */
};

/* Sets the error that ends the run, with a message for -E2BIG. Returns it. */
int click_limit(struct click_run *r, struct sl_pos pos, const char *what, size_t limit);
/* Counts text against max_bytes. 0, or -E2BIG with the error set. */
int click_count_bytes(struct click_run *r, struct sl_pos pos, size_t n);
void *click_run_alloc(struct click_run *r, size_t n, size_t size);
char *click_run_strndup(struct click_run *r, const char *s, size_t len);

/* ---- scope.c: classes and elements of a template ----------------------------------------------*/

/* Reports a class of which it is known why it is not there. False: nothing is known of it. */
bool scope_elsewhere(struct click_run *r, struct ast_name name, struct sl_pos pos);

struct tmpl *tmpl_new(struct click_run *r, struct tmpl *outer, const char *name, struct sl_pos pos);
/* NULL: not visible here. */
struct type *scope_class(struct click_run *r, struct tmpl *t, struct ast_name name);
/* The class, or after an error a type of kind TYPE_ERROR. */
struct type *scope_need_class(struct click_run *r, struct tmpl *t, struct ast_name name,
			      struct sl_pos pos);
void scope_set_class(struct click_run *r, struct tmpl *t, struct ast_name name, struct type *type);
struct type *scope_error_type(struct click_run *r, struct ast_name name);
/* Index of the element, or CLICK_NONE. */
uint32_t scope_elem(struct tmpl *t, const char *s, size_t len);
/* Adds an element; `name` NULL for tunnels and anonymous ones. CLICK_NONE when out of memory. */
uint32_t scope_add(struct click_run *r, struct tmpl *t, struct telem e);
/* Gives anonymous elements their names. */
void scope_finish(struct click_run *r, struct tmpl *t);

/* ---- build.c: statements into templates -------------------------------------------------------*/

/* The statements of the file, and of a library into the same template. */
void click_build(struct click_run *r, struct tmpl *t, const struct ast_body *body);
/* Parses `text` and builds it into a file's template. */
void click_build_text(struct click_run *r, struct tmpl *t, const char *file, const char *text,
		      size_t len);
/* The compound that a class with a body is; NULL after an error of the run. */
struct type *click_build_builtin(struct click_run *r, const struct sl_class_spec *spec);

/* ---- require.c --------------------------------------------------------------------------------*/

void click_build_require(struct click_run *r, struct tmpl *t, const struct ast_stmt *s);
void click_build_define(struct click_run *r, struct tmpl *t, const struct ast_stmt *s);
void click_build_params(struct click_run *r, struct tmpl *t, const struct ast_body *body);

/* ---- connect.c --------------------------------------------------------------------------------*/

/* One member of a set with its names looked up. */
struct member {
	uint32_t target; /* what packets sent here go to; CLICK_NONE: may not be a target */
	uint32_t source;
	const struct ast_ports *in, *out;
	struct sl_pos pos;
};

struct members {
	struct member *list;
	uint32_t n, cap;
};

void click_connect(struct click_run *r, struct tmpl *t, const struct members *from,
		   const struct members *to, const struct ast_set *arrow);
/* Number of ports of tunnel `elem` used by the connections from `first_conn` on; a gap is an
 * error. `what` is the compound's name for messages. */
uint32_t click_tunnel_ports(struct click_run *r, struct tmpl *t, uint32_t elem, uint32_t first_conn,
			    const char *what, struct sl_pos pos);

/* ---- nearest.c --------------------------------------------------------------------------------*/

/* The class's name that looks most like `name`, or NULL: primitives and those defined here. */
const char *click_nearest_class(struct click_run *r, struct tmpl *t, struct ast_name name);
const char *click_nearest_elem(struct tmpl *t, struct ast_name name);
const char *click_nearest_spec(const struct sl_classes *classes, const char *name);

#endif
