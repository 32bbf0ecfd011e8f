/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words and tables of a whole running graph, to be put into another build of the same graph: so
 * a packet can be followed on the state it met.
 */
#ifndef SL_SNAPSHOT_H
#define SL_SNAPSHOT_H

#include <json-c/json.h>

#include "loader/element/element.h"

/* {now_ns, cut, routes, elements: [...]}; `cut`: a table was too large to be taken whole; `routes`:
 * there are route tables, which are not in it (they are as configured where it is put). The caller
 * puts it; NULL when out of memory. */
struct json_object *sl_snapshot_json(struct sl_live *live);
/*
 * Puts words and tables into `live`, a graph that has none of its own yet. What an element counts
 * per CPU is left as it is. 0; -EBADMSG: not of this graph; -errno.
 */
int sl_snapshot_restore(struct sl_live *live, struct json_object *o);

#endif
