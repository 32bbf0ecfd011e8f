/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way results are shown. A result is a JSON object; with `json` it is printed as it is,
 * otherwise as text for people: an object as "name: value" lines, a list of objects as a table. The
 * unit at the end of a member's name (_ns, _ms, _s) goes to the value in text.
 */
#ifndef CTL_RENDER_H
#define CTL_RENDER_H

#include "ctl/command.h"

/* The whole result of a command. `view` may be NULL. 0 or -EIO. */
int ctl_render(struct json_object *result, const struct ctl_view *view, bool json, FILE *out);
/* One of many results of a command that goes on: JSON on one line each. 0 or -EIO. */
int ctl_render_part(struct json_object *part, const struct ctl_view *view, bool json, FILE *out);

/* One value as a short text: `name` tells the unit; with `lines`, line ends in it stay. malloc'ed;
 * NULL when out of memory. */
char *ctl_render_cell(const char *name, struct json_object *value, bool lines);

/* ---- Between render.c and render_table.c -----------------------------------------------------*/
/* A list of objects; `columns` NULL: all members in the order they first appear. */
void ctl_render_table(struct json_object *rows, const char *columns, const char *indent, FILE *out);
/* A member of an object; "path.state" is one of a member. NULL: it is not there. */
struct json_object *ctl_render_member(struct json_object *o, const char *name);
/* "rx_packets" as a heading: unit and '_' taken away. Into `buf`. */
void ctl_render_title(const char *name, bool upper, char *buf, size_t size);

#endif
