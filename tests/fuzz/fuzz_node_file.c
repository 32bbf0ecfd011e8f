// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node file. Whatever comes in: no crash; a refusal has a reason; and what is accepted, written
 * as JSON, is accepted again and means the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/runtime/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct sl_node_config *a, const struct sl_node_config *b)
{
	struct json_object *ja = sl_node_config_json(a), *jb = sl_node_config_json(b);

	if (!ja || !jb || strcmp(json_object_to_json_string(ja), json_object_to_json_string(jb)))
		abort();
	json_object_put(ja);
	json_object_put(jb);
	for (size_t i = 0; i < a->n_tenants; i++)
		for (size_t j = 0; j < a->tenants[i].n_links; j++)
			if (!sl_node_link_equal(&a->tenants[i].links[j], &b->tenants[i].links[j]))
				abort();
}

static void check_again(const struct sl_node_config *c)
{
	struct json_object *obj = sl_node_config_json(c);
	const char *text = obj ? json_object_to_json_string(obj) : NULL;
	struct sl_node_config *again = NULL;
	struct sl_diags d = {0};

	if (!text)
		abort();
	if (sl_node_config_parse(text, strlen(text), "again", "", &d, &again)) {
		sl_diags_print(&d, stderr);
		abort();
	}
	check_same(c, again);
	sl_node_config_free(again);
	sl_diags_free(&d);
	json_object_put(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	int ret;

	ret = sl_node_config_parse((const char *)data, size, "node.yaml", "/etc/sluice", &d, &c);
	if (!ret != !!c || !ret != !d.errors || (ret && ret != -EINVAL))
		abort();
	if (c)
		check_again(c);
	sl_node_config_free(c);
	sl_diags_free(&d);
	return 0;
}
