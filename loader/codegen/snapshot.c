// SPDX-License-Identifier: GPL-2.0-only
/* The words and tables of a whole running graph. */
#include <errno.h>
#include <stdlib.h>

#include "loader/codegen/ask_int.h"
#include "loader/codegen/snapshot.h"
#include "loader/mem.h"

static bool has_any(const struct sl_class *c)
{
	return c->rw_size || (c->tables && c->tables[0].name);
}

struct json_object *sl_snapshot_json(struct sl_live *live)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();
	struct sl_ask_room room = {SL_ASK_ENTRIES, false};
	bool routes = false;

	for (uint32_t i = 0; i < live->program->graph->n_elems; i++)
		if (has_any(live->program->insts[i].class))
			json_object_array_add(list, sl_ask_snapshot(live, i, &room));
	for (uint32_t i = 0; i < live->program->graph->n_elems; i++) {
		const struct sl_class *c = live->program->insts[i].class;

		routes |= c->tables && c->tables->type == SL_TABLE_ROUTES;
	}
	json_object_object_add(o, "now_ns", json_object_new_uint64(live->ops->now_ns(live)));
	json_object_object_add(o, "cut", json_object_new_boolean(room.cut));
	json_object_object_add(o, "routes", json_object_new_boolean(routes));
	json_object_object_add(o, "elements", list);
	return o;
}

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static int restore_table(struct sl_live *live, uint32_t inst, unsigned int k, json_object *list)
{
	const struct sl_table *t = &live->program->insts[inst].class->tables[k];
	_free_ uint8_t *key = malloc(t->key_size), *value = malloc(t->value_size);
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	int ret = key && value ? 0 : -ENOMEM;

	for (size_t i = 0; !ret && i + 1 < n; i += 2) {
		if (sl_hex_read(json_object_array_get_idx(list, i), key, t->key_size) ||
		    sl_hex_read(json_object_array_get_idx(list, i + 1), value, t->value_size))
			ret = -EBADMSG;
		else
			ret = live->ops->table_set(live, inst, k, key, value);
	}
	return ret;
}

static int restore_element(struct sl_live *live, json_object *o)
{
	int64_t inst = json_object_get_int64(member(o, "inst"));
	json_object *tables = member(o, "tables");
	_free_ uint8_t *rw = NULL;
	const struct sl_class *c;
	int ret = 0;

	if (inst < 0 || (uint64_t)inst >= live->program->graph->n_elems)
		return -EBADMSG;
	c = live->program->insts[inst].class;
	rw = malloc(c->rw_size + 1);
	if (!rw)
		return -ENOMEM;
	if (sl_hex_read(member(o, "rw"), rw, c->rw_size) ||
	    !json_object_is_type(tables, json_type_array))
		return -EBADMSG;
	if (c->rw_size)
		ret = live->ops->rw_set(live, (uint32_t)inst, rw, 0, c->rw_size);
	for (unsigned int k = 0; !ret && c->tables && c->tables[k].name; k++)
		ret = restore_table(live, (uint32_t)inst, k, json_object_array_get_idx(tables, k));
	return ret;
}

int sl_snapshot_restore(struct sl_live *live, struct json_object *o)
{
	json_object *list = member(o, "elements");
	int ret = json_object_is_type(list, json_type_array) ? 0 : -EBADMSG;

	for (size_t i = 0; !ret && i < json_object_array_length(list); i++)
		ret = restore_element(live, json_object_array_get_idx(list, i));
	return ret;
}
