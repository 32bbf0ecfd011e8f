// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiling a running graph again for what its packets do. The shares go along with the submission,
 * as what handlers wrote does: so they are kept on disk, and a change of configuration keeps them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/node_int.h"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t *read_cells(const struct tenant_rt *rt)
{
	uint64_t *cells = calloc(rt->run->compiled->bundle->n_cells + 1ul, sizeof(*cells));

	if (cells && sl_counts_cells(&rt->run->maps, cells)) {
		free(cells);
		return NULL;
	}
	return cells;
}

void node_windows(struct sl_node *n)
{
	uint64_t now = now_ms();

	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[i];
		uint64_t *cells;

		if (!rt->run || !sl_window_wants(&rt->window, rt->run->number, now))
			continue;
		cells = read_cells(rt);
		if (cells)
			sl_window_put(&rt->window, rt->run->number, now, cells);
	}
}

static int count(const struct tenant_rt *rt, struct sl_submission *s, uint64_t *packets)
{
	const struct sl_window *w = rt->window.generation == rt->run->number ? &rt->window : NULL;
	_free_ uint64_t *cells = read_cells(rt);

	return cells ? sl_shares_count(rt->run->compiled, cells, w, s, packets) : -ENOMEM;
}

/* Graph and shares, and the changes they make against those it runs with. */
static int look(struct sl_node *n, const struct tenant_rt *rt, const struct tenant_state *t,
		struct sl_submission *s, uint64_t *packets, struct json_object **changes,
		bool *first)
{
	struct sl_submission before = {0};
	int ret = node_graph_submission(n, t->name, t->gen, &before);

	ret = ret ? ret : node_graph_submission(n, t->name, t->gen, s);
	ret = ret ? ret : count(rt, s, packets);
	if (!ret && *packets < SL_SHARES_LEAST)
		ret = -EAGAIN;
	if (!ret) {
		*first = !before.n_shares;
		*changes = sl_shares_changes(rt->run->compiled, &before, s);
		ret = *changes ? 0 : -ENOMEM;
	}
	sl_submission_free(&before);
	if (ret)
		sl_submission_free(s);
	return ret;
}

int sl_node_shares(struct sl_node *n, const char *tenant, struct sl_submission *s, bool *wanted,
		   struct json_object *result, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct tenant_rt *rt = node_running(n, tenant, d);
	struct json_object *changes = NULL;
	uint64_t packets = 0;
	bool first = false;
	int ret;

	if (!rt || !t)
		return -ENOENT;
	ret = look(n, rt, t, s, &packets, &changes, &first);
	if (ret == -EAGAIN)
		sl_diag_hint(sl_error(d, SL_NOPOS, "too-few",
				      "%lu packets of late tell nothing about where they go",
				      (unsigned long)packets),
			     "wait until at least %d have entered the graph", SL_SHARES_LEAST);
	if (ret)
		return ret;
	*wanted = first || json_object_array_length(changes);
	json_object_object_add(result, "packets", json_object_new_uint64(packets));
	json_object_object_add(result, "changes", changes);
	return 0;
}

void node_graph_keep_way_back(struct sl_node *n, const char *tenant,
			      const struct sl_submission *back)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	_free_ char *path = node_graph_path(n, tenant, t->prev, "submission");
	struct json_object *o = back ? sl_submission_json(back) : NULL;
	const char *text = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : NULL;

	if (path && text)
		node_file_write(path, text, strlen(text));
	else if (path && !back)
		unlink(path);
	json_object_put(o);
}

int sl_node_optimize(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		     struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct tenant_rt *rt = node_rt(n, tenant);
	struct sl_submission back = {0};
	bool has_back;
	int ret;

	if (!t || !rt)
		return -ENOENT;
	has_back = t->prev && !node_graph_submission(n, tenant, t->prev, &back);
	ret = sl_node_install_loaded(n, tenant, s, hand, d, stages);
	if (!ret) {
		node_graph_keep_way_back(n, tenant, has_back ? &back : NULL);
		rt = node_rt(n, tenant);
		rt->patience.changed_ms = now_ms();
	}
	sl_submission_free(&back);
	return ret;
}

int sl_node_optimize_next(struct sl_node *n, char tenant[SL_NAME_MAX + 1], struct sl_submission *s)
{
	uint64_t now = now_ms(), interval = 1000ull * n->st.config->optimize_s;

	for (size_t i = 0; i < n->n_rts && interval; i++) {
		struct tenant_rt *rt = &n->rts[i];
		const struct tenant_state *t = node_state_tenant(&n->st, rt->name);
		struct json_object *changes = NULL;
		uint64_t packets;
		bool looked, wanted, first;

		if (!rt->run || !t || !t->active || !sl_patience_due(&rt->patience, interval, now))
			continue;
		looked = !look(n, rt, t, s, &packets, &changes, &first);
		wanted = looked && json_object_array_length(changes);
		json_object_put(changes);
		if (sl_patience_ask(&rt->patience, interval, now, wanted)) {
			snprintf(tenant, SL_NAME_MAX + 1, "%s", rt->name);
			return 0;
		}
		if (looked)
			sl_submission_free(s);
		/* One at a time: each is a file read and counters summed. */
		return -ENOENT;
	}
	return -ENOENT;
}
