/* SPDX-License-Identifier: GPL-2.0-only */
/* What build.c and declare.c share: elements on their way into a template. */
#ifndef SL_CLICK_DECLARE_H
#define SL_CLICK_DECLARE_H

#include "loader/click/scope.h"

/* Where statements stand: what `input` and `output` mean there. */
struct place {
	struct tmpl *t;
	uint32_t in, out; /* CLICK_NONE in the file itself */
	bool broken;	  /* in what is left of a broken statement */
};

/* An element reference on its way to being a member of a set. */
struct pending {
	struct type *type; /* the class its name is, or its compound */
	struct type *decl; /* the class behind "::" */
	uint32_t in, out;  /* a group's tunnels */
	struct ast_ports group_in, group_out;
};

/* A new element of class `type`, called after `e`; CLICK_NONE when out of memory. */
uint32_t click_add_elem(struct click_run *r, struct tmpl *t, const struct ast_elt *e,
			struct type *type, bool anonymous, const struct click_text *config);
/* The element that the name `e` refers to or declares. */
uint32_t click_named_elem(struct click_run *r, const struct place *where, const struct ast_elt *e,
			  const struct pending *p, const struct click_text *config);
/* Reports a second declaration; `old` is the first, or CLICK_NONE. */
void click_redeclared(struct click_run *r, struct tmpl *t, const struct ast_elt *e, uint32_t old);

#endif
